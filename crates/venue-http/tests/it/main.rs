//! The real server on a real socket over a scripted venue.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod answers;
mod backups;
mod batches;
mod client;
mod commands;
mod config;
mod fake;
mod keys;
mod limits;
mod no_store;
mod presets;
mod queue;
mod requests;
mod schedules;
mod selectors;
mod stop;
mod stored;
mod trying;
mod venue;
mod waiting;
mod words;
