//! The real daemon in this process, and bulk commands through it.

use std::{
    collections::HashSet,
    fmt::Write as _,
    net::SocketAddr,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    runtime::Runtime,
    sync::{mpsc::UnboundedReceiver, oneshot},
    task::JoinHandle,
    time::{sleep, timeout},
};
use venue_benches::{board::name_at, pool};
use venue_routing::{
    BulkRequest, CommandOptions, Mode,
    domain::{Action, Class, PortId},
};
use venued::{Daemon, StoreHandle, VenueRouter, config::Config};

use crate::log::Ended;

/// As `venued` has it.
pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// A daemon that serves.
pub(crate) struct Venue {
    pub(crate) router: Arc<VenueRouter>,
    pub(crate) store: StoreHandle,
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

impl Venue {
    /// Starts it over the database at `path`; all of `healthy` have a session when this returns.
    /// The boards' latency is the only time that passes: no air time, no gaps.
    pub(crate) async fn start(path: &Path, healthy: &[SocketAddr], dead: &[SocketAddr]) -> Self {
        let text = configuration(path, healthy, dead);
        let mut config = Config::parse(&text, "the benchmark", Path::new(".")).unwrap();
        // What the venue does for itself soon after a start is over before anything is measured.
        config.tasks.settling = Duration::from_millis(100);
        let daemon = Daemon::start(config).await.unwrap();
        let names: HashSet<String> = healthy.iter().map(|address| name_at(*address)).collect();
        for handle in daemon.pool().devices() {
            if names.contains(handle.name()) {
                pool::online(&handle).await;
            }
        }
        let (router, store) = (daemon.router(), daemon.store().unwrap());
        let opened = async {
            while router.mode() != Mode::Normal {
                sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(PATIENCE, opened).await.expect("the store opens");
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(async move {
            daemon.run(async { drop(stopped.await) }).await.unwrap();
        });
        Self { router, store, stop, running }
    }

    pub(crate) async fn stop(self) {
        drop(self.router);
        drop(self.stop);
        self.running.await.unwrap();
    }

    /// Sends one channel to `targets`; seconds until the last of the first `healthy` of them has
    /// done it and that is durable. What waits for the others is withdrawn.
    pub(crate) async fn bulk(
        &self,
        targets: &[SocketAddr],
        healthy: usize,
        ended: &mut UnboundedReceiver<Ended>,
    ) -> f64 {
        while ended.try_recv().is_ok() {}
        let mut open: HashSet<String> =
            targets[..healthy].iter().map(|at| format!("{}/1", name_at(*at))).collect();
        let request = request(targets);
        let begun = Instant::now();
        let answer = self.router.submit_batch(request).await.unwrap();
        assert_eq!(answer.accepted.len(), targets.len());
        let mut last = begun;
        while !open.is_empty() {
            let ended = timeout(PATIENCE, ended.recv()).await.expect("it ends").unwrap();
            if open.remove(&ended.target) {
                assert!(ended.completed, "{ended:?}");
                last = ended.at;
            }
        }
        if healthy < targets.len() {
            self.router.cancel_batch(answer.batch).await.unwrap();
        }
        (last - begun).as_secs_f64()
    }
}

fn request(targets: &[SocketAddr]) -> BulkRequest {
    BulkRequest::new(channel(), targets.iter().map(|at| port(*at, 1)).collect())
}

/// A port of a board.
pub(crate) fn port(device: SocketAddr, index: i64) -> PortId {
    PortId { device: name_at(device).parse().unwrap(), port: index.try_into().unwrap() }
}

/// Of `class`; to the queue at once if that is bulk.
pub(crate) fn of_class(class: Class) -> CommandOptions {
    CommandOptions { class: Some(class), ..CommandOptions::default() }
}

/// What is commanded.
pub(crate) fn channel() -> Action {
    Action::Channel("5".parse().unwrap())
}

fn configuration(path: &Path, healthy: &[SocketAddr], dead: &[SocketAddr]) -> String {
    let times = "frame_ms = 0\ndigit_gap_ms = 0\ncommand_gap_ms = 0\nwarm_up_ms = 0\n\
                 entry_gap_ms = 0\nquiet_gap_ms = 0";
    let mut text = format!(
        "[http]\nlisten = \"127.0.0.1:0\"\n[store]\npath = \"{}\"\n[timing]\n{times}\n",
        path.display()
    );
    for at in healthy.iter().chain(dead) {
        let name = name_at(*at);
        writeln!(text, "[[device]]\nhostname = \"{name}\"\naddress = \"{at}\"").unwrap();
        writeln!(text, "port = [{{ index = 1 }}, {{ index = 2 }}]").unwrap();
    }
    text
}

/// Nothing here takes so long unless it does not work.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
