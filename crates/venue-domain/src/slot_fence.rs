//! The fences of one slot: what was accepted for it last, and what of that its device refused
//! (docs/semantics.md, rules 3.1 and 3.31). The one rule for all that keep fences, in memory or stored.

use crate::{command::CommandId, order::OrderKey};

/// The command that a fence was raised for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SupersededBy {
    /// Its place in the order.
    pub key: OrderKey,
    /// Its name.
    pub command: CommandId,
}

/// Which fences of a slot a command raises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Raise {
    /// `set` and `any`: it states a wish of its own.
    Both,
    /// `any` alone: it builds on what is there.
    Any,
}

/// The fences of one slot. They only rise: commands may be accepted out of order while the order clock
/// is shared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SlotFence {
    /// The newest absolute or toggle command.
    pub set: Option<SupersededBy>,
    /// The newest command of all.
    pub any: Option<SupersededBy>,
    /// Whether the device refused `any`.
    pub is_refused: bool,
    /// The newest command before `any` that the device did not refuse, as far as is known.
    pub before: Option<OrderKey>,
}

impl SlotFence {
    /// `winner` was accepted.
    pub fn raise(&mut self, winner: SupersededBy, raise: Raise) {
        if raise == Raise::Both {
            self.set = newest(self.set, Some(winner));
        }
        match self.any {
            Some(any) if winner.key == any.key => {}
            Some(any) if winner.key < any.key => self.before = self.before.max(Some(winner.key)),
            Some(_) | None => {
                self.before = self.newest_taken();
                self.any = Some(winner);
                self.is_refused = false;
            }
        }
    }

    /// The device refused the command with `key`. Of one that another was accepted behind meanwhile
    /// nothing is noted: it counts on as taken.
    pub fn note_refused(&mut self, key: OrderKey) {
        self.is_refused |= self.any.is_some_and(|any| any.key == key);
    }

    /// The newest command that the device did not refuse, as far as is known.
    #[must_use]
    pub fn newest_taken(&self) -> Option<OrderKey> {
        let any = self.any.filter(|_| !self.is_refused);
        any.map(|any| any.key).max(self.before)
    }

    /// Raises these fences to at least those of `other`, another record of the same slot.
    pub fn merge(&mut self, other: &Self) {
        let key = |fence: &Self| fence.any.map(|any| any.key);
        let (mut higher, lower) =
            if key(self) < key(other) { (*other, *self) } else { (*self, *other) };
        if key(&higher) == key(&lower) {
            higher.is_refused |= lower.is_refused;
            higher.before = higher.before.max(lower.before);
        } else {
            higher.before = higher.before.max(lower.newest_taken());
        }
        higher.set = newest(self.set, other.set);
        *self = higher;
    }
}

/// The newer one of two.
fn newest(one: Option<SupersededBy>, other: Option<SupersededBy>) -> Option<SupersededBy> {
    match (one, other) {
        (Some(one), Some(other)) if one.key < other.key => Some(other),
        (Some(one), _) => Some(one),
        (None, other) => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;

    fn key(sequence: u64) -> OrderKey {
        OrderKey::at(Timestamp::default(), sequence)
    }

    fn raised(keys: &[u64]) -> SlotFence {
        let mut fence = SlotFence::default();
        for sequence in keys {
            let command = CommandId::generate();
            fence.raise(SupersededBy { key: key(*sequence), command }, Raise::Both);
        }
        fence
    }

    #[test]
    fn what_was_refused_uncovers_what_was_accepted_before_it() {
        let mut fence = raised(&[4, 5]);
        fence.note_refused(key(5));
        assert_eq!(fence.newest_taken(), Some(key(4)));
        assert_eq!(fence.any.unwrap().key, key(5), "and replaces on what waits");
        for refused in [6, 7] {
            fence.raise(
                SupersededBy { key: key(refused), command: CommandId::generate() },
                Raise::Both,
            );
            assert_eq!(fence.newest_taken(), Some(key(refused)), "it may still be sent");
            fence.note_refused(key(refused));
            assert_eq!(fence.newest_taken(), Some(key(4)));
        }
        let mut alone = raised(&[5]);
        alone.note_refused(key(5));
        assert_eq!(alone.newest_taken(), None);
    }

    #[test]
    fn what_is_accepted_out_of_order_counts() {
        let mut fence = raised(&[5, 4, 5]);
        assert_eq!(fence.newest_taken(), Some(key(5)));
        fence.note_refused(key(5));
        assert_eq!(fence.newest_taken(), Some(key(4)));
    }

    #[test]
    fn two_records_of_one_slot_know_together_what_each_knows() {
        let (older, mut newer) = (raised(&[3, 4]), raised(&[2, 5]));
        newer.note_refused(key(5));
        let (mut one, mut other) = (older, newer);
        one.merge(&newer);
        other.merge(&older);
        assert_eq!(one, other);
        assert_eq!((one.newest_taken(), one.any), (Some(key(4)), newer.any));
        let mut same = SlotFence { is_refused: false, ..newer };
        same.merge(&newer);
        assert_eq!(same, newer, "one of them knows of the refusal");
        let before = one;
        one.merge(&SlotFence::default());
        assert_eq!(one, before);
    }
}
