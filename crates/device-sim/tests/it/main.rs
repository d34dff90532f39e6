//! The simulated boards, as a client sees them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod actions;
mod binary;
mod client;
mod faults;
mod generations;
mod infrared;
mod starter;
