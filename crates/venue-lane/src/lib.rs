//! One lane per device: order, pacing, the last fence check, and the action as an ESPHome call.
//!
//! [`Lanes`] implements the boundary traits `DirectTransport` and `Probe` over sessions of
//! `esphome-pool`. At most one command of a device is in flight, whoever sent it; interactive
//! commands go before bulk ones, the diagnostic signal before all; a command waits until its port
//! and the board's transmitter are free; the fences are checked just before the first byte; and
//! after an unknown outcome nothing is sent until the device has answered or has a new session.

mod advertise;
mod call;
mod lane;
mod lanes;
mod late_slots;
mod link;
mod outcome;
mod pacing;
mod plan;
mod reassert;
mod setting;
mod start_permit;
mod supervise;
#[cfg(test)]
mod testing;
mod waiting;

pub use lanes::{KnownPast, Lanes, LanesConfig, PortTimings};
pub use link::Link;

/// What docs/embedding.md shows is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/embedding.md")]
struct Embedding;
