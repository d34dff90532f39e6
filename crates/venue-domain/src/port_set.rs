//! Ports of one device, as a set.

use crate::port::PortIndex;

/// Some ports of one device. As small as a few words, so that it is handed around by value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PortSet([u64; 4]);

impl PortSet {
    /// No port.
    pub const EMPTY: Self = Self([0; 4]);

    /// Whether `port` is among them.
    #[must_use]
    pub const fn contains(&self, port: PortIndex) -> bool {
        let (word, bit) = place(port);
        self.0[word] & bit != 0
    }

    /// Adds `port`.
    pub const fn insert(&mut self, port: PortIndex) {
        let (word, bit) = place(port);
        self.0[word] |= bit;
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        matches!(self.0, [0, 0, 0, 0])
    }
}

impl FromIterator<PortIndex> for PortSet {
    fn from_iter<I: IntoIterator<Item = PortIndex>>(ports: I) -> Self {
        let mut set = Self::EMPTY;
        ports.into_iter().for_each(|port| set.insert(port));
        set
    }
}

/// In which word a port has its bit. A number below 256 is always in one of the four.
const fn place(port: PortIndex) -> (usize, u64) {
    let number = port.number();
    ((number >> 6) as usize, 1 << (number & 63))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_the_ports_that_were_put_into_it_and_no_others() {
        let port = |number: i64| PortIndex::try_from(number).unwrap();
        let every_third = |number: &i64| number % 3 == 0;
        let set: PortSet = (0..=255).filter(every_third).map(port).collect();
        for number in 0..=255 {
            assert_eq!(set.contains(port(number)), every_third(&number), "{number}");
        }
        assert!(!set.is_empty() && PortSet::EMPTY.is_empty());
    }
}
