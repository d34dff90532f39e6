//! The durable store through its public traits: commands in, commands out, much waiting, much
//! finished.
//!
//! Everything is on the disk under `target/`, with the settings of the daemon: whatever is
//! answered is durable.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark that does not work fails by panicking"
)]

#[path = "store/commands.rs"]
mod commands;
#[path = "store/cycle.rs"]
mod cycle;
#[path = "store/disk.rs"]
mod disk;
#[path = "store/enqueue.rs"]
mod enqueue;
#[path = "store/finished.rs"]
mod finished;
#[path = "store/pick.rs"]
mod pick;
#[path = "store/place.rs"]
mod place;
#[path = "store/retention.rs"]
mod retention;

use venue_benches::harness::Run;

fn main() {
    let run = Run::start();
    // One thread for all clients, beside that of the writer: as many as there are cores.
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().build().unwrap();
    runtime.block_on(enqueue::measure(run));
    runtime.block_on(cycle::measure(run));
    runtime.block_on(pick::measure(run));
    runtime.block_on(finished::measure(run));
    runtime.block_on(retention::measure(run));
}
