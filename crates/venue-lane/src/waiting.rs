//! The commands that wait for their turn, in the order in which they may be sent.

use std::sync::Arc;

use tokio::{sync::oneshot, time::Instant};
use venue_domain::{Class, Command, Delivery, Nature, NotSent, Outcome, Winner};

use crate::ticket::Ticket;

/// One command in a lane.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) command: Arc<Command>,
    pub(crate) deadline: Instant,
    pub(crate) since: Instant,
    pub(crate) ticket: Ticket,
    /// `None` for a wish that is stated once more: nobody waits for it.
    pub(crate) reply: Option<oneshot::Sender<Delivery>>,
}

impl Waiting {
    /// Tells the caller how it ended. A caller that has gone is no error.
    pub(crate) fn end(self, outcome: Outcome, now: Instant) {
        let took = now.saturating_duration_since(self.since);
        self.reply(Delivery::Ended { outcome, took });
    }

    /// Tells the caller that nothing was sent.
    pub(crate) fn not_sent(self, reason: NotSent, now: Instant) {
        self.end(Outcome::NotSent(reason), now);
    }

    /// Tells the caller that a newer command replaced it.
    pub(crate) fn superseded(self, by: Winner) {
        self.reply(Delivery::Superseded { by });
    }

    fn reply(self, delivery: Delivery) {
        if let Some(reply) = self.reply {
            // The caller may have gone; then nobody is left to be told.
            drop(reply.send(delivery));
        }
    }

    /// Whether it must stay behind `earlier`, which waits for the same device.
    ///
    /// A key never overtakes an earlier one of its port, and nothing overtakes within a slot.
    fn stays_behind(&self, earlier: &Self) -> bool {
        let same_port = self.command.target.port == earlier.command.target.port;
        let keys = self.command.action.nature() == Nature::Sequence
            && earlier.command.action.nature() == Nature::Sequence;
        let same_slot = self.command.effect_group() == earlier.command.effect_group();
        same_port && (keys || same_slot)
    }
}

/// The waiting commands of one lane: by rank, then in order of arrival.
#[derive(Debug, Default)]
pub(crate) struct WaitingList(Vec<Waiting>);

impl WaitingList {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts `waiting` behind everything of its rank or a higher one.
    pub(crate) fn push(&mut self, waiting: Waiting) {
        let rank = rank(waiting.command.class);
        let place = self.0.partition_point(|other| self::rank(other.command.class) <= rank);
        self.0.insert(place, waiting);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Waiting> {
        self.0.iter()
    }

    /// Takes out what `leaves` says leaves, in order.
    pub(crate) fn extract(&mut self, leaves: impl FnMut(&Waiting) -> bool) -> Vec<Waiting> {
        let mut leaves = leaves;
        self.0.extract_if(.., |waiting| leaves(waiting)).collect()
    }

    /// Takes the first command that is ready and need not stay behind another one.
    pub(crate) fn take_ready(
        &mut self,
        now: Instant,
        ready_at: impl Fn(&Command) -> Instant,
    ) -> Option<Waiting> {
        let free = |index: &usize| {
            let (earlier, rest) = self.0.split_at(*index);
            rest.first().is_some_and(|candidate| {
                !earlier.iter().any(|earlier| candidate.stays_behind(earlier))
                    && ready_at(&candidate.command) <= now
            })
        };
        let index = (0..self.0.len()).find(free)?;
        Some(self.0.remove(index))
    }

    /// The latest deadline of all that wait.
    pub(crate) fn latest_deadline(&self) -> Option<Instant> {
        self.0.iter().map(|waiting| waiting.deadline).max()
    }
}

/// Lower goes first: the diagnostic signal, then a person, then bulk, then system tasks.
const fn rank(class: Class) -> u8 {
    match class {
        Class::Immediate => 0,
        Class::Interactive => 1,
        Class::Bulk => 2,
        Class::System => 3,
    }
}
