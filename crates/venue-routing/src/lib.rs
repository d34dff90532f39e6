//! The routing policy: validate a command, choose its route, try it, and say honestly what
//! happened.
//!
//! A [`Router`] is built from four parts: a transport that delivers commands to devices
//! ([`DirectTransport`](domain::DirectTransport) and [`Probe`](domain::Probe)), a
//! [`Directory`](domain::Directory) of devices, a [`Clock`](domain::Clock) and the shared
//! [`Fences`](domain::Fences). It needs no async runtime: it awaits what the transport returns and
//! nothing else. `examples/embed.rs` shows a complete embedder.
//!
//! What an answer says is what is known: [`Status::Completed`](domain::Status::Completed) only for what was *delivered*,
//! which means that the device took it; never that the TV changed.

mod answer;
mod error;
mod policy;
mod router;
mod validate;

pub use answer::{Answer, DeviceStatus, HealthReport, Method, Mode};
pub use error::Rejection;
pub use policy::{Route, Store, Timeouts, lifetime, route};
pub use router::{Router, RouterParts};
pub use validate::CommandRequest;
pub use venue_domain as domain;
