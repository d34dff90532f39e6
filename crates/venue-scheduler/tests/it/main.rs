//! The scheduler over a store in memory and devices that do what they are told, in virtual time.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod devices;
mod dispatch;
mod hanging;
mod outage;
mod permits;
mod rescue;
mod retry;
mod schedule;
mod session;
mod sqlite;
mod stopping;
mod store;
mod transmitters;
mod venue;
