//! A preset for a whole venue, against the same commands as plain batches: over HTTP, through the real daemon, until
//! every board has done them and that is durable.
//!
//! Boards answer at once, and nothing is waited for: what is measured is the work of the daemon.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark that does not work fails by panicking"
)]

#[path = "presets/document.rs"]
mod document;
#[path = "dispatch/log.rs"]
mod log;
#[path = "presets/recall.rs"]
mod recall;
#[path = "presets/venue.rs"]
mod venue;

use venue_benches::{
    board::{Board, address_of},
    harness::Run,
    process::with_files,
};

use crate::{document::Layout, venue::Venue};

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
    workers.unwrap().block_on(async {
        let listener = boards();
        let layout = Layout { screens: run.pick(1_000, 20), boxes: run.pick(30, 2) };
        let boards = (0..layout.boards()).map(|index| address_of(index, listener)).collect();
        let venue = Venue::start(boards, layout).await;
        recall::measure(run, &venue, &mut ended).await;
        venue.stop().await;
    });
}

/// Boards in a thread of their own; each address behind this one is one.
fn boards() -> std::net::SocketAddr {
    let (tell, told) = std::sync::mpsc::channel();
    drop(std::thread::spawn(move || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().build().unwrap().block_on(async {
            tell.send(Board::new(false, false).listen().await).unwrap();
            std::future::pending::<()>().await;
        });
    }));
    told.recv().unwrap()
}

/// This process has room for its sockets.
const RAISED: &str = "--raised";
