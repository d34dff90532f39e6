//! The devices that wait for a permit: the most urgent first, and among equals whoever has waited
//! longest. Whoever was served joins at the end.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
    time::Instant,
};

use venue_domain::{Hostname, Priority};

/// The devices that wait for a permit, in the order in which they get one.
#[derive(Debug, Default)]
pub(crate) struct ReadyQueue {
    order: BTreeMap<Position, (Hostname, Instant)>,
    positions: HashMap<Hostname, Position>,
    joined: u64,
}

/// Priority first, then order of arrival.
type Position = (Reverse<Priority>, u64);

impl ReadyQueue {
    /// Puts `device` at the end of its priority.
    pub(crate) fn push(&mut self, device: Hostname, priority: Priority, since: Instant) {
        self.joined += 1;
        let position = (Reverse(priority), self.joined);
        self.positions.insert(device.clone(), position);
        self.order.insert(position, (device, since));
    }

    /// Moves `device` up: among those of its new priority it goes by its arrival.
    pub(crate) fn reprioritise(&mut self, device: &Hostname, priority: Priority) {
        let Some(position) = self.positions.get_mut(device) else { return };
        if let Some(entry) = self.order.remove(position) {
            *position = (Reverse(priority), position.1);
            self.order.insert(*position, entry);
        }
    }

    /// The next one, and since when it has waited.
    pub(crate) fn pop(&mut self) -> Option<(Hostname, Instant)> {
        let (_, next) = self.order.pop_first()?;
        self.positions.remove(&next.0);
        Some(next)
    }

    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Hostname {
        text.parse().unwrap()
    }

    fn order(queue: &mut ReadyQueue) -> Vec<String> {
        std::iter::from_fn(|| queue.pop()).map(|(name, _)| name.to_string()).collect()
    }

    #[test]
    fn the_most_urgent_goes_first_and_among_equals_whoever_has_waited_longest() {
        let (mut queue, now) = (ReadyQueue::default(), Instant::now());
        for (device, priority) in
            [("ir-1", Priority::SYSTEM), ("ir-2", Priority::BULK), ("ir-3", Priority::BULK)]
        {
            queue.push(name(device), priority, now);
        }
        let (first, _) = queue.pop().unwrap();
        assert_eq!(first, name("ir-2"));
        queue.push(name("ir-2"), Priority::BULK, now);
        assert_eq!(order(&mut queue), ["ir-3", "ir-2", "ir-1"]);
    }

    #[test]
    fn who_becomes_more_urgent_moves_up() {
        let (mut queue, now) = (ReadyQueue::default(), Instant::now());
        for device in ["ir-1", "ir-2", "ir-3"] {
            queue.push(name(device), Priority::BULK, now);
        }
        for device in ["ir-3", "ir-2"] {
            queue.reprioritise(&name(device), Priority::INTERACTIVE);
        }
        assert_eq!(order(&mut queue), ["ir-2", "ir-3", "ir-1"]);
        assert_eq!(queue.len(), 0);
    }
}
