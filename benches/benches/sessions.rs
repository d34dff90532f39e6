//! A thousand warm Noise sessions: memory and idle time of the pool, of a bare client, and of the
//! real `venued`.
//!
//! Boards and clients are processes of their own: this program again, in another role.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark that does not work fails by panicking"
)]

#[path = "sessions/daemon.rs"]
mod daemon;
#[path = "sessions/roles.rs"]
mod roles;
#[path = "sessions/warm.rs"]
mod warm;

use venue_benches::harness::Run;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if roles::play(&args) {
        return;
    }
    let run = Run::start();
    let count = run.pick(1_000, 20);
    let floor = warm::measure(run, count);
    daemon::measure(run, count, &floor);
}
