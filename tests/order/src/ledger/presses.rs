//! Commands of several presses, in words of its own: each press at most once, nothing between two of them, and none
//! behind one that was not delivered (docs/semantics.md, rules 1.18 to 1.20 and 2.22).

use std::collections::HashMap;

use venue_domain::{Action, CommandId, Nature, PortId, Status};

use super::{Book, Ledger, Wish};

/// The presses that have left.
#[derive(Debug, Default)]
pub(super) struct Presses {
    /// Those of the last try of each command.
    of_command: HashMap<CommandId, Try>,
    /// The command whose press was the last one of its port.
    last: HashMap<PortId, CommandId>,
    /// Somebody begins anew with the toggle bit.
    begun_anew: bool,
}

/// One try to press everything of a command.
#[derive(Debug, Default)]
struct Try {
    pressed: usize,
    /// One was not delivered.
    is_over: bool,
}

impl Ledger {
    /// The first byte of some presses leaves; `keys` says how many where they are infrared.
    pub(crate) fn pressed(&self, id: CommandId, is_first: bool, keys: usize) {
        let mut book = self.book();
        let Some(wish) = book.wishes.get(&id) else { return };
        let (action, port) = (wish.command.action.clone(), wish.command.target.clone());
        let other = book.presses.last.insert(port.clone(), id).filter(|last| *last != id);
        let known = book.presses.of_command.entry(id).or_default();
        if is_first {
            *known = Try::default();
        }
        known.pressed += keys.max(1);
        let (pressed, is_over) = (known.pressed, known.is_over);
        let what = format!("{action} for {port}");
        if pressed > presses(&action, keys > 0) {
            book.violate(format!("{what} was pressed {pressed} times"));
        }
        if is_over {
            book.violate(format!("{what} went on although a press was not delivered"));
        }
        if let Some(other) = other.filter(|_| !is_first) {
            book.violate(format!("{what} went on after a press of {other}"));
        }
    }

    /// A link is replaced, and its service with it or not: nobody knows the toggle bit of the last press.
    pub(crate) fn toggles_begin_anew(&self) {
        self.book().presses.begun_anew = true;
    }

    /// A press of it was not delivered.
    pub(crate) fn press_failed(&self, id: CommandId) {
        if let Some(known) = self.book().presses.of_command.get_mut(&id) {
            known.is_over = true;
        }
    }
}

/// How many presses an action is; a board with actions types a channel by itself.
pub(crate) fn presses(action: &Action, are_keys: bool) -> usize {
    if let Action::Steps(_, count) = action {
        return count.number().into();
    }
    let Action::Channel(channel) = action else { return 1 };
    if are_keys { channel.as_str().len() } else { 1 }
}

impl Book {
    /// What a TV made of several presses, if that is not what was wished and told.
    pub(crate) fn mispressed(&self, wish: &Wish, status: Option<Status>) -> Option<String> {
        let (action, id) = (&wish.command.action, wish.command.id);
        if action.nature() != Nature::Relative {
            return None;
        }
        let wished = presses(action, true);
        let seen = self.shown.iter().filter(|shown| shown.id == id).count();
        // The first press of a new link may be taken for a key that is held (docs/semantics.md, rule 6.21).
        let excused = usize::from(self.presses.begun_anew);
        let is_less = status == Some(Status::Completed) && seen + excused < wished;
        let is_wrong = seen > wished || is_less;
        is_wrong.then(|| format!("{action} ended {status:?}, and its TV saw {seen} presses"))
    }
}
