//! From the text to remotes, without a judgement of what they say.

use std::collections::BTreeMap;

use crate::{MAX_TIMINGS, import::record::Records};

/// One remote of a file.
#[derive(Debug, Default)]
pub(super) struct Remote<'t> {
    pub(super) line: usize,
    pub(super) name: &'t str,
    pub(super) make: Option<&'t str>,
    pub(super) models: Vec<&'t str>,
    pub(super) flags: Vec<&'t str>,
    /// Fields of numbers, with their line.
    numbers: BTreeMap<&'t str, (usize, Vec<u64>)>,
    pub(super) codes: Vec<HexCode<'t>>,
    pub(super) raw_codes: Vec<RawTimes<'t>>,
}

/// A key with its code in hex.
#[derive(Debug)]
pub(super) struct HexCode<'t> {
    pub(super) line: usize,
    pub(super) name: &'t str,
    /// Several are sent one after the other.
    pub(super) codes: Result<Vec<u64>, String>,
}

/// A key with its durations.
#[derive(Debug)]
pub(super) struct RawTimes<'t> {
    pub(super) line: usize,
    pub(super) name: &'t str,
    pub(super) times: Result<Vec<u32>, String>,
}

impl Remote<'_> {
    /// The first number of a field.
    pub(super) fn number(&self, field: &str) -> Option<u64> {
        self.numbers.get(field).and_then(|(_, numbers)| numbers.first()).copied()
    }

    /// A mark and a space in microseconds.
    pub(super) fn pair(&self, field: &str) -> Option<(i32, i32)> {
        let (_, numbers) = self.numbers.get(field)?;
        match numbers.as_slice() {
            &[mark, space, ..] => Some((micros(mark), micros(space))),
            _ => None,
        }
    }

    /// A duration in microseconds; 0 if it is not there.
    pub(super) fn micros(&self, field: &str) -> i32 {
        self.number(field).map_or(0, micros)
    }

    pub(super) fn has_flag(&self, flag: &str) -> bool {
        self.flags.iter().any(|found| found.eq_ignore_ascii_case(flag))
    }
}

/// Longer ones cannot be sent, and are refused when the code is built.
fn micros(number: u64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// Where the parser is.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Outside,
    Remote,
    Codes,
    RawCodes,
}

/// All remotes of `text`. What cannot be understood goes to `records`.
pub(super) fn remotes<'t>(text: &'t str, records: &mut Records) -> Vec<Remote<'t>> {
    let mut parser =
        Parser { part: Part::Outside, open: Remote::default(), make: None, models: Vec::new() };
    let mut remotes = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        if let Some(comment) = text.trim_start().strip_prefix('#') {
            parser.comment(comment);
            continue;
        }
        // A comment may stand behind something.
        let text =
            text.split_once(" #").or_else(|| text.split_once("\t#")).map_or(text, |(text, _)| text);
        let words: Vec<&str> = text.split_ascii_whitespace().take(MAX_TIMINGS + 2).collect();
        remotes.extend(parser.line(line, &words, records));
    }
    if parser.part != Part::Outside {
        records.drop_part(parser.open.line, parser.open.name, "its \"end remote\" is missing");
    }
    remotes
}

struct Parser<'t> {
    part: Part,
    open: Remote<'t>,
    make: Option<&'t str>,
    models: Vec<&'t str>,
}

impl<'t> Parser<'t> {
    /// Comments above a remote say what it is for: `# brand: Acme`.
    fn comment(&mut self, text: &'t str) {
        /// As many as a person reads.
        const MOST_MODELS: usize = 32;
        let Some((what, value)) = text.split_once(':') else { return };
        let value = value.trim();
        if value.is_empty() || self.part != Part::Outside {
            return;
        }
        match what.trim().to_ascii_lowercase().as_str() {
            "brand" => self.make = Some(value),
            "model no. of remote control"
            | "supported devices"
            | "devices being controlled by this remote"
                if self.models.len() < MOST_MODELS =>
            {
                self.models.push(value);
            }
            _ => {}
        }
    }

