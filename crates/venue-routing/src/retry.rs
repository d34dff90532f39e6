//! Which commands of a batch are tried anew, and why the others are not. Pure.

use std::collections::HashSet;

use venue_domain::{Command, CommandId, CommandRecord, Fences, NotRetryable, OrderKey};

use crate::{Skip, Skipped};

/// What is tried anew of `commands`.
///
/// `retryable` are those that the store allows: failed, expired, or an absolute one that ended
/// unknown, without a newer wish that is stored. `fences` know newer wishes that are not stored yet.
/// What was delivered is not mentioned at all.
pub(crate) fn retries<'r>(
    commands: &'r [CommandRecord],
    retryable: &[CommandRecord],
    fences: &Fences,
) -> (Vec<&'r CommandRecord>, Vec<Skipped>) {
    let allowed: HashSet<CommandId> = retryable.iter().map(|record| record.id).collect();
    let (mut again, mut skipped) = (Vec::new(), Vec::new());
    for record in commands {
        let skip = |why| Skipped::new(record.target.clone(), why);
        match record.retryable() {
            Err(NotRetryable::Delivered) => {}
            Err(NotRetryable::Open) => skipped.push(skip(Skip::Open)),
            Err(NotRetryable::Withdrawn) => skipped.push(skip(Skip::Withdrawn)),
            Err(NotRetryable::Superseded) => skipped.push(skip(Skip::NewerWish)),
            Err(NotRetryable::MayHaveActed) => skipped.push(skip(Skip::MayHaveActed)),
            Ok(()) if !allowed.contains(&record.id) || is_outranked(record, fences) => {
                skipped.push(skip(Skip::NewerWish));
            }
            Ok(()) => again.push(record),
        }
    }
    (again, skipped)
}

/// Whether the fences in memory know a newer wish for its slot, be it a step or a key: what was
/// tried anew once is such a wish, so that two retries press once.
fn is_outranked(record: &CommandRecord, fences: &Fences) -> bool {
    fences.newer_in_slot(&command(record, record.place())).is_some()
}

fn command(record: &CommandRecord, key: OrderKey) -> Command {
    Command {
        id: record.id,
        action: record.action.clone(),
        target: record.target.clone(),
        class: record.class,
        actor: record.actor.clone(),
        accepted_at: record.created_at,
        key,
        expires_at: record.expires_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::undo::testing::record;
    use venue_domain::{Reason, Status, Timestamp, WallTime};

    fn skips(commands: &[CommandRecord], fences: &Fences) -> (usize, Vec<Skip>) {
        let (again, skipped) = retries(commands, commands, fences);
        (again.len(), skipped.into_iter().map(|skipped| skipped.why).collect())
    }

    #[test]
    fn what_failed_is_tried_anew_and_everything_else_says_why_not() {
        let table = [
            ("power_on", Status::Failed, None),
            ("power", Status::Failed, None),
            ("power_on", Status::Expired, None),
            ("power_on", Status::Unknown, None),
            ("channel", Status::Unknown, None),
            ("power", Status::Unknown, Some(Skip::MayHaveActed)),
            ("volume_up", Status::Unknown, Some(Skip::MayHaveActed)),
            ("ok", Status::Unknown, Some(Skip::MayHaveActed)),
            ("power_on", Status::Pending, Some(Skip::Open)),
            ("power_on", Status::Processing, Some(Skip::Open)),
            ("power_on", Status::Cancelled, Some(Skip::Withdrawn)),
            ("power_on", Status::Superseded, Some(Skip::NewerWish)),
        ];
        for (action, status, skip) in table {
            let commands = [record("ir-1/2", action, status)];
            let expected = skip.map_or((1, vec![]), |skip| (0, vec![skip]));
            assert_eq!(skips(&commands, &Fences::new()), expected, "{action} {status}");
        }
        let done = [record("ir-1/2", "power_on", Status::Completed)];
        assert_eq!(skips(&done, &Fences::new()), (0, vec![]), "what was delivered is no matter");
    }

    #[test]
    fn what_ended_otherwise_after_an_unknown_attempt_is_repeated_only_if_it_is_absolute_and_wished()
    {
        let table = [
            ("power", Reason::Expired, (0, vec![Skip::MayHaveActed])),
            ("power_on", Reason::Expired, (1, vec![])),
            ("power_on", Reason::UncleanStop, (1, vec![])),
            ("power_on", Reason::Refused, (1, vec![])),
            ("power_on", Reason::Cancelled, (0, vec![Skip::Withdrawn])),
            ("power_on", Reason::DeviceRemoved, (0, vec![Skip::Withdrawn])),
            ("power_on", Reason::Superseded, (0, vec![Skip::NewerWish])),
        ];
        for (action, reason, expected) in table {
            let seen = CommandRecord {
                reason: Some(reason),
                unknown_seen: true,
                ..record("ir-1/2", action, reason.ends_as(true))
            };
            assert_eq!(skips(&[seen], &Fences::new()), expected, "{action} {reason}");
        }
        let unsent = record("ir-1/2", "power", Status::Expired);
        assert_eq!(skips(&[unsent], &Fences::new()), (1, vec![]));
    }

    #[test]
    fn what_was_tried_anew_is_not_tried_anew_a_second_time() {
        for action in ["power_on", "power", "volume_up", "ok"] {
            let failed = record("ir-1/2", action, Status::Failed);
            let fences = Fences::new();
            let later = OrderKey::at(Timestamp::from_unix_ms(9_000), 9);
            fences.raise(&Command { id: CommandId::generate(), ..command(&failed, later) });
            assert_eq!(skips(&[failed], &fences), (0, vec![Skip::NewerWish]), "{action}");
        }
    }

    #[test]
    fn what_never_became_due_is_outranked_by_what_came_after_its_time() {
        let due = Timestamp::from_unix_ms(5_000);
        let expired = CommandRecord {
            key: None,
            scheduled_at: Some(WallTime::of_calendar(due)),
            due_at: due,
            ..record("ir-1/2", "volume_up", Status::Expired)
        };
        for (ms, expected) in [(4_999, (1, vec![])), (5_000, (0, vec![Skip::NewerWish]))] {
            let fences = Fences::new();
            let other = OrderKey::at(Timestamp::from_unix_ms(ms), 9);
            fences.raise(&Command { id: CommandId::generate(), ..command(&expired, other) });
            assert_eq!(skips(std::slice::from_ref(&expired), &fences), expected, "{ms}");
        }
    }

    #[test]
    fn a_newer_wish_in_memory_or_in_the_store_forbids_it() {
        let failed = record("ir-1/2", "channel", Status::Failed);
        let fences = Fences::new();
        let newer = OrderKey::at(Timestamp::from_unix_ms(9_000), 9);
        let newer = Command { id: CommandId::generate(), ..command(&failed, newer) };
        fences.raise(&newer);
        assert_eq!(skips(std::slice::from_ref(&failed), &fences), (0, vec![Skip::NewerWish]));
        let (again, skipped) = retries(std::slice::from_ref(&failed), &[], &Fences::new());
        assert_eq!((again.len(), skipped[0].why), (0, Skip::NewerWish), "the store said no");
    }
}
