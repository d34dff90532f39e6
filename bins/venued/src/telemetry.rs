//! Where logs go.

use std::io;

use snafu::{ResultExt, Snafu};
use tracing_subscriber::{
    EnvFilter, Layer, Registry, layer::SubscriberExt, util::SubscriberInitExt,
};

use crate::config::LogFormat;

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
    /// Logging was set up before.
    #[snafu(display("logging is set up already"))]
    Twice {
        /// Why.
        source: tracing_subscriber::util::TryInitError,
    },
}

/// Sets up logging for the whole process.
///
/// # Errors
/// [`TelemetryError`] names the key and what would be right.
pub fn init(format: LogFormat, filter: &str) -> Result<(), TelemetryError> {
    let levels = levels(filter)?;
    let output = output(format)?;
    tracing_subscriber::registry().with(output.with_filter(levels)).try_init().context(TwiceSnafu)
}

/// Checks a filter without using it.
///
/// # Errors
/// [`TelemetryError::Filter`].
pub fn check(filter: &str) -> Result<(), TelemetryError> {
    levels(filter).map(drop)
}

fn levels(filter: &str) -> Result<EnvFilter, TelemetryError> {
    EnvFilter::try_new(filter).context(FilterSnafu { filter })
}

fn output(format: LogFormat) -> Result<Box<dyn Layer<Registry> + Send + Sync>, TelemetryError> {
    // systemd sets JOURNAL_STREAM when standard error is the journal: then fields are worth more
    // than text.
    let in_journal = std::env::var_os("JOURNAL_STREAM").is_some();
    match format {
        LogFormat::Journald => Ok(tracing_journald::layer().context(JournalSnafu)?.boxed()),
        LogFormat::Auto if in_journal => match tracing_journald::layer() {
            Ok(journal) => Ok(journal.boxed()),
            Err(_) => Ok(text()),
        },
        LogFormat::Auto | LogFormat::Text => Ok(text()),
        LogFormat::Json => {
            let json = tracing_subscriber::fmt::layer().json().flatten_event(true);
            Ok(json.with_writer(io::stderr).boxed())
        }
    }
}

fn text() -> Box<dyn Layer<Registry> + Send + Sync> {
    let colours = io::IsTerminal::is_terminal(&io::stderr());
    tracing_subscriber::fmt::layer().with_ansi(colours).with_writer(io::stderr).boxed()
}
