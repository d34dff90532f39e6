//! Whether the store can be used at present: one state that all who use it share.

use std::sync::atomic::{AtomicBool, Ordering};

use event_listener::Event;

/// Whether the store can be used. Whoever finds it down says so; the one who owns its recovery says
/// when it is back, after the fences in memory have been merged into it.
#[derive(Debug)]
pub struct StoreAvailability {
    up: AtomicBool,
    /// Whether it is being opened after a start.
    opening: AtomicBool,
    /// Told when that has ended.
    settled: Event,
}

impl StoreAvailability {
    /// A store that is being opened after a start: it cannot be used yet, and whoever needs it waits
    /// ([`settled`](Self::settled)) until whoever opens it says that [this has
    /// ended](Self::opening_ended).
    #[must_use]
    pub const fn opening() -> Self {
        Self::new(false, true)
    }

    /// A store that cannot be used, or that is not there at all.
    #[must_use]
    pub const fn down() -> Self {
        Self::new(false, false)
    }

    /// A store that can be used.
    #[must_use]
    pub const fn up() -> Self {
        Self::new(true, false)
    }

    const fn new(up: bool, opening: bool) -> Self {
        let (up, opening) = (AtomicBool::new(up), AtomicBool::new(opening));
        Self { up, opening, settled: Event::new() }
    }

    /// Whether it can be used.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.up.load(Ordering::Acquire)
    }

    /// Waits while the store is being opened after a start; afterwards it returns at once, whatever
    /// becomes of the store. There is no limit here: whoever opens the store ends the wait.
    ///
    /// # Cancel safety
    /// Safe: it changes nothing.
    pub async fn settled(&self) {
        while self.is_opening() {
            let settled = self.settled.listen();
            // It may have ended before there was a listener.
            if self.is_opening() {
                settled.await;
            }
        }
    }

    fn is_opening(&self) -> bool {
        self.opening.load(Ordering::Acquire)
    }

    /// Nobody waits any longer: it is up and everything is known that is read from it at a start, or
    /// it could not be opened soon.
    pub fn opening_ended(&self) {
        self.opening.store(false, Ordering::Release);
        self.settled.notify(usize::MAX);
    }

    /// It failed. Tells whether that is news.
    pub fn mark_down(&self) -> bool {
        self.up.swap(false, Ordering::AcqRel)
    }

    /// It is there, or back. Tells whether that is news.
    pub fn mark_up(&self) -> bool {
        !self.up.swap(true, Ordering::AcqRel)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::Future,
        pin::pin,
        task::{Context, Poll, Waker},
    };

    use super::*;

    fn poll(future: std::pin::Pin<&mut impl Future<Output = ()>>) -> Poll<()> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn a_change_is_news_once() {
        let availability = StoreAvailability::down();
        assert!(!availability.mark_down() && availability.mark_up() && availability.is_up());
        assert!(!availability.mark_up() && availability.mark_down() && !availability.is_up());
    }

    #[test]
    fn a_store_that_is_being_opened_is_waited_for_until_that_has_ended() {
        for fails in [false, true] {
            let availability = StoreAvailability::opening();
            let mut settled = pin!(availability.settled());
            assert_eq!(poll(settled.as_mut()), Poll::Pending);
            // Neither somebody who cannot use it yet ends the wait, nor somebody who can.
            assert!(!availability.mark_down() && !availability.is_up());
            assert!(fails || availability.mark_up());
            assert_eq!(poll(settled.as_mut()), Poll::Pending);
            availability.opening_ended();
            assert_eq!(poll(settled.as_mut()), Poll::Ready(()));
            assert_eq!(availability.is_up(), !fails);
        }
    }

    #[test]
    fn an_outage_is_not_waited_for() {
        let availability = StoreAvailability::up();
        assert!(availability.mark_down());
        assert_eq!(poll(pin!(availability.settled())), Poll::Ready(()));
    }
}
