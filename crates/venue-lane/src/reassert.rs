//! Late commands, and the newest delivered command that is sent once more against them.
//!
//! Bytes that a hung device has taken run when it wakes, even after their session is lost. If an
//! absolute command ended unknown with its session, a newer one that is delivered on the next
//! session may still be overtaken by it; so the newest one is sent once more after the quiet gap
//! (docs/semantics.md, rules 3.27 to 3.32).

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;
use venue_domain::{
    Command, CommandId, EffectGroup, LATE_COMMAND_LIFE, LateCommand, OrderKey, PortIndex,
    RememberedCommand, Timestamp,
};

/// The commands of one device that may still come to life.
#[derive(Debug, Default)]
pub(crate) struct LateCommands(Vec<Late>);

/// What may still come to life in one slot.
#[derive(Debug)]
struct Late {
    port: PortIndex,
    group: EffectGroup,
    /// All of them.
    commands: Vec<Arc<Command>>,
    /// Of the oldest one: everything newer may be overtaken.
    key: OrderKey,
    /// From then on none comes to life any more.
    until: Instant,
    /// When something of the slot was first delivered on a newer session.
    answered: Option<Instant>,
    /// What was delivered last, and when it is due once more.
    desired: Option<(Arc<Command>, Instant)>,
}

impl LateCommands {
    /// `command` ended unknown at `ended`, and its session is gone.
    pub(crate) fn note_lost(
        &mut self,
        command: &Arc<Command>,
        quiet_gap: Duration,
        ended: Instant,
    ) {
        if !command.nature().is_repeatable() {
            return;
        }
        let Some(late) = self.remember(Arc::clone(command), ended + LATE_COMMAND_LIFE) else {
            return;
        };
        // Whatever was delivered before may be overtaken by this one.
        let answered = late.answered.take();
        if answered.is_some_and(|answered| ended >= answered + quiet_gap) {
            // What was late before has come to life by now, if it ever does.
            late.commands.retain(|known| known.id == command.id);
            late.key = command.key;
        }
    }

    fn remember(&mut self, command: Arc<Command>, until: Instant) -> Option<&mut Late> {
        let (port, group) = (command.target.port, command.effect_group()?);
        let is_same = |late: &Late| late.port == port && late.group == group;
        let index = self.0.iter().position(is_same).unwrap_or_else(|| {
            let (key, commands) = (command.key, Vec::new());
            self.0.push(Late { port, group, commands, key, until, answered: None, desired: None });
            self.0.len() - 1
        });
        let late = self.0.get_mut(index)?;
        late.key = late.key.min(command.key);
        late.until = late.until.max(until);
        late.commands.push(command);
        Some(late)
    }

    /// What was stored of the time before: `now` is the present on both clocks.
    pub(crate) fn recall(
        &mut self,
        remembered: &[RememberedCommand],
        quiet_gap: impl Fn(PortIndex) -> Duration,
        now: (Timestamp, Instant),
    ) {
        for known in remembered.iter().filter(|known| !is_over(known, remembered, &quiet_gap)) {
            let LateCommand { ended_at, answered_at, .. } = known.late;
            let until = past(ended_at, now) + LATE_COMMAND_LIFE;
            let Some(late) = self.remember(Arc::clone(&known.command), until) else { continue };
            let answered = answered_at.map(|at| past(at, now));
            let alone = late.commands.len() == 1;
            late.answered = if alone { answered } else { late.answered.min(answered) };
        }
        for known in remembered {
            let Some(desired) = &known.desired else { continue };
            let slot = &known.late.slot;
            let is_same =
                |late: &&mut Late| (late.port, late.group) == (slot.port.port, slot.group);
            let Some(late) = self.0.iter_mut().find(is_same) else { continue };
            if late.desired.as_ref().is_none_or(|(newest, _)| newest.key < desired.key) {
                let due = late.answered.unwrap_or(now.1) + quiet_gap(late.port);
                late.desired = Some((Arc::clone(desired), due));
            }
        }
    }

    /// What has shown no life since: it may be carried out now that there is a new session.
    pub(crate) fn unanswered(&self) -> impl Iterator<Item = &Arc<Command>> {
        self.0.iter().filter(|late| late.answered.is_none()).flat_map(|late| &late.commands)
    }

    /// There is a new session: what was to be sent once more before has to wait anew.
    pub(crate) fn note_session(&mut self, quiet_gap: impl Fn(PortIndex) -> Duration, now: Instant) {
        for late in self.0.iter_mut().filter(|late| late.answered.is_none()) {
            let gap = quiet_gap(late.port);
            if let Some((_, due)) = &mut late.desired {
                *due = (*due).max(now + gap);
            }
        }
    }

