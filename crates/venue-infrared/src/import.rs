//! Importers: files of other programs, read into keys with codes.
//!
//! Each format has a parser that takes the whole text, within limits ([`MAX_TEXT_BYTES`],
//! [`MAX_RECORDS`], [`crate::MAX_TIMINGS`]), and reports everything it finds at once: a record that
//! cannot be used is dropped with its line and the reason, and the rest is imported. Only a text that is
//! not of the format at all is an error.
//!
//! Timings that are a known protocol become its notation (`nec1:4,8`): then its toggle bit flips from press to press,
//! and two recordings of one key are one code. What the protocol would send otherwise is kept as it is.
//!
//! | format | what it is |
//! |---|---|
//! | [`Format::Flipper`] | `.ir` files of the Flipper Zero |
//! | [`Format::SmartIr`] | JSON of SmartIR (media players) |
//! | [`Format::Broadlink`] | Base64 (or hex) packets of Broadlink remotes, one in a line |
//! | [`Format::Irdb`] | CSV of irdb: `functionname,protocol,device,subdevice,function` |
//! | [`Format::Pronto`] | Pronto hex words, one code in a line or over several |
//! | [`Format::Lirc`] | `lircd.conf` |
//! | [`Format::GlobalCache`] | `sendir` lines of Global Caché |
//!
//! ```
//! use venue_infrared::import::{Format, ImportSource};
//!
//! let text = "Filetype: IR signals file\nVersion: 1\nname: Vol_up\ntype: parsed\nprotocol: NEC\n\
//!             address: 04 00 00 00\ncommand: 02 00 00 00\n";
//! let import = ImportSource::new(Format::Flipper, text).read().unwrap();
//! let code = &import.keys["volume_up"];
//! assert_eq!(code.to_string(), "nec1:4,2");
//! ```

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use snafu::{OptionExt, Snafu, ensure};

use crate::{ApplianceKind, Code, CodeSet, KeyName, KeyOverride, SetId, SetSource};

mod assemble;
mod bits;
mod broadlink;
mod flipper;
mod global_cache;
mod irdb;
mod lines;
mod lirc;
mod names;
mod path;
mod pronto;
mod recognise;
mod record;
mod smartir;

pub use path::PathHints;

/// The longest text that is read, in bytes. The largest file of the public databases has 0.6 MB.
pub const MAX_TEXT_BYTES: usize = 2 * 1024 * 1024;

/// The most records (keys) of one text.
pub const MAX_RECORDS: usize = 2_000;

/// The carrier that is assumed where a file has none, in Hz.
pub const ASSUMED_CARRIER_HZ: u32 = 38_000;

/// A format that can be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Format {
    /// `.ir` of the Flipper Zero: parsed and raw signals.
    Flipper,
    /// JSON of SmartIR for media players.
    #[serde(rename = "smartir")]
    SmartIr,
    /// Broadlink packets in Base64 or hex.
    Broadlink,
    /// CSV of irdb.
    Irdb,
    /// Pronto hex.
    Pronto,
    /// `lircd.conf`.
    Lirc,
    /// Global Caché `sendir`.
    GlobalCache,
}

/// A word that is no format.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(display("{name:?} is no format: give one of {}", Format::ALL.map(Format::name).join(", ")))]
pub struct UnknownFormat {
    /// The word that was given.
    pub name: String,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 7] = [
        Self::Flipper,
        Self::SmartIr,
        Self::Broadlink,
        Self::Irdb,
        Self::Pronto,
        Self::Lirc,
        Self::GlobalCache,
    ];

    /// The word in requests and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Flipper => "flipper",
            Self::SmartIr => "smartir",
            Self::Broadlink => "broadlink",
            Self::Irdb => "irdb",
            Self::Pronto => "pronto",
            Self::Lirc => "lirc",
            Self::GlobalCache => "global_cache",
        }
    }

    /// The format that `text` is written in, by its first lines; `None` if it looks like none.
    #[must_use]
    pub fn guess(text: &str) -> Option<Self> {
        let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim).take(200);
        let first = lines.clone().find(|line| !line.is_empty())?;
        if first.starts_with("Filetype:") {
            return Some(Self::Flipper);
        }
        if first.starts_with('{') {
            return Some(Self::SmartIr);
        }
        if first.to_ascii_lowercase().starts_with("functionname,") {
            return Some(Self::Irdb);
        }
        if lines.clone().any(lirc::begins_remote) {
            return Some(Self::Lirc);
        }
        let line = first.to_owned();
        if line.contains("sendir,") {
            return Some(Self::GlobalCache);
        }
        if pronto::is_in(&line) {
            return Some(Self::Pronto);
        }
        broadlink::is_in(&line).then_some(Self::Broadlink)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        Self::ALL
            .into_iter()
            .find(|format| format.name() == name)
            .context(UnknownFormatSnafu { name: names::shown(name) })
    }
}

/// Something that was found in a file: where, and what about it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Finding {
    /// The line, from 1, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The key as the file calls it, or another part of the file.
    pub what: String,
    /// What is wrong with it, and where it helps, what would be right.
    pub why: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}, ")?;
        }
        write!(f, "{}: {}", self.what, self.why)
    }
}

/// What a file held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The format that it was read as.
    pub format: Format,
    /// The make of the appliance, if file or path name it.
    pub make: Option<String>,
    /// The models, if file or path name them.
    pub models: Vec<String>,
    /// What kind of appliance it is, if file or path say so.
    pub kind: Option<ApplianceKind>,
    /// The keys that can be used. Names that are surely an action's are mapped to it; the others are
    /// `other:` and the name in the file.
    pub keys: BTreeMap<KeyName, Code>,
    /// How often a code has to be sent for one press, where the file says so.
    pub sends: BTreeMap<KeyName, u8>,
    /// What is not imported.
    pub dropped: Vec<Finding>,
    /// What is imported and may not work.
    pub warnings: Vec<Finding>,
}

