//! JSON of SmartIR for media players.
//!
//! `manufacturer`, `supportedModels`, `commandsEncoding` (`Base64`, `Hex`, `Pronto` or `Raw`) and `commands`
//! with `on`, `off`, `volumeUp`, `volumeDown`, `mute`, `previousChannel`, `nextChannel` and `sources`, whose
//! names are what a person chooses. A code may be a list, which is sent one after the other.
//!
//! Source: the documentation of SmartIR for its codes of media players.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use snafu::ensure;

use crate::{Code, KeyName, MAX_SENDS};

use super::{
    ASSUMED_CARRIER_HZ, Format, ImportError, NotThisFormatSnafu, broadlink,
    names::{self, shown},
    pronto,
    record::{Record, Records, assumed_carrier, raw, signed},
};

/// JSON whose objects keep their order and what is in them twice.
#[derive(Debug)]
enum Node {
    Text(String),
    Number(i64),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
    Other,
}

/// How the codes of a file are written.
#[derive(Clone, Copy)]
enum Encoding {
    Base64,
    Hex,
    Pronto,
    Raw,
}

/// A code, how often it is sent, and what may be wrong with it.
struct Read {
    code: Code,
    sends: u8,
    warnings: Vec<String>,
}

pub(super) fn read(text: &str, records: &mut Records) -> Result<(), ImportError> {
    let refused = |line: usize, detail: String| {
        NotThisFormatSnafu { line, format: Format::SmartIr, detail }.fail()
    };
    let fields = match serde_json::from_str(text) {
        Ok(Node::Object(fields)) => fields,
        Ok(_) => return refused(1, "it is an object with the field commands".to_owned()),
        Err(error) => return refused(error.line(), error.to_string()),
    };
    let mut lines = Lines::of(text);
    let mut encoding = None;
    let mut commands = None;
    for (name, value) in fields {
        let line = lines.of_key(&name);
        match (name.as_str(), value) {
            ("manufacturer", Node::Text(make)) => records.make = Some(shown(&make)),
            ("supportedModels", Node::List(models)) => records.models = texts(models),
            ("commandsEncoding", Node::Text(name)) => encoding = Some((line, name)),
            ("commands", Node::Object(all)) => {
                // They are searched where they are, whatever comes behind them.
                let found = located(all, &mut lines);
                commands = Some(found);
            }
            _ => {}
        }
    }
    let Some(commands) = commands else {
        return refused(1, "it has no object commands".to_owned());
    };
    let (line, name) = encoding.unwrap_or((None, String::new()));
    let encoding = match name.as_str() {
        "Base64" => Encoding::Base64,
        "Hex" => Encoding::Hex,
        "Pronto" => Encoding::Pronto,
        "Raw" => Encoding::Raw,
        _ => {
            let name = shown(&name);
            let detail = format!("commandsEncoding is Base64, Hex, Pronto or Raw, not {name:?}");
            return refused(line.unwrap_or(1), detail);
        }
    };
    for Located { line, name, value } in commands {
        records.push(record(line, &name, value, encoding))?;
    }
    ensure!(
        !records.all.is_empty(),
        NotThisFormatSnafu {
            line: 1_usize,
            format: Format::SmartIr,
            detail: "its object commands is empty"
        }
    );
    Ok(())
}

fn texts(list: Vec<Node>) -> Vec<String> {
    /// More models than any file names.
    const MOST: usize = 32;
    let text = |node| if let Node::Text(text) = node { Some(shown(&text)) } else { None };
    list.into_iter().filter_map(text).filter(|text| !text.is_empty()).take(MOST).collect()
}

/// A command with its place; those of `sources` by their path.
struct Located {
    line: Option<usize>,
    name: String,
    value: Node,
}

/// What stands before the names of inputs.
const SOURCES: &str = "sources.";

fn located(commands: Vec<(String, Node)>, lines: &mut Lines<'_>) -> Vec<Located> {
    let mut found = Vec::new();
    for (name, value) in commands {
        let line = lines.of_key(&name);
        match value {
            Node::Object(inner) if name == "sources" => {
                for (source, value) in inner {
                    let line = lines.of_key(&source);
                    found.push(Located { line, name: format!("{SOURCES}{source}"), value });
                }
            }
            value @ (Node::Text(_)
            | Node::Number(_)
            | Node::List(_)
            | Node::Object(_)
            | Node::Other) => found.push(Located { line, name, value }),
        }
    }
    found
}

fn record(line: Option<usize>, name: &str, value: Node, encoding: Encoding) -> Record {
    let key = key(name);
    let record = match one_code(value, encoding) {
        Ok(Read { code, sends, warnings }) => {
            let record = Record::new(line, name, Ok(code)).sent(Some(sends));
            warnings.into_iter().fold(record, |record, text| record.warn(Some(text)))
        }
        Err(why) => Record::new(line, name, Err(why)),
    };
    Record { key: Some(key), ..record }
}

