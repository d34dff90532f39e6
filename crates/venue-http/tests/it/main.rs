//! The real server on a real socket over a scripted venue.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod answers;
mod client;
mod fake;
mod limits;
mod requests;
mod stop;
