//! The commands: each asks once and reports.

mod answer;
mod device;
mod status;
mod tv;

use snafu::ResultExt;

use crate::{
    cli::Command,
    client::Client,
    error::{Failure, SystemSnafu},
    output::Report,
};

/// Runs `command` to its end, on an event loop of its own.
pub(crate) fn run_blocking(client: &Client, command: &Command) -> Result<Report, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context(SystemSnafu)?;
    let result = runtime.block_on(run(client, command));
    // A lookup of a name that hangs must not outlast the timeout.
    runtime.shutdown_background();
    result
}

async fn run(client: &Client, command: &Command) -> Result<Report, Failure> {
    match command {
        Command::Status => status::run(client).await,
        Command::Device(command) => device::run(client, command).await,
        Command::Tv(command) => tv::run(client, command).await,
    }
}

/// Where a device is found, or what it is asked (`leaf` with its `/`).
fn device_path(device: &venue_domain::Hostname, leaf: &str) -> String {
    format!("/api/v1/devices/{device}{leaf}")
}
