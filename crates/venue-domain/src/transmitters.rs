//! Which ports of a device can be sent to at the same time.

use std::collections::{BTreeMap, BTreeSet};

use crate::{port::PortIndex, port_set::PortSet};

/// One of the transmitters of a device that work at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Transmitter(pub u64);

/// The transmitters of one device that work at the same time, by the ports that they serve. A port that is not
/// among them needs the device as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transmitters(BTreeMap<PortIndex, Transmitter>);

impl Transmitters {
    /// The transmitter of `port`; `None` if it needs the device as a whole.
    #[must_use]
    pub fn of(&self, port: PortIndex) -> Option<Transmitter> {
        self.0.get(&port).copied()
    }

    /// Whether more than one command can be in flight at all.
    #[must_use]
    pub fn are_several(&self) -> bool {
        let mut all = self.0.values();
        let first = all.next();
        all.any(|other| Some(other) != first)
    }

    /// Whether anything can go beside what is in flight for `ports`.
    #[must_use]
    pub fn have_room_beside(&self, ports: impl IntoIterator<Item = PortIndex>) -> bool {
        let used: Option<BTreeSet<_>> = ports.into_iter().map(|port| self.of(port)).collect();
        // Nothing goes beside what needs the whole device.
        let Some(used) = used else { return false };
        used.is_empty() || self.0.values().any(|transmitter| !used.contains(transmitter))
    }

    /// The ports that have to wait for what is in flight for `ports`: these, and those with the same transmitter.
    #[must_use]
    pub fn busy_with(&self, ports: impl IntoIterator<Item = PortIndex>) -> PortSet {
        let mut busy = PortSet::EMPTY;
        for port in ports {
            busy.insert(port);
            let Some(used) = self.of(port) else { continue };
            let shared = self.0.iter().filter(|(_, transmitter)| **transmitter == used);
            shared.for_each(|(port, _)| busy.insert(*port));
        }
        busy
    }
}

impl FromIterator<(PortIndex, Transmitter)> for Transmitters {
    fn from_iter<I: IntoIterator<Item = (PortIndex, Transmitter)>>(ports: I) -> Self {
        Self(ports.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ports(numbers: &[i64]) -> Vec<PortIndex> {
        numbers.iter().map(|number| PortIndex::try_from(*number).unwrap()).collect()
    }

    /// Ports 1 and 2 share a transmitter, 3 has its own, and 4 needs the whole device.
    fn board() -> Transmitters {
        ports(&[1, 2, 3]).into_iter().zip([7, 7, 9].map(Transmitter)).collect()
    }

    #[test]
    fn what_shares_a_transmitter_is_busy_with_it() {
        for (in_flight, busy) in [(&[][..], &[][..]), (&[1], &[1, 2]), (&[3], &[3]), (&[4], &[4])] {
            let found = board().busy_with(ports(in_flight));
            assert_eq!(found, ports(busy).into_iter().collect(), "{in_flight:?}");
        }
    }

    #[test]
    fn there_is_room_beside_what_leaves_a_transmitter_free() {
        let table: [(&[i64], bool); 6] = [
            (&[], true),
            (&[1], true),
            (&[3], true),
            (&[1, 3], false),
            (&[4], false),
            (&[4, 1], false),
        ];
        for (in_flight, room) in table {
            assert_eq!(board().have_room_beside(ports(in_flight)), room, "{in_flight:?}");
        }
        assert!(!Transmitters::default().have_room_beside(ports(&[1])), "one after the other");
        assert!(Transmitters::default().have_room_beside(ports(&[])));
    }

    #[test]
    fn one_transmitter_for_all_ports_is_not_several() {
        let one: Transmitters =
            ports(&[1, 2]).into_iter().map(|port| (port, Transmitter(7))).collect();
        assert!(board().are_several());
        assert!(!one.are_several() && !Transmitters::default().are_several());
    }
}
