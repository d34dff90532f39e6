//! The real `venuectl` against the real HTTP server over a scripted venue, and against servers
//! that misbehave.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod acts;
mod backups;
mod batches;
mod contexts;
mod ctl;
mod faults;
mod formats;
mod queue;
mod raw;
mod reads;
mod stored;
mod usage;
mod venue;
mod watch;
