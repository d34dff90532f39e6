//! Benchmarks, each with its baseline in the same run: the parts that they share.
//!
//! Absolute figures move by factors with the load of the machine, so each measure is taken in
//! rounds that alternate with those of its baseline, and the ratio of the medians is what counts.
//! See `docs/benchmarks.md`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark that does not work fails by panicking"
)]

pub mod accepted;
pub mod bare;
pub mod board;
pub mod harness;
pub mod pool;
pub mod process;
mod report;
pub mod wire;
