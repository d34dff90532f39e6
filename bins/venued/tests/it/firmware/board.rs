//! One board: a process that runs real firmware on loopback.

use std::{
    fmt::Write as _,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    process::Stdio,
    time::Duration,
};

use esphome_pool::codec::Psk;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::support::{Lines, device_toml, signal, soon};

/// What a board is.
#[derive(Clone, Debug)]
pub(super) struct BoardConfig {
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) address: SocketAddr,
    pub(super) psk: Option<[u8; 32]>,
    /// How long each command blocks it, as infrared does.
    pub(super) infrared: Duration,
    /// Whether it does nothing else while it sends from an infrared entity, as an ESP8266.
    pub(super) blocks: bool,
}

impl BoardConfig {
    /// A plaintext board on a free port.
    pub(super) fn new(kind: &'static str, name: &str) -> Self {
        // The kernel names a free port; the firmware cannot be handed the socket itself.
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = free.local_addr().unwrap();
        let (name, infrared) = (name.to_owned(), Duration::ZERO);
        Self { kind, name, address, psk: None, infrared, blocks: false }
    }

    /// How a daemon is configured for it.
    pub(super) fn toml(&self) -> String {
        let key = self.psk.map(|bytes| Psk::from_bytes(bytes).unwrap().to_base64());
        let key = key.map(|key| format!("noise_psk = \"{key}\"\n")).unwrap_or_default();
        device_toml(&self.name, self.address, &key)
    }
}

/// A running board; it is killed when it is dropped.
#[derive(Debug)]
pub(super) struct Board {
    process: Child,
    /// Its serial log.
    pub(super) log: Lines,
    _home: TempDir,
}

impl Board {
    /// Starts the board and waits until it listens. `None` where no firmware was built.
    pub(super) async fn start(config: &BoardConfig) -> Option<Self> {
        let folder = super::folder()?;
        let binary = folder.join(config.kind);
        if super::is_left_out(&folder, config.kind) {
            return None;
        }
        assert!(binary.exists(), "{} is missing: run tests/firmware/build.sh", binary.display());
        let home = tempfile::tempdir().unwrap();
        let mut command = Command::new(binary);
        command.env("HOME", home.path());
        command.env("VENUE_NAME", &config.name);
        command.env("VENUE_PORT", config.address.port().to_string());
        command.env("VENUE_IR_MS", config.infrared.as_millis().to_string());
        if config.blocks {
            command.env("VENUE_IR_BLOCKS", "1");
        }
        if let Some(psk) = config.psk {
            let mut digits = String::new();
            psk.iter().for_each(|byte| write!(digits, "{byte:02x}").unwrap());
            command.env("VENUE_NOISE_HEX", digits);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.kill_on_drop(true).spawn().unwrap();
        let log = Lines::read(process.stdout.take().unwrap());
        log.wait_for("setup() finished successfully").await;
        Some(Self { process, log, _home: home })
    }

    pub(super) fn signal(&self, name: &str) {
        signal(self.process.id().unwrap(), name);
    }

    /// Waits for its end; the log is complete then.
    pub(super) async fn ended(&mut self) {
        soon("the end of the board", self.process.wait()).await.unwrap();
        self.log.end().await;
    }

    /// How many commands it has run.
    pub(super) fn commands(&self) -> usize {
        self.log.count("command #")
    }
}
