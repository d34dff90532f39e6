//! What keeps the transmitters of one device busy: commands that are claimed and not settled, and what is still on
//! the air behind them.

use std::time::Instant;

use venue_domain::{PortIndex, PortSet, Transmitters};

/// What is in flight for one device: one command for each of its transmitters at most.
#[derive(Debug, Default)]
pub(super) struct InFlight {
    flights: Vec<Flight>,
    /// There may be a claim of which nobody knows what it is, which is rescued when its lease is over.
    has_lost_one: bool,
    /// The ports whose transmitters are busy so long, although nothing is in flight for them.
    cooling: Vec<(PortIndex, Instant)>,
    /// The transmitters of the device when it was evaluated last.
    pub(super) transmitters: Transmitters,
}

/// A command that is claimed, until the store knows its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Flight {
    /// Its port; no other command in flight has the same.
    port: PortIndex,
    /// The store would not take its end: nobody owns the claim, which is rescued when its lease is over.
    is_orphaned: bool,
}

impl InFlight {
    /// A command was claimed for `port`.
    pub(super) fn begin(&mut self, port: PortIndex) {
        self.flights.push(Flight { port, is_orphaned: false });
    }

    /// Whether what was claimed for `port` has an owner, who will tell its end.
    pub(super) fn has(&self, port: PortIndex) -> bool {
        self.flights.iter().any(|flight| flight.port == port && !flight.is_orphaned)
    }

    /// The store knows the end of what was claimed for `port`.
    pub(super) fn end(&mut self, port: PortIndex) {
        self.flights.retain(|flight| flight.port != port);
    }

    /// The store will not know it before the claim is rescued.
    pub(super) fn orphan(&mut self, port: PortIndex) {
        for flight in self.flights.iter_mut().filter(|flight| flight.port == port) {
            flight.is_orphaned = true;
        }
    }

    /// Something may have been claimed, and nobody knows for which port.
    pub(super) const fn lose(&mut self) {
        self.has_lost_one = true;
    }

    /// Whether that is so.
    pub(super) const fn has_lost_one(&self) -> bool {
        self.has_lost_one
    }

    /// The store has taken back what had no owner. What has one goes on to its own end.
    pub(super) fn rescue(&mut self) {
        self.flights.retain(|flight| !flight.is_orphaned);
        self.has_lost_one = false;
    }

    /// Whether nothing is in flight.
    pub(super) const fn is_empty(&self) -> bool {
        self.flights.is_empty() && !self.has_lost_one
    }

    /// The transmitter of `port` is busy until then with what was in flight.
    pub(super) fn cool_until(&mut self, port: PortIndex, until: Instant) {
        self.cooling.retain(|(other, _)| *other != port);
        self.cooling.push((port, until));
    }

    /// Lets go what is free again. Returns whether anything is.
    pub(super) fn cool(&mut self, now: Instant) -> bool {
        let before = self.cooling.len();
        self.cooling.retain(|(_, until)| *until > now);
        self.cooling.len() < before
    }

    /// When the first of those that cool down is free again.
    pub(super) fn next_cooled(&self) -> Option<Instant> {
        self.cooling.iter().map(|(_, until)| *until).min()
    }

    /// The ports for which nothing may be claimed.
    pub(super) fn busy(&self) -> PortSet {
        self.transmitters.busy_with(self.ports())
    }

    /// Whether a transmitter is free.
    pub(super) fn has_room(&self) -> bool {
        !self.has_lost_one && self.transmitters.have_room_beside(self.ports())
    }

    /// Whether one may be: it is worth while to look.
    pub(super) fn may_have_room(&self) -> bool {
        !self.has_lost_one && (self.flights.is_empty() || self.transmitters.are_several())
    }

    fn ports(&self) -> impl Iterator<Item = PortIndex> {
        let in_flight = self.flights.iter().map(|flight| flight.port);
        in_flight.chain(self.cooling.iter().map(|(port, _)| *port))
    }

    /// Whether something has no owner.
    #[cfg(test)]
    pub(super) fn is_orphaned(&self) -> bool {
        self.has_lost_one || self.flights.iter().any(|flight| flight.is_orphaned)
    }
}
