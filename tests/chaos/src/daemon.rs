//! The daemon as a process: started, killed, and asked whether it is there.

use std::{
    fs::{self, File},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::{
    process::{Child, Command},
    time::{MissedTickBehavior, interval, timeout},
};

use crate::{
    clock,
    http::{Answer, Request},
};

/// What differs from the defaults, so that a round takes seconds: no rule is changed.
const SETTINGS: &str = "
[discovery]
enabled = false
[limits]
commands_per_minute = 1000000
bulk_per_minute = 1000000
all_per_minute = 1000000
[log]
format = \"text\"
[pool]
keepalive_interval_ms = 1000
keepalive_dead_after_ms = 2500
reconnect_cap_ms = 500
connect_timeout_ms = 2000
[queue]
system_delay_s = 2
[timing]
frame_ms = 10
digit_gap_ms = 5
command_gap_ms = 10
warm_up_ms = 1000
entry_gap_ms = 700
quiet_gap_ms = 1200
";

/// One daemon after the other on the same folder and at the same address.
#[derive(Debug)]
pub(crate) struct Daemon {
    program: PathBuf,
    folder: PathBuf,
    pub(crate) address: SocketAddr,
    process: Option<Child>,
    starts: usize,
}

impl Daemon {
    /// Nothing is started yet.
    pub(crate) fn new(program: &Path, folder: &Path) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        let config = format!(
            "[http]\nlisten = \"{address}\"\n[store]\npath = \"data/venue.db\"\n{SETTINGS}"
        );
        fs::write(folder.join("venued.toml"), config).unwrap();
        Self {
            program: program.to_owned(),
            folder: folder.to_owned(),
            address,
            process: None,
            starts: 0,
        }
    }

    pub(crate) fn start(&mut self) {
        self.starts += 1;
        let log = File::create(self.log()).unwrap();
        let mut command = Command::new(&self.program);
        command.arg("--config").arg(self.folder.join("venued.toml"));
        command.env_remove("VENUED_CONFIG").env_remove("JOURNAL_STREAM");
        command.env(clock::NAME, self.clock());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).kill_on_drop(true);
        self.process = Some(command.spawn().unwrap());
    }

    /// Where it reads its clocks.
    pub(crate) fn clock(&self) -> PathBuf {
        self.folder.join("clock.json")
    }

    /// What the one that runs now has written.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join(format!("venued-{}.log", self.starts))
    }

    pub(crate) const fn is_started(&self) -> bool {
        self.process.is_some()
    }

    /// How it ended, if it did so by itself.
    pub(crate) fn has_died(&mut self) -> Option<String> {
        let status = self.process.as_mut()?.try_wait().unwrap()?;
        self.process = None;
        Some(format!("venued ended by itself: {status}; see {}", self.log().display()))
    }

    pub(crate) async fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().await.unwrap();
        }
    }

    /// Stops it in order; says how it ended if that was not in order.
    pub(crate) async fn stop(&mut self) -> Option<String> {
        let mut process = self.process.take()?;
        let pid = process.id()?;
        let mut shell = std::process::Command::new("sh");
        shell.arg("-c").arg(format!("kill -TERM {pid}")).status().unwrap();
        match timeout(STOPS_WITHIN, process.wait()).await {
            Ok(status) => {
                let status = status.unwrap();
                (status.code() != Some(0)).then(|| format!("a stop in order ended with {status}"))
            }
            Err(_) => {
                process.kill().await.unwrap();
                Some(format!("a stop in order took more than {STOPS_WITHIN:?}"))
            }
        }
    }

    /// Waits until the daemon at `address` works in `mode`; `false` if that takes too long.
    pub(crate) async fn wait_for_mode(address: SocketAddr, mode: &str, limit: Duration) -> bool {
        let status = Request::get("/api/v1/status");
        Self::answers(address, &status, limit, |answer| answer.json["mode"] == mode).await
    }

    /// Waits until `request` is answered so; `false` if that takes too long.
    pub(crate) async fn answers(
        address: SocketAddr,
        request: &Request,
        limit: Duration,
        fits: impl Fn(&Answer) -> bool + Send,
    ) -> bool {
        let mut turns = interval(TURN);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let asking = async {
            loop {
                turns.tick().await;
                if request.send(address).await.answer().is_some_and(&fits) {
                    return;
                }
            }
        };
        timeout(limit, asking).await.is_ok()
    }
}

/// Asks until it is so; `false` if that takes longer than `limit`.
pub(crate) async fn within(limit: Duration, mut ask: impl AsyncFnMut() -> bool) -> bool {
    let mut turns = interval(TURN);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let asking = async {
        loop {
            turns.tick().await;
            if ask().await {
                return;
            }
        }
    };
    timeout(limit, asking).await.is_ok()
}

/// The daemon gives what is in flight 3 s.
const STOPS_WITHIN: Duration = Duration::from_secs(15);

/// So often somebody asks.
const TURN: Duration = Duration::from_millis(100);
