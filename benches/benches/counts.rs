//! What a direct command over HTTP costs in counts, not in time: allocations, and wake-ups of threads. Beside them the
//! floor of the benchmark `http`, with the same boards and the same client.
//!
//! The allocations are compared with benches/counts: what has grown by more than a tenth fails. A build for development
//! is what is accepted there, and a release allocates no more.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark that does not work fails by panicking"
)]
#![expect(dead_code, reason = "the benchmark `http` asks for more of what both share")]

#[path = "http/client.rs"]
mod client;
#[path = "http/floor.rs"]
mod floor;
#[path = "http/server.rs"]
mod server;
#[path = "http/venue.rs"]
mod venue;

use std::{net::SocketAddr, time::Duration};

use tokio::time::sleep;
use venue_benches::{
    accepted,
    board::{Board, address_of},
    harness::{Goal, Pair, Run, Unit, note},
    process::wake_ups,
};

use client::one;
use server::{Server, runtime};

/// Counts every allocation of this process.
#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// So many commands are counted in a round, one at a time.
const COMMANDS: usize = 200;

/// So long whatever is stored behind the answers may take: it belongs to the commands before it.
const SETTLING: Duration = Duration::from_millis(300);

fn main() {
    let run = Run::start();
    let profiler = dhat::Profiler::builder().testing().build();
    let (sender, bound) = std::sync::mpsc::channel();
    drop(std::thread::spawn(move || {
        runtime().block_on(async {
            sender.send(Board::new(false, false).listen().await).unwrap();
            std::future::pending::<()>().await;
        });
    }));
    let boards: Vec<SocketAddr> = vec![address_of(0, bound.recv().unwrap())];
    let floor = floor::start(boards.clone());
    let folder = tempfile::tempdir().unwrap();
    let (venue, _secure) = venue::start(folder.path(), &boards);
    runtime().block_on(measure(run, &floor, &venue));
    drop(profiler);
}

async fn measure(run: Run, floor: &Server, venue: &Server) {
    let (mut allocations, mut woken) = (Pair::default(), Pair::default());
    // What is made once is made before.
    count(venue).await;
    count(floor).await;
    for _ in 0..run.pick(5, 3) {
        let ours = count(venue).await;
        let bare = count(floor).await;
        allocations.ours.push(ours.allocations);
        allocations.baseline.push(bare.allocations);
        woken.ours.push(ours.wake_ups);
        woken.baseline.push(bare.wake_ups);
    }
    allocations.print("allocations, direct command over HTTP", Unit::Count, Goal::None);
    woken.print("wake-ups, direct command over HTTP", Unit::Count, Goal::None);
    note("of the whole process: client and board are part of both");
    // Not the wake-ups: whoever finds a core busy waits less often.
    accepted::compare(&[("allocations of a direct command", allocations.difference())]);
}

/// What one command took.
struct Counts {
    allocations: f64,
    wake_ups: f64,
}

async fn count(server: &Server) -> Counts {
    let (blocks, woken) = (dhat::HeapStats::get().total_blocks, wake_ups("self"));
    one(server.address, &server.commands[0], COMMANDS).await;
    sleep(SETTLING).await;
    let (blocks, woken) = (dhat::HeapStats::get().total_blocks - blocks, wake_ups("self") - woken);
    let each = |count: u64| count as f64 / COMMANDS as f64;
    Counts { allocations: each(blocks), wake_ups: each(woken) }
}
