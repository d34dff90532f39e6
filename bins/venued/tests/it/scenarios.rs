//! The four failure scenarios of the design document, with the timings of docs/semantics.md, rules 4.2
//! and 4.9: what must hold when a device, the queue, the network fails. The database has a module
//! of its own.
//!
//! No wait may be shorter than the specification says. That it is not much longer is asserted with
//! a margin for a machine that has other things to do.

mod congestion;
mod offline;
mod processor;

use std::time::Duration;

use device_sim::{Blaster, BlasterConfig};

/// A machine that has other things to do is late by this much at most.
const LATE: Duration = Duration::from_secs(5);

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

/// That the waits between attempts are `nominal` seconds, with a jitter of a fifth.
fn assert_waits(waits: &[Duration], nominal: &[f64]) {
    assert_eq!(waits.len(), nominal.len(), "{waits:?}");
    for (wait, nominal) in waits.iter().zip(nominal) {
        // Both ends are told in whole milliseconds.
        let least = seconds(nominal * 0.8) - Duration::from_millis(2);
        assert!(*wait >= least, "shorter than {nominal} s less a fifth: {waits:?}");
        assert!(*wait <= seconds(nominal * 1.2) + LATE, "far longer than {nominal} s: {waits:?}");
    }
}

/// Boards from `ir-000001` on.
async fn boards(count: u16) -> Vec<Blaster> {
    let mut boards = Vec::new();
    for number in 1..=count {
        let config = BlasterConfig::new(format!("ir-{number:06}"), number);
        boards.push(Blaster::start(config).await.unwrap());
    }
    boards
}
