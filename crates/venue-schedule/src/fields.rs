//! The five fields of a cron pattern: read one by one, so that an error can name its field.

use croner::{
    Cron,
    parser::{CronParser, Seconds, Year},
};
use snafu::{OptionExt, Snafu, ensure};

/// What is known about one of the five fields.
struct Field {
    name: &'static str,
    expected: &'static str,
    /// The largest number, and so the largest step.
    largest: u16,
    /// Names for numbers, the first stands for `first`.
    names: &'static [&'static str],
    first: u16,
    /// Letters that may follow a number, and whether they may stand alone.
    suffix: Option<char>,
    alone: &'static [&'static str],
}

const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

const FIELDS: [Field; 5] = [
    Field {
        name: "minute",
        expected: "0 to 59, a range 0-30, a list 0,30, a step */15 or *",
        largest: 59,
        names: &[],
        first: 0,
        suffix: None,
        alone: &[],
    },
    Field {
        name: "hour",
        expected: "0 to 23, a range 8-17, a list 8,20, a step */2 or *",
        largest: 23,
        names: &[],
        first: 0,
        suffix: None,
        alone: &[],
    },
    Field {
        name: "day of month",
        expected: "1 to 31, a range 1-7, a list 1,15, a step */2, L (last day), LW (last weekday), \
                   15W (weekday nearest to the 15th) or *",
        largest: 31,
        names: &[],
        first: 0,
        suffix: Some('W'),
        alone: &["L", "LW"],
    },
    Field {
        name: "month",
        expected: "1 to 12 or JAN to DEC, a range 3-9, a list 3,9, a step */3 or *",
        largest: 12,
        names: &MONTHS,
        first: 1,
        suffix: None,
        alone: &[],
    },
    Field {
        name: "day of week",
        expected: "0 to 7 or SUN to SAT (0 and 7 are Sunday), a range MON-FRI, a list SAT,SUN, \
                   FRI#2 (second Friday), FRI#L (last Friday) or *",
        largest: 7,
        names: &WEEKDAYS,
        first: 0,
        suffix: Some('L'),
        alone: &[],
    },
];

/// Why a text is no cron pattern.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[non_exhaustive]
pub enum FieldError {
    /// Not five fields.
    #[snafu(display(
        "{count} fields instead of 5: minute, hour, day of month, month, day of week, as in \
         30 2 * * MON-FRI"
    ))]
    Count {
        /// How many there are.
        count: usize,
    },
    /// One field is wrong.
    #[snafu(display("the {field} is {expected}, not {text:?}"))]
    Wrong {
        /// The name of the field.
        field: &'static str,
        /// What was written.
        text: String,
        /// What can be written.
        expected: &'static str,
    },
    /// Two restrictions that cron programs read in different ways.
    #[snafu(display(
        "cron programs disagree whether {day} and {weekday} have to match both: write +{weekday} \
         for days that match both, or make two schedules"
    ))]
    Ambiguous {
        /// The day of the month.
        day: String,
        /// The day of the week.
        weekday: String,
    },
}

/// Reads a pattern; the text of the result is canonical: one space between fields, numbers for names.
pub(crate) fn parse(text: &str) -> Result<Cron, FieldError> {
    let texts: Vec<&str> = text.split_whitespace().collect();
    ensure!(texts.len() == FIELDS.len(), CountSnafu { count: texts.len() });
    let mut canonical = Vec::with_capacity(FIELDS.len());
    for (index, field) in FIELDS.iter().enumerate() {
        let wrong =
            || WrongSnafu { field: field.name, text: texts[index], expected: field.expected };
        let plain = field.canonical(texts[index]).with_context(wrong)?;
        // Alone among stars, so that an error is this field's.
        let mut alone = ["*"; FIELDS.len()];
        alone[index] = &plain;
        parser().parse(&alone.join(" ")).ok().with_context(wrong)?;
        canonical.push(plain);
    }
    if let [_, _, day, _, weekday] = &canonical[..] {
        ensure!(!is_ambiguous(day, weekday), AmbiguousSnafu { day, weekday });
    }
    let count = canonical.len();
    parser().parse(&canonical.join(" ")).ok().context(CountSnafu { count })
}

/// Where one of the two begins with a star and still leaves days out, Vixie's cron and its heirs want
/// both to match, and others one of them.
fn is_ambiguous(day: &str, weekday: &str) -> bool {
    let restricts = |field: &str| field != "*";
    let stepped = |field: &str| field.starts_with("*/") && field != "*/1";
    let both = restricts(day) && restricts(weekday) && !weekday.starts_with('+');
    both && (stepped(day) || stepped(weekday))
}

fn parser() -> CronParser {
    CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build()
}

