//! One lane per device: order, pacing, the last fence check before the first byte, and what is sent once
//! more.
//!
//! [`Lanes`] implements the boundary traits `DirectTransport` and `Probe` over a [`Wire`] for each device.
//! At most one command of a device is in flight, whoever sent it, or one for each of the transmitters that work
//! at the same time ([`Wire::transmitter`]); interactive commands go before bulk
//! ones, the diagnostic signal before all; a command waits until its port and the device's transmitter are
//! free; the fences are checked just before the first byte; and after an unknown outcome nothing is sent
//! until the device has answered or has a new session.
//!
//! The wire to ESPHome boards, over sessions of `esphome-pool`, is `esphome::Esphome` (feature `esphome`,
//! on by default). A transport of your own is a type that implements [`Wire`].

mod clock;
#[cfg(feature = "esphome")]
pub mod esphome;
mod lane;
mod lanes;
mod late_slots;
mod pacing;
mod plan;
mod port_timings;
mod reassert;
mod setting;
mod start_permit;
mod supervise;
#[cfg(test)]
mod testing;
mod waiting;
mod wire;

pub use clock::RuntimeClock;
pub use lanes::{KnownPast, Lanes, LanesConfig};
pub use port_timings::PortTimings;
pub use start_permit::StartGuard;
pub use wire::{BoardId, Connection, SendReport, Session, Wire};

/// What docs/embedding.md shows is compiled and run.
#[cfg(all(doctest, feature = "esphome"))]
#[doc = include_str!("../../../docs/embedding.md")]
struct Embedding;