impl Import {
    /// What differs for single keys, as a code set has it.
    #[must_use]
    pub fn overrides(&self) -> BTreeMap<KeyName, KeyOverride> {
        let own = |(key, sends): (&KeyName, &u8)| {
            (key.clone(), KeyOverride { sends: Some(*sends), nature: None })
        };
        self.sends.iter().map(own).collect()
    }

    /// The keys as a code set.
    #[must_use]
    pub fn into_set(self, id: SetId, make: String, source: SetSource) -> CodeSet {
        CodeSet {
            id,
            make,
            overrides: self.overrides(),
            models: self.models,
            kind: self.kind.unwrap_or(ApplianceKind::Tv),
            source: Some(source),
            ..CodeSet::unnamed(self.keys, None)
        }
    }
}

/// Why nothing can be imported from a text.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(visibility(pub(crate)))]
#[non_exhaustive]
pub enum ImportError {
    /// The text is too long.
    #[snafu(display("the text has {bytes} bytes: at most {MAX_TEXT_BYTES} are read"))]
    TooLong {
        /// How many it has.
        bytes: usize,
    },
    /// It has too many records.
    #[snafu(display("line {line}: there are more than {MAX_RECORDS} keys: split the file"))]
    TooManyRecords {
        /// Where the first one too many begins.
        line: usize,
    },
    /// It is not of this format.
    #[snafu(display("line {line}: this is no {format} file: {detail}"))]
    NotThisFormat {
        /// The line.
        line: usize,
        /// The format that was asked for.
        format: Format,
        /// What is expected there.
        detail: String,
    },
    /// It has several remotes and none was chosen.
    #[snafu(display(
        "the file has {} remotes: name one of {}", remotes.len(), shown_remotes(remotes)
    ))]
    SeveralRemotes {
        /// What they are called.
        remotes: Vec<String>,
    },
    /// It has no remote of the name that was chosen.
    #[snafu(display(
        "the file has no remote {wanted:?}: there {} {}",
        if remotes.len() == 1 { "is" } else { "are" },
        shown_remotes(remotes)
    ))]
    NoSuchRemote {
        /// The name that was given.
        wanted: String,
        /// What there is.
        remotes: Vec<String>,
    },
}

fn shown_remotes(remotes: &[String]) -> String {
    const SHOWN: usize = 8;
    let mut shown: Vec<&str> = remotes.iter().take(SHOWN).map(String::as_str).collect();
    if remotes.is_empty() {
        return "none".to_owned();
    }
    if remotes.len() > SHOWN {
        shown.push("...");
    }
    shown.join(", ")
}

/// A text to import, and what is known of it.
#[derive(Clone, Copy, Debug)]
pub struct ImportSource<'t> {
    format: Format,
    text: &'t str,
    path: Option<&'t str>,
    remote: Option<&'t str>,
}

impl<'t> ImportSource<'t> {
    /// A text of this format.
    #[must_use]
    pub const fn new(format: Format, text: &'t str) -> Self {
        Self { format, text, path: None, remote: None }
    }

    /// The path of the file in its database, such as `TVs/Samsung/BN59.ir`: databases say make, model
    /// and kind there.
    #[must_use]
    pub const fn at_path(self, path: &'t str) -> Self {
        Self { path: Some(path), ..self }
    }

    /// Which remote is meant, in a file of several (`lircd.conf`).
    #[must_use]
    pub const fn of_remote(self, remote: &'t str) -> Self {
        Self { remote: Some(remote), ..self }
    }

    /// Reads the text.
    ///
    /// # Errors
    /// [`ImportError`] if nothing in it can be read. A single record that cannot be used is no error:
    /// it is in [`Import::dropped`].
    pub fn read(self) -> Result<Import, ImportError> {
        ensure!(self.text.len() <= MAX_TEXT_BYTES, TooLongSnafu { bytes: self.text.len() });
        let text = self.text.trim_start_matches('\u{feff}');
        let mut records = record::Records::default();
        match self.format {
            Format::Flipper => flipper::read(text, &mut records)?,
            Format::SmartIr => smartir::read(text, &mut records)?,
            Format::Broadlink => broadlink::read(text, &mut records)?,
            Format::Irdb => irdb::read(text, &mut records)?,
            Format::Pronto => pronto::read(text, &mut records)?,
            Format::Lirc => lirc::read(text, self.remote, &mut records)?,
            Format::GlobalCache => global_cache::read(text, &mut records)?,
        }
        if let Some(path) = self.path {
            records.complete(PathHints::of(self.format, path));
        }
        Ok(assemble::assemble(self.format, records))
    }
}

/// Any bytes, in any format, are read or refused within the limits. For fuzzers and property tests.
#[doc(hidden)]
pub fn fuzz_import(data: &[u8]) {
    let Some((which, rest)) = data.split_first() else { return };
    let text = String::from_utf8_lossy(rest);
    let format = Format::ALL[usize::from(*which) % Format::ALL.len()];
    let _guessed = Format::guess(&text);
    let path = text.get(..text.len().min(40)).unwrap_or_default();
    if let Ok(import) = ImportSource::new(format, &text).at_path(path).read() {
        assert!(import.keys.len() <= MAX_RECORDS);
        for code in import.keys.values() {
            let again: Result<Code, _> = code.to_string().parse();
            assert_eq!(again.as_ref(), Ok(code), "the notation of an imported code reads back");
        }
    }
}

#[cfg(test)]
mod tests;
