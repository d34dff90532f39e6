//! What takes a batch back: the state of each port as it was assumed before. Pure.

use std::collections::HashSet;

use venue_domain::{
    Action, CommandId, CommandRecord, EffectGroup, FenceEntry, PortBefore, PortId, PortStatus,
    Status,
};

use crate::{Skip, Skipped};

/// What is known of a batch that is to be taken back.
pub(crate) struct UndoContext<'b> {
    /// Its commands, after what still waited was withdrawn.
    pub(crate) commands: &'b [CommandRecord],
    /// The assumed state of its ports when it was accepted.
    pub(crate) before: &'b [PortBefore],
    /// The fences in memory; those of the store may be a little behind.
    pub(crate) fences: &'b [FenceEntry],
}

/// The absolute actions that restore what the batch changed, and the ports that are left alone.
///
/// Only what the batch touched is restored: a channel batch does not switch TVs on. Where nothing of
/// it can have reached the appliance there is nothing to take back.
pub(crate) fn restores(context: &UndoContext<'_>) -> (Vec<(PortId, Action)>, Vec<Skipped>) {
    let (mut restored, mut skipped) = (Vec::new(), Vec::new());
    let own: HashSet<CommandId> = context.commands.iter().map(|record| record.id).collect();
    for before in context.before {
        let of_port = context.commands.iter().filter(|record| record.target == before.port);
        let acted: Vec<_> = of_port.filter(|record| has_acted(record)).collect();
        let mut skip = |why| skipped.push(Skipped::new(before.port.clone(), why));
        if acted.is_empty() {
            skip(Skip::NotChanged);
        } else if before.commanded_since || was_commanded_since(context, &own, before) {
            skip(Skip::CommandedSince);
        } else {
            let (actions, left) = opposites(&acted, before.status.as_ref());
            if actions.is_empty() {
                skip(Skip::NotKnown);
            } else if !left.is_empty() {
                skipped.push(Skipped::in_part(before.port.clone(), left));
            }
            restored.extend(actions.into_iter().map(|action| (before.port.clone(), action)));
        }
    }
    (restored, skipped)
}

/// Whether it has, or may have, reached the appliance.
fn has_acted(record: &CommandRecord) -> bool {
    matches!(record.status, Status::Completed | Status::Processing) || record.may_have_acted()
}

/// Whether somebody else has commanded the port since, as far as memory knows.
fn was_commanded_since(
    context: &UndoContext<'_>,
    own: &HashSet<CommandId>,
    before: &PortBefore,
) -> bool {
    let of_port = context.fences.iter().filter(|entry| entry.slot.port == before.port);
    of_port.filter_map(|entry| entry.fence.any).any(|newest| {
        before.above.is_some_and(|above| newest.key > above) && !own.contains(&newest.command)
    })
}

/// The actions that restore what all of `records` of one port changed, each once; and of what they changed nobody knows
/// how it was.
fn opposites(
    records: &[&CommandRecord],
    before: Option<&PortStatus>,
) -> (Vec<Action>, Vec<EffectGroup>) {
    let (mut actions, mut left): (Vec<Action>, Vec<EffectGroup>) = (Vec::new(), Vec::new());
    for record in records {
        match (opposite(record, before), record.action.effect_group()) {
            (Some(action), _) if !actions.contains(&action) => actions.push(action),
            (None, Some(group)) if !left.contains(&group) => left.push(group),
            (Some(_) | None, _) => {}
        }
    }
    // A TV that was off showed nothing, and hears nothing else once it is off again.
    if actions.contains(&Action::PowerOff) {
        return (vec![Action::PowerOff], Vec::new());
    }
    (actions, left)
}

/// The action that restores what `record` changed; `None` where it was not known.
fn opposite(record: &CommandRecord, before: Option<&PortStatus>) -> Option<Action> {
    let before = before?;
    let on_off = |known: Option<bool>, on, off| known.map(|is_on| if is_on { on } else { off });
    match record.action.effect_group()? {
        EffectGroup::Power => on_off(before.power, Action::PowerOn, Action::PowerOff),
        EffectGroup::Mute => on_off(before.muted, Action::MuteOn, Action::MuteOff),
        EffectGroup::Channel => before.channel.clone().map(Action::Channel),
        EffectGroup::Input => before.input.clone().map(Action::Input),
        // Nobody knows how loud it was, or which menu was open.
        EffectGroup::Volume | EffectGroup::Navigation | EffectGroup::Other => None,
    }
}

