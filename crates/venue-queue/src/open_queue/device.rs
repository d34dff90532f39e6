//! What waits for one device, in each order in which it is asked for.

use venue_domain::{EffectGroup, Hostname, PortIndex, PortSet, Timestamp};

use super::{
    command::{OpenCommand, Standing},
    line::Line,
    slab::{Slab, Slot},
};

#[derive(Debug)]
pub(super) struct Device {
    pub(super) name: Hostname,
    /// Those with something placed or ready, in no order: few at a time.
    ports: Vec<Port>,
    /// What waits for its time, placed or not.
    pub(super) later: Line,
    /// Everything that waits, by the end of its life.
    pub(super) expiry: Line,
}

#[derive(Debug)]
struct Port {
    port: PortIndex,
    /// What may be handed out, in the order in which it goes.
    ready: Line,
    /// The keys of a sequence that wait, in their order, those that wait for their time included.
    keys: Line,
    slots: Vec<SlotLines>,
}

/// What waits in one slot, by its place in the order.
#[derive(Debug)]
struct SlotLines {
    group: EffectGroup,
    /// Absolute wishes and toggles: what a step or a key replaces.
    setting: Line,
    /// Steps and keys, which may be many.
    stepping: Line,
}

/// What of a slot is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Replaced {
    /// Everything.
    Everything,
    /// What sets a state: however many steps wait, none of them is looked at.
    Setting,
}

