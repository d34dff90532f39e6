//! Why the process ends, and with which exit code.

use std::{path::PathBuf, process::ExitCode};

use snafu::Snafu;

use crate::{
    config::ConfigError, demo::DemoError, restore::RestoreError, setup_command::SetupError,
    start_error::StartError, telemetry::TelemetryError, tls_init::TlsInitError,
};

/// Why the process ends without having been told to.
#[derive(Debug, Snafu)]
#[snafu(visibility(pub(crate)))]
#[non_exhaustive]
pub enum Failure {
    /// The configuration cannot be used.
    #[snafu(transparent)]
    Config {
        /// Why.
        source: ConfigError,
    },
    /// Logs cannot be written as configured.
    #[snafu(transparent)]
    Telemetry {
        /// Why.
        source: TelemetryError,
    },
    /// The runtime cannot start, or a signal handler was refused.
    #[snafu(display("the system refused a thread or a signal handler"))]
    System {
        /// Why.
        source: std::io::Error,
    },
    /// The manual cannot be written.
    #[snafu(display("cannot write {}", path.display()))]
    Manual {
        /// Where.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A backup was not verified or restored.
    #[snafu(transparent)]
    Restore {
        /// Why.
        source: RestoreError,
    },
    /// No certificate was made.
    #[snafu(transparent)]
    TlsInit {
        /// Why.
        source: TlsInitError,
    },
    /// Nothing was set up.
    #[snafu(transparent)]
    Setup {
        /// Why.
        source: SetupError,
    },
    /// The daemon cannot start.
    #[snafu(transparent)]
    Start {
        /// Why.
        source: StartError,
    },
    /// Serving ended.
    #[snafu(transparent)]
    Run {
        /// Why.
        source: RunError,
    },
    /// The simulated venue cannot start.
    #[snafu(transparent)]
    Demo {
        /// Why.
        source: DemoError,
    },
}

/// Why a daemon stopped serving without having been told to.
#[derive(Debug, Snafu)]
#[snafu(visibility(pub(crate)))]
#[non_exhaustive]
pub enum RunError {
    /// HTTP could not be served.
    #[snafu(transparent)]
    Serve {
        /// Why.
        source: venue_http::ServeError,
    },
    /// A task panicked that the daemon cannot go on without.
    #[snafu(display("a fault in {task} could not be mended: venued has to be started again"))]
    Task {
        /// Which.
        task: &'static str,
    },
}

impl Failure {
    /// 78 (`EX_CONFIG`) for what an admin must put right in the file, so that a service manager
    /// can be told not to try again; 75 (`EX_TEMPFAIL`) while another daemon uses the database; 70
    /// (`EX_SOFTWARE`) after a fault of its own, to be started again; 1 for the rest. Wrong arguments end with 2.
    /// Backups have the codes of `venuectl`.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Config { .. } | Self::Telemetry { .. } => ExitCode::from(78),
            Self::Demo { source: DemoError::Config { .. } } => ExitCode::from(78),
            Self::Start { source } | Self::Demo { source: DemoError::Start { source } } => {
                not_started(source)
            }
            Self::Run { source: RunError::Task { .. } } => ExitCode::from(70),
            Self::Restore { source } => source.exit_code(),
            Self::TlsInit { source } => source.exit_code(),
            Self::Setup { source } => source.exit_code(),
            Self::System { .. }
            | Self::Manual { .. }
            | Self::Run { .. }
            | Self::Demo {
                source:
                    DemoError::StateFolder { .. } | DemoError::Write { .. } | DemoError::Sim { .. },
            } => ExitCode::FAILURE,
        }
    }
}

/// The same whether the daemon runs boards or a demo does.
fn not_started(error: &StartError) -> ExitCode {
    match error {
        StartError::Store { .. } => ExitCode::from(75),
        StartError::PublicSocket { .. } | StartError::HandedOver { .. } => ExitCode::from(78),
        StartError::Listen { .. }
        | StartError::ListenTls { .. }
        | StartError::Tls { .. }
        | StartError::HandOver { .. }
        | StartError::LocalSocket { .. }
        | StartError::LocalAddress { .. }
        | StartError::Device { .. } => ExitCode::FAILURE,
    }
}
