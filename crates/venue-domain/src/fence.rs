//! Fences: a stale retry never overrides a newer wish (docs/semantics.md, rules 3.1, 3.2
//! and 3.3).
//!
//! Each slot keeps two. `set` is the newest absolute or toggle command accepted, `any` the newest
//! of all. An absolute or toggle command is superseded below `any`, a relative or sequence command
//! below `set`; relative and sequence commands never supersede each other. `power_off` raises both
//! fences of every slot of its port: a TV that was switched off has no use for older wishes.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use crate::{
    action::Action,
    command::Command,
    effect::{EffectGroup, Nature, Slot},
    port::PortId,
    slot_fence::{Raise, SlotFence, SupersededBy},
};

/// The slots of its port whose fences `action` raises, and which.
pub fn raised_by(action: &Action) -> impl Iterator<Item = (EffectGroup, Raise)> + use<> {
    let every_slot = *action == Action::PowerOff;
    let own = action.effect_group();
    let raise = if every_slot || action.nature().sets_state() { Raise::Both } else { Raise::Any };
    let raised = EffectGroup::ALL.into_iter();
    raised.filter(move |group| every_slot || Some(*group) == own).map(move |group| (group, raise))
}

/// The fences of one slot, as they are stored and merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FenceEntry {
    /// The slot.
    pub slot: Slot,
    /// Its fences.
    pub fence: SlotFence,
}

/// Gives the scheduled commands that are due their place in the order, and raises their fences.
///
/// Asked before every look at the fences and before every command gets its place: the store and the
/// timers may be late, the order must not be. It answers from memory.
pub trait Promoter: Send + Sync {
    /// Promotes what is due by now.
    fn promote_due(&self);
}

/// Whether a command is sent for the first time (docs/semantics.md, rule 3.31).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// Nothing of it left before.
    First,
    /// It is resent: it was delivered, or may have been, and an older one may undo it.
    Again,
}

/// The fences of all slots, in memory.
#[derive(Default)]
pub struct Fences {
    ports: Mutex<HashMap<PortId, PortFences>>,
    promoter: RwLock<Option<Arc<dyn Promoter>>>,
}

impl Fences {
    /// No command accepted yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on `promoter` is asked before every look; one that was there before is not.
    pub fn set_promoter(&self, promoter: Arc<dyn Promoter>) {
        *self.promoter.write().unwrap_or_else(PoisonError::into_inner) = Some(promoter);
    }

    /// Lets what is due raise its fences. To be called before a newer command gets its place in the
    /// order; whoever looks at the fences need not call it.
    pub fn promote_due(&self) {
        // A std lock: held for one copy, and not while the promoter raises fences.
        let promoter = self.promoter.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(promoter) = promoter {
            promoter.promote_due();
        }
    }

    /// Raises the fences of `command`; to be called when it is accepted, whatever becomes of it.
    pub fn raise(&self, command: &Command) {
        if command.effect_group().is_none() {
            return;
        }
        let winner = SupersededBy { key: command.key, command: command.id };
        let mut ports = self.lock();
        let port = ports.entry(command.target.clone()).or_default();
        if command.action.nature() == Nature::Sequence {
            port.last_key.raise(winner);
        }
        for (group, raise) in raised_by(&command.action) {
            port.fence(group).raise(winner, raise);
        }
    }

    /// `command`, a key of a sequence, is sent while the store is down, past earlier keys of its
    /// port that may wait in it: those are too late when the store is back
    /// (docs/semantics.md, rule 3.23). Here it supersedes nothing, because keys that are sent like it keep their order.
    pub fn bypass_queue(&self, command: &Command) {
        let winner = SupersededBy { key: command.key, command: command.id };
        self.lock().entry(command.target.clone()).or_default().passed_queue.raise(winner);
    }

    /// The later key that passed `command`, itself a key, while that waited in the queue.
    #[must_use]
    pub fn bypassed_by(&self, command: &Command) -> Option<SupersededBy> {
        self.promote_due();
        let is_key = command.action.nature() == Nature::Sequence;
        let passed = self.lock().get(&command.target).and_then(|port| port.passed_queue.0);
        passed.filter(|passed| is_key && command.key < passed.key)
    }

    /// Whether the first byte of `command` may leave, which is about to: nothing that was accepted since supersedes
    /// it, and `permit`, asked last, lets it go. A resend is superseded only by what its device did not refuse.
    ///
    /// From then on a key of its port that is older and comes later, because it was held up between its place in the
    /// order and its queue, is too late. Everything that is about to send asks here, so that nobody sends without
    /// saying so.
    pub fn begin(
        &self,
        command: &Command,
        sending: Sending,
        permit: impl FnOnce() -> bool,
    ) -> bool {
        let is_too_late = match sending {
            Sending::First => self.superseded_by(command).is_some(),
            Sending::Again => self.is_outdated(command),
        };
        let begins = !is_too_late && permit();
        if begins {
            self.record_first_byte(command);
        }
        begins
    }

    fn record_first_byte(&self, command: &Command) {
        if command.action.nature() == Nature::Sequence {
            let winner = SupersededBy { key: command.key, command: command.id };
            self.lock().entry(command.target.clone()).or_default().left.raise(winner);
        }
    }

    /// Whether a later key of the same port was accepted since `command`, itself a key: tried
    /// again, `command` would come after it.
    #[must_use]
    pub fn has_later_key(&self, command: &Command) -> bool {
        self.promote_due();
        let is_key = command.action.nature() == Nature::Sequence;
        let last = self.lock().get(&command.target).and_then(|port| port.last_key.0);
        is_key && last.is_some_and(|last| command.key < last.key)
    }

