//! Which ports have commands in the queue, known without asking the database.
//!
//! A command counts from the moment at which it is handed to the writer, before it is durable:
//! whoever finds nothing here may send, because nothing older can become durable any more.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use venue_domain::{Action, Command, Due, EffectGroup, Nature, NewCommand, PortId, PortWaiting};

/// The open commands of each port.
#[derive(Debug, Default)]
pub(crate) struct Waiting(Mutex<HashMap<PortId, PortWaiting>>);

/// What one command counts as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) port: PortId,
    pub(crate) group: EffectGroup,
    pub(crate) sequence_key: bool,
}

impl Place {
    /// What `new` counts as from the moment at which it is handed over; `None` where nothing reaches
    /// an appliance, and of what is for later: that counts when it becomes due.
    pub(crate) fn of(new: &NewCommand) -> Option<Self> {
        if matches!(new.due, Due::Scheduled { .. }) { None } else { Self::of_placed(&new.command) }
    }

    /// What `command` counts as once it has its place in the order.
    pub(crate) fn of_placed(command: &Command) -> Option<Self> {
        let group = command.effect_group()?;
        let sequence_key = is_sequence_key(&command.action);
        Some(Self { port: command.target.clone(), group, sequence_key })
    }
}

/// Whether a later key must not overtake it.
pub(crate) fn is_sequence_key(action: &Action) -> bool {
    action.nature() == Nature::Sequence
}

impl Waiting {
    /// What is open for `port`.
    pub(crate) fn of(&self, port: &PortId) -> PortWaiting {
        // A std lock: held for one look-up, never across an await; here and below each number
        // is changed by one assignment, so a poisoned lock still guards whole values.
        let ports = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ports.get(port).copied().unwrap_or_default()
    }

    /// Counts `count` open commands.
    pub(crate) fn add(&self, place: &Place, count: u32) {
        let mut ports = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let port = ports.entry(place.port.clone()).or_default();
        port.by_group[place.group as usize] += count;
        if place.sequence_key {
            port.sequence_keys += count;
        }
    }

    /// One command less.
    pub(crate) fn remove(&self, place: &Place) {
        let mut ports = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(port) = ports.get_mut(&place.port) else { return };
        let group = &mut port.by_group[place.group as usize];
        *group = group.saturating_sub(1);
        if place.sequence_key {
            port.sequence_keys = port.sequence_keys.saturating_sub(1);
        }
        if port.is_empty() {
            ports.remove(&place.port);
        }
    }

    /// Counts commands that are about to be stored.
    pub(crate) fn reserve(self: &Arc<Self>, places: Vec<Place>) -> Reservation {
        places.iter().for_each(|place| self.add(place, 1));
        Reservation { waiting: Arc::clone(self), places }
    }
}

/// Commands that are counted although they are not stored yet; dropped, they count no more.
#[derive(Debug)]
pub(crate) struct Reservation {
    waiting: Arc<Waiting>,
    places: Vec<Place>,
}

impl Reservation {
    /// They are stored.
    pub(crate) fn keep(mut self) {
        self.places.clear();
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.places.iter().for_each(|place| self.waiting.remove(place));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Place {
        let port = "ir-1/2".parse().unwrap();
        Place { port, group: EffectGroup::Channel, sequence_key: true }
    }

    #[test]
    fn a_reservation_counts_until_it_is_dropped_or_removed() {
        let waiting = Arc::new(Waiting::default());
        let port = key().port;
        drop(waiting.reserve(vec![key()]));
        assert!(waiting.of(&port).is_empty());
        waiting.reserve(vec![key(), key()]).keep();
        let open = waiting.of(&port);
        assert_eq!((open.by_group[EffectGroup::Channel as usize], open.sequence_keys), (2, 2));
        waiting.remove(&key());
        waiting.remove(&key());
        assert_eq!(waiting.of(&port), PortWaiting::default());
        waiting.remove(&key());
        assert!(waiting.of(&port).is_empty());
    }
}
