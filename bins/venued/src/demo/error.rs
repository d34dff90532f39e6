//! Why the simulated venue cannot start.

use std::{io, path::PathBuf};

use device_sim::SimError;
use snafu::Snafu;

use crate::{config::ConfigError, start_error::StartError};

/// Why the simulated venue cannot start.
#[derive(Debug, Snafu)]
#[snafu(visibility(pub(super)))]
#[non_exhaustive]
pub enum DemoError {
    /// The state folder cannot be made.
    #[snafu(display("cannot make the state folder {}", path.display()))]
    StateFolder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The configuration cannot be written.
    #[snafu(display("cannot write {}", path.display()))]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A board cannot be simulated.
    #[snafu(transparent)]
    Sim {
        /// Why.
        source: SimError,
    },
    /// The configuration that was written cannot be used.
    #[snafu(transparent)]
    Config {
        /// Why.
        source: ConfigError,
    },
    /// The daemon cannot start.
    #[snafu(transparent)]
    Start {
        /// Why.
        source: StartError,
    },
}