#[cfg(test)]
pub(crate) mod testing {
    //! Commands of a batch as they are stored.

    use venue_domain::{
        Actor, Class, MaxAttempts, OrderKey, Parameters, Priority, QueueId, Reason, RoutingMethod,
        Timestamp,
    };

    use super::*;

    /// A command of a batch that was accepted at 1 s.
    pub(crate) fn record(target: &str, action: &str, status: Status) -> CommandRecord {
        let parameters = Parameters {
            channel: (action == "channel").then(|| "060".to_owned()),
            input: (action == "input").then(|| "hdmi1".to_owned()),
            ..Parameters::default()
        };
        let at = Timestamp::from_unix_ms(1_000);
        CommandRecord {
            id: CommandId::generate(),
            queue_id: Some(QueueId::new(7)),
            target: target.parse().unwrap(),
            action: Action::parse(action, &parameters).unwrap(),
            class: Class::Bulk,
            batch: Some("batch_1".parse().unwrap()),
            status,
            reason: Reason::ALL.into_iter().find(|reason| reason.status() == status),
            detail: None,
            evidence: None,
            superseded_by: None,
            priority: Priority::BULK,
            scheduled_at: None,
            due_at: at,
            attempts: 1,
            max_attempts: MaxAttempts::default(),
            last_attempt_at: None,
            completed_at: None,
            execution_time: None,
            queue_wait: None,
            routing_method: RoutingMethod::Queued,
            created_at: at,
            actor: Actor::default(),
            notes: None,
            key: Some(OrderKey::at(at, 1)),
            expires_at: Timestamp::from_unix_ms(601_000),
            unknown_seen: false,
            waits_until: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{testing::record, *};
    use venue_domain::{OrderKey, Raise, Slot, SlotFence, SupersededBy, Timestamp};

    fn before(status: Option<PortStatus>) -> PortBefore {
        let above = Some(OrderKey::at(Timestamp::from_unix_ms(1_000), 0));
        PortBefore { port: "ir-1/2".parse().unwrap(), status, commanded_since: false, above }
    }

    /// On, unmuted, on channel 7 and hdmi2.
    fn assumed() -> PortStatus {
        PortStatus {
            port: "ir-1/2".parse().unwrap(),
            channel: Some("7".parse().unwrap()),
            power: Some(true),
            muted: Some(false),
            input: Some("hdmi2".parse().unwrap()),
            last_command: "channel".into(),
            last_command_at: Timestamp::from_unix_ms(5),
            corrected_by: None,
        }
    }

    fn undo(
        command: &CommandRecord,
        before: &PortBefore,
        fences: &[FenceEntry],
    ) -> Result<String, Skip> {
        let context = UndoContext {
            commands: std::slice::from_ref(command),
            before: std::slice::from_ref(before),
            fences,
        };
        let (restored, skipped) = restores(&context);
        assert_eq!(restored.len() + skipped.len(), 1, "every port is answered for");
        match restored.into_iter().next() {
            Some((_, action)) => Ok(action.to_string()),
            None => Err(skipped[0].why),
        }
    }

    #[test]
    fn what_the_batch_changed_is_restored_by_an_absolute_action() {
        let table = [
            ("power_off", Ok("power_on")),
            ("power", Ok("power_on")),
            ("mute_on", Ok("mute_off")),
            ("mute", Ok("mute_off")),
            ("channel", Ok("channel 7")),
            ("channel_up", Ok("channel 7")),
            ("input", Ok("input hdmi2")),
            ("volume_up", Err(Skip::NotKnown)),
            ("menu", Err(Skip::NotKnown)),
        ];
        for (action, expected) in table {
            let command = record("ir-1/2", action, Status::Completed);
            let expected = expected.map(str::to_owned);
            assert_eq!(undo(&command, &before(Some(assumed())), &[]), expected, "{action}");
        }
    }

    #[test]
    fn several_commands_of_one_port_are_taken_back_once_each_and_off_is_alone() {
        let commands = ["power_on", "input", "channel", "channel_up", "mute_off"]
            .map(|action| record("ir-1/2", action, Status::Completed));
        let restored = |power| {
            let known = PortStatus { power: Some(power), ..assumed() };
            let before = [before(Some(known))];
            let context = UndoContext { commands: &commands, before: &before, fences: &[] };
            let (restored, _) = restores(&context);
            restored.iter().map(|(_, action)| action.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(restored(true), ["power_on", "input hdmi2", "channel 7", "mute_off"]);
        assert_eq!(restored(false), ["power_off"]);
    }

    #[test]
    fn what_was_not_known_before_is_not_guessed() {
        let command = record("ir-1/2", "power_on", Status::Completed);
        assert_eq!(undo(&command, &before(None), &[]), Err(Skip::NotKnown));
        let unsure = PortStatus { power: None, ..assumed() };
        assert_eq!(undo(&command, &before(Some(unsure)), &[]), Err(Skip::NotKnown));
    }

    #[test]
    fn only_what_may_have_reached_the_appliance_is_taken_back() {
        for status in Status::ALL {
            let command = record("ir-1/2", "power_off", status);
            let acted = matches!(status, Status::Completed | Status::Processing | Status::Unknown);
            let expected = if acted { Ok("power_on".to_owned()) } else { Err(Skip::NotChanged) };
            assert_eq!(undo(&command, &before(Some(assumed())), &[]), expected, "{status}");
        }
        let expired = record("ir-1/2", "power_off", Status::Expired);
        let seen = CommandRecord { unknown_seen: true, ..expired };
        assert!(undo(&seen, &before(Some(assumed())), &[]).is_ok());
    }

    #[test]
    fn what_of_a_port_is_not_known_is_told_beside_what_is_restored() {
        let of = |action| record("ir-1/2", action, Status::Completed);
        let undone = |commands: &[CommandRecord], known| {
            let before = [before(Some(known))];
            let (restored, skipped) =
                restores(&UndoContext { commands, before: &before, fences: &[] });
            let actions = restored.iter().map(|(_, action)| action.to_string());
            (actions.collect::<Vec<_>>(), skipped)
        };
        let batch = [of("channel"), of("input"), of("mute_on"), of("volume_up")];
        let known = PortStatus { input: None, muted: None, ..assumed() };
        let (restored, skipped) = undone(&batch, known);
        assert_eq!(restored, ["channel 7"]);
        let left = [EffectGroup::Input, EffectGroup::Mute, EffectGroup::Volume];
        assert_eq!(skipped, [Skipped::in_part("ir-1/2".parse().unwrap(), left.to_vec())]);
        // One that was off is only switched off, and nothing is left of it.
        let off = PortStatus { power: Some(false), ..assumed() };
        let batch = [of("power_on"), of("input"), of("volume_up")];
        assert_eq!(undone(&batch, off), (vec!["power_off".to_owned()], Vec::new()));
    }

    #[test]
    fn a_port_that_somebody_else_commanded_since_is_left_alone() {
        let command = record("ir-1/2", "power_off", Status::Completed);
        let known = before(Some(assumed()));
        let stored = PortBefore { commanded_since: true, ..known.clone() };
        assert_eq!(undo(&command, &stored, &[]), Err(Skip::CommandedSince));
        let fence = |by: CommandId, ms| {
            let key = OrderKey::at(Timestamp::from_unix_ms(ms), 2);
            let slot = Slot { port: known.port.clone(), group: EffectGroup::Volume };
            let mut fence = SlotFence::default();
            fence.raise(SupersededBy { key, command: by }, Raise::Any);
            [FenceEntry { slot, fence }]
        };
        let other = CommandId::generate();
        assert_eq!(undo(&command, &known, &fence(other, 1_001)), Err(Skip::CommandedSince));
        assert!(undo(&command, &known, &fence(other, 999)).is_ok(), "that was before");
        assert!(undo(&command, &known, &fence(command.id, 1_001)).is_ok(), "its own");
    }
}
