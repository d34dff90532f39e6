//! The command line of `device-sim`: which boards, what is wrong with them, and for how long.

use std::{
    fs::File,
    io::{self, BufRead},
    net::SocketAddr,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use clap::Parser;
use device_sim::{Blaster, BlasterConfig, Fault, Generation, SimError};
use esphome_codec::{MacAddress, Psk};
use snafu::{ResultExt, Snafu};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};

use crate::{
    events::{self, Sink},
    infrared_args::{InfraredArgs, InfraredFailure},
};

#[cfg(feature = "irp")]
mod handheld;

/// Simulates SmartVenue boards, each with five TVs, on loopback addresses.
///
/// Writes one JSON object a line to stdout: {"event":"listening"|"action"|"tv", "name":...}. Reads
/// lines such as `fault ir-000001 silent`, `cut ir-000001` and `reboot ir-000001` from stdin. Ends
/// on SIGTERM or SIGINT.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Cli {
    /// Where the first board listens; further ones take the ports behind it. Port 0: free ones.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// The name of the first board; further ones count on from its hexadecimal end.
    #[arg(long, default_value = "ir-000001")]
    name: String,
    /// The MAC address of the board; made from its number unless given. With --count 1 only.
    #[arg(long)]
    mac: Option<MacAddress>,
    /// The firmware: current, replies, classic or legacy.
    #[arg(long, default_value = "current")]
    generation: Generation,
    /// The Noise key, base64; plaintext without one.
    #[arg(long, value_parser = parse_psk)]
    psk: Option<Psk>,
    /// How many boards.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    count: u16,
    /// How long a board takes for whatever comes in one piece.
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// Writes every frame to this file, one JSON object a line.
    #[arg(long)]
    frame_log: Option<PathBuf>,
    /// What is wrong with all boards from the start, such as `silent` or `delay=200`.
    #[arg(long, default_value = "none")]
    fault: Fault,
    #[command(flatten)]
    infrared: InfraredArgs,
}

fn parse_psk(text: &str) -> Result<Psk, esphome_codec::PskError> {
    Psk::from_base64(text)
}

/// Why the boards cannot be simulated.
#[derive(Debug, Snafu)]
pub(crate) enum Failure {
    #[snafu(display("--mac names one board, and --count asks for {count}: leave --mac out"))]
    MacOfMany { count: u16 },
    #[snafu(display("--name {name} cannot be counted on: it must end in hexadecimal digits"))]
    Name { name: String },
    #[snafu(display("--listen {listen} leaves no ports for {count} boards"))]
    Ports { listen: SocketAddr, count: u16 },
    #[snafu(display("cannot write --frame-log {}", path.display()))]
    FrameLog { path: PathBuf, source: io::Error },
    #[snafu(transparent)]
    Sim { source: SimError },
    #[snafu(transparent)]
    Infrared { source: InfraredFailure },
    #[snafu(display("the system refused a thread or a signal handler"))]
    System { source: io::Error },
}

impl Cli {
    /// Runs the boards until a signal comes.
    pub(crate) fn run(self) -> Result<(), Failure> {
        let configs = self.boards()?;
        let frames = match &self.frame_log {
            Some(path) => Some(File::create(path).context(FrameLogSnafu { path })?),
            None => None,
        };
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(2).enable_all().build().context(SystemSnafu)?;
        runtime.block_on(serve(configs, frames))
    }

    fn boards(&self) -> Result<Vec<BlasterConfig>, Failure> {
        let (listen, count) = (self.listen, self.count);
        if self.mac.is_some() && count > 1 {
            return MacOfManySnafu { count }.fail();
        }
        (0..count).map(|index| self.board(index, listen)).collect()
    }

    fn board(&self, index: u16, mut listen: SocketAddr) -> Result<BlasterConfig, Failure> {
        let (name, number) = counted(&self.name, index)?;
        if listen.port() != 0 {
            let tcp_port = listen.port().checked_add(index);
            let count = self.count;
            listen.set_port(tcp_port.ok_or_else(|| PortsSnafu { listen, count }.build())?);
        }
        let base = BlasterConfig::new(name, number);
        Ok(BlasterConfig {
            mac: self.mac.unwrap_or(base.mac),
            psk: self.psk.clone(),
            generation: self.generation,
            listen,
            latency: Duration::from_millis(self.latency_ms),
            fault: self.fault.clone(),
            infrared: self.infrared.config(self.generation)?,
            ..base
        })
    }
}

/// The name that is `index` further than `first`, and its number.
fn counted(first: &str, index: u16) -> Result<(String, u16), Failure> {
    let wrong = || NameSnafu { name: first }.build();
    let digits = first.bytes().rev().take_while(u8::is_ascii_hexdigit).take(4).count();
    if digits == 0 {
        // A single board may have any name.
        return if index == 0 { Ok((first.to_owned(), 1)) } else { Err(wrong()) };
    }
    let (stem, end) = first.split_at(first.len() - digits);
    let number = u16::from_str_radix(end, 16).map_err(|_| wrong())?;
    let number = number.checked_add(index).ok_or_else(wrong)?;
    Ok((format!("{stem}{number:0digits$x}"), number))
}

