//! The agreement between a caller and its lane on who may still stop a command.
//!
//! A command begins when its first byte is about to leave. Until then the caller may withdraw it;
//! from then on only its outcome ends it. One atomic decides, so the two can never both win.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicU8, Ordering},
};

use tokio::time::Instant;
use venue_domain::NotSent;

/// Shared by the caller and the lane.
#[derive(Clone, Debug)]
pub(crate) struct Ticket(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: AtomicU8,
    hindrance: AtomicU8,
    /// When its first byte was about to leave.
    began: OnceLock<Instant>,
}

/// What keeps a waiting command from being sent; the reason if its deadline passes meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hindrance {
    /// Other commands, air time or gaps.
    Lane = 0,
    /// The device owes an answer.
    Doubt = 1,
}

impl Ticket {
    pub(crate) fn new() -> Self {
        let state = AtomicU8::new(WAITING);
        let (hindrance, began) = (AtomicU8::new(Hindrance::Lane as u8), OnceLock::new());
        Self(Arc::new(Shared { state, hindrance, began }))
    }

    /// The lane's side: the first byte is about to leave. `false` if the caller was faster.
    pub(crate) fn begin(&self) -> bool {
        let begins = self.step(BEGUN);
        if begins {
            self.0.began.get_or_init(Instant::now);
        }
        begins
    }

    /// When its first byte was about to leave; `None` if it was not.
    pub(crate) fn began(&self) -> Option<Instant> {
        self.0.began.get().copied()
    }

    /// The caller's side: the command is not wanted any more. `false` if it has begun.
    pub(crate) fn withdraw(&self) -> bool {
        self.step(WITHDRAWN)
    }

    /// Whether a byte of the command may have left.
    pub(crate) fn has_begun(&self) -> bool {
        self.0.state.load(Ordering::Acquire) == BEGUN
    }

    pub(crate) fn is_withdrawn(&self) -> bool {
        self.0.state.load(Ordering::Acquire) == WITHDRAWN
    }

    pub(crate) fn hinder(&self, hindrance: Hindrance) {
        self.0.hindrance.store(hindrance as u8, Ordering::Relaxed);
    }

    /// Why the command was not sent, should its deadline pass while it waits.
    pub(crate) fn reason(&self) -> NotSent {
        if self.0.hindrance.load(Ordering::Relaxed) == Hindrance::Doubt as u8 {
            NotSent::InDoubt
        } else {
            NotSent::LaneBusy
        }
    }

    fn step(&self, to: u8) -> bool {
        let state = &self.0.state;
        state.compare_exchange(WAITING, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

const WAITING: u8 = 0;
const BEGUN: u8 = 1;
const WITHDRAWN: u8 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_side_wins() {
        let ticket = Ticket::new();
        assert!(ticket.begin());
        assert!(!ticket.withdraw());

        let ticket = Ticket::new();
        assert!(ticket.withdraw());
        assert!(!ticket.begin());
        assert!(ticket.is_withdrawn());
    }

    #[test]
    fn the_reason_is_what_hindered_it_last() {
        let ticket = Ticket::new();
        assert_eq!(ticket.reason(), NotSent::LaneBusy);
        ticket.hinder(Hindrance::Doubt);
        assert_eq!(ticket.reason(), NotSent::InDoubt);
    }
}