    /// All fences that were ever raised, for a store to merge.
    ///
    /// A key that passed the queue counts there as a wish of its own: what waits behind it in the
    /// slots that have keys, a step of the channel included, was meant for another moment.
    #[must_use]
    pub fn entries(&self) -> Vec<FenceEntry> {
        let mut ports = self.lock();
        let mut entries = Vec::new();
        for (port, fences) in ports.iter_mut() {
            for group in EffectGroup::ALL {
                let mut fence = *fences.fence(group);
                if let Some(passed) = fences.passed_queue.0.filter(|_| may_hold_keys(&fence, group))
                {
                    fence.raise(passed, Raise::Both);
                }
                if fence.any.is_some() {
                    entries.push(FenceEntry { slot: Slot { port: port.clone(), group }, fence });
                }
            }
        }
        entries
    }

    /// Raises the fences to at least those of `entries`.
    pub fn merge(&self, entries: &[FenceEntry]) {
        let mut ports = self.lock();
        for entry in entries {
            let port = ports.entry(entry.slot.port.clone()).or_default();
            port.fence(entry.slot.group).merge(&entry.fence);
        }
    }

    /// The newer command that supersedes `command`, if there is one, as of this moment: what has
    /// become due counts.
    #[must_use]
    pub fn superseded_by(&self, command: &Command) -> Option<SupersededBy> {
        let group = command.effect_group()?;
        self.promote_due();
        let mut ports = self.lock();
        let port = ports.get_mut(&command.target)?;
        let fence = *port.fence(group);
        let newer = |winner: Option<SupersededBy>| winner.filter(|winner| command.key < winner.key);
        match command.action.nature() {
            Nature::Sequence => newer(fence.set).or_else(|| newer(port.left.0)),
            nature if nature.sets_state() => newer(fence.any),
            Nature::Absolute
            | Nature::AbsoluteFrames
            | Nature::Toggle
            | Nature::Relative
            | Nature::Immediate
            | Nature::Read => newer(fence.set),
        }
    }

    /// The newest command of the slot of `command`, if it is newer, whether it supersedes it or not; what has
    /// become due counts.
    #[must_use]
    pub fn newer_in_slot(&self, command: &Command) -> Option<SupersededBy> {
        let group = command.effect_group()?;
        self.promote_due();
        let newest = self.lock().get_mut(&command.target)?.fence(group).any;
        newest.filter(|winner| command.key < winner.key)
    }

    /// The device refused `command`: from now on it does not cancel the resend of an older one
    /// (docs/semantics.md, rule 3.31).
    pub fn note_refused(&self, command: &Command) {
        let mut ports = self.lock();
        let Some(port) = ports.get_mut(&command.target) else { return };
        for (group, _) in raised_by(&command.action) {
            port.fence(group).note_refused(command.key);
        }
    }

    /// Whether a newer command of the same slot was accepted that the device did not refuse, as of this moment: then
    /// `command` is not resent (docs/semantics.md, rule 3.31).
    #[must_use]
    pub fn is_outdated(&self, command: &Command) -> bool {
        let Some(group) = command.effect_group() else { return false };
        self.promote_due();
        let mut ports = self.lock();
        let newest =
            ports.get_mut(&command.target).and_then(|port| port.fence(group).newest_taken());
        newest.is_some_and(|newest| command.key < newest)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PortId, PortFences>> {
        // A std lock: held for a few instructions, never across an await; each fence is raised by
        // one assignment, so a poisoned lock still guards whole values.
        self.ports.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Fences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fences").field("ports", &self.ports).finish_non_exhaustive()
    }
}

/// Whether a key may still wait in a slot of `group` with these fences: none does below a wish that is the
/// newest of all, and such a wish is not outranked by keys of another slot.
fn may_hold_keys(fence: &SlotFence, group: EffectGroup) -> bool {
    let key = |fence: Option<SupersededBy>| fence.map(|winner| winner.key);
    group.may_have_keys() && key(fence.any) > key(fence.set)
}

/// The newest key of a kind.
#[derive(Clone, Copy, Debug, Default)]
struct Fence(Option<SupersededBy>);

impl Fence {
    /// Fences only rise: commands may be accepted out of order while the order clock is shared.
    fn raise(&mut self, winner: SupersededBy) {
        if self.0.is_none_or(|current| current.key < winner.key) {
            self.0 = Some(winner);
        }
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct PortFences {
    power: SlotFence,
    input: SlotFence,
    channel: SlotFence,
    volume: SlotFence,
    mute: SlotFence,
    navigation: SlotFence,
    other: SlotFence,
    /// The newest key of a sequence.
    last_key: Fence,
    /// The newest one whose first byte has left.
    left: Fence,
    /// The newest one that was sent while the store was down.
    passed_queue: Fence,
}

impl PortFences {
    const fn fence(&mut self, group: EffectGroup) -> &mut SlotFence {
        match group {
            EffectGroup::Power => &mut self.power,
            EffectGroup::Input => &mut self.input,
            EffectGroup::Channel => &mut self.channel,
            EffectGroup::Volume => &mut self.volume,
            EffectGroup::Mute => &mut self.mute,
            EffectGroup::Navigation => &mut self.navigation,
            EffectGroup::Other => &mut self.other,
        }
    }
}

#[cfg(test)]
mod tests;
