//! The open queue in memory: everything that a store decides about what waits and what is in flight, by the facts of
//! each command, and nothing that reads a table, a clock or the network.
//!
//! It is for a store with one writer. The writer builds it of what is stored, changes it with every row that it
//! changes, and asks it in place of the table. Every change is noted until [`OpenQueue::commit`] says that the table
//! has it as well; [`OpenQueue::roll_back_to`] takes back what a rollback takes back. What a claim costs does not
//! depend on how much waits: each question looks at the front of a line.

use std::collections::{BTreeSet, HashMap};

use venue_domain::{
    EffectGroup, Hostname, OrderKey, PortIndex, PortSet, Priority, QueueId, Timestamp,
};

mod command;
mod compare;
mod device;
mod line;
mod slab;
#[cfg(test)]
mod tests;

pub(crate) use command::{DeviceNumber, OpenCommand, Standing};
pub(crate) use compare::Range;
use device::Device;
pub(crate) use device::Replaced;
use slab::{Slab, Slot};

/// What waits and what is in flight.
#[derive(Debug, Default)]
pub(crate) struct OpenQueue {
    slab: Slab,
    by_id: HashMap<QueueId, Slot>,
    devices: Vec<Device>,
    numbers: HashMap<Hostname, DeviceNumber>,
    /// Of each device the first that waits for its time, and the first that expires.
    due: BTreeSet<(Timestamp, DeviceNumber)>,
    expiry: BTreeSet<(Timestamp, DeviceNumber)>,
    /// What is in flight, by the end of its lease.
    in_flight: BTreeSet<(Timestamp, QueueId)>,
    counts: Counts,
    /// What was there before each change since the last commit.
    undo: Vec<(QueueId, Option<OpenCommand>)>,
}

/// How many commands stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) ready: u64,
    pub(crate) later: u64,
    pub(crate) in_flight: u64,
}

/// How far the changes since the last commit went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark(usize);

impl OpenQueue {
    /// The number by which `device` is named in [`OpenCommand`].
    pub(crate) fn number(&mut self, device: &Hostname) -> DeviceNumber {
        if let Some(number) = self.numbers.get(device) {
            return *number;
        }
        // As many as there are names of devices.
        let number = DeviceNumber(self.devices.len() as u32);
        self.devices.push(Device::new(device.clone()));
        self.numbers.insert(device.clone(), number);
        number
    }

    /// The name of a device.
    pub(crate) fn name(&self, number: DeviceNumber) -> &Hostname {
        &self.devices[number.0 as usize].name
    }

    /// The facts of a command, if it is open.
    pub(crate) fn get(&self, id: QueueId) -> Option<&OpenCommand> {
        self.by_id.get(&id).map(|slot| self.slab.get(*slot))
    }

    /// `command` is open, with these facts.
    pub(crate) fn put(&mut self, command: OpenCommand) {
        let before = self.replace(command.id, Some(command));
        self.undo.push((command.id, before));
    }

    /// Changes the facts of a command, if it is open.
    pub(crate) fn change(&mut self, id: QueueId, change: impl FnOnce(&mut OpenCommand)) {
        let Some(mut command) = self.get(id).copied() else { return };
        change(&mut command);
        self.put(command);
    }

    /// The command is open no more.
    pub(crate) fn remove(&mut self, id: QueueId) {
        let before = self.replace(id, None);
        self.undo.push((id, before));
    }

    /// Everything is stored as it is here.
    pub(crate) fn commit(&mut self) {
        self.undo.clear();
        if self.by_id.is_empty() {
            self.give_room_back();
        }
    }

    /// So far it went: for [`roll_back_to`](Self::roll_back_to).
    pub(crate) fn mark(&self) -> Mark {
        Mark(self.undo.len())
    }

    /// What the last commit left.
    pub(crate) const COMMITTED: Mark = Mark(0);

    /// Takes back every change since `mark`.
    pub(crate) fn roll_back_to(&mut self, mark: Mark) {
        while self.undo.len() > mark.0 {
            let Some((id, before)) = self.undo.pop() else { return };
            self.replace(id, before);
        }
    }

