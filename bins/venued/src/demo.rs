//! `venued demo`: a complete simulated venue together with the daemon that runs it.
//!
//! The boards are those of `device-sim`, on loopback sockets; the daemon reaches them through an
//! ordinary configuration file, which is written to the state folder for reading and copying.

mod error;
mod infrared;
mod venue;

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use device_sim::{Blaster, Fleet, Power, TvState};
use serde_json::json;
use snafu::ResultExt;
use tempfile::TempDir;
use tokio::time::sleep;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use venue_http::{EditRejection, VenueControl as _};
use venue_registry::{Document, Edit, Expected, Kind, Registry};

use crate::{Daemon, RunError, config::Config, registry::LiveRegistry};

pub use error::DemoError;
use error::{StateFolderSnafu, WriteSnafu};

/// A simulated venue whose daemon is about to serve.
#[derive(Debug)]
pub struct Demo {
    config: Config,
    file: PathBuf,
    fleet: Arc<Fleet>,
    daemon: Daemon,
    /// Removed when it is dropped.
    _temporary: Option<TempDir>,
}

impl Demo {
    /// Starts `boards` boards with five TVs each, and one more whose TVs are sent infrared; writes their configuration into `state` (a temporary
    /// folder unless one is given), and starts a daemon with it. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`DemoError`].
    ///
    /// # Cancel safety
    /// Nothing is left behind but a state folder that was given.
    pub async fn start(
        listen: SocketAddr,
        state: Option<PathBuf>,
        boards: u16,
    ) -> Result<Self, DemoError> {
        let (folder, temporary) = state_folder(state)?;
        let mut all = venue::boards(boards);
        all.push(infrared::board(boards.saturating_add(1)));
        let fleet = Arc::new(Fleet::start(all).await?);
        let file = folder.join("venue.toml");
        let text = venue::configuration(listen, &fleet);
        let config = Config::parse(&text, &file.display().to_string(), &folder)?;
        // It is set up already.
        let config = Config { offers_setup: false, ..config };
        // One that runs in this folder already keeps its file.
        let daemon = Daemon::start(config.clone()).await?;
        fs::write(&file, text).context(WriteSnafu { path: &file })?;
        Ok(Self { config, file, fleet, daemon, _temporary: temporary })
    }

    /// The configuration of the daemon.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// The simulated boards.
    #[must_use]
    pub fn fleet(&self) -> &Arc<Fleet> {
        &self.fleet
    }

    /// Where HTTP is served.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.daemon.address()
    }

    /// Serves until `stop` completes, and logs what the TVs show.
    ///
    /// # Errors
    /// [`RunError`].
    ///
    /// # Cancel safety
    /// A dropped future stops everything.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Result<(), RunError> {
        self.announce();
        let (watchers, quit) = (TaskTracker::new(), CancellationToken::new());
        for device in &self.config.devices {
            let Some(board) = self.fleet.get(device.record.hostname.as_str()) else { continue };
            for port in &device.record.ports {
                let tv = port.name.clone().unwrap_or_default();
                let watch = watch_tv(tv, board, port.index.number());
                watchers.spawn(quit.clone().run_until_cancelled_owned(watch));
            }
        }
        let registry = self.daemon.registry();
        let mut garden = None;
        for board in self.fleet.iter().filter(|board| board.config().infrared.is_some()) {
            garden = Some((board.name().to_owned(), board.address()));
            for port in 1..=5 {
                let watch = watch_tv(infrared::tv_name(port.into()), board, port);
                watchers.spawn(quit.clone().run_until_cancelled_owned(watch));
            }
        }
        watchers.spawn(quit.clone().run_until_cancelled_owned(set_up(registry, garden)));
        let served = self.daemon.run(stop).await;
        quit.cancel();
        watchers.close();
        watchers.wait().await;
        served
    }

    #[expect(clippy::print_stdout, reason = "where the demo is, is what it was started for")]
    fn announce(&self) {
        let tvs: usize = self.config.devices.iter().map(|device| device.record.ports.len()).sum();
        let infrared = self.fleet.iter().filter(|board| board.config().infrared.is_some());
        let infrared: Vec<&str> = infrared.map(Blaster::name).collect();
        println!(
            "A simulated venue: {} boards, {} TVs; {} is offline, {} is slow, and {} knows no codes.\n\
             HTTP:           http://{}\n\
             Configuration:  {}\n\
             Try, in another terminal:\n  \
             venuectl --server http://{} tv channel 501 ir-000003/2\n  \
             venuectl --server http://{} device list",
            self.config.devices.len() + infrared.len(),
            tvs + infrared::known_tvs(),
            venue::OFFLINE,
            venue::SLOW,
            infrared.join(" and "),
            self.address(),
            self.file.display(),
            self.address(),
            self.address(),
        );
    }
}

