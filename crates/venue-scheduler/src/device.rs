//! What is known of each device, and who is next to get a place under the cap.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Instant,
};

use venue_domain::{Hostname, Priority};

use crate::timing::Replies;

/// One device.
#[derive(Debug)]
pub(crate) struct Device {
    pub(crate) phase: Phase,
    /// Something can be claimed for it.
    pub(crate) ready: bool,
    /// Something waits for it, if only for later.
    pub(crate) open: bool,
    /// It has a session again, and the store has not been told.
    pub(crate) wake_wanted: bool,
    /// Its transmitter is busy until then.
    pub(crate) rests_until: Option<Instant>,
    /// The priority of what it has to do, as far as it is known.
    pub(crate) priority: Priority,
    pub(crate) replies: Replies,
}

/// What is under way for a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Nothing.
    Idle,
    /// It waits for a place under the cap.
    InLine(Place),
    /// Something is claimed, in flight or being settled.
    Busy,
    /// It may have a claim that nobody owns; when its lease is over it is rescued.
    Orphaned,
}

/// A place in the line.
pub(crate) type Place = (Reverse<Priority>, u64);

impl Default for Device {
    fn default() -> Self {
        Self {
            phase: Phase::Idle,
            ready: false,
            open: false,
            wake_wanted: false,
            rests_until: None,
            priority: Priority::SCHEDULED,
            replies: Replies::default(),
        }
    }
}

/// All devices that ever had something to do.
#[derive(Debug, Default)]
pub(crate) struct Devices {
    known: HashMap<Hostname, Device>,
    line: Line,
    /// Those of whom something has changed since they were last considered.
    stirred: BTreeSet<Hostname>,
    resting: BTreeSet<(Instant, Hostname)>,
}

impl Devices {
    /// The device, to be considered again.
    pub(crate) fn stir(&mut self, device: &Hostname) -> &mut Device {
        self.stirred.insert(device.clone());
        self.known.entry(device.clone()).or_default()
    }

    /// The device, as it is.
    pub(crate) fn get(&mut self, device: &Hostname) -> &mut Device {
        self.known.entry(device.clone()).or_default()
    }

    /// One that has to be considered.
    pub(crate) fn next_stirred(&mut self) -> Option<Hostname> {
        self.stirred.pop_first()
    }

    /// Something may be claimable for every device that is known.
    pub(crate) fn ask_all(&mut self) {
        for (name, device) in &mut self.known {
            (device.ready, device.open) = (true, true);
            self.stirred.insert(name.clone());
        }
    }

    /// Puts `device` into the line for a place.
    pub(crate) fn line_up(&mut self, device: &Hostname, now: Instant) {
        let entry = self.known.entry(device.clone()).or_default();
        entry.phase = Phase::InLine(self.line.join(device.clone(), entry.priority, now));
    }

    /// Something more urgent arrived for `device`.
    pub(crate) fn raise_priority(&mut self, device: &Hostname, priority: Priority) {
        let entry = self.known.entry(device.clone()).or_default();
        let was = entry.priority;
        if !entry.ready && entry.phase == Phase::Idle {
            entry.priority = priority;
        } else if was < priority {
            entry.priority = priority;
            if let Phase::InLine(place) = entry.phase {
                entry.phase = Phase::InLine(self.line.move_up(place, priority));
            }
        }
    }

    /// The next in line, and since when it has been there.
    pub(crate) fn next_in_line(&mut self) -> Option<(Hostname, Instant)> {
        let next = self.line.next()?;
        self.get(&next.0).phase = Phase::Idle;
        Some(next)
    }

    pub(crate) fn in_line(&self) -> usize {
        self.line.0.len()
    }

    /// `device` rests until `until`.
    pub(crate) fn rest(&mut self, device: Hostname, until: Instant) {
        self.resting.insert((until, device));
    }

    /// Those that have rested are to be considered.
    pub(crate) fn rested(&mut self, now: Instant) {
        while self.resting.first().is_some_and(|(until, _)| *until <= now) {
            self.stirred.extend(self.resting.pop_first().map(|(_, device)| device));
        }
    }

    /// When the first has rested.
    pub(crate) fn first_rested(&self) -> Option<Instant> {
        self.resting.first().map(|(until, _)| *until)
    }

    /// Whether nothing waits and nothing is under way.
    pub(crate) fn nothing_to_do(&self) -> bool {
        self.known.values().all(|device| !device.open && !device.ready && !device.is_under_way())
    }
}

impl Device {
    const fn is_under_way(&self) -> bool {
        matches!(self.phase, Phase::Busy | Phase::Orphaned)
    }
}

/// The devices that wait for a place: the most urgent first, and among equals whoever has waited
/// longest. Whoever was served joins at the end.
#[derive(Debug, Default)]
struct Line(BTreeMap<Place, (Hostname, Instant)>, u64);

impl Line {
    fn join(&mut self, device: Hostname, priority: Priority, now: Instant) -> Place {
        self.1 += 1;
        let place = (Reverse(priority), self.1);
        self.0.insert(place, (device, now));
        place
    }

    fn move_up(&mut self, place: Place, priority: Priority) -> Place {
        let moved = (Reverse(priority), place.1);
        if let Some(entry) = self.0.remove(&place) {
            self.0.insert(moved, entry);
        }
        moved
    }

    fn next(&mut self) -> Option<(Hostname, Instant)> {
        self.0.pop_first().map(|(_, entry)| entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Hostname {
        text.parse().unwrap()
    }

    fn order(devices: &mut Devices) -> Vec<String> {
        std::iter::from_fn(|| devices.next_in_line()).map(|(name, _)| name.to_string()).collect()
    }

    #[test]
    fn the_most_urgent_goes_first_and_among_equals_whoever_has_waited_longest() {
        let mut devices = Devices::default();
        let now = Instant::now();
        for (device, priority) in
            [("ir-1", Priority::SYSTEM), ("ir-2", Priority::BULK), ("ir-3", Priority::BULK)]
        {
            devices.raise_priority(&name(device), priority);
            devices.line_up(&name(device), now);
        }
        let (first, _) = devices.next_in_line().unwrap();
        assert_eq!(first, name("ir-2"));
        devices.line_up(&name("ir-2"), now);
        assert_eq!(order(&mut devices), ["ir-3", "ir-2", "ir-1"]);
    }

    #[test]
    fn who_becomes_more_urgent_moves_up_in_the_line() {
        let mut devices = Devices::default();
        let now = Instant::now();
        for device in ["ir-1", "ir-2"] {
            devices.raise_priority(&name(device), Priority::BULK);
            devices.line_up(&name(device), now);
        }
        devices.raise_priority(&name("ir-2"), Priority::INTERACTIVE);
        assert_eq!(order(&mut devices), ["ir-2", "ir-1"]);
    }

    #[test]
    fn whoever_rests_is_considered_when_it_has_rested() {
        let mut devices = Devices::default();
        let now = Instant::now();
        let until = now + std::time::Duration::from_secs(1);
        devices.rest(name("ir-1"), until);
        devices.rested(now);
        assert_eq!(devices.next_stirred(), None);
        assert_eq!(devices.first_rested(), Some(until));
        devices.rested(until);
        assert_eq!(devices.next_stirred(), Some(name("ir-1")));
    }
}
