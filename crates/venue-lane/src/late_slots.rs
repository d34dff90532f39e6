//! In which slots of a device a command may be sent once more, for whoever accepts the next one.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;
use venue_domain::{Command, EffectGroup, LATE_COMMAND_LIFE, PortIndex, raised_by};

use crate::reassert::LateCommands;

/// The slots in which a lane remembers late commands, or did until lately.
///
/// A slot counts for as long as its late commands may come to life, although the lane knows sooner that they
/// do not: what is stored follows behind, and after a kill it is all that is known.
#[derive(Debug, Default)]
pub(crate) struct LateSlots(Mutex<Slots>);

#[derive(Debug, Default)]
struct Slots {
    /// Whether the lane knows what was before it.
    is_all: bool,
    slots: Vec<(PortIndex, EffectGroup, Instant)>,
}

impl LateSlots {
    /// What the lane remembers at `now`, and whether that is all there is. A command that is `unconfirmed`, with the
    /// instant at which its attempt ended, may be stored as a late one already.
    pub(crate) fn publish<'a>(
        &self,
        late: &LateCommands,
        unconfirmed: impl IntoIterator<Item = (&'a Command, Instant)>,
        is_all: bool,
        now: Instant,
    ) {
        let unconfirmed = unconfirmed.into_iter().filter_map(|(command, since)| {
            let group = command.effect_group().filter(|_| command.nature().is_repeatable())?;
            Some((command.target.port, group, since + LATE_COMMAND_LIFE))
        });
        let mut known = self.known();
        known.is_all = is_all;
        known.slots.retain(|(_, _, until)| now < *until);
        for (port, group, until) in late.slots().chain(unconfirmed) {
            let same =
                |slot: &&mut (PortIndex, EffectGroup, Instant)| (slot.0, slot.1) == (port, group);
            match known.slots.iter_mut().find(same) {
                Some(slot) => slot.2 = slot.2.max(until),
                None => known.slots.push((port, group, until)),
            }
        }
    }

    /// Whether one of them may be a slot that `command` sets.
    pub(crate) fn concern(&self, command: &Command, now: Instant) -> bool {
        let known = self.known();
        let is_set = |port, group| {
            let mut raised = raised_by(&command.action);
            port == command.target.port && raised.any(|(raised, _)| raised == group)
        };
        let mut slots = known.slots.iter();
        command.effect_group().is_some()
            && (!known.is_all
                || slots.any(|(port, group, until)| now < *until && is_set(*port, *group)))
    }

    fn known(&self) -> MutexGuard<'_, Slots> {
        // A std lock: held for one look, never across an await. In one order with the fences: whoever
        // raises one and finds nothing here goes before what is launched later, and that meets the fence.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
