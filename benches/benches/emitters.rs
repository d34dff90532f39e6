//! Infrared that is encoded here, from a command to the end of its transmission: one press on its way through the whole
//! daemon, against a bare session; and a channel of three digits for all TVs of many boards, by emitter and by device.
//!
//! The boards are simulated and time infrared by hardware; no TV hangs on them that would have to be computed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark that does not work fails by panicking"
)]

#[path = "emitters/boards.rs"]
mod boards;
#[path = "emitters/bulk.rs"]
mod bulk;
#[path = "dispatch/log.rs"]
mod log;
#[path = "emitters/press.rs"]
mod press;
#[path = "emitters/venue.rs"]
mod venue;

use venue_benches::{harness::Run, process::with_files};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if !args.iter().any(|arg| arg == RAISED) {
        // The same again with room for the sockets of all boards.
        let program = std::env::current_exe().unwrap();
        let status = with_files(&program).arg(RAISED).args(&args).status().unwrap();
        std::process::exit(status.code().unwrap_or(1));
    }
    let run = Run::start();
    let mut ended = log::listen();
    let workers =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = workers.unwrap();
    runtime.block_on(async {
        press::measure(run).await;
        bulk::measure(run, &mut ended).await;
    });
}

/// This process has room for its sockets.
const RAISED: &str = "--raised";