impl Device {
    pub(super) fn new(name: Hostname) -> Self {
        Self { name, ports: Vec::new(), later: Line::default(), expiry: Line::default() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.expiry.is_empty()
    }

    pub(super) fn add(&mut self, slab: &Slab, slot: Slot) {
        let command = slab.get(slot);
        self.expiry.insert(slab, slot, OpenCommand::by_expiry);
        if command.standing == Standing::Later {
            self.later.insert(slab, slot, OpenCommand::by_time);
        }
        if !command.placed {
            return;
        }
        let port = self.port_mut(command.port);
        if command.standing == Standing::Ready {
            port.ready.insert(slab, slot, OpenCommand::by_turn);
        }
        if command.is_sequence_key {
            port.keys.insert(slab, slot, OpenCommand::by_order);
        }
        if let Some(group) = command.group {
            let lines = port.slot_mut(group);
            lines.of(command).insert(slab, slot, OpenCommand::by_order);
        }
    }

    pub(super) fn take(&mut self, slab: &Slab, slot: Slot) {
        let command = slab.get(slot);
        self.expiry.remove(slab, slot, OpenCommand::by_expiry);
        if command.standing == Standing::Later {
            self.later.remove(slab, slot, OpenCommand::by_time);
        }
        if !command.placed {
            return;
        }
        let Some(place) = self.ports.iter().position(|port| port.port == command.port) else {
            return;
        };
        let port = &mut self.ports[place];
        if command.standing == Standing::Ready {
            port.ready.remove(slab, slot, OpenCommand::by_turn);
        }
        if command.is_sequence_key {
            port.keys.remove(slab, slot, OpenCommand::by_order);
        }
        if let Some(group) = command.group {
            port.slot_mut(group).of(command).remove(slab, slot, OpenCommand::by_order);
            port.slots.retain(|lines| !(lines.setting.is_empty() && lines.stepping.is_empty()));
        }
        if port.ready.is_empty() && port.keys.is_empty() && port.slots.is_empty() {
            self.ports.swap_remove(place);
        }
        if self.ports.is_empty() {
            self.ports = Vec::new();
        }
    }

    fn port_mut(&mut self, port: PortIndex) -> &mut Port {
        let place = self.ports.iter().position(|known| known.port == port);
        let place = place.unwrap_or_else(|| {
            let (ready, keys) = (Line::default(), Line::default());
            self.ports.push(Port { port, ready, keys, slots: Vec::new() });
            self.ports.len() - 1
        });
        &mut self.ports[place]
    }

    fn port(&self, port: PortIndex) -> Option<&Port> {
        self.ports.iter().find(|known| known.port == port)
    }

    /// When the first of `later` is due, and when the first of all expires.
    pub(super) fn firsts(&self, slab: &Slab) -> [Option<Timestamp>; 2] {
        let due = self.later.first(slab).map(|first| first.at);
        [due, self.expiry.first(slab).map(|first| first.expires_at)]
    }

    pub(super) fn has_ready(&self) -> bool {
        self.ports.iter().any(|port| !port.ready.is_empty())
    }

    /// What goes next of what is for no `busy` port.
    pub(super) fn first_ready<'a>(&self, slab: &'a Slab, busy: PortSet) -> Option<&'a OpenCommand> {
        let free = self.ports.iter().filter(|port| !busy.contains(port.port));
        free.filter_map(|port| port.ready.first(slab)).min_by_key(|first| first.by_turn())
    }

    pub(super) fn ready<'a>(&'a self, slab: &'a Slab) -> impl Iterator<Item = &'a OpenCommand> {
        self.ports.iter().flat_map(move |port| port.ready.iter(slab))
    }

    /// The earliest key that waits for `port`.
    pub(super) fn first_key<'a>(&self, slab: &'a Slab, port: PortIndex) -> Option<&'a OpenCommand> {
        self.port(port)?.keys.first(slab)
    }

    /// What waits in a slot, each line in its order.
    pub(super) fn in_slot(
        &self,
        port: PortIndex,
        group: EffectGroup,
        what: Replaced,
    ) -> impl Iterator<Item = &Line> {
        let lines = self.port(port).and_then(|port| port.slot(group));
        let stepping = lines.filter(|_| what == Replaced::Everything).map(|lines| &lines.stepping);
        lines.map(|lines| &lines.setting).into_iter().chain(stepping)
    }

    /// How many places in lines there are, or what is wrong with one of them.
    pub(super) fn check(&self, slab: &Slab) -> Result<usize, &'static str> {
        let mut places = self.later.len() + self.expiry.len();
        let mut sound = self.later.is_in_order(slab, OpenCommand::by_time)
            && self.expiry.is_in_order(slab, OpenCommand::by_expiry);
        for port in &self.ports {
            places += port.ready.len() + port.keys.len();
            sound &= port.ready.is_in_order(slab, OpenCommand::by_turn)
                && port.keys.is_in_order(slab, OpenCommand::by_order);
            for lines in &port.slots {
                places += lines.setting.len() + lines.stepping.len();
                sound &= lines.setting.is_in_order(slab, OpenCommand::by_order)
                    && lines.stepping.is_in_order(slab, OpenCommand::by_order);
            }
        }
        if sound { Ok(places) } else { Err("a line is out of order") }
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        let of_port = |port: &Port| {
            let slots =
                port.slots.iter().map(|lines| lines.setting.bytes() + lines.stepping.bytes());
            port.ready.bytes()
                + port.keys.bytes()
                + slots.sum::<usize>()
                + port.slots.capacity() * size_of::<SlotLines>()
        };
        self.later.bytes()
            + self.expiry.bytes()
            + self.ports.iter().map(of_port).sum::<usize>()
            + self.ports.capacity() * size_of::<Port>()
    }
}

impl Port {
    fn slot(&self, group: EffectGroup) -> Option<&SlotLines> {
        self.slots.iter().find(|lines| lines.group == group)
    }

    fn slot_mut(&mut self, group: EffectGroup) -> &mut SlotLines {
        let place = self.slots.iter().position(|lines| lines.group == group);
        let place = place.unwrap_or_else(|| {
            let (setting, stepping) = (Line::default(), Line::default());
            self.slots.push(SlotLines { group, setting, stepping });
            self.slots.len() - 1
        });
        &mut self.slots[place]
    }
}

impl SlotLines {
    fn of(&mut self, command: &OpenCommand) -> &mut Line {
        if command.sets_state { &mut self.setting } else { &mut self.stepping }
    }
}
