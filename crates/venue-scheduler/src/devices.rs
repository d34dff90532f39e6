//! All devices: their state machines, which of them to look at, and who is next to get a permit.

use std::{
    collections::{BTreeSet, HashMap},
    time::Instant,
};

use venue_domain::Hostname;

use crate::{
    device::{Action, Backlog, Device, Event, Job},
    ready_queue::ReadyQueue,
    timers::DeviceTimers,
    timing::LatencyWindow,
};

/// All devices that ever had something to do.
#[derive(Debug, Default)]
pub(crate) struct Devices {
    known: HashMap<Hostname, Device>,
    ready: ReadyQueue,
    /// Those of whom something has changed since they were last evaluated.
    dirty: BTreeSet<Hostname>,
    /// When those that cannot be served yet are evaluated again.
    timers: DeviceTimers,
}

impl Devices {
    /// Notes what happened to `device`; returns the call of the store that follows.
    pub(crate) fn on(&mut self, device: &Hostname, event: Event) -> Option<Job> {
        let entry = match self.known.get_mut(device) {
            Some(entry) => entry,
            None => self.known.entry(device.clone()).or_default(),
        };
        match entry.on(event) {
            Action::Nothing => {}
            Action::MarkDirty => drop(self.dirty.insert(device.clone())),
            Action::Enqueue { since } => self.ready.push(device.clone(), entry.priority(), since),
            Action::Reprioritise => self.ready.reprioritise(device, entry.priority()),
            Action::EvaluateAt(at) => self.timers.set(device, at),
            Action::Start(job) => return Some(job),
        }
        None
    }

    /// Something may be claimable for every device that is known.
    pub(crate) fn all_may_be_due(&mut self) {
        let names: Vec<_> = self.known.keys().cloned().collect();
        for name in names {
            // It calls nothing before it is evaluated.
            self.on(&name, Event::Waiting { backlog: Backlog::Due, priority: None });
        }
    }

    /// One that has to be evaluated at `now`.
    pub(crate) fn next_dirty(&mut self, now: Instant) -> Option<Hostname> {
        while let Some(device) = self.timers.pop_due(now) {
            self.dirty.insert(device);
        }
        self.dirty.pop_first()
    }

    /// When the next one has to be evaluated of which nothing is reported.
    pub(crate) fn next_timer(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// The next one to get a permit, and since when it has waited.
    pub(crate) fn next_ready(&mut self) -> Option<(Hostname, Instant)> {
        self.ready.pop()
    }

    /// How many wait for a permit.
    pub(crate) fn waiting(&self) -> usize {
        self.ready.len()
    }

    /// How fast `device` was lately.
    pub(crate) fn latencies(&mut self, device: &Hostname) -> &mut LatencyWindow {
        &mut self.known.entry(device.clone()).or_default().latencies
    }

    /// Whether nothing waits and nothing is under way.
    pub(crate) fn are_quiet(&self) -> bool {
        self.known.values().all(Device::is_quiet)
    }
}
