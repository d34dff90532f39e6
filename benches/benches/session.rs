//! One session over loopback: connect to ready, call to reply, call and ping, calls in a row.
//!
//! Connects and calls run client and board in one thread, so that no second core adds its wake-ups
//! to either side. Calls in a row run the board in a thread of its own, as throughput wants.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark that does not work fails by panicking"
)]

#[path = "session/calls.rs"]
mod calls;
#[path = "session/connect.rs"]
mod connect;
#[path = "session/pipeline.rs"]
mod pipeline;

use venue_benches::harness::Run;

fn main() {
    let run = Run::start();
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().build().unwrap();
    for is_noise in [false, true] {
        runtime.block_on(connect::measure(run, is_noise));
        runtime.block_on(calls::measure(run, is_noise));
        runtime.block_on(pipeline::measure(run, is_noise));
    }
}

/// As it is printed.
const fn mode(is_noise: bool) -> &'static str {
    if is_noise { "Noise" } else { "plain" }
}
