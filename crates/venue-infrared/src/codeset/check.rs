//! Whether a set can be kept, and what a person should know of it.

use std::fmt;

use crate::{ChannelEntry, CodeSet, KeyNature, MAX_KEYS, MAX_SENDS, MAX_SET_BYTES};

/// Something about a set: the field, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SetProblem {
    /// The field, such as `keys.power_on`.
    pub field: String,
    /// What is wrong, and what would be right.
    pub detail: String,
}

impl fmt::Display for SetProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.detail)
    }
}

/// The longest make or model, in characters.
const NAME_CHARS: usize = 80;

/// The most models and the most notes of a set.
const MAX_LIST: usize = 100;

/// More inputs than any appliance has; each is compared with all others.
const MAX_INPUTS: usize = 40;

/// The longest note, in characters.
const NOTE_CHARS: usize = 400;

impl CodeSet {
    /// Why the set cannot be kept; nothing if it can.
    #[must_use]
    pub fn problems(&self) -> Vec<SetProblem> {
        let mut problems = Vec::new();
        let mut tell = |field: String, detail: String| problems.push(SetProblem { field, detail });
        for (field, text, most) in self.texts() {
            if let Some(detail) = wrong_text(text, most) {
                tell(field, detail);
            }
        }
        for (field, count) in [("models", self.models.len()), ("notes", self.notes.len())] {
            if count > MAX_LIST {
                tell(field.to_owned(), format!("{count} are too many: at most {MAX_LIST}"));
            }
        }
        let inputs = self.keys.keys().filter(|key| key.is_input()).count();
        if inputs > MAX_INPUTS {
            tell("keys".to_owned(), format!("{inputs} inputs are too many: at most {MAX_INPUTS}"));
        }
        if self.keys.is_empty() || self.keys.len() > MAX_KEYS {
            let detail = format!("a set has 1 to {MAX_KEYS} keys, not {}", self.keys.len());
            tell("keys".to_owned(), detail);
        }
        let sends =
            self.overrides.iter().map(|(key, own)| (format!("overrides.{key}.sends"), own.sends));
        for (field, sends) in sends.chain([("sends".to_owned(), self.sends)]) {
            if let Some(sends) = sends.filter(|sends| !(1..=MAX_SENDS).contains(sends)) {
                tell(
                    field,
                    format!("a code is sent 1 to {MAX_SENDS} times for one press, not {sends}"),
                );
            }
        }
        self.key_problems(&mut tell);
        for (field, when) in self.dates() {
            if !is_date(when) {
                tell(field.to_owned(), format!("give a date such as 2026-11-29, not {when:?}"));
            }
        }
        let bytes = serde_json::to_string(self).map_or(usize::MAX, |text| text.len());
        if bytes > MAX_SET_BYTES {
            let detail = format!(
                "the set has {bytes} bytes as JSON: at most {MAX_SET_BYTES}; leave out recorded keys"
            );
            tell("keys".to_owned(), detail);
        }
        problems
    }

    /// What is wrong with what is said of single keys, and with how a channel is entered.
    fn key_problems(&self, tell: &mut impl FnMut(String, String)) {
        for (key, own) in &self.overrides {
            if !self.keys.contains_key(key) {
                tell(format!("overrides.{key}"), "the set has no such key".to_owned());
            }
            if own.nature.is_some() && KeyNature::is_fixed_by(key.as_str()) {
                let detail =
                    "the nature of this key follows from its name and its code: leave it out";
                tell(format!("overrides.{key}.nature"), detail.to_owned());
            }
        }
        if let Some(digits) = self.entry.min_digits
            && !(1..=ChannelEntry::MAX_DIGITS).contains(&digits)
        {
            let most = ChannelEntry::MAX_DIGITS;
            let detail = format!("a channel has 1 to {most} digits, not {digits}");
            tell("entry.min_digits".to_owned(), detail);
        }
        if self.entry.enter_key && !self.keys.contains_key("enter") {
            let detail = "the set has no key enter: add its code, or leave enter_key out";
            tell("entry.enter_key".to_owned(), detail.to_owned());
        }
    }

    /// What a person should know of the set: keys whose codes do not do what their names say, and keys
    /// that nobody has assigned.
    #[must_use]
    pub fn warnings(&self) -> Vec<SetProblem> {
        let mut warnings = Vec::new();
        for key in self.keys.keys() {
            let name = key.as_str();
            let toggle = match name {
                "power_on" | "power_off" => "power",
                "mute_on" | "mute_off" => "mute",
                _ if key.is_input() && self.nature_of(name) == KeyNature::Relative => {
                    let detail = "another input or source has the same code: it goes through the inputs, and is \
                                  never repeated";
                    warnings.push(SetProblem {
                        field: format!("keys.{name}"),
                        detail: detail.to_owned(),
                    });
                    continue;
                }
                _ => continue,
            };
            if self.nature_of(name) == KeyNature::Toggle {
                let detail = format!(
                    "its code is not shown to differ from the one of {toggle}: it is treated as the toggle, \
                     and never repeated"
                );
                warnings.push(SetProblem { field: format!("keys.{name}"), detail });
            }
        }
        let others = self.keys.keys().filter(|key| key.is_other()).count();
        if others > 0 {
            let detail =
                format!("{others} keys have no action yet: rename other:NAME to send them");
            warnings.push(SetProblem { field: "keys".to_owned(), detail });
        }
        warnings
    }

    /// The texts of the set with their fields and how long they may be.
    fn texts(&self) -> Vec<(String, &str, usize)> {
        let mut texts = vec![("make".to_owned(), self.make.as_str(), NAME_CHARS)];
        let models = self.models.iter().enumerate();
        texts.extend(
            models.map(|(place, text)| (format!("models[{place}]"), text.as_str(), NAME_CHARS)),
        );
        let notes = self.notes.iter().enumerate();
        texts.extend(
            notes.map(|(place, text)| (format!("notes[{place}]"), text.as_str(), NOTE_CHARS)),
        );
        if let Some(source) = &self.source {
            texts.push(("source.format".to_owned(), &source.format, NAME_CHARS));
            let more = [("source.file", &source.file), ("source.licence", &source.licence)];
            for (field, text) in more {
                texts.extend(text.as_deref().map(|text| (field.to_owned(), text, NOTE_CHARS)));
            }
        }
        if let Some(verified) = &self.verified {
            texts.push(("verified.by".to_owned(), &verified.by, NAME_CHARS));
        }
        texts
    }

    fn dates(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let source = self.source.as_ref().and_then(|source| source.when.as_deref());
        let verified = self.verified.as_ref().map(|verified| verified.when.as_str());
        let dates = [("source.when", source), ("verified.when", verified)];
        dates.into_iter().filter_map(|(field, when)| Some((field, when?)))
    }
}

fn wrong_text(text: &str, most: usize) -> Option<String> {
    let count = text.chars().count();
    if text.trim().is_empty() {
        return Some("is empty: leave it out, or give a text".to_owned());
    }
    if count > most {
        return Some(format!("has {count} characters: at most {most}"));
    }
    let control = text.chars().any(char::is_control);
    control.then(|| "has control characters: give plain text".to_owned())
}

/// `YYYY-MM-DD` with a month and a day that exist somewhere.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return false };
    let number = |text: &str, length: usize, most: u32| {
        let digits = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
        digits && text.parse::<u32>().is_ok_and(|number| (1..=most).contains(&number))
    };
    number(year, 4, 9_999) && number(month, 2, 12) && number(day, 2, 31)
}
