//! Pronto hex: words of four hexadecimal digits, one code in a line or over several lines.

use crate::{Code, ProntoCode};

use super::{
    Format, ImportError, NotThisFormatSnafu,
    lines::named_lines,
    record::{Record, Records},
};

/// First words of a code: the types that are known.
const TYPES: [&str; 6] = ["0000", "0100", "5000", "5001", "6000", "900A"];

pub(super) fn read(text: &str, records: &mut Records) -> Result<(), ImportError> {
    /// A code with its name, as far as it has been read.
    struct Open {
        line: usize,
        name: String,
        words: String,
    }
    let close = |open: Option<Open>, records: &mut Records| match open {
        Some(Open { line, name, words }) => {
            records.push(Record::new(Some(line), &name, code(&words)))
        }
        None => Ok(()),
    };
    let mut open: Option<Open> = None;
    let mut first_line = None;
    for named in named_lines(text, begins_at) {
        first_line = first_line.or(Some(named.line));
        match &mut open {
            // A code may go on in the next line.
            Some(open) if named.name.is_none() && !begins(named.code) && are_words(named.code) => {
                if open.words.len() <= crate::MAX_PRONTO_WORDS * 5 {
                    open.words.push(' ');
                    open.words.push_str(named.code);
                }
                continue;
            }
            Some(_) | None => {}
        }
        close(open.take(), records)?;
        if begins(named.code) {
            let (line, name) = (named.line, named.key());
            open = Some(Open { line, name, words: named.code.to_owned() });
        } else {
            records.drop_part(
                named.line,
                named.code,
                "no Pronto code such as 0000 006C ... is there",
            );
        }
    }
    close(open, records)?;
    if records.all.is_empty() {
        let (line, format) = (first_line.unwrap_or(1), Format::Pronto);
        let detail = "a code begins with 0000, 0100, 5000, 5001, 6000 or 900A";
        return NotThisFormatSnafu { line, format, detail }.fail();
    }
    Ok(())
}

/// Whether a line holds a Pronto code.
pub(super) fn is_in(line: &str) -> bool {
    begins_at(line).is_some()
}

/// Reads one code.
pub(super) fn code(text: &str) -> Result<Code, String> {
    let words = text.split_ascii_whitespace().take(crate::MAX_PRONTO_WORDS + 1).enumerate();
    let words: Result<Vec<u16>, String> = words
        .map(|(place, word)| {
            let number = is_word(word).then(|| u16::from_str_radix(word, 16).ok()).flatten();
            number.ok_or_else(|| {
                let (place, word) = (place + 1, super::names::shown(word));
                format!("Pronto word {place} must be four hexadecimal digits, not {word:?}")
            })
        })
        .collect();
    ProntoCode::new(words?).map(Code::Pronto).map_err(|error| error.to_string())
}

fn is_word(word: &str) -> bool {
    word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn are_words(text: &str) -> bool {
    text.split_ascii_whitespace().all(is_word)
}

fn begins(text: &str) -> bool {
    let mut words = text.split_ascii_whitespace();
    let is_type = |word: &str| TYPES.iter().any(|known| known.eq_ignore_ascii_case(word));
    words.next().is_some_and(is_type) && words.next().is_some_and(is_word)
}

/// Where the code begins: at the first type word behind which another word stands.
fn begins_at(line: &str) -> Option<usize> {
    if begins(line) {
        return Some(0);
    }
    let starts = line.match_indices([' ', '\t', ':', '=', ',', '"']).map(|(at, _)| at + 1);
    starts
        .into_iter()
        .find(|at| line.get(*at..).is_some_and(|rest| !rest.starts_with(' ') && begins(rest)))
        .or_else(|| {
            // A line that continues a code is all words.
            are_words(line).then_some(0)
        })
}

#[cfg(test)]
mod tests {
    use super::super::{Format, Import, ImportError, ImportSource};

    const SHORT: &str = "0000 006C 0002 0000 0156 00AB 0015 0689";

    fn import(text: &str) -> Result<Import, ImportError> {
        ImportSource::new(Format::Pronto, text).read()
    }

    #[test]
    fn a_code_may_stand_alone_have_a_name_or_take_several_lines() {
        let text = format!(
            "# learned\nVol up: {SHORT}\nMute = \"{SHORT}\"\n0000 006C 0002 0000\n0156 00AB\n0015 0689\nPower 900A 006C 0000 0001 04FB 08F7\n"
        );
        let import = import(&text).unwrap();
        let keys: Vec<&str> = import.keys.keys().map(crate::KeyName::as_str).collect();
        assert_eq!(keys, ["mute", "other:code 4", "power", "volume_up"]);
        let code = import.keys["other:code 4"].to_string();
        assert_eq!(code, format!("pronto:{SHORT}"));
    }

    #[test]
    fn a_code_that_is_cut_short_is_dropped_and_the_rest_is_read() {
        let text = format!(
            "Power: 0000 006C 0002 0000 0156 00AB\nMute: {SHORT}\nhello there\nInfo: 0000 00ZZ\n"
        );
        let import = import(&text).unwrap();
        assert_eq!(import.keys.len(), 1);
        let dropped: Vec<String> = import.dropped.iter().map(ToString::to_string).collect();
        assert_eq!(
            dropped,
            [
                "line 3, there: no Pronto code such as 0000 006C ... is there",
                "line 4, 00ZZ: no Pronto code such as 0000 006C ... is there",
                "line 1, Power: the Pronto code must have 8 words by its words 3 and 4, not 6",
            ]
        );
    }

    #[test]
    fn a_text_without_any_code_is_refused() {
        let error = import("hello").unwrap_err();
        assert_eq!(
            error.to_string(),
            "line 1: this is no pronto file: a code begins with 0000, 0100, 5000, 5001, 6000 or 900A"
        );
    }
}