    /// Takes one line; the remote that it ends.
    fn line(
        &mut self,
        line: usize,
        words: &[&'t str],
        records: &mut Records,
    ) -> Option<Remote<'t>> {
        let [first, rest @ ..] = words else { return None };
        let word = first.to_ascii_lowercase();
        let second = rest.first().map(|word| word.to_ascii_lowercase()).unwrap_or_default();
        match (word.as_str(), second.as_str(), self.part) {
            ("begin", "remote", part) => {
                if part != Part::Outside {
                    let why = "its \"end remote\" is missing";
                    records.drop_part(self.open.line, self.open.name, why);
                }
                let (make, models) = (self.make.take(), std::mem::take(&mut self.models));
                self.open = Remote { line, make, models, ..Remote::default() };
                self.part = Part::Remote;
            }
            ("end", "remote", Part::Remote) => {
                self.part = Part::Outside;
                return Some(std::mem::take(&mut self.open));
            }
            ("begin", "codes", Part::Remote) => self.part = Part::Codes,
            ("begin", "raw_codes", Part::Remote) => self.part = Part::RawCodes,
            ("end", "codes", Part::Codes) | ("end", "raw_codes", Part::RawCodes) => {
                self.part = Part::Remote;
            }
            ("begin" | "end", _, _) => {
                records.drop_part(line, &words.join(" "), "it has no counterpart here");
            }
            (_, _, Part::Outside) => {
                records.drop_part(line, first, "it stands outside of a remote");
            }
            (_, _, Part::Remote) => self.field(line, first, rest, records),
            (_, _, Part::Codes) => self.open.codes.push(hex_code(line, first, rest)),
            (_, _, Part::RawCodes) => self.raw_line(line, words, records),
        }
        None
    }

    fn field(&mut self, line: usize, name: &'t str, values: &[&'t str], records: &mut Records) {
        match name {
            "name" => self.open.name = values.first().copied().unwrap_or_default(),
            "flags" => {
                let flags = values.iter().flat_map(|value| value.split('|'));
                self.open.flags.extend(flags.filter(|flag| !flag.is_empty()).take(32));
            }
            // Texts that say nothing of the light.
            "driver" | "serial_mode" | "dyncodes_name" => {}
            "include" => {
                records.drop_part(line, name, "other files are not read: import them alone");
            }
            _ => match values.iter().take(8).map(|value| number(value)).collect::<Option<Vec<_>>>()
            {
                Some(numbers) if !numbers.is_empty() => {
                    self.open.numbers.insert(name, (line, numbers));
                }
                Some(_) | None => records.drop_part(line, name, "it is no field with numbers"),
            },
        }
    }

    /// `name X` begins a key, and numbers belong to it.
    fn raw_line(&mut self, line: usize, words: &[&'t str], records: &mut Records) {
        let (name, numbers) = match words {
            ["name", name, numbers @ ..] => (Some(*name), numbers),
            numbers => (None, numbers),
        };
        if let Some(name) = name {
            self.open.raw_codes.push(RawTimes { line, name, times: Ok(Vec::new()) });
        }
        let Some(open) = self.open.raw_codes.last_mut() else {
            return records.drop_part(line, &words.join(" "), "numbers stand behind a \"name\"");
        };
        for word in numbers {
            match (&mut open.times, word.parse::<u32>()) {
                (Ok(times), Ok(us)) if times.len() <= MAX_TIMINGS => times.push(us),
                (Ok(_), Ok(_)) | (Err(_), _) => {}
                (times, Err(_)) => {
                    let word = crate::import::names::shown(word);
                    *times = Err(format!("times must be numbers, not {word:?} in line {line}"));
                }
            }
        }
    }
}

fn hex_code<'t>(line: usize, name: &'t str, words: &[&'t str]) -> HexCode<'t> {
    let codes = words.iter().map(|word| {
        let shown = crate::import::names::shown(word);
        number(word)
            .ok_or_else(|| format!("its code must be a number such as 0x10EF, not {shown:?}"))
    });
    HexCode { line, name, codes: codes.collect() }
}

/// Hex with 0x in front, else decimal.
fn number(word: &str) -> Option<u64> {
    let digits = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X"));
    digits.map_or_else(|| word.parse().ok(), |digits| u64::from_str_radix(digits, 16).ok())
}
