//! The manual pages: of the command line, and of the configuration file, `venued.toml(5)`.
//!
//! What the keys mean is written once, in `docs/venued.example.toml`; the page is made of that file, so that
//! neither can say what the other does not.

use std::{collections::HashSet, fs, io, path::Path};

use clap::Command;
use roff::{Roff, bold, roman};

/// Every key with what it means.
const EXAMPLE: &str = include_str!("../../../docs/venued.example.toml");

/// Writes all pages into `folder`.
///
/// # Errors
/// What the system says, if a file cannot be written.
pub(crate) fn write(command: Command, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    clap_mangen::generate_to(command, folder)?;
    fs::write(folder.join("venued.toml.5"), configuration())
}

/// The page of the configuration file.
fn configuration() -> String {
    let mut page = Roff::new();
    let version = concat!("venued ", env!("CARGO_PKG_VERSION"));
    page.control("TH", ["venued.toml", "5", "\"\"", version]);
    page.control("SH", ["NAME"]);
    page.text([roman("venued.toml - configuration file of the venue daemon")]);
    page.control("SH", ["SYNOPSIS"]);
    page.text([bold("/etc/venued/venued.toml")]);
    page.control("SH", ["DESCRIPTION"]);
    page.text([roman(DESCRIPTION)]);
    page.control("PP", []).text([roman(NOTATION)]);
    // A list has several entries in the example: what the first one shows, the next one does not show again.
    let (mut table, mut shown) = (None, HashSet::new());
    for mut entry in entries(EXAMPLE) {
        if entry.table == table {
            entry.table = None;
        } else if entry.table.is_some() {
            table = entry.table;
        }
        entry.keys.retain(|key| shown.insert((table, key.name)));
        entry.write(&mut page);
    }
    page.control("SH", ["SEE ALSO"]);
    page.text([bold("venued"), roman("(1), "), bold("venuectl"), roman("(1)")]);
    page.render()
}

const DESCRIPTION: &str = "\
The file is TOML. Every key may be left out, except where an entry of a list needs it. A key that there is not is an error, \
and so is a value that makes no sense: the daemon then ends with 78 and names the key. `venued --check-config` checks a file.";

const NOTATION: &str = "\
Each key is shown here with its default or, where it says so, with an example. Devices, zones, channels and schedules need \
not be in the file: they are set up while the daemon runs.";

/// A part of the example: what is explained together.
#[derive(Debug, Default, PartialEq, Eq)]
struct Entry<'a> {
    /// What it means, line by line.
    told: Vec<&'a str>,
    /// The heading of a table, as `[http]`.
    table: Option<&'a str>,
    /// The keys that this is told of.
    keys: Vec<Key<'a>>,
}

#[derive(Debug, PartialEq, Eq)]
struct Key<'a> {
    name: &'a str,
    value: &'a str,
    /// The key is commented out, so that its value is no default.
    example: bool,
}

impl Entry<'_> {
    fn write(&self, page: &mut Roff) {
        if let Some(table) = self.table {
            page.control("SH", [table]);
        }
        if self.table.is_none() && self.keys.is_empty() && !self.told.is_empty() {
            page.control("PP", []);
        }
        for (place, key) in self.keys.iter().enumerate() {
            page.control(if place == 0 { "TP" } else { "TQ" }, []);
            let note = if key.example { "    (example)" } else { "" };
            page.text([bold(key.name), roman(format!(" = {}{note}", key.value))]);
        }
        if !self.told.is_empty() {
            page.text([roman(self.told.join("\n"))]);
        }
    }
}

/// The parts of `example` behind its first paragraph, which is about the file.
fn entries(example: &str) -> Vec<Entry<'_>> {
    let (_, example) = example.split_once("\n\n").unwrap_or_default();
    let mut entries = Vec::new();
    let mut entry = Entry::default();
    for line in example.lines() {
        let bare = line.strip_prefix("# ").unwrap_or(line);
        let (table, key) = (is_table(bare), key(bare, bare.len() < line.len()));
        // Whatever follows a heading or a key is about something else, unless it is one more key.
        let told_of = entry.table.is_some() || (!entry.keys.is_empty() && key.is_none());
        if told_of || line.is_empty() {
            entries.push(std::mem::take(&mut entry));
        }
        match key {
            Some(key) => entry.keys.push(key),
            None if table => entry.table = Some(bare),
            None if !line.is_empty() => entry.told.push(bare),
            None => {}
        }
    }
    entries.push(entry);
    entries.retain(|entry| *entry != Entry::default());
    entries
}

fn is_table(line: &str) -> bool {
    line.starts_with('[') && line.ends_with(']')
}

fn key(line: &str, example: bool) -> Option<Key<'_>> {
    let (name, value) = line.split_once(" = ")?;
    let is_name = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    is_name.then_some(Key { name, value, example })
}

#[cfg(test)]
mod tests;
