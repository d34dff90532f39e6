//! Commands in one order: who is first is known at once, and each costs four bytes.

use std::collections::VecDeque;

use super::{
    command::OpenCommand,
    slab::{Slab, Slot},
};

/// Commands in the order of a key, which no two of them share. Most come at its end and leave at its front.
#[derive(Debug, Default)]
pub(super) struct Line(VecDeque<Slot>);

/// An empty line gives back more room than this.
const KEPT: usize = 64;

impl Line {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn first<'a>(&self, slab: &'a Slab) -> Option<&'a OpenCommand> {
        self.0.front().map(|slot| slab.get(*slot))
    }

    /// All of them in their order.
    pub(super) fn iter<'a>(&'a self, slab: &'a Slab) -> impl Iterator<Item = &'a OpenCommand> {
        self.0.iter().map(move |slot| slab.get(*slot))
    }

    pub(super) fn insert<K: Ord>(
        &mut self,
        slab: &Slab,
        slot: Slot,
        key: impl Fn(&OpenCommand) -> K,
    ) {
        let own = key(slab.get(slot));
        match self.0.back() {
            Some(last) if key(slab.get(*last)) > own => {
                let place = self.0.partition_point(|other| key(slab.get(*other)) < own);
                self.0.insert(place, slot);
            }
            _ => self.0.push_back(slot),
        }
    }

    pub(super) fn remove<K: Ord>(
        &mut self,
        slab: &Slab,
        slot: Slot,
        key: impl Fn(&OpenCommand) -> K,
    ) {
        if self.0.front() == Some(&slot) {
            self.0.pop_front();
        } else {
            let own = key(slab.get(slot));
            let place = self.0.partition_point(|other| key(slab.get(*other)) < own);
            if self.0.get(place) == Some(&slot) {
                self.0.remove(place);
            }
        }
        if self.0.is_empty() && self.0.capacity() > KEPT {
            self.0 = VecDeque::new();
        }
    }

    /// Whether they are in the order of `key`.
    pub(super) fn is_in_order<K: Ord>(&self, slab: &Slab, key: impl Fn(&OpenCommand) -> K) -> bool {
        self.iter(slab).map(key).is_sorted_by(|one, next| one < next)
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.0.capacity() * size_of::<Slot>()
    }
}
