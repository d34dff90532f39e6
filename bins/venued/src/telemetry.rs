//! Where logs go.

mod sink;

use std::io;

use snafu::{OptionExt, ResultExt, Snafu};
use tracing_subscriber::{
    Layer, Registry,
    filter::{LevelFilter, Targets},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::config::LogFormat;
use sink::Sink;

pub use sink::LogGuard;

/// Why logs cannot be written as configured.
#[derive(Debug, Snafu)]
#[non_exhaustive]
pub enum TelemetryError {
    /// The filter is malformed.
    #[snafu(display(
        "log.filter = {filter:?} is no filter such as \"info,venue_lane=debug\": {part:?} is neither a level (off, \
         error, warn, info, debug, trace) nor a target with one"
    ))]
    Filter {
        /// What was given.
        filter: String,
        /// The part of it that is wrong.
        part: String,
    },
    /// The journal was asked for and does not answer.
    #[snafu(display("log.format = \"journald\", but the journal does not answer"))]
    Journal {
        /// Why.
        source: io::Error,
    },
    /// The system refused the thread that writes.
    #[snafu(display("the system refused a thread for the log"))]
    Thread {
        /// Why.
        source: io::Error,
    },
    /// Logging was set up before.
    #[snafu(display("logging is set up already"))]
    Twice {
        /// Why.
        source: tracing_subscriber::util::TryInitError,
    },
}

/// Sets up logging for the whole process, until the guard is dropped.
///
/// # Errors
/// [`TelemetryError`] names the key and what would be right.
pub fn init(format: LogFormat, filter: &str) -> Result<LogGuard, TelemetryError> {
    let levels = levels(filter)?;
    let (output, guard) = output(format)?;
    let registry = tracing_subscriber::registry().with(output.with_filter(levels));
    registry.try_init().context(TwiceSnafu)?;
    Ok(guard)
}

/// Checks a filter without using it.
///
/// # Errors
/// [`TelemetryError::Filter`].
pub fn check(filter: &str) -> Result<(), TelemetryError> {
    levels(filter).map(drop)
}

/// A level, and others by target. Not by span or field, which nobody has asked for: matching these takes a library of
/// regular expressions.
fn levels(filter: &str) -> Result<Targets, TelemetryError> {
    filter.split(',').map(str::trim).try_fold(Targets::new(), |targets, part| {
        let with = match part.split_once('=') {
            None => level(part).map(|level| targets.with_default(level)),
            Some((target, name)) if is_target(target) => {
                level(name).map(|level| targets.with_target(target, level))
            }
            Some(_) => None,
        };
        with.context(FilterSnafu { filter, part })
    })
}

fn level(name: &str) -> Option<LevelFilter> {
    // To the library a number is a level, too, and nothing.
    let is_word = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphabetic());
    if is_word { name.parse().ok() } else { None }
}

/// Whether it is the path of a module, as targets are.
fn is_target(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(inner)
}

type Output = (Box<dyn Layer<Registry> + Send + Sync>, LogGuard);

fn output(format: LogFormat) -> Result<Output, TelemetryError> {
    // systemd sets JOURNAL_STREAM when standard error is the journal: then fields are worth more
    // than text.
    let in_journal = std::env::var_os("JOURNAL_STREAM").is_some();
    match format {
        LogFormat::Journald => {
            let journal = tracing_journald::layer().context(JournalSnafu)?;
            Ok((journal.boxed(), LogGuard::none()))
        }
        LogFormat::Auto if in_journal => match tracing_journald::layer() {
            Ok(journal) => Ok((journal.boxed(), LogGuard::none())),
            Err(_) => text(),
        },
        LogFormat::Auto | LogFormat::Text => text(),
        LogFormat::Json => {
            let (sink, guard) = standard_error()?;
            let json = tracing_subscriber::fmt::layer().json().flatten_event(true);
            Ok((json.with_writer(sink).boxed(), guard))
        }
    }
}

fn text() -> Result<Output, TelemetryError> {
    let (sink, guard) = standard_error()?;
    let colours = io::IsTerminal::is_terminal(&io::stderr());
    let text = tracing_subscriber::fmt::layer().with_ansi(colours);
    Ok((text.with_writer(sink).boxed(), guard))
}

fn standard_error() -> Result<(Sink, LogGuard), TelemetryError> {
    let tell = |lines| tracing::warn!(lines, "log lines were lost: standard error took no more");
    Sink::start(io::stderr(), tell).context(ThreadSnafu)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_a_level_and_others_by_target() {
        let levels = levels("info, venue_lane=debug,venued::boards=off").unwrap();
        let shows = |target: &str, level| levels.would_enable(target, &level);
        assert!(shows("hyper", tracing::Level::INFO) && !shows("hyper", tracing::Level::DEBUG));
        assert!(shows("venue_lane::lane", tracing::Level::DEBUG));
        assert!(!shows("venued::boards", tracing::Level::ERROR));
    }

    #[test]
    fn what_is_no_level_is_told() {
        for (filter, wrong) in [
            ("", ""),
            ("inof", "inof"),
            ("=,=", "="),
            ("info,[span]=debug", "[span]=debug"),
            ("3", "3"),
        ] {
            let TelemetryError::Filter { part, .. } = check(filter).unwrap_err() else {
                panic!("{filter}")
            };
            assert_eq!(part, wrong, "{filter}");
        }
    }
}
