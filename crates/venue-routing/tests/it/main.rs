//! The router over a scripted transport.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod fake;
mod manage;
mod outage;
mod queue;
mod router;
mod semantics;
