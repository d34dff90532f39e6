//! The lanes over a device that does what it is told, in virtual time.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod board;
mod chance;
mod crash;
mod fake;
mod floor;
mod http_tv;
mod infrared;
mod order;
mod pacing;
mod probe;
mod reasserting;
mod replaced;
mod unconfirmed;
mod waiting;
