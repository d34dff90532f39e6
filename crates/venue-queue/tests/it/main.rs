//! The stores as their users meet them: the suite, each against the other, faults, plans.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod costs;
mod differential;
mod faults;
mod gate;
mod groups;
mod memory;
mod recount;
mod sqlite;
