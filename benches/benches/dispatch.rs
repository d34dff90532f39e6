//! From a command that is stored to the device that has done it: the real store, scheduler, router,
//! lanes and sessions of `venued`, with boards that take 50 ms.
//!
//! Boards, and venues that are idle, are threads or processes of their own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark that does not work fails by panicking"
)]

#[path = "dispatch/bulk.rs"]
mod bulk;
#[path = "dispatch/dead.rs"]
mod dead;
#[path = "dispatch/document.rs"]
mod document;
#[path = "dispatch/fan_out.rs"]
mod fan_out;
#[path = "dispatch/fleet.rs"]
mod fleet;
#[path = "dispatch/history.rs"]
mod history;
#[path = "dispatch/idle.rs"]
mod idle;
#[path = "dispatch/interactive.rs"]
mod interactive;
#[path = "dispatch/log.rs"]
mod log;
#[path = "dispatch/start.rs"]
mod start;
#[path = "dispatch/venue.rs"]
mod venue;

use venue_benches::{harness::Run, process::with_files};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if idle::play(&args) {
        return;
    }
    if !args.iter().any(|arg| arg == RAISED) {
        // The same again with room for thousands of sockets.
        let program = std::env::current_exe().unwrap();
        let status = with_files(&program).arg(RAISED).args(&args).status().unwrap();
        std::process::exit(status.code().unwrap_or(1));
    }
    let run = Run::start();
    let ended = log::listen();
    let runtime = venue::runtime();
    let mut bench = bulk::Bench::start(run, &runtime, ended);
    bulk::measure(run, &runtime, &mut bench);
    start::measure(run, &runtime, &mut bench);
    interactive::measure(run, &runtime, &mut bench);
    let ended = bench.stop(&runtime);
    dead::measure(run, &runtime, ended);
    idle::measure(run);
}

/// This process has room for its sockets.
const RAISED: &str = "--raised";