    fn replace(&mut self, id: QueueId, command: Option<OpenCommand>) -> Option<OpenCommand> {
        let known = self.by_id.get(&id).copied();
        let before = known.map(|slot| *self.slab.get(slot));
        if let Some(slot) = known {
            self.unlink(slot);
        }
        match (known, command) {
            (Some(slot), Some(command)) => {
                self.slab.set(slot, command);
                self.link(slot);
            }
            (None, Some(command)) => {
                let slot = self.slab.insert(command);
                self.by_id.insert(id, slot);
                self.link(slot);
            }
            (Some(slot), None) => {
                self.slab.release(slot);
                self.by_id.remove(&id);
            }
            (None, None) => {}
        }
        before
    }

    fn link(&mut self, slot: Slot) {
        let command = self.slab.get(slot);
        *self.counts.of(command.standing) += 1;
        if command.standing == Standing::InFlight {
            self.in_flight.insert((command.at, command.id));
            return;
        }
        let number = command.device;
        self.in_lines(number, |device, slab| device.add(slab, slot));
    }

    fn unlink(&mut self, slot: Slot) {
        let command = self.slab.get(slot);
        *self.counts.of(command.standing) -= 1;
        if command.standing == Standing::InFlight {
            self.in_flight.remove(&(command.at, command.id));
            return;
        }
        let number = command.device;
        self.in_lines(number, |device, slab| device.take(slab, slot));
    }

    /// Changes the lines of a device, and what is known of their first.
    fn in_lines(&mut self, number: DeviceNumber, change: impl FnOnce(&mut Device, &Slab)) {
        let device = &mut self.devices[number.0 as usize];
        let before = device.firsts(&self.slab);
        change(device, &self.slab);
        let after = device.firsts(&self.slab);
        for ((before, after), all) in
            before.into_iter().zip(after).zip([&mut self.due, &mut self.expiry])
        {
            if before == after {
                continue;
            }
            if let Some(before) = before {
                all.remove(&(before, number));
            }
            if let Some(after) = after {
                all.insert((after, number));
            }
        }
    }

    /// After a flood nothing is held for what is gone.
    fn give_room_back(&mut self) {
        if self.by_id.capacity() > ROOM_KEPT {
            self.by_id = HashMap::new();
            self.slab = Slab::default();
            self.undo = Vec::new();
        }
    }
}

/// An empty queue keeps room for so many commands.
const ROOM_KEPT: usize = 4_096;

