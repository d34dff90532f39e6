//! The venue daemon, as a library: the binary, its demo and its system tests start it from here.
//!
//! [`Daemon::start`] wires the parts together and nothing else decides which part is which: the
//! pool keeps the sessions, the lanes order what goes out, the router decides, HTTP asks it.

mod alerts;
mod boards;
mod certificate_files;
mod certificates;
pub mod cli;
pub mod clock;
pub mod config;
mod config_path;
pub mod configuration;
mod daemon;
pub mod demo;
mod discovery;
mod durable;
mod ends;
mod entrance;
mod error;
mod files;
mod infrared_library;
mod learning;
mod local_socket;
mod logo_watch;
mod logos;
mod manual;
mod people;
pub mod registry;
mod restore;
mod router;
mod schedules;
mod sealed;
pub mod service_manager;
mod setup;
mod setup_command;
pub mod signals;
mod start_error;
mod supervise;
mod system_transport;
mod tasks;
pub mod telemetry;
mod tls_init;
mod tokens;
mod watch;
mod webhook;

pub use certificate_files::{CertificateError, CertificateFiles};
pub use daemon::Daemon;
pub use durable::{BackupFolderPlan, BackupPlan, Keep, Queue, StoreHandle};
pub use error::{Failure, RunError};
pub use restore::RestoreError;
pub use router::VenueRouter;
pub use sealed::{Passphrase, SealError};
pub use setup_command::SetupError;
pub use start_error::StartError;
pub use tasks::{TaskPlan, TaskTrigger};
pub use tls_init::TlsInitError;
pub use webhook::Webhook;