impl Field {
    /// The field with numbers for names; `None` if it holds what croner would take for something
    /// else: a name of another field, an empty place of a list, a step beyond the field.
    fn canonical(&self, text: &str) -> Option<String> {
        let upper = text.to_ascii_uppercase();
        let takes_star_for_question = self.suffix.is_some();
        let upper = if takes_star_for_question { upper.replace('?', "*") } else { upper };
        let parts: Option<Vec<String>> = upper.split(',').map(|part| self.part(part)).collect();
        Some(parts?.join(","))
    }

    fn part(&self, part: &str) -> Option<String> {
        if part.is_empty() {
            return None;
        }
        let (range, step) = part.split_once('/').map_or((part, None), |(r, s)| (r, Some(s)));
        if let Some(step) = step {
            let step: u16 = step.parse().ok()?;
            if step == 0 || step > self.largest {
                return None;
            }
        }
        let (range, nth) = range.split_once('#').map_or((range, None), |(r, n)| (r, Some(n)));
        let mut plain = String::with_capacity(part.len());
        for piece in range.split_inclusive('-') {
            let (word, dash) = piece.strip_suffix('-').map_or((piece, ""), |word| (word, "-"));
            let (prefix, word) = word.strip_prefix('+').map_or(("", word), |word| ("+", word));
            // A range that ends on Sunday ends on 7.
            let sunday_ends = word == "SUN" && plain.ends_with('-');
            let word = if sunday_ends { "7".to_owned() } else { self.word(word)? };
            plain.extend([prefix, word.as_str(), dash]);
        }
        if let Some(nth) = nth {
            plain.extend(["#", nth]);
        }
        if let Some(step) = step {
            plain.extend(["/", step]);
        }
        Some(plain)
    }

    /// A number, a name, or what stands alone in this field.
    fn word(&self, word: &str) -> Option<String> {
        let is_number = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit());
        if word == "*" || is_number(word) || self.alone.contains(&word) {
            return Some(word.to_owned());
        }
        if let Some(number) = (self.first..).zip(self.names).find(|(_, name)| **name == word) {
            return Some(number.0.to_string());
        }
        let suffix = self.suffix?;
        let number = self.word(word.strip_suffix(suffix)?).filter(|number| is_number(number))?;
        Some(format!("{number}{suffix}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_canonical_text_has_numbers_for_names_and_single_spaces() {
        let canonical = |text| parse(text).unwrap().as_str().to_owned();
        assert_eq!(canonical("  30  2,14 * * mon-fri "), "30 2,14 * * 1-5");
        assert_eq!(canonical("0 9 ? JAN,jul SAT-SUN"), "0 9 * 1,7 6-7");
        assert_eq!(canonical("*/15 8-17/3 L * FRI#2"), "*/15 8-17/3 L * 5#2");
        assert_eq!(canonical("0 0 15W * FRIL"), "0 0 15W * 5L");
    }

    #[test]
    fn an_error_names_the_field_and_what_would_be_right() {
        let cases = [
            ("60 2 * * *", "minute"),
            ("JAN 2 * * *", "minute"),
            ("*/0 2 * * *", "minute"),
            ("*/90 2 * * *", "minute"),
            ("1,,2 2 * * *", "minute"),
            ("0 24 * * *", "hour"),
            ("0 17-8 * * *", "hour"),
            ("0 L * * *", "hour"),
            ("0 0 32 * *", "day of month"),
            ("0 0 0 * *", "day of month"),
            ("0 0 * MON *", "month"),
            ("0 0 * 13 *", "month"),
            ("0 0 * * 8", "day of week"),
            ("0 0 * * MONDAY", "day of week"),
            ("0 0 * * FRI#6", "day of week"),
            ("0 0 * * L", "day of week"),
        ];
        for (text, expected) in cases {
            let error = parse(text).unwrap_err();
            let FieldError::Wrong { field, .. } = &error else { panic!("{text}: {error}") };
            assert_eq!(*field, expected, "{text}");
            assert!(error.to_string().starts_with(&format!("the {expected} is ")), "{error}");
        }
        for text in ["0 10 */2 * 1", "0 10 1,15 * */2", "0 0 */3 * MON-FRI"] {
            let error = parse(text).unwrap_err();
            assert!(matches!(error, FieldError::Ambiguous { .. }), "{text}: {error}");
            assert!(error.to_string().contains("write +"), "{error}");
        }
        for text in ["0 10 */2 * *", "0 10 1,15 * 1", "0 10 */2 * +1", "0 10 * * */2"] {
            assert!(parse(text).is_ok(), "{text}");
        }
        for text in ["", "@daily", "0 0 * *", "0 0 0 * * *"] {
            assert!(matches!(parse(text), Err(FieldError::Count { .. })), "{text}");
        }
    }
}
