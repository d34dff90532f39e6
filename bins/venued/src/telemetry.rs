//! Where logs go.

mod sink;

use std::io;

use snafu::{ResultExt, Snafu};
use tracing_subscriber::{
    Layer, Registry, filter::Targets, layer::SubscriberExt, util::SubscriberInitExt,
};

use crate::config::LogFormat;
use sink::Sink;

pub use sink::LogGuard;

/// Why logs cannot be written as configured.
#[derive(Debug, Snafu)]
#[non_exhaustive]
pub enum TelemetryError {
    /// The filter is malformed.
    #[snafu(display("log.filter = {filter:?} is no filter such as \"info,venue_lane=debug\""))]
    Filter {
        /// What was given.
        filter: String,
        /// What is wrong with it.
        source: tracing_subscriber::filter::ParseError,
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
    filter.parse().context(FilterSnafu { filter })
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
