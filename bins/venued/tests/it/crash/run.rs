//! One run of the daemon, from its start to its kill.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::Value;
use tokio::{process::Child, time::timeout};

use super::clock::Clock;
use crate::support::{Lines, signal, soon, venued};

/// What differs from the defaults, so that a story takes seconds: nothing here changes a rule.
pub(super) const SETTINGS: &str = "
[http]
listen = \"127.0.0.1:0\"
[limits]
commands_per_minute = 1000000
bulk_per_minute = 1000000
all_per_minute = 1000000
[log]
format = \"json\"
[store]
path = \"venue.db\"
[direct]
interactive_timeout_ms = 400
[pool]
keepalive_interval_ms = 150
keepalive_dead_after_ms = 450
reconnect_cap_ms = 100
[timing]
frame_ms = 2
digit_gap_ms = 1
command_gap_ms = 2
warm_up_ms = 20
entry_gap_ms = 5
quiet_gap_ms = 30
";

/// A daemon on the folder of a story; it is killed when it is dropped.
#[derive(Debug)]
pub(super) struct Run {
    process: Child,
    pub(super) log: Lines,
    /// Where what it said is kept, however the story goes on.
    kept: PathBuf,
}

impl Drop for Run {
    fn drop(&mut self) {
        // The folder may be gone with a story that needs no evidence.
        let _kept = fs::write(&self.kept, self.log.all().join("\n"));
    }
}

impl Run {
    /// The run of this name, on `folder`.
    pub(super) fn start(folder: &Path, name: &str, clock: &Clock) -> Self {
        let mut command = venued();
        command.arg("--config").arg(folder.join("venued.toml"));
        command.env("VENUED_TEST_CLOCK", clock.file());
        let mut process = command.spawn().unwrap();
        let log = Lines::read(process.stderr.take().unwrap());
        Self { process, log, kept: folder.join(format!("{name}.log")) }
    }

    /// Waits until it serves, and its store with it.
    pub(super) async fn ready(&self) -> SocketAddr {
        let line = self.log.wait_for("serving HTTP").await;
        let rest = line.split_once("127.0.0.1:").unwrap().1;
        let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let address = SocketAddr::from(([127, 0, 0, 1], port.parse().unwrap()));
        let normal = async {
            while crate::support::get(address, "/api/v1/status").await.json["mode"] != "normal" {}
        };
        soon("the store is used", normal).await;
        address
    }

    /// Lets it run for `instant`, and kills it.
    pub(super) async fn kill_after(&mut self, instant: Duration) {
        let early = timeout(instant, self.process.wait()).await;
        assert!(early.is_err(), "it ended by itself: {:#?}", self.log.all());
        self.process.start_kill().unwrap();
        soon("the end of venued", self.process.wait()).await.unwrap();
        self.log.end().await;
    }

    /// Stops it in order.
    pub(super) async fn stop(&mut self) {
        signal(self.process.id().unwrap(), "TERM");
        let ended = soon("the end of venued", self.process.wait()).await.unwrap();
        assert_eq!(ended.code(), Some(0), "{:#?}", self.log.all());
        self.log.end().await;
    }

    /// How far it had come with its store.
    pub(super) fn stage(&self) -> Stage {
        if self.log.count("the queue is recovered") > 0 {
            Stage::Serving
        } else if self.log.count("the store is open") > 0 {
            Stage::TakingOver
        } else {
            Stage::Opening
        }
    }

    /// The batches of which it said that they are finished.
    pub(super) fn finished_batches(&self) -> Vec<String> {
        let finished = |line: &String| {
            let json: Value = serde_json::from_str(line).ok()?;
            let json = json.get("fields").unwrap_or(&json);
            (json["message"] == "batch finished")
                .then(|| json["batch_id"].as_str())?
                .map(str::to_owned)
        };
        self.log.all().iter().filter_map(finished).collect()
    }
}

/// How far a daemon had come with its store when it was killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Opening,
    TakingOver,
    Serving,
}
