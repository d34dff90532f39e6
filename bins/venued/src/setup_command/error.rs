//! Why a venue was not set up in a terminal.

use std::{io, path::PathBuf, process::ExitCode};

use snafu::Snafu;
use venue_auth::{NewPinError, SecretHashError, TokenNameError};
use venue_registry::TimeZoneNameError;

use crate::tls_init::TlsInitError;

/// Why nothing was set up.
#[derive(Debug, Snafu)]
#[non_exhaustive]
#[snafu(visibility(pub(crate)))]
pub enum SetupError {
    /// A question has no answer.
    #[snafu(display(
        "{flag}: give it; without a terminal, or with --non-interactive, nothing is asked"
    ))]
    Missing {
        /// The flag that answers it.
        flag: &'static str,
    },
    /// The name of the venue is empty.
    #[snafu(display("--name: give the name of the venue"))]
    Unnamed,
    /// It is no time zone.
    #[snafu(display("--tz: {source}"))]
    Zone {
        /// Why.
        source: TimeZoneNameError,
    },
    /// It is no address.
    #[snafu(display(
        "--listen: {text:?}: give an address and a port such as 0.0.0.0:8443, or none"
    ))]
    Listen {
        /// What was given.
        text: String,
    },
    /// It is no name.
    #[snafu(display("{flag}: {source}"))]
    Name {
        /// The flag.
        flag: &'static str,
        /// Why.
        source: TokenNameError,
    },
    /// The staff would sign in as the admin.
    #[snafu(display("--staff: the staff sign in with another name than the admin, such as Bar"))]
    SameName,
    /// It is no PIN.
    #[snafu(display("{flag}: {source}"))]
    Pin {
        /// The flag.
        flag: &'static str,
        /// Why.
        source: NewPinError,
    },
    /// A PIN cannot be kept.
    #[snafu(display("the PIN cannot be kept"))]
    Hashing {
        /// Why.
        source: SecretHashError,
    },
    /// Nobody answers.
    #[snafu(display("the answers ended: give them as flags, with --non-interactive"))]
    Ended,
    /// A file or the terminal cannot be read.
    #[snafu(display("cannot read {what}"))]
    Reading {
        /// Which.
        what: String,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written.
    #[snafu(display("cannot write {}", path.display()))]
    Writing {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The configuration file is no TOML.
    #[snafu(display("{}: {reason}", path.display()))]
    Configuration {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// What was answered cannot be kept for the daemon.
    #[snafu(display("what was answered cannot be kept for the daemon"))]
    Preparing {
        /// Why.
        source: TlsInitError,
    },
    /// The configuration file cannot be written.
    #[snafu(display("the configuration file was not written"))]
    WritingConfiguration {
        /// Why.
        source: TlsInitError,
    },
    /// There is no certificate.
    #[snafu(display("no certificate was made"))]
    Certificate {
        /// Why.
        source: TlsInitError,
    },
}

impl SetupError {
    /// The codes of `venuectl`: 2 for wrong arguments, 1 otherwise.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Missing { .. }
            | Self::Unnamed
            | Self::Zone { .. }
            | Self::Listen { .. }
            | Self::Name { .. }
            | Self::SameName
            | Self::Pin { .. }
            | Self::Configuration { .. } => 2.into(),
            Self::Certificate { source } => source.exit_code(),
            Self::Hashing { .. }
            | Self::Ended
            | Self::Preparing { .. }
            | Self::WritingConfiguration { .. }
            | Self::Reading { .. }
            | Self::Writing { .. } => ExitCode::FAILURE,
        }
    }
}
