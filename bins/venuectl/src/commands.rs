//! The commands: each asks once and reports; only watching asks again.

mod agenda;
mod answer;
mod api;
mod backup;
mod batch;
mod batch_report;
mod codes;
mod command;
mod config;
pub(crate) mod context;
mod device;
mod discover;
mod doctor;
mod document;
mod events;
mod explain;
mod export;
mod flags;
mod import;
mod lock;
pub(crate) mod login;
mod maintenance;
mod meant;
mod new_batch;
mod person;
mod plan;
mod preset;
mod queue;
mod redo;
mod schedule;
mod setup;
mod shell;
mod source;
mod status;
mod system;
mod token;
mod tv;
mod venue;
mod watch;

use snafu::ResultExt;
use venue_api::{CommandPage, DeviceStatus, Statistics};
use venue_domain::Hostname;

use crate::{
    cli::{Command, Page},
    client::Client,
    error::{Failure, SystemSnafu},
    output::Report,
    progress::Progress,
};

/// Runs `command` to its end, on an event loop of its own.
pub(crate) fn run_blocking(
    client: &Client,
    command: &Command,
    progress: &mut Progress,
) -> Result<Report, Failure> {
    let result = blocking(client, run(client, command, progress));
    result.map_err(|failure| failure.with_flags(flags::of(command)))
}

/// Waits for what is asked of the daemon.
fn blocking<T>(
    client: &Client,
    asking: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context(SystemSnafu)?;
    let result = runtime.block_on(asking).map_err(|failure| failure.advised(client.origin()));
    // A lookup of a name that hangs must not outlast the timeout.
    runtime.shutdown_background();
    result
}

async fn run(
    client: &Client,
    command: &Command,
    progress: &mut Progress,
) -> Result<Report, Failure> {
    match command {
        Command::Status => status::run(client).await,
        Command::Device(command) => device::run(client, command).await,
        Command::Tv(command) => tv::run(client, command, progress).await,
        Command::Batch(command) => batch::run(client, command, progress).await,
        Command::Queue(command) => queue::run(client, command).await,
        Command::Stored(command) => command::run(client, command).await,
        Command::Why(arg) => command::why(client, &arg.id).await,
        Command::History(args) => queue::history(client, args).await,
        Command::Backup(command) => backup::run(client, command).await,
        Command::Config(command) => config::run(client, command).await,
        Command::Port(command) => config::port(client, command).await,
        Command::Source(command) => source::run(client, command).await,
        Command::Preset(command) => preset::run(client, command, progress).await,
        Command::Lock(command) => lock::run(client, command).await,
        Command::Maintenance(command) => maintenance::run(client, command).await,
        Command::Venue(command) => venue::run(client, command).await,
        Command::Agenda(args) => agenda::run(client, args).await,
        Command::Schedule(command) => schedule::run(client, command, progress).await,
        Command::Person(command) => person::run(client, command).await,
        Command::Token(command) => token::run(client, command).await,
        Command::Audit(args) => token::audit(client, args).await,
        Command::Whoami => token::who_am_i(client).await,
        Command::Setup(command) => setup::run(client, command).await,
        Command::Events(args) => events::run(client, args).await,
        Command::Codes(command) => codes::run(client, command, progress).await,
        Command::Alerts => events::alerts(client).await,
        Command::System(command) => system::run(client, command).await,
        Command::Stats(args) => system::stats(client, args).await,
        Command::Explain(args) => explain::run(client, args.field.as_deref()).await,
        Command::Api(args) => api::run(client, args).await,
        Command::Doctor => doctor::run(client).await,
        // It is about this machine: no daemon is asked, and `main` has done it.
        Command::Context(_) | Command::Login(_) | Command::Logout => Ok(Report::default()),
        Command::Completion { shell } => shell::completion(*shell),
        Command::Man { folder } => shell::manual(folder),
        Command::Export { part } => export::run(client, *part).await,
        Command::Diff(file) => document::diff(client, file).await,
        Command::Apply(options) => document::apply(client, options).await,
        Command::Import(command) => import::run(client, command).await,
    }
}

/// Where a device is found, or what it is asked (`leaf` with its `/`).
fn device_path(device: &Hostname, leaf: &str) -> String {
    format!("/api/v1/devices/{device}{leaf}")
}

/// Makes sure that there is, or was, such a device, where a list of its commands is empty: a name that was mistyped
/// must not look like a device without commands. A device that was removed is known as long as the history or the
/// statistics have commands of it.
///
/// # Errors
/// [`Failure`]: the daemon's own, that the device is not found; or that it cannot be asked.
///
/// # Cancel safety
/// Safe: nothing was changed.
async fn ensure_known(client: &Client, device: &Hostname) -> Result<(), Failure> {
    let Err(not_found) = client.get::<DeviceStatus>(&device_path(device, "")).await else {
        return Ok(());
    };
    let history = format!("/api/v1/history?hostname={device}&limit=1");
    let statistics = format!("/api/v1/statistics?group=device&days=366&hostname={device}");
    let ended = client.get::<CommandPage>(&history).await;
    let figures = client.get::<Statistics>(&statistics).await;
    let was_there = ended.is_ok_and(|answer| !answer.value.items.is_empty())
        || figures.is_ok_and(|answer| !answer.value.items.is_empty());
    if was_there { Ok(()) } else { Err(not_found) }
}

/// `path` with the page of its list that is asked for; all parts are plain text by their types.
fn paged(path: &str, device: Option<&Hostname>, page: &Page) -> String {
    let parts = [
        device.map(|device| format!("hostname={device}")),
        page.limit.map(|limit| format!("limit={limit}")),
        page.cursor.as_ref().map(|cursor| format!("cursor={cursor}")),
    ];
    let query = parts.into_iter().flatten().collect::<Vec<_>>().join("&");
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}
