//! What both stores make of a record.

use std::time::Duration;

use venue_domain::{Command, CommandRecord};

/// The command of a record; where it has no place in the order, that of its due time.
pub(crate) fn command(record: &CommandRecord) -> Command {
    Command {
        id: record.id,
        action: record.action.clone(),
        target: record.target.clone(),
        class: record.class,
        actor: record.actor.clone(),
        accepted_at: record.created_at,
        key: record.place(),
        expires_at: record.expires_at,
    }
}

/// What was accepted so long before the newest of all is no longer under way; its record may be gone with
/// the history.
pub(crate) const JUST_BEFORE: Duration = Duration::from_secs(60);
