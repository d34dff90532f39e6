//! Whether two queues are the same, and whether what is in the lines of one is what its facts say.

use venue_domain::{Hostname, QueueId};

use super::{Counts, OpenCommand, OpenQueue, Standing, command::DeviceNumber};

/// The ids above one and up to another, or without these bounds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Range {
    pub(crate) after: Option<QueueId>,
    pub(crate) until: Option<QueueId>,
}

impl Range {
    fn contains(self, id: QueueId) -> bool {
        self.after.is_none_or(|after| after < id) && self.until.is_none_or(|until| id <= until)
    }
}

impl OpenQueue {
    /// What tells this one from `stored`, which was built of what is stored of `range`; `None` if nothing does.
    pub(crate) fn difference(&self, stored: &Self, range: Range) -> Option<String> {
        for id in stored.by_id.keys() {
            if self.get(*id).is_none() {
                return Some(format!("{} is stored, and not in memory", id.number()));
            }
        }
        for command in self.iter().filter(|command| range.contains(command.id)) {
            let id = command.id.number();
            let Some(other) = stored.get(command.id) else {
                return Some(format!("{id} is in memory, and not stored"));
            };
            let (own, other) = (self.comparable(command), stored.comparable(other));
            if own != other {
                return Some(format!("{id} is {own:?} in memory, and {other:?} as stored"));
            }
        }
        None
    }

    /// The facts of a command with the name of its device: their numbers may differ. What is not placed has no key.
    fn comparable(
        &self,
        command: &OpenCommand,
    ) -> (&Hostname, OpenCommand, Option<super::OrderKey>) {
        let nameless =
            OpenCommand { device: DeviceNumber(0), order: super::OrderKey::ORIGIN, ..*command };
        (self.name(command.device), nameless, command.key())
    }

    /// Where it is not what its own facts say.
    pub(crate) fn fault(&self) -> Option<String> {
        let (mut counts, mut expected) = (Counts::default(), 0);
        for command in self.iter() {
            *counts.of(command.standing) += 1;
            expected += places(command);
        }
        let mut found = self.in_flight.len();
        for device in &self.devices {
            match device.check(&self.slab) {
                Ok(places) => found += places,
                Err(fault) => return Some(format!("{}: {fault}", device.name)),
            }
        }
        if (counts, expected) != (self.counts, found) {
            let own = (self.counts, found);
            return Some(format!("{own:?} is counted, and it is {:?}", (counts, expected)));
        }
        let firsts = self.devices.iter().map(|device| device.firsts(&self.slab));
        let (mut due, mut expiry) = (0, 0);
        for (device, [first_due, first_expiry]) in (0..).map(DeviceNumber).zip(firsts) {
            due += usize::from(first_due.is_some());
            expiry += usize::from(first_expiry.is_some());
            let is_known = first_due.is_none_or(|at| self.due.contains(&(at, device)))
                && first_expiry.is_none_or(|at| self.expiry.contains(&(at, device)));
            if !is_known {
                return Some(format!("the first of {} is not known", self.name(device)));
            }
        }
        let is_all = (due, expiry) == (self.due.len(), self.expiry.len());
        (!is_all).then(|| "a device is known for what it has not".to_owned())
    }
}

/// In how many lines a command is.
fn places(command: &OpenCommand) -> usize {
    if command.standing == Standing::InFlight {
        return 1;
    }
    let is_later = command.standing == Standing::Later;
    let own = 1 + usize::from(is_later);
    if !command.placed {
        return own;
    }
    own + usize::from(!is_later)
        + usize::from(command.is_sequence_key)
        + usize::from(command.group.is_some())
}
