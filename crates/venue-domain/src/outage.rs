//! What a crash must not make forgotten: that direct commands were sent while the store was down.
//!
//! The store does not know their fences. Were the service killed before they are merged into it, the
//! next run would send what waits there although something newer was wished since. So a mark is
//! made durable before the first byte of such a command leaves (docs/semantics.md, rule 3.17), and
//! taken away when the fences are stored.

use std::{
    future::{Future, ready},
    pin::Pin,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::work::PreviousShutdown;

/// A future behind a pointer: the trait is used as an object.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What would be left of the order of the accepted commands if the service were killed now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OrderDurability {
    /// The store knows all of it, or there is nothing that waits and could be sent too late.
    Stored,
    /// The store does not know all of it, and a mark says so.
    Marked,
    /// The store does not know all of it, and nothing says so: no mark could be written.
    MemoryOnly,
}

/// Remembers, beyond a kill, that direct commands were sent which the store does not know.
pub trait OutageMarker: Send + Sync {
    /// Makes the mark. To be called after the fences of a command were raised and before its first
    /// byte leaves; answers within half a second whatever the disks do.
    ///
    /// # Cancel safety
    /// Safe: the call counts from its first poll, and a mark that is being written is written.
    fn set(&self) -> BoxFuture<'_, OrderDurability>;

    /// How durable the order of the accepted commands is at present.
    fn durability(&self) -> OrderDurability;

    /// How often [`OutageMarker::set`] was called. Read before the fences are collected for the
    /// store.
    fn calls(&self) -> u64;

    /// Takes the mark away, unless it was set again since [`OutageMarker::calls`] was `calls`: a
    /// command that was accepted meanwhile may be missing in what was stored. Tells whether there
    /// is none any more.
    ///
    /// # Cancel safety
    /// Safe: the mark is there or not.
    fn clear(&self, calls: u64) -> BoxFuture<'_, bool>;

    /// Whether an earlier run left a mark that was not taken away since.
    fn previous_shutdown(&self) -> PreviousShutdown;
}

/// The marker of a service without a store: nothing waits that could be sent too late.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoMarker;

impl OutageMarker for NoMarker {
    fn set(&self) -> BoxFuture<'_, OrderDurability> {
        Box::pin(ready(OrderDurability::Stored))
    }

    fn durability(&self) -> OrderDurability {
        OrderDurability::Stored
    }

    fn calls(&self) -> u64 {
        0
    }

    fn clear(&self, _calls: u64) -> BoxFuture<'_, bool> {
        Box::pin(ready(true))
    }

    fn previous_shutdown(&self) -> PreviousShutdown {
        PreviousShutdown::Clean
    }
}

/// A marker in memory, for a store in memory and for tests: it outlives what is built upon it, not
/// the process.
#[derive(Debug, Default)]
pub struct MemoryMarker(Mutex<Mark>);

#[derive(Clone, Copy, Debug, Default)]
struct Mark {
    set: bool,
    calls: u64,
    /// An earlier run set it.
    inherited: bool,
}

impl MemoryMarker {
    /// What the next run finds of this one: a mark that is set was left by an earlier run.
    #[must_use]
    pub fn next_run(&self) -> Self {
        let set = self.mark().set;
        Self(Mutex::new(Mark { set, calls: 0, inherited: set }))
    }

    fn mark(&self) -> MutexGuard<'_, Mark> {
        // A std lock: held for a few instructions, never across an await.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OutageMarker for MemoryMarker {
    fn set(&self) -> BoxFuture<'_, OrderDurability> {
        Box::pin(async {
            let mut mark = self.mark();
            mark.calls += 1;
            mark.set = true;
            OrderDurability::Marked
        })
    }

    fn durability(&self) -> OrderDurability {
        if self.mark().set { OrderDurability::Marked } else { OrderDurability::Stored }
    }

    fn calls(&self) -> u64 {
        self.mark().calls
    }

    fn clear(&self, calls: u64) -> BoxFuture<'_, bool> {
        Box::pin(async move {
            let mut mark = self.mark();
            if mark.calls == calls {
                *mark = Mark { calls, ..Mark::default() };
            }
            !mark.set
        })
    }

    fn previous_shutdown(&self) -> PreviousShutdown {
        if self.mark().inherited { PreviousShutdown::Unclean } else { PreviousShutdown::Clean }
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn now<T>(mut future: BoxFuture<'_, T>) -> T {
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => value,
            Poll::Pending => panic!("a marker in memory never waits"),
        }
    }

    #[test]
    fn a_mark_that_was_set_meanwhile_stays() {
        let marker = MemoryMarker::default();
        assert_eq!(now(marker.set()), OrderDurability::Marked);
        let calls = marker.calls();
        now(marker.set());
        assert!(!now(marker.clear(calls)));
        assert_eq!(marker.durability(), OrderDurability::Marked);
        assert!(now(marker.clear(marker.calls())));
        assert_eq!(marker.durability(), OrderDurability::Stored);
    }

    #[test]
    fn only_a_mark_of_an_earlier_run_tells_of_an_unclean_stop() {
        let first = MemoryMarker::default();
        now(first.set());
        assert_eq!(first.previous_shutdown(), PreviousShutdown::Clean, "the fences are in memory");
        let second = first.next_run();
        assert_eq!(second.previous_shutdown(), PreviousShutdown::Unclean);
        assert!(now(second.clear(second.calls())));
        assert_eq!(second.previous_shutdown(), PreviousShutdown::Clean);
        assert_eq!(second.next_run().previous_shutdown(), PreviousShutdown::Clean);
    }
}
