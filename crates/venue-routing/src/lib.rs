//! The routing policy: validate a command, choose its route, try it, and say honestly what
//! happened.
//!
//! A [`Router`] is built from few parts: a transport that delivers commands to devices
//! ([`DirectTransport`](domain::DirectTransport) and [`Probe`](domain::Probe)), a
//! [`Directory`](domain::Directory) of devices, a [`Clock`](domain::Clock), the shared
//! [`Fences`](domain::Fences) with their order, and a queue or [`NoQueue`]. It needs no async runtime: it awaits what the transport returns and
//! nothing else. `examples/embed.rs` shows a complete embedder.
//!
//! What an answer says is what is known: [`Status::Completed`](domain::Status::Completed) only for what was *delivered*,
//! which means that the device took it; never that the TV changed.

mod acceptance;
mod answer;
mod batch;
mod batch_operations;
mod direct;
mod error;
mod locked;
mod no_view;
mod policy;
mod queue;
mod reach;
mod receiver;
mod retry;
mod router;
mod schedule_run;
mod skipped;
mod store;
mod system;
mod taken_sources;
mod undo;
mod validate;

pub use answer::{Answer, DeviceStatus, Handling, HealthReport, Method, Mode};
pub use batch::{
    AcceptedTarget, BatchAnswer, BatchCheck, BulkRequest, CheckedCommand, SharedCommand,
};
pub use batch_operations::{Asker, RetryReport};
pub use error::Rejection;
pub use policy::{Fallback, Route, Store, Timeouts, fallback, route};
pub use reach::Reach;
pub use router::{Router, RouterParts};
pub use schedule_run::{Firing, TargetSteps};
pub use skipped::{Skip, Skipped};
pub use store::{NoQueue, StoreHandles};
pub use system::SystemCommand;
pub use validate::{CommandOptions, QueueOptions};
pub use venue_domain as domain;
