//! Commands for the unit tests of this crate.

use std::sync::Arc;

use venue_domain::{Class, Command, Timestamp, testing};

/// The command `name` on `port` of `ir-1`, with its order key.
pub(crate) fn command(name: &str, port: u8, class: Class, sequence: u64) -> Arc<Command> {
    let (target, at) = (format!("ir-1/{port}"), Timestamp::from_unix_ms(0));
    Arc::new(Command { class, ..testing::command(name, &target, at, sequence) })
}
