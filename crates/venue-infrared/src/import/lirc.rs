//! `lircd.conf`: remotes between `begin remote` and `end remote`.
//!
//! A remote says how its bits become light (`flags`, `header`, `one`, `zero`, ...), and has its keys between
//! `begin codes` and `end codes` as hex, or between `begin raw_codes` and `end raw_codes` as microseconds.
//! Comments above it name the make and the appliances.
//!
//! Keys of RC5, RC6 and RC-MM remotes become parameters, so that their toggle bit can be flipped; all others
//! become timings, as LIRC itself would send them. A file may have several remotes: one is chosen.
//!
//! Source: the manual page lircd.conf(5) and the order in which LIRC sends the parts of a code.

use snafu::{OptionExt, ensure};

use super::{
    Format, ImportError, NoSuchRemoteSnafu, NotThisFormatSnafu, SeveralRemotesSnafu, names::shown,
    record::Records,
};

mod encode;
mod parse;

/// Whether a line begins a remote.
pub(super) fn begins_remote(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    words.next().is_some_and(|word| word.eq_ignore_ascii_case("begin"))
        && words.next().is_some_and(|word| word.eq_ignore_ascii_case("remote"))
}

pub(super) fn read(
    text: &str,
    wanted: Option<&str>,
    records: &mut Records,
) -> Result<(), ImportError> {
    let mut remotes = parse::remotes(text, records);
    let detail = "a remote stands between \"begin remote\" and \"end remote\"";
    let format = Format::Lirc;
    ensure!(!remotes.is_empty(), NotThisFormatSnafu { line: 1_usize, format, detail });
    let names = || remotes.iter().map(|remote| shown(remote.name)).collect::<Vec<_>>();
    let place = match wanted {
        Some(wanted) => {
            let found = remotes.iter().position(|remote| remote.name == wanted);
            found.with_context(|| NoSuchRemoteSnafu { wanted: shown(wanted), remotes: names() })?
        }
        None => {
            ensure!(remotes.len() == 1, SeveralRemotesSnafu { remotes: names() });
            0
        }
    };
    let remote = remotes.swap_remove(place);
    records.make = remote.make.map(shown).filter(|make| !make.is_empty());
    records.models = remote.models.iter().map(|model| shown(model)).collect();
    encode::records(&remote, records)
}

#[cfg(test)]
mod tests;
