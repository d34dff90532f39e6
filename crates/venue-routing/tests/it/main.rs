//! The router over a scripted transport.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod batch_operations;
mod fake;
mod locks;
mod outage;
mod queue;
mod router;
mod semantics;
mod sources;
