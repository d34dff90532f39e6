//! The ring, and who reads from it.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use tokio::sync::broadcast::{self, error::RecvError};
use venue_domain::WallTime;

use super::{Event, EventId, EventKind};

/// Keeps the last events, and hands each to whoever is subscribed.
pub struct Hub {
    run: u64,
    capacity: usize,
    ring: Mutex<VecDeque<Arc<Event>>>,
    live: broadcast::Sender<Arc<Event>>,
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").field("watchers", &self.watchers()).finish_non_exhaustive()
    }
}

/// What one watcher reads.
#[derive(Debug)]
pub struct Subscription {
    backlog: VecDeque<Arc<Event>>,
    live: broadcast::Receiver<Arc<Event>>,
    run: u64,
    /// Where it stands: what came before it was read already.
    last: u64,
    /// Events are missing between what the watcher has and what it reads.
    pub gap: bool,
}

impl Hub {
    /// Of one run of a daemon, which keeps `capacity` events; `run` tells it apart from all others.
    #[must_use]
    pub fn new(run: u64, capacity: usize) -> Self {
        let capacity = capacity.max(1);
        let (live, _) = broadcast::channel(capacity);
        Self { run, capacity, ring: Mutex::default(), live }
    }

    /// Hands an event to all who watch, and keeps it for those who come back. Never waits.
    ///
    /// `data` is to be a JSON object; what is none, because a key of it is no text, is told as `null`.
    pub fn publish(&self, kind: EventKind, at: WallTime, data: &impl Serialize) -> EventId {
        let data = to_raw_value(data).unwrap_or_else(|_| RawValue::NULL.to_owned());
        let mut ring = self.ring();
        let number = ring.back().map_or(1, |last| last.id.number + 1);
        let id = EventId { run: self.run, number };
        let event = Arc::new(Event { id, kind, at, data });
        if ring.len() == self.capacity {
            ring.pop_front();
        }
        ring.push_back(Arc::clone(&event));
        // Under the lock, so that all see one order. Nobody may be watching.
        let _ = self.live.send(event);
        id
    }

    /// How many watch.
    #[must_use]
    pub fn watchers(&self) -> usize {
        self.live.receiver_count()
    }

    /// What happens from now on; or from behind `after`, as far as it is still known.
    #[must_use]
    pub fn subscribe(&self, after: Option<EventId>) -> Subscription {
        let ring = self.ring();
        let (run, live) = (self.run, self.live.subscribe());
        let last = ring.back().map_or(0, |event| event.id.number);
        let Some(after) = after else {
            return Subscription { run, backlog: VecDeque::new(), live, last, gap: false };
        };
        let first = ring.front().map_or(last + 1, |event| event.id.number);
        let known = after.run == run && after.number <= last && after.number + 1 >= first;
        if !known {
            return Subscription { run, backlog: VecDeque::new(), live, last, gap: true };
        }
        let backlog = ring.iter().filter(|event| event.id.number > after.number).cloned();
        Subscription { run, backlog: backlog.collect(), live, last: after.number, gap: false }
    }

    fn ring(&self) -> MutexGuard<'_, VecDeque<Arc<Event>>> {
        // A std lock: held for a few moves, never across an await.
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Subscription {
    /// Behind which event it stands: whoever comes back with this misses nothing, also where nothing was
    /// read yet.
    #[must_use]
    pub const fn position(&self) -> EventId {
        EventId { run: self.run, number: self.last }
    }

    /// The next event; `None` when this watcher was too slow, or nobody publishes any more.
    ///
    /// # Cancel safety
    /// Safe: no event is lost.
    pub async fn next(&mut self) -> Option<Arc<Event>> {
        if let Some(event) = self.backlog.pop_front() {
            self.last = event.id.number;
            return Some(event);
        }
        loop {
            match self.live.recv().await {
                // What was in the backlog comes live as well.
                Ok(event) if event.id.number <= self.last => {}
                Ok(event) => {
                    self.last = event.id.number;
                    return Some(event);
                }
                Err(RecvError::Lagged(_) | RecvError::Closed) => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn publish(hub: &Hub, count: u64) {
        for number in 0..count {
            hub.publish(EventKind::DeviceState, WallTime::default(), &json!({ "n": number }));
        }
    }

    async fn read(subscription: &mut Subscription, count: usize) -> Vec<u64> {
        let mut read = Vec::new();
        for _ in 0..count {
            read.push(subscription.next().await.unwrap().id.number);
        }
        read
    }

    #[tokio::test]
    async fn a_watcher_gets_every_event_once_and_in_order() {
        let hub = Hub::new(7, 8);
        publish(&hub, 2);
        let mut watcher = hub.subscribe(None);
        publish(&hub, 3);
        assert_eq!(read(&mut watcher, 3).await, [3, 4, 5]);
        assert_eq!(hub.watchers(), 1);
    }

    #[tokio::test]
    async fn one_that_was_away_goes_on_where_it_was() {
        let hub = Hub::new(7, 8);
        publish(&hub, 5);
        let mut watcher = hub.subscribe(Some(EventId { run: 7, number: 2 }));
        publish(&hub, 2);
        assert!(!watcher.gap);
        assert_eq!(read(&mut watcher, 5).await, [3, 4, 5, 6, 7]);
        let mut newest = hub.subscribe(Some(EventId { run: 7, number: 7 }));
        publish(&hub, 1);
        assert_eq!((newest.gap, read(&mut newest, 1).await), (false, vec![8]));
    }

    #[tokio::test]
    async fn one_that_has_read_nothing_yet_goes_on_where_it_began() {
        let hub = Hub::new(7, 8);
        publish(&hub, 3);
        let quiet = hub.subscribe(None).position();
        publish(&hub, 2);
        let mut back = hub.subscribe(Some(quiet));
        assert_eq!((back.gap, back.position()), (false, quiet));
        assert_eq!(read(&mut back, 2).await, [4, 5]);
        assert_eq!(back.position(), EventId { run: 7, number: 5 });
        let lost = hub.subscribe(Some(EventId { run: 6, number: 1 }));
        assert_eq!((lost.gap, lost.position()), (true, EventId { run: 7, number: 5 }));
    }

    #[tokio::test]
    async fn one_that_was_away_too_long_or_in_another_run_is_told() {
        let hub = Hub::new(7, 4);
        publish(&hub, 9);
        for (run, number, gap) in [(7, 5, false), (7, 4, true), (7, 10, true), (6, 9, true)] {
            assert_eq!(hub.subscribe(Some(EventId { run, number })).gap, gap, "{run} {number}");
        }
        let new = Hub::new(8, 4);
        assert!(!new.subscribe(Some(EventId { run: 8, number: 0 })).gap, "nothing happened yet");
    }

    #[tokio::test]
    async fn one_that_is_too_slow_loses_its_place() {
        let hub = Hub::new(7, 4);
        let mut watcher = hub.subscribe(None);
        publish(&hub, 5);
        assert!(watcher.next().await.is_none());
    }
}
