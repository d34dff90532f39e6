//! What the end of an attempt leaves on its port, in memory.

use std::collections::BTreeMap;

use venue_domain::{
    Command, CommandId, LATE_COMMAND_LIFE, LateCommand, PortId, PortPacing, Reason, Timestamp,
};

/// What is known of lanes.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    pub(super) pacing: BTreeMap<PortId, PortPacing>,
    pub(super) late: BTreeMap<CommandId, LateCommand>,
    /// Until when nothing of a command comes to life any more.
    cleared: BTreeMap<CommandId, Timestamp>,
}

impl Lanes {
    pub(super) fn attempt_ended(&mut self, command: &Command, reason: Reason, at: Timestamp) {
        let (port, action) = (&command.target, &command.action);
        let before = self.pacing.get(port).cloned();
        if let Some(after) = PortPacing::after(before, port, action, reason, at) {
            self.pacing.insert(port.clone(), after);
        }
        for late in self.late.values_mut() {
            late.note(command, reason, at);
        }
        let Some(late) = LateCommand::after(command, reason, at) else { return };
        let known = self.late.get(&late.id).map(|late| late.ended_at);
        let since = self.cleared.get(&late.id).copied().max(known);
        if since.is_none_or(|since| since < at) {
            self.cleared.remove(&late.id);
            self.late.insert(late.id, late);
        }
        self.forget_old(at);
    }

    /// What is to be sent once more may be outdated by direct commands that nobody stored.
    pub(super) fn forget_desired(&mut self) {
        self.late.values_mut().for_each(|late| late.desired = None);
    }

    /// Nothing of `device` comes to life any more: it is another board.
    pub(super) fn forget_late(&mut self, device: &str) {
        self.late.retain(|_, late| late.slot.port.device.as_str() != device);
    }

    pub(super) fn clear(&mut self, command: CommandId, at: Timestamp) {
        if self.late.get(&command).is_none_or(|late| late.ended_at <= at) {
            self.late.remove(&command);
            self.cleared.insert(command, at);
        }
        self.forget_old(at);
    }

    pub(super) fn forget_old(&mut self, now: Timestamp) {
        self.late.retain(|_, late| !late.is_over(now));
        self.cleared.retain(|_, at| at.plus(LATE_COMMAND_LIFE) > now);
    }
}
