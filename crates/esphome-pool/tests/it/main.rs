//! The pool against devices on real sockets that do what a test tells them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod evidence;
mod hostile;
mod identity;
mod many;
mod messages;
mod misconfigured;
mod peer;
mod rig;
mod session;
mod subscriptions;
mod successor;
mod unsent;
