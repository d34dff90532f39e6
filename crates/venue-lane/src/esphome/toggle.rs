//! The toggle bit, by which a receiver tells a new press from a key that is held (RC5, RC6, MCE, RC-MM).
//!
//! It belongs to the press: flipped for the next one, and kept when a command is tried again that may
//! have been received. What a remote control in somebody's hand sends is not known; after a restart the
//! first press may be taken for a held key.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use venue_domain::{CommandId, PortIndex};

/// The toggle bits of the ports of one board.
#[derive(Debug, Default)]
pub(super) struct Toggles(Mutex<BTreeMap<PortIndex, PortToggle>>);

#[derive(Debug, Default)]
struct PortToggle {
    /// That of the next press.
    next: bool,
    /// Commands that may have been received, and the bit that each began with.
    tried: VecDeque<(CommandId, bool)>,
}

/// The toggle bits of the presses of one command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ToggleUse {
    pub(super) port: PortIndex,
    pub(super) command: CommandId,
    /// That of the first press that has one.
    pub(super) first: bool,
    /// That of the next press of the port.
    pub(super) next: bool,
}

impl Toggles {
    /// The bit for the first press of `command`.
    pub(super) fn first(&self, port: PortIndex, command: CommandId) -> bool {
        let ports = self.ports();
        let Some(toggle) = ports.get(&port) else { return false };
        let tried = toggle.tried.iter().find(|(tried, _)| *tried == command);
        tried.map_or(toggle.next, |(_, first)| *first)
    }

    /// The first byte of the command is about to leave.
    pub(super) fn begun(&self, used: ToggleUse) {
        let mut ports = self.ports();
        let toggle = ports.entry(used.port).or_default();
        toggle.next = used.next;
        toggle.tried.retain(|(tried, _)| *tried != used.command);
        if toggle.tried.len() == MAX_TRIED {
            toggle.tried.pop_front();
        }
        toggle.tried.push_back((used.command, used.first));
    }

    /// Not all presses of the command left: the next one of the port has the bit of the first that did not.
    pub(super) fn stopped(&self, used: &ToggleUse, next: bool) {
        if let Some(toggle) = self.ports().get_mut(&used.port) {
            toggle.next = next;
        }
    }

    /// The command was delivered: should it be sent once more, that is meant as a new press.
    pub(super) fn delivered(&self, used: &ToggleUse) {
        if let Some(toggle) = self.ports().get_mut(&used.port) {
            toggle.tried.retain(|(tried, _)| *tried != used.command);
        }
    }

    fn ports(&self) -> MutexGuard<'_, BTreeMap<PortIndex, PortToggle>> {
        // A std lock: held for one look, never across an await.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// More commands of a port are not tried in turn.
const MAX_TRIED: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends a command of `presses` presses; returns the bit of the first.
    fn send(toggles: &Toggles, command: CommandId, presses: usize) -> (bool, ToggleUse) {
        let port = PortIndex::try_from(1).unwrap();
        let first = toggles.first(port, command);
        let next = first ^ (presses % 2 == 1);
        let used = ToggleUse { port, command, first, next };
        toggles.begun(used);
        (first, used)
    }

    #[test]
    fn each_press_flips_the_bit_and_a_retry_keeps_it() {
        let toggles = Toggles::default();
        let [one, two, three] = [(); 3].map(|()| CommandId::generate());
        let (first, used) = send(&toggles, one, 1);
        assert!(!first);
        assert!(!send(&toggles, one, 1).0, "tried again");
        assert!(send(&toggles, two, 3).0, "three presses: 1, 0, 1");
        assert!(!send(&toggles, three, 1).0);
        assert!(send(&toggles, two, 3).0, "tried again later");
        toggles.delivered(&used);
        assert!(!send(&toggles, one, 1).0, "a new press");
    }
}