async fn serve(configs: Vec<BlasterConfig>, frames: Option<File>) -> Result<(), Failure> {
    let mut terminate = signal(SignalKind::terminate()).context(SystemSnafu)?;
    let mut interrupt = signal(SignalKind::interrupt()).context(SystemSnafu)?;
    let sink = Arc::new(Sink::new(frames));
    let mut boards = Vec::with_capacity(configs.len());
    for config in configs {
        let board = Arc::new(Blaster::start(config).await?);
        events::follow(&board, &sink);
        boards.push(board);
    }
    let mut orders = read_orders();
    loop {
        tokio::select! {
            _ = terminate.recv() => return Ok(()),
            _ = interrupt.recv() => return Ok(()),
            Some(line) = orders.recv() => obey(&line, &boards),
        }
    }
}

/// The lines of stdin, read by a thread of their own: a terminal cannot be read asynchronously.
fn read_orders() -> mpsc::Receiver<String> {
    let (send, receive) = mpsc::channel(16);
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if send.blocking_send(line).is_err() {
                return;
            }
        }
    });
    receive
}

fn obey(line: &str, boards: &[Arc<Blaster>]) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let board = |name: &str| boards.iter().find(|board| board.name() == name);
    match words.as_slice() {
        [] => {}
        ["fault", name, fault] => match (board(name), fault.parse()) {
            (Some(board), Ok(fault)) => board.set_fault(fault),
            (None, _) => complain(&format!("there is no board {name}")),
            (_, Err(error)) => complain(&error.to_string()),
        },
        ["cut", name] if board(name).is_some() => board(name).into_iter().for_each(|b| b.cut()),
        ["reboot", name] if board(name).is_some() => {
            board(name).into_iter().for_each(|board| board.reboot());
        }
        #[cfg(feature = "irp")]
        ["press", name, make, key] if board(name).is_some() => match handheld::press(make, key) {
            Some(press) => board(name).into_iter().for_each(|board| board.press_handheld(&press)),
            None => complain(&format!("there is no make {make}, or it has no key {key}")),
        },
        _ => complain("say `fault NAME FAULT`, `cut NAME` or `reboot NAME`, with a known board"),
    }
}

#[expect(clippy::print_stderr, reason = "an order that was not understood is answered")]
fn complain(words: &str) {
    eprintln!("device-sim: {words}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(args: &[&str]) -> Result<Vec<String>, String> {
        let cli = Cli::try_parse_from([&["device-sim"], args].concat());
        let boards = cli.map_err(|error| error.to_string())?.boards();
        let boards = boards.map_err(|failure| failure.to_string())?;
        Ok(boards.into_iter().map(|board| board.name).collect())
    }

    #[test]
    fn boards_count_on_from_the_first_name() {
        let name = |name| ["--count", "3", "--name", name];
        assert_eq!(names(&name("ir-00000e")).unwrap(), ["ir-00000e", "ir-00000f", "ir-000010"]);
        assert_eq!(
            names(&name("tv-")).unwrap_err(),
            "--name tv- cannot be counted on: it must end in hexadecimal digits"
        );
        assert_eq!(names(&["--name", "lounge"]).unwrap(), ["lounge"]);
    }

    #[test]
    fn what_cannot_be_is_told_by_its_flag() {
        let mac = names(&["--mac", "02:00:00:00:00:01", "--count", "2"]).unwrap_err();
        assert!(mac.contains("--mac"), "{mac}");
        let listen = names(&["--listen", "127.0.0.1:65535", "--count", "2"]).unwrap_err();
        assert!(listen.contains("--listen"), "{listen}");
        let fault = names(&["--fault", "asleep"]).unwrap_err();
        assert!(fault.contains("--fault") && fault.contains("silent"), "{fault}");
        let make = names(&["--infrared", "samsung,acme"]).unwrap_err();
        assert!(make.contains("\"acme\" is no make") && make.contains("sony"), "{make}");
        let old = names(&["--infrared", "lg", "--generation", "classic"]).unwrap_err();
        assert!(old.contains("--generation current"), "{old}");
        let many = names(&["--infrared", &["lg"; 9].join(",")]).unwrap_err();
        assert!(many.contains("9 makes") && many.contains("8 outputs"), "{many}");
        let alone = names(&["--eye"]).unwrap_err();
        assert!(alone.contains("--infrared"), "{alone}");
        let psk = names(&["--psk", "short"]).unwrap_err();
        assert!(psk.contains("--psk") && psk.contains("32 bytes"), "{psk}");
    }

    #[test]
    fn further_boards_take_the_next_ports() {
        let cli = ["device-sim", "--listen", "127.0.0.1:7000", "--count", "2"];
        let boards = Cli::try_parse_from(cli).unwrap().boards().unwrap();
        let ports: Vec<u16> = boards.iter().map(|board| board.listen.port()).collect();
        assert_eq!(ports, [7000, 7001]);
        assert_ne!(boards[0].mac, boards[1].mac);
    }
}