/// What is asked.
impl OpenQueue {
    /// How many commands stand where.
    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }

    /// All open commands, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &OpenCommand> {
        self.by_id.values().map(|slot| self.slab.get(*slot))
    }

    fn device(&self, device: &Hostname) -> Option<&Device> {
        self.numbers.get(device).map(|number| &self.devices[number.0 as usize])
    }

    /// What goes next of what `device` has to do for no `busy` port.
    pub(crate) fn first_ready(&self, device: &Hostname, busy: PortSet) -> Option<OpenCommand> {
        self.device(device)?.first_ready(&self.slab, busy).copied()
    }

    /// The earliest key that waits for the port of `command`.
    pub(crate) fn first_key(&self, command: &OpenCommand) -> Option<OpenCommand> {
        self.devices[command.device.0 as usize].first_key(&self.slab, command.port).copied()
    }

    /// Whether `device` has something to do now.
    pub(crate) fn has_ready(&self, device: &Hostname) -> bool {
        self.device(device).is_some_and(Device::has_ready)
    }

    /// When the first command of `device` that waits for its time is due.
    pub(crate) fn first_later(&self, device: &Hostname) -> Option<Timestamp> {
        self.device(device)?.later.first(&self.slab).map(|first| first.at)
    }

    /// When `device` has something to do: `now`, or when the first of what waits for its time is due.
    pub(crate) fn next_due_of(&self, device: &Hostname, now: Timestamp) -> Option<Timestamp> {
        if self.has_ready(device) { Some(now) } else { self.first_later(device) }
    }

    /// What `device` may be handed of one priority.
    pub(crate) fn ready_of(&self, device: &Hostname, priority: Priority) -> Vec<QueueId> {
        let Some(device) = self.device(device) else { return Vec::new() };
        let ready = device.ready(&self.slab).filter(|command| command.priority == priority);
        ready.map(|command| command.id).collect()
    }

    /// What waits in a slot below `key`, by its id.
    pub(crate) fn older_in_slot(
        &self,
        device: &Hostname,
        port: PortIndex,
        group: EffectGroup,
        what: Replaced,
        key: OrderKey,
    ) -> Vec<QueueId> {
        let Some(device) = self.device(device) else { return Vec::new() };
        let lines = device.in_slot(port, group, what);
        let older = lines
            .flat_map(|line| line.iter(&self.slab).take_while(move |command| command.order < key));
        let mut older: Vec<_> = older.map(|command| command.id).collect();
        older.sort_unstable();
        older
    }

    /// When the next command is due that waits for its time.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.due.first().map(|(at, _)| *at)
    }

    /// What has its place in the order and was due by `now`, so many at most.
    pub(crate) fn due(&self, now: Timestamp, limit: usize) -> Vec<QueueId> {
        let devices = self.due.iter().take_while(|(at, _)| *at <= now);
        let due = devices.flat_map(|(_, number)| {
            let later = self.devices[number.0 as usize].later.iter(&self.slab);
            later.take_while(move |command| command.at <= now).filter(|command| command.placed)
        });
        due.map(|command| command.id).take(limit).collect()
    }

    /// When the next waiting command expires.
    pub(crate) fn next_expiry(&self) -> Option<Timestamp> {
        self.expiry.first().map(|(at, _)| *at)
    }

    /// What waits although its life was over at `now`, so many at most.
    pub(crate) fn overdue(&self, now: Timestamp, limit: usize) -> Vec<QueueId> {
        let devices = self.expiry.iter().take_while(|(at, _)| *at <= now);
        let overdue = devices.flat_map(|(_, number)| {
            let expiry = self.devices[number.0 as usize].expiry.iter(&self.slab);
            expiry.take_while(move |command| command.expires_at <= now)
        });
        overdue.map(|command| command.id).take(limit).collect()
    }

    /// What is in flight with a lease until `until` at most, the shortest first.
    pub(crate) fn in_flight(&self, until: Timestamp) -> Vec<QueueId> {
        let leases = self.in_flight.iter().take_while(|(lease, _)| *lease <= until);
        leases.map(|(_, id)| *id).collect()
    }

    /// What of `device` is in flight. It looks at all that is: there are as many as workers.
    pub(crate) fn in_flight_of(&self, device: &Hostname) -> Vec<QueueId> {
        let Some(number) = self.numbers.get(device) else { return Vec::new() };
        let ids = self.in_flight.iter().map(|(_, id)| *id);
        ids.filter(|id| self.get(*id).is_some_and(|command| command.device == *number)).collect()
    }

    /// What waits for `device`, by its id.
    pub(crate) fn waiting_of(&self, device: &Hostname) -> Vec<QueueId> {
        let Some(device) = self.device(device) else { return Vec::new() };
        let mut ids: Vec<_> = device.expiry.iter(&self.slab).map(|command| command.id).collect();
        ids.sort_unstable();
        ids
    }

    /// What of `device` waits for its time only because there was no session.
    pub(crate) fn waiting_for_session(&self, device: &Hostname) -> Vec<QueueId> {
        let Some(device) = self.device(device) else { return Vec::new() };
        let later = device.later.iter(&self.slab);
        let waiting = later.filter(|command| command.placed && command.waits_for_session);
        waiting.map(|command| command.id).collect()
    }

    /// The keys of `device` that wait for their time where one of their port may be handed out.
    pub(crate) fn waiting_behind_ready_keys(&self, device: &Hostname) -> Vec<QueueId> {
        let Some(device) = self.device(device) else { return Vec::new() };
        let ready = device.ready(&self.slab).filter(|command| command.is_sequence_key);
        let ports: PortSet = ready.map(|command| command.port).collect();
        let keys = device.later.iter(&self.slab);
        let keys = keys.filter(|command| command.placed && command.is_sequence_key);
        keys.filter(|key| ports.contains(key.port)).map(|command| command.id).collect()
    }

    /// Each device with something to do, and when first: `now`, or when that is due.
    pub(crate) fn due_times(&self, now: Timestamp) -> Vec<(Hostname, Timestamp)> {
        let devices = self.devices.iter().filter(|device| !device.is_empty());
        let due = devices.filter_map(|device| {
            let later = device.later.first(&self.slab).map(|first| first.at);
            let at = if device.has_ready() { Some(now) } else { later };
            Some((device.name.clone(), at?))
        });
        let mut due: Vec<_> = due.collect();
        due.sort_unstable();
        due
    }
}

impl Counts {
    fn of(&mut self, standing: Standing) -> &mut u64 {
        match standing {
            Standing::Ready => &mut self.ready,
            Standing::Later => &mut self.later,
            Standing::InFlight => &mut self.in_flight,
        }
    }
}