/// What SmartIR calls a key. The names of sources are a person's: only inputs are surely meant.
fn key(name: &str) -> KeyName {
    if let Some(source) = name.strip_prefix(SOURCES) {
        let key = names::key(source);
        return if key.is_input() { key } else { KeyName::other(source) };
    }
    match name {
        "on" => names::key("power_on"),
        "off" => names::key("power_off"),
        "previousChannel" => names::key("channel_down"),
        "nextChannel" => names::key("channel_up"),
        _ => names::key(name),
    }
}

fn one_code(value: Node, encoding: Encoding) -> Result<Read, String> {
    match value {
        Node::Text(text) => from_text(&text, encoding),
        Node::List(list) if list.iter().all(|node| matches!(node, Node::Number(_))) => {
            from_numbers(&list, encoding)
        }
        Node::List(list) => from_list(&list, encoding),
        Node::Number(_) | Node::Object(_) | Node::Other => {
            Err("it is no code: give a text".to_owned())
        }
    }
}

/// A list of the same code again and again is so many sends; one of different codes is no key.
fn from_list(list: &[Node], encoding: Encoding) -> Result<Read, String> {
    let texts: Option<Vec<&str>> = list
        .iter()
        .map(|node| if let Node::Text(text) = node { Some(text.as_str()) } else { None })
        .collect();
    let texts = texts.filter(|texts| !texts.is_empty()).ok_or("it is no code: give a text")?;
    if texts.iter().any(|text| *text != texts[0]) {
        let count = texts.len();
        return Err(format!(
            "it is {count} different codes in a row: import each as a key of its own"
        ));
    }
    let read = from_text(texts[0], encoding)?;
    let sends = u8::try_from(texts.len()).unwrap_or(u8::MAX).min(MAX_SENDS);
    Ok(Read { sends: sends.max(read.sends), ..read })
}

fn from_text(text: &str, encoding: Encoding) -> Result<Read, String> {
    let of_packet = |broadlink::Packet { code, sends, warnings }| Read { code, sends, warnings };
    match encoding {
        Encoding::Base64 => broadlink::base64(text).map(of_packet),
        Encoding::Hex => broadlink::hex(text).map(of_packet),
        Encoding::Pronto => {
            let code = pronto::code(text)?;
            Ok(Read { code, sends: 1, warnings: Vec::new() })
        }
        Encoding::Raw => {
            let bare = text.trim().trim_start_matches('[').trim_end_matches(']');
            let words = bare.split([',', ' ']).filter(|word| !word.is_empty());
            let numbers = words.take(crate::MAX_TIMINGS + 1).map(|word| {
                let number = word.trim().parse::<i64>().map(Node::Number);
                number.map_err(|_| format!("raw times must be numbers, not {:?}", shown(word)))
            });
            from_numbers(&numbers.collect::<Result<Vec<_>, _>>()?, encoding)
        }
    }
}

/// Durations, with signs or without; raw files have no carrier.
fn from_numbers(list: &[Node], encoding: Encoding) -> Result<Read, String> {
    if !matches!(encoding, Encoding::Raw) {
        return Err(
            "it is a list of numbers, and the file says another encoding than Raw".to_owned()
        );
    }
    let times = list.iter().take(crate::MAX_TIMINGS + 1).map(|node| {
        let us = if let Node::Number(us) = node { *us } else { 0 };
        u32::try_from(us.unsigned_abs()).unwrap_or(u32::MAX)
    });
    let code = raw(ASSUMED_CARRIER_HZ, signed(times))?;
    Ok(Read { code, sends: 1, warnings: vec![assumed_carrier()] })
}

/// Finds the lines of keys, which stand in the text in the order in which they are asked for.
struct Lines<'t> {
    rest: &'t str,
    line: usize,
    /// A key was not found: nothing behind it can be placed.
    is_lost: bool,
}

impl<'t> Lines<'t> {
    const fn of(text: &'t str) -> Self {
        Self { rest: text, line: 1, is_lost: false }
    }

    fn of_key(&mut self, key: &str) -> Option<usize> {
        let quoted = serde_json::to_string(key).ok()?;
        let is_key = |at: &usize| {
            let behind = self.rest.get(at + quoted.len()..).unwrap_or_default();
            behind.trim_start().starts_with(':')
        };
        let found = if self.is_lost {
            None
        } else {
            self.rest.match_indices(&quoted).map(|(at, _)| at).find(is_key)
        };
        let Some(at) = found else {
            self.is_lost = true;
            return None;
        };
        let (before, behind) = self.rest.split_at_checked(at + quoted.len())?;
        self.line += before.bytes().filter(|byte| *byte == b'\n').count();
        self.rest = behind;
        Some(self.line)
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Node, E> {
        Ok(Node::Number(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Node, E> {
        Ok(Node::Number(i64::try_from(number).unwrap_or(i64::MAX)))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(node) = all.next_element()? {
            list.push(node);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut all: A) -> Result<Node, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = all.next_entry()? {
            fields.push(field);
        }
        Ok(Node::Object(fields))
    }
}

#[cfg(test)]
mod tests;
