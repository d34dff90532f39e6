//! The store's failures: what is kept while it is down, and when it is tried again.
//!
//! While it is down nothing is claimed. The ends of what was in flight are kept (one per
//! transmitter of a device, and one for each system command) and are settled first when it is back; then the fences in memory are merged into it; only
//! then is anything claimed again.

use std::time::{Duration, Instant};

use venue_domain::{ClaimTicket, PortId, Settlement, StoreAvailability, StoreError};

/// The end of a claim that the store does not know.
#[derive(Clone, Debug)]
pub(crate) struct Unsettled {
    pub(crate) target: PortId,
    pub(crate) ticket: ClaimTicket,
    pub(crate) settlement: Settlement,
    /// It held neither its port nor a permit.
    pub(crate) uncapped: bool,
}

/// Whether the store is used, and what it does not know.
#[derive(Debug)]
pub(crate) struct Outage {
    state: State,
    kept: Vec<Unsettled>,
    retry: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Up,
    Down { next_try: Instant },
    Reconciling,
}

impl Outage {
    pub(crate) const fn new(retry: Duration) -> Self {
        Self { state: State::Up, kept: Vec::new(), retry }
    }

    pub(crate) fn is_up(&self) -> bool {
        self.state == State::Up
    }

    /// A call failed. Nothing is asked of the store for a while.
    pub(crate) fn fail(
        &mut self,
        error: &StoreError,
        availability: &StoreAvailability,
        now: Instant,
    ) {
        if error.is_down() && availability.mark_down() {
            tracing::warn!(error = error.code(), "the store is down: nothing queued is sent");
        }
        self.back_off(now);
    }

    /// Nothing is asked of the store for a while.
    pub(crate) fn back_off(&mut self, now: Instant) {
        let next_try = match self.state {
            State::Down { next_try } => next_try,
            State::Up | State::Reconciling => now + self.retry,
        };
        self.state = State::Down { next_try };
    }

    /// Keeps the end of a claim.
    pub(crate) fn keep(&mut self, unsettled: Unsettled) {
        self.kept.push(unsettled);
    }

    pub(crate) const fn kept(&self) -> usize {
        self.kept.len()
    }

    /// When the store is tried again.
    pub(crate) const fn next_try(&self) -> Option<Instant> {
        match self.state {
            State::Down { next_try } => Some(next_try),
            State::Up | State::Reconciling => None,
        }
    }

    /// Begins to reconcile: what has to be settled first.
    pub(crate) fn reconcile(&mut self) -> Vec<Unsettled> {
        self.state = State::Reconciling;
        std::mem::take(&mut self.kept)
    }

    /// Everything is settled and merged: what ended meanwhile is still to be settled.
    pub(crate) fn reconciled(&mut self, availability: &StoreAvailability) -> Vec<Unsettled> {
        self.state = State::Up;
        if availability.mark_up() {
            tracing::info!("the store is back");
        }
        std::mem::take(&mut self.kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_that_is_down_is_tried_once_a_second_however_often_it_fails() {
        let (now, availability) = (Instant::now(), StoreAvailability::up());
        let mut outage = Outage::new(Duration::from_secs(1));
        outage.fail(&StoreError::Full, &availability, now);
        let next = outage.next_try().unwrap();
        assert_eq!(next, now + Duration::from_secs(1));
        outage.fail(&StoreError::Full, &availability, now + Duration::from_millis(500));
        assert_eq!(outage.next_try(), Some(next));
        assert!(!availability.is_up());
        outage.reconcile();
        outage.fail(&StoreError::Full, &availability, next);
        assert_eq!(outage.next_try(), Some(next + Duration::from_secs(1)));
        outage.reconcile();
        outage.reconciled(&availability);
        assert!(outage.is_up() && availability.is_up());
    }

    #[test]
    fn a_store_that_has_too_much_to_do_is_left_alone_but_is_not_called_down() {
        let (now, availability) = (Instant::now(), StoreAvailability::up());
        let mut outage = Outage::new(Duration::from_secs(1));
        outage.fail(&StoreError::Overloaded, &availability, now);
        assert!(!outage.is_up() && availability.is_up());
    }
}
