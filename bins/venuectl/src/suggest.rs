//! What a mistyped word may have been meant for: never the opposite of it.

use clap::{
    Error,
    error::{ContextKind, ContextValue},
};
use strsim::osa_distance;

/// Words of opposite meaning, alone or as a part of a name such as `volume-up`.
const OPPOSITES: [(&str, &str); 10] = [
    ("on", "off"),
    ("up", "down"),
    ("mute", "unmute"),
    ("pause", "resume"),
    ("lock", "unlock"),
    ("add", "remove"),
    ("start", "stop"),
    ("enable", "disable"),
    ("true", "false"),
    ("yes", "no"),
];

/// What turns a word into its opposite.
const NEGATIONS: [&str; 4] = ["un", "dis", "no-", "de"];

/// What a word means whose opposite alone is a command.
const MEANT: [(&str, &str); 3] =
    [("unmute", "mute-off"), ("unpause", "resume"), ("unlock", "lock remove")];

/// `error` without suggestions that would do the opposite of what was typed.
pub(crate) fn checked(mut error: Error) -> Error {
    let pairs = [
        (ContextKind::InvalidSubcommand, ContextKind::SuggestedSubcommand),
        (ContextKind::InvalidValue, ContextKind::SuggestedValue),
        (ContextKind::InvalidArg, ContextKind::SuggestedArg),
    ];
    for (typed, suggested) in pairs {
        let Some(ContextValue::String(typed)) = error.get(typed) else { continue };
        let kept = match error.get(suggested) {
            Some(ContextValue::Strings(all)) => {
                let kept = kept(typed, all);
                (!kept.is_empty()).then_some(ContextValue::Strings(kept))
            }
            Some(ContextValue::String(one)) => {
                kept(typed, std::slice::from_ref(one)).pop().map(ContextValue::String)
            }
            _ => continue,
        };
        match kept {
            Some(kept) => drop(error.insert(suggested, kept)),
            None => drop(error.remove(suggested)),
        }
    }
    error
}

/// Those of `suggested` that do not mean the opposite of `typed`; where only the opposite is a name of its own, what does
/// mean it.
fn kept(typed: &str, suggested: &[String]) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for one in suggested {
        let fits = if is_negated(typed, one) {
            MEANT.iter().find(|(word, _)| *word == typed).map(|(_, meant)| (*meant).to_owned())
        } else {
            let is_doubtful = |opposite: String| !is_nearer(typed, one, &opposite);
            (!opposites(one).into_iter().any(is_doubtful)).then(|| one.clone())
        };
        kept.extend(fits.filter(|one| !kept.contains(one)));
    }
    kept
}

/// Whether one of the words is the other with a negation before it.
fn is_negated(typed: &str, suggested: &str) -> bool {
    let (typed, suggested) = (typed.trim_start_matches('-'), suggested.trim_start_matches('-'));
    let is_of = |negated: &str, word: &str| {
        let rest = NEGATIONS.iter().find_map(|negation| negated.strip_prefix(negation));
        // Mistyped as well, such as `unmut`.
        rest.is_some_and(|rest| osa_distance(rest, word) < 2)
    };
    (is_of(typed, suggested) && !suggested.starts_with("un")) || is_of(suggested, typed)
}

/// The names that differ from `name` in one part, which is the opposite.
fn opposites(name: &str) -> Vec<String> {
    let parts: Vec<&str> = name.split('-').collect();
    let opposite = |part: &str| {
        OPPOSITES.iter().find_map(|(one, other)| match part {
            part if part == *one => Some(*other),
            part if part == *other => Some(*one),
            _ => None,
        })
    };
    let other = |(place, part): (usize, &&str)| {
        let mut parts = parts.clone();
        *parts.get_mut(place)? = opposite(part)?;
        Some(parts.join("-"))
    };
    parts.iter().enumerate().filter_map(other).collect()
}

/// Whether `typed` is clearly meant for `name`, and not for `opposite`.
fn is_nearer(typed: &str, name: &str, opposite: &str) -> bool {
    match (name.starts_with(typed), opposite.starts_with(typed)) {
        (true, false) => true,
        (false, true) | (true, true) => false,
        (false, false) => osa_distance(typed, name) < osa_distance(typed, opposite),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suggested(typed: &str, all: &[&str]) -> Vec<String> {
        kept(typed, &all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn the_opposite_of_a_word_is_never_suggested_for_it() {
        let table: [(&str, &[&str], &[&str]); 17] = [
            ("of", &["on", "off"], &["off"]),
            ("onn", &["on", "off"], &["on"]),
            ("o", &["on", "off"], &[]),
            ("unmute", &["mute", "mute-off"], &["mute-off"]),
            ("unmut", &["mute"], &[]),
            ("mute-of", &["mute-on", "mute-off"], &["mute-off"]),
            ("mute-o", &["mute-on", "mute-off"], &[]),
            ("unlock", &["lock"], &["lock remove"]),
            ("unpause", &["pause"], &["resume"]),
            ("puase", &["pause"], &["pause"]),
            ("resme", &["resume"], &["resume"]),
            ("volume-dwn", &["volume-up", "volume-down"], &["volume-down"]),
            ("ch-pu", &["ch-up"], &["ch-up"]),
            ("vol", &["vol-up", "vol-down", "volume"], &["volume"]),
            ("--no-watch", &["--watch"], &[]),
            ("--wacth", &["--watch"], &["--watch"]),
            ("statsu", &["status", "stats"], &["status", "stats"]),
        ];
        for (typed, all, expected) in table {
            assert_eq!(suggested(typed, all), expected, "{typed}");
        }
    }
}