    /// `command` was delivered; it is due once more if a late command of its slot is older. Returns
    /// what cannot come to life any more.
    pub(crate) fn note_delivered(
        &mut self,
        command: &Arc<Command>,
        quiet_gap: Duration,
        now: Instant,
    ) -> Vec<CommandId> {
        let (port, group) = (command.target.port, command.effect_group());
        let repeatable = command.nature().is_repeatable();
        let of_slot = |late: &Late| late.port == port && Some(late.group) == group;
        // The device has been at work since the quiet gap began: what it had to do, it has done.
        let settled = |late: &Late| {
            late.answered.is_some_and(|answered| now >= answered + quiet_gap)
                && command.nature().sets_state()
        };
        let cleared = self.take(|late| of_slot(late) && settled(late));
        for late in self.0.iter_mut().filter(|late| of_slot(late) && late.key <= command.key) {
            late.answered.get_or_insert(now);
            // A step or a toggle is nothing to be sent again, and outdates the one before; and the
            // retry of the late command itself needs no other.
            let again = repeatable && late.key < command.key;
            late.desired = again.then(|| (Arc::clone(command), now + quiet_gap));
        }
        cleared
    }

    /// `command` was to be sent once more, and was not: it is tried again at `due`.
    pub(crate) fn postpone(&mut self, command: &Command, at: Instant) {
        for (desired, due) in self.0.iter_mut().filter_map(|late| late.desired.as_mut()) {
            if desired.id == command.id {
                *due = at;
            }
        }
    }

    /// `command` is not sent once more: the device does not take it.
    pub(crate) fn give_up(&mut self, command: &Command) -> Vec<CommandId> {
        self.take(|late| late.desired.as_ref().is_some_and(|(known, _)| known.id == command.id))
    }

    /// Takes out everything: its board is another one. Returns what.
    pub(crate) fn clear(&mut self) -> Vec<CommandId> {
        self.take(|_| true)
    }

    /// Takes out what is too old. Returns what.
    pub(crate) fn expire(&mut self, now: Instant) -> Vec<CommandId> {
        self.take(|late| late.until <= now)
    }

    fn take(&mut self, over: impl Fn(&Late) -> bool) -> Vec<CommandId> {
        let taken = self.0.extract_if(.., |late| over(late));
        taken.flat_map(|late| late.commands).map(|command| command.id).collect()
    }

    /// The slots of them, and until when each counts.
    pub(crate) fn slots(&self) -> impl Iterator<Item = (PortIndex, EffectGroup, Instant)> {
        self.0.iter().map(|late| (late.port, late.group, late.until))
    }

    /// When the next one is due, or the first is too old.
    pub(crate) fn next_due(
        &self,
        ready_at: impl Fn(&Command) -> Instant,
    ) -> impl Iterator<Item = Instant> {
        let due = self.0.iter().filter_map(|late| late.desired.as_ref());
        let due = due.map(move |(command, due)| (*due).max(ready_at(command)));
        due.chain(self.0.iter().map(|late| late.until))
    }

    /// What is due once more and may be sent: `ready_at` says when its port is ready, and `is_outdated`
    /// whether something newer was accepted that the device did not refuse.
    pub(crate) fn due(
        &self,
        now: Instant,
        ready_at: impl Fn(&Command) -> Instant,
        is_outdated: impl Fn(&Command) -> bool,
    ) -> Option<Arc<Command>> {
        let is_due =
            |(command, due): &&(Arc<Command>, Instant)| (*due).max(ready_at(command)) <= now;
        self.0.iter().find_map(|late| {
            let (command, _) = late.desired.as_ref().filter(is_due)?;
            (!is_outdated(command)).then(|| Arc::clone(command))
        })
    }
}

/// Whether a stored late command has come to life by now, if it ever does: another one of its slot ended
/// unknown a quiet gap after the device had answered.
fn is_over(
    known: &RememberedCommand,
    all: &[RememberedCommand],
    quiet_gap: impl Fn(PortIndex) -> Duration,
) -> bool {
    let LateCommand { slot, answered_at, .. } = &known.late;
    let settled = answered_at.map(|answered| answered.plus(quiet_gap(slot.port.port)));
    let later = |other: &RememberedCommand| {
        other.late.slot == *slot && settled.is_some_and(|settled| other.late.ended_at >= settled)
    };
    all.iter().any(later)
}

/// The instant of a stored time. One that lies ahead, by a clock that was set back, is now.
pub(crate) fn past(at: Timestamp, (now, instant): (Timestamp, Instant)) -> Instant {
    let ms = now.unix_ms().saturating_sub(at.unix_ms());
    let age = Duration::from_millis(u64::try_from(ms).unwrap_or(0));
    instant.checked_sub(age).unwrap_or(instant)
}

#[cfg(test)]
mod tests;