/// Sets up what an admin would, where nobody has: zones with names, tags, a line-up, and the board that the
/// configuration file does not name, at its present address.
async fn set_up(registry: LiveRegistry, garden: Option<(String, SocketAddr)>) {
    // A state that was kept brings its own: that is known as soon as the store is open.
    let line_up =
        |known: &Registry| known.channels().next().is_none().then(|| apply(venue::document()));
    edit(&registry, line_up).await;
    let Some((hostname, address)) = garden else { return };
    let board = |known: &Registry| {
        let is_known = hostname.parse().is_ok_and(|name| known.device(&name).is_some());
        Some(if is_known {
            let (kind, patch) = (Kind::Device, json!({"address": address.to_string()}));
            Ok(Edit::Patch { kind, id: hostname.clone(), patch, expected: Expected::Any })
        } else {
            apply(infrared::document(&hostname, address))
        })
    };
    edit(&registry, board).await;
}

fn apply(document: serde_json::Value) -> Result<Edit, EditRejection> {
    let document = Document::read(document).map(Box::new);
    let document = document.map_err(|error| EditRejection::Edit { error })?;
    Ok(Edit::Apply { document, prune: false, expected: Expected::Any })
}

/// Makes one change, as soon as the store takes it.
async fn edit(
    registry: &LiveRegistry,
    change: impl Fn(&Registry) -> Option<Result<Edit, EditRejection>>,
) {
    loop {
        let Some(edit) = change(&registry.registry()) else { return };
        let made = match edit {
            Ok(edit) => registry.edit(edit).await.map(drop),
            Err(rejection) => Err(rejection),
        };
        match made {
            Ok(()) => return,
            Err(EditRejection::Edit { error }) => {
                return tracing::error!(%error, "the demo is not set up as it should be");
            }
            // It is being opened.
            Err(EditRejection::Store { .. }) => sleep(Duration::from_millis(50)).await,
        }
    }
}

fn state_folder(state: Option<PathBuf>) -> Result<(PathBuf, Option<TempDir>), DemoError> {
    match state {
        Some(path) => {
            fs::create_dir_all(&path).context(StateFolderSnafu { path: &path })?;
            Ok((path, None))
        }
        None => {
            let made = tempfile::Builder::new().prefix("venued-demo-").tempdir();
            let folder = made.context(StateFolderSnafu { path: std::env::temp_dir() })?;
            Ok((Path::to_owned(folder.path()), Some(folder)))
        }
    }
}

/// Logs what one TV shows, whenever that changes.
fn watch_tv(name: String, board: &Blaster, port: u8) -> impl Future<Output = ()> + use<> {
    let mut shown = board.watch_tv(port);
    let hostname = board.name().to_owned();
    async move {
        let mut before = shown.borrow_and_update().clone();
        while shown.changed().await.is_ok() {
            let now = shown.borrow_and_update().clone();
            if let Some(change) = change(&before, &now) {
                tracing::info!(tv = %format_args!("{hostname}/{port}"), name, "the TV {change}");
            }
            before = now;
        }
    }
}

/// What has changed on the screen, for a person; a key without effect is no change.
fn change(before: &TvState, now: &TvState) -> Option<String> {
    if before.power != now.power {
        return Some(if now.power == Power::On { "is on" } else { "is off" }.to_owned());
    }
    if before.channel != now.channel {
        return Some(format!("shows channel {}", now.channel));
    }
    if before.muted != now.muted {
        return Some(if now.muted { "is muted" } else { "is audible again" }.to_owned());
    }
    if before.volume != now.volume {
        return Some(format!("has volume {}", now.volume));
    }
    (before.input != now.input).then(|| format!("shows input {}", now.input))
}
