//! The real daemon in this process, and requests to it.

use std::{net::SocketAddr, path::Path, time::Duration};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::oneshot,
    task::JoinHandle,
    time::{sleep, timeout},
};
use venue_routing::Mode;
use venued::{Daemon, config::Config};

use crate::document::Layout;

/// A daemon that serves.
pub(crate) struct Venue {
    pub(crate) layout: Layout,
    address: SocketAddr,
    boards: Vec<SocketAddr>,
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
    _folder: TempDir,
}

impl Venue {
    /// Starts it; all of `boards` have a session when this returns.
    pub(crate) async fn start(boards: Vec<SocketAddr>, layout: Layout) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = configuration(&folder.path().join("venue.db"));
        let mut config = Config::parse(&text, "the benchmark", Path::new(".")).unwrap();
        config.tasks.settling = Duration::from_millis(100);
        let daemon = Daemon::start(config).await.unwrap();
        let (address, router) = (daemon.address(), daemon.router());
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(async move {
            daemon.run(async { drop(stopped.await) }).await.unwrap();
        });
        while router.mode() != Mode::Normal {
            sleep(Duration::from_millis(1)).await;
        }
        let venue = Self { layout, address, boards, stop, running, _folder: folder };
        venue.apply(false).await;
        timeout(PATIENCE, venue.online()).await.expect("the boards answer");
        venue
    }

    /// Until every board has its session.
    async fn online(&self) {
        while self.ask("GET", "/api/v1/status", "").await.1["devices"]["online"]
            != self.boards.len()
        {
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Makes it what its layout says.
    pub(crate) async fn apply(&self, with_sources: bool) {
        let document = self.layout.document(&self.boards, with_sources);
        let body = json!({"document": document, "prune": true});
        let (status, answer) = self.post("/api/v1/config/apply", &body).await;
        assert_eq!(status, 200, "{answer}");
    }

    /// Posts `body`; the status and what was answered.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        timeout(PATIENCE, self.ask("POST", path, &body.to_string())).await.expect("it answers")
    }

    async fn ask(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{answer}"));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let answer = serde_json::from_str(body).unwrap_or_else(|_| panic!("{answer}"));
        (status.unwrap(), answer)
    }

    pub(crate) async fn stop(self) {
        drop(self.stop);
        self.running.await.unwrap();
    }
}

/// Nothing is waited for, and nobody is limited.
fn configuration(path: &Path) -> String {
    format!(
        "[http]\nlisten = \"127.0.0.1:0\"\n[store]\npath = \"{}\"\n[timing]\nframe_ms = 0\n\
         digit_gap_ms = 0\ncommand_gap_ms = 0\nwarm_up_ms = 0\nentry_gap_ms = 0\nquiet_gap_ms = 0\n\
         [limits]\ncommands_per_minute = 100000000\nbulk_per_minute = 100000000\n\
         all_per_minute = 100000000\n",
        path.display()
    )
}

/// Nothing here takes so long unless it does not work.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
