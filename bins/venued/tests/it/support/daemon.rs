//! `venued` as a process.

use std::{fmt::Write as _, net::SocketAddr, path::PathBuf, process::Stdio};

use device_sim::Blaster;
use esphome_pool::codec::Psk;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::{Child, Command};

use super::{
    Lines, Response, clock,
    http::{get, post},
    signal, soon, until,
};

/// A running `venued`; it is killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Daemon {
    pub(crate) process: Child,
    pub(crate) address: SocketAddr,
    pub(crate) log: Lines,
    pub(crate) stdout: Lines,
    folder: TempDir,
}

impl Daemon {
    /// Starts `venued` with `devices` as the device part of its configuration and no store, and
    /// waits until it serves.
    pub(crate) async fn start(devices: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::start_in(folder, "enabled = false", devices).await
    }

    /// As [`Daemon::start`], with a store in `folder`; waits until it is used.
    pub(crate) async fn durable(folder: TempDir, devices: &str) -> Self {
        let daemon = Self::start_in(folder, "path = \"venue.db\"", devices).await;
        daemon.log.wait_for("the store is open").await;
        daemon.wait_for_mode("normal").await;
        daemon
    }

    /// As [`Daemon::start`], with this as the part of the store.
    pub(crate) async fn with_store(store: &str, devices: &str) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), store, devices).await
    }

    /// As [`Daemon::with_store`], in `folder`; waits until it serves, not until the store is used.
    pub(crate) async fn start_in(folder: TempDir, store: &str, devices: &str) -> Self {
        let file = folder.path().join("venued.toml");
        let head = format!(
            "[http]\nlisten = \"127.0.0.1:0\"\n[log]\nformat = \"json\"\n[limits]\n\
             commands_per_minute = 1000000\nbulk_per_minute = 1000000\n\
             all_per_minute = 1000000\n[store]\n{store}\n"
        );
        std::fs::write(&file, format!("{head}{devices}")).unwrap();
        let mut command = venued();
        command.arg("--config").arg(file);
        Self::spawn(command, folder).await
    }

    /// With the configuration that is in `folder`.
    pub(crate) async fn configured(folder: TempDir) -> Self {
        let mut command = venued();
        command.arg("--config").arg(folder.path().join("venued.toml"));
        Self::spawn(command, folder).await
    }

    /// Waits until the service runs in `mode`.
    pub(crate) async fn wait_for_mode(&self, mode: &str) {
        until(mode, async || (self.mode().await == mode).then_some(())).await;
    }

    /// In what mode the service runs; none while it has not read yet who may ask that.
    pub(crate) async fn mode(&self) -> String {
        let answer = self.get("/api/v1/status").await;
        if answer.status == 503 {
            return String::new();
        }
        answer.json["mode"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned()
    }

    /// The folder of a daemon that has ended.
    pub(crate) fn into_folder(self) -> TempDir {
        self.folder
    }

    /// Kills it, and hands over its folder.
    pub(crate) async fn killed(mut self) -> TempDir {
        self.signal("KILL");
        assert_eq!(self.ended().await, None);
        self.folder
    }

    /// Starts `venued demo`.
    pub(crate) async fn demo() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = venued();
        command.args(["demo", "--listen", "127.0.0.1:0", "--state"]).arg(folder.path());
        Self::spawn(command, folder).await
    }

    async fn spawn(mut command: Command, folder: TempDir) -> Self {
        let clock = folder.path().join(clock::NAME);
        if clock.exists() {
            command.env("VENUED_TEST_CLOCK", clock);
        }
        let mut process = command.spawn().unwrap();
        let log = Lines::read(process.stderr.take().unwrap());
        let stdout = Lines::read(process.stdout.take().unwrap());
        let line = log.wait_for("serving HTTP").await;
        // As text `address=127.0.0.1:1`, as JSON `"address":"127.0.0.1:1"`.
        let rest = line.split_once("127.0.0.1:").unwrap().1;
        let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let address = SocketAddr::from(([127, 0, 0, 1], port.parse().unwrap()));
        Self { process, address, log, stdout, folder }
    }

    /// Waits until `hostname` has its `nth` session, counted from 1.
    pub(crate) async fn wait_for_session(&self, hostname: &str, nth: usize) {
        let part = format!("\"device\":\"{hostname}\",\"address\"");
        self.log.wait_for_nth(&part, nth).await;
    }

    /// A file in its folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        get(self.address, path).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Response {
        post(self.address, path, body).await
    }

    /// `POST /{hostname}/command`.
    pub(crate) async fn command(&self, hostname: &str, body: &Value) -> Response {
        post(self.address, &format!("/{hostname}/command"), body).await
    }

    /// A command without a parameter, for one port.
    pub(crate) async fn press(&self, hostname: &str, port: u8, command: &str) -> Response {
        self.command(hostname, &json!({"command": command, "port": port})).await
    }

    /// A channel, for one port.
    pub(crate) async fn tune(&self, hostname: &str, port: u8, channel: &str) -> Response {
        let body = json!({"command": "channel", "port": port, "channel": channel});
        self.command(hostname, &body).await
    }

    /// Waits until a command of `hostname` is in flight.
    pub(crate) async fn wait_for_flight(&self, hostname: &str) {
        let path = format!("/{hostname}/status");
        let flies = async || !self.get(&path).await.json["lane"]["in_flight"].is_null();
        until("a command in flight", async || flies().await.then_some(())).await;
    }

    pub(crate) fn signal(&self, name: &str) {
        signal(self.process.id().unwrap(), name);
    }

    /// The exit code.
    pub(crate) async fn ended(&mut self) -> Option<i32> {
        soon("the end of venued", self.process.wait()).await.unwrap().code()
    }
}

/// The program, with its output piped.
pub(crate) fn venued() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_venued"));
    command.env_remove("VENUED_CONFIG").env_remove("JOURNAL_STREAM");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// The configuration of one device.
pub(crate) fn device_toml(hostname: &str, address: SocketAddr, more: &str) -> String {
    let mut text =
        format!("\n[[device]]\nhostname = \"{hostname}\"\naddress = \"{address}\"\n{more}\n");
    for port in 1..=5 {
        let _written =
            writeln!(text, "[[device.port]]\nindex = {port}\nname = \"TV {hostname}-{port}\"");
    }
    text
}

/// The configuration of simulated boards.
pub(crate) fn sim_toml<'a>(boards: impl IntoIterator<Item = &'a Blaster>) -> String {
    let device = |board: &Blaster| {
        let psk = board.config().psk.as_ref().map(Psk::to_base64);
        let key = psk.map(|psk| format!("noise_psk = \"{psk}\"")).unwrap_or_default();
        device_toml(board.name(), board.address(), &key)
    };
    boards.into_iter().map(device).collect()
}

/// The configuration of a simulated board that is tried again at once: a wish that waits for it fails
/// after 14 s, and on a busy machine the usual pauses between two tries are longer than what is left
/// of them.
pub(crate) fn keen_toml(board: &Blaster) -> String {
    format!("[pool]\nreconnect_cap_ms = 200\n{}", sim_toml([board]))
}
