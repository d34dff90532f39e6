//! The real daemon in this process, over boards that are sent infrared.

use std::{convert::Infallible, fmt::Write as _, path::Path, sync::Arc, time::Duration};

use device_sim::Blaster;
use tempfile::TempDir;
use tokio::{sync::oneshot, task::JoinHandle, time::sleep};
use venue_benches::pool;
use venue_domain::{ItemChange, ItemKind};
use venue_infrared::starter_sets;
use venue_routing::Mode;
use venued::{Daemon, VenueRouter, config::Config};

use crate::boards::OUTPUTS;

/// The code set of every TV.
pub(crate) const SET: &str = "samsung-tv";

/// A daemon that serves.
pub(crate) struct Venue {
    pub(crate) router: Arc<VenueRouter>,
    pub(crate) handles: Vec<esphome_pool::DeviceHandle>,
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
    _folder: TempDir,
}

impl Venue {
    /// Starts it; every board has a session when this returns. `port` is what each port says besides its code set.
    pub(crate) async fn start(boards: &[Blaster], port: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = configuration(&folder.path().join("venue.db"), boards, port);
        let mut config = Config::parse(&text, "the benchmark", Path::new(".")).unwrap();
        config.tasks.settling = Duration::from_millis(100);
        let daemon = Daemon::start(config).await.unwrap();
        let handles: Vec<_> = daemon.pool().devices().into_iter().collect();
        for handle in &handles {
            pool::online(handle).await;
        }
        let (router, registry) = (daemon.router(), daemon.registry());
        let configured = daemon.configuration().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(async move {
            daemon.run(async { drop(stopped.await) }).await.unwrap();
        });
        while router.mode() != Mode::Normal {
            sleep(Duration::from_millis(1)).await;
        }
        let set = starter_sets().iter().find(|set| set.id.as_str() == SET).unwrap();
        let (kind, id) = (ItemKind::CodeSet, set.id.to_string());
        let body = serde_json::to_string(set).unwrap();
        let changes = vec![ItemChange::Put { kind, id, body }];
        configured.change(|_| Ok::<_, Infallible>(changes)).await.unwrap();
        // The lanes are told behind the registry.
        while registry.registry().codesets().count() == 0 {
            sleep(Duration::from_millis(1)).await;
        }
        sleep(Duration::from_millis(500)).await;
        Self { router, handles, stop, running, _folder: folder }
    }

    pub(crate) async fn stop(self) {
        drop((self.router, self.handles));
        drop(self.stop);
        self.running.await.unwrap();
    }
}

/// Nothing is waited for but what is on the air.
fn configuration(path: &Path, boards: &[Blaster], port: &str) -> String {
    let times = "command_gap_ms = 0\nwarm_up_ms = 0\nentry_gap_ms = 0\nquiet_gap_ms = 0";
    let mut text = format!(
        "[http]\nlisten = \"127.0.0.1:0\"\n[store]\npath = \"{}\"\n[timing]\n{times}\n",
        path.display()
    );
    for board in boards {
        let (name, address) = (board.name(), board.address());
        writeln!(text, "[[device]]\nhostname = \"{name}\"\naddress = \"{address}\"").unwrap();
        let ports =
            (1..=OUTPUTS).map(|index| format!("{{ index = {index}, codeset = \"{SET}\"{port} }}"));
        writeln!(text, "port = [{}]", ports.collect::<Vec<_>>().join(", ")).unwrap();
    }
    text
}
