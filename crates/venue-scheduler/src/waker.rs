//! How the scheduler learns that there is something to do.
//!
//! What is told waits in a mailbox that merges it per device, so it is bounded by the number of
//! devices however much is told while the owner is busy.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use tokio::sync::Notify;
use venue_domain::{
    Aftermath, Fences, Hostname, OrderClock, PortId, PortWaiting, Priority, Promoter, Timestamp,
    Upcoming, WallOffset,
};

use crate::schedule::Schedule;

/// Wakes the scheduler. Cheap to clone; telling never waits.
#[derive(Clone)]
pub struct Waker(Arc<Shared>);

struct Shared {
    inbox: Mutex<Inbox>,
    notify: Notify,
    schedule: Mutex<Schedule>,
    fences: Arc<Fences>,
    order: Arc<OrderClock>,
    clocks: Clocks,
    late_after: Duration,
}

/// Tells venue time and how far the wall clock is ahead of it, without the type of the clock.
pub(crate) type Clocks = Box<dyn Fn() -> (Timestamp, WallOffset) + Send + Sync>;

/// A command that has been stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The device that has something to do.
    pub device: Hostname,
    /// When.
    pub due_at: Timestamp,
    /// How long it lives.
    pub expires_at: Timestamp,
    /// Who goes first.
    pub priority: Priority,
}

/// What the owner was told since it last looked.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    pub(crate) devices: HashMap<Hostname, News>,
    pub(crate) next_expiry: Option<Timestamp>,
    pub(crate) store_failed: bool,
    pub(crate) store_replaced: bool,
    pub(crate) wishes_moved: bool,
    /// What ended with changes whose answers nobody waited for any more: nobody else tells it.
    pub(crate) ended_late: Vec<Aftermath>,
    pub(crate) stop: bool,
    /// The wish to pause: nobody else keeps it, so that it outlives the owner.
    pub(crate) paused: bool,
}

/// What was told of one device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct News {
    /// Something arrived that is due then.
    pub(crate) due_at: Option<Timestamp>,
    /// The greatest priority that arrived.
    pub(crate) priority: Option<Priority>,
    /// It has a session again.
    pub(crate) session: bool,
}

impl Waker {
    /// Whoever looks at `fences` from now on finds raised what is due.
    pub(crate) fn new(
        fences: Arc<Fences>,
        order: Arc<OrderClock>,
        clocks: Clocks,
        late_after: Duration,
    ) -> Self {
        let (inbox, notify, schedule) = Default::default();
        let shared = Shared { inbox, notify, schedule, fences, order, clocks, late_after };
        let shared = Arc::new(shared);
        shared.fences.look_after(Arc::new(OnEveryLook(Arc::downgrade(&shared))));
        Self(shared)
    }

    /// A command has been stored.
    pub fn arrived(&self, arrival: Arrival) {
        let Arrival { device, due_at, expires_at, priority } = arrival;
        self.tell(|inbox| {
            let news = inbox.devices.entry(device).or_default();
            news.due_at = earliest(news.due_at, Some(due_at));
            news.priority = news.priority.max(Some(priority));
            inbox.next_expiry = earliest(inbox.next_expiry, Some(expires_at));
        });
    }

    /// A command for later has been stored; [`Waker::arrived`] is to be told as well.
    pub fn scheduled(&self, upcoming: Upcoming) {
        self.schedule().add(upcoming);
    }

    /// Commands have ended: what was scheduled of them raises no fence any more.
    pub fn ended(&self, aftermath: &Aftermath) {
        if !aftermath.ended.is_empty() {
            let mut schedule = self.schedule();
            aftermath.ended.iter().for_each(|ended| schedule.forget(ended.queue_id));
        }
    }

    /// Commands have ended, and nobody waits any more for whom it would be told.
    pub(crate) fn ended_late(&self, aftermath: Aftermath) {
        self.tell(|inbox| inbox.ended_late.push(aftermath));
    }

    /// A device has a session again: what waits only for that is tried at once.
    pub fn session(&self, device: Hostname) {
        self.tell(|inbox| inbox.devices.entry(device).or_default().session = true);
    }

    /// Somebody found the store down.
    pub fn store_failed(&self) {
        self.tell(|inbox| inbox.store_failed = true);
    }

    /// Another database is in the store's place, such as a restored backup: what it holds is taken
    /// over as at a start.
    pub fn store_replaced(&self) {
        self.tell(|inbox| inbox.store_replaced = true);
    }

    /// What is wished for a wall time has another due time in the store: it is read anew.
    pub fn wishes_moved(&self) {
        self.schedule().read_anew();
        self.tell(|inbox| inbox.wishes_moved = true);
    }

    /// What has become due for `port` and is not stored as such yet.
    pub(crate) fn owed(&self, port: &PortId) -> PortWaiting {
        self.schedule().owed(port)
    }

    /// Gives the scheduled commands that are due their place in the order and raises their fences.
    /// Tells whether there were any.
    pub(crate) fn promote_in_memory(&self) -> bool {
        self.0.promote()
    }

    pub(crate) fn stop(&self) {
        self.tell(|inbox| inbox.stop = true);
    }

    pub(crate) fn pause(&self, paused: bool) {
        self.tell(|inbox| inbox.paused = paused);
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.inbox().paused
    }

    /// Waits until something was told. Safe to drop.
    pub(crate) async fn told(&self) {
        self.0.notify.notified().await;
    }

    /// What was told. A stop and a pause stay told.
    pub(crate) fn take(&self) -> Inbox {
        let mut inbox = self.inbox();
        let Inbox { stop, paused, .. } = *inbox;
        std::mem::replace(&mut inbox, Inbox { stop, paused, ..Inbox::default() })
    }

    pub(crate) fn schedule(&self) -> MutexGuard<'_, Schedule> {
        // A std lock: held for a few instructions, never across an await; order clock and fences
        // are locked within it and never the other way round. Whole values even if poisoned.
        self.0.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        // A std lock: held for a few instructions, never across an await.
        self.0.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, news: impl FnOnce(&mut Inbox)) {
        news(&mut self.inbox());
        self.0.notify.notify_one();
    }
}

impl Shared {
    fn promote(&self) -> bool {
        let Self { late_after, order, fences, .. } = self;
        let mut schedule = self.schedule.lock().unwrap_or_else(PoisonError::into_inner);
        // Read with the schedule in hand: whoever enters something later finds this look noted.
        let (now, offset) = (self.clocks)();
        schedule.follow(offset);
        schedule.promote_due(now, *late_after, order, fences)
    }
}

/// Promotes for whoever looks at the fences, as long as there is a scheduler.
struct OnEveryLook(Weak<Shared>);

impl Promoter for OnEveryLook {
    fn promote_due(&self) {
        if let Some(shared) = self.0.upgrade()
            && shared.promote()
        {
            shared.notify.notify_one();
        }
    }
}

impl fmt::Debug for Waker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waker").finish_non_exhaustive()
    }
}

/// The earlier of two times that may not be there.
pub(crate) fn earliest<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use venue_domain::QueueId;

    use super::*;
    use crate::retry::tests::claim;

    #[test]
    fn what_is_told_of_a_device_is_merged() {
        let waker =
            Waker::new(Arc::default(), Arc::default(), Box::new(Default::default), Duration::ZERO);
        let at = Timestamp::from_unix_ms;
        let device: Hostname = "ir-1".parse().unwrap();
        for (due, expires, priority) in [(9, 90, Priority::BULK), (5, 95, Priority::SYSTEM)] {
            let device = device.clone();
            let (due_at, expires_at) = (at(due), at(expires));
            waker.arrived(Arrival { device, due_at, expires_at, priority });
        }
        waker.session(device.clone());
        let inbox = waker.take();
        let priority = Some(Priority::BULK);
        let news = News { due_at: Some(at(5)), priority, session: true };
        assert_eq!(inbox.devices, HashMap::from([(device, news)]));
        assert_eq!(inbox.next_expiry, Some(at(90)));
        assert!(waker.take().devices.is_empty());
    }

    #[test]
    fn who_looks_at_the_fences_finds_raised_what_is_due_although_no_timer_has_run() {
        let due_at = Timestamp::from_unix_ms(1_000);
        let clock = Arc::new(Mutex::new(due_at.minus(Duration::from_millis(1))));
        let now = {
            let clock = Arc::clone(&clock);
            Box::new(move || (*clock.lock().unwrap(), WallOffset::default()))
        };
        let (fences, order) = (Arc::<Fences>::default(), Arc::<OrderClock>::default());
        let (late_after, fences_of_waker) = (Duration::from_secs(1), Arc::clone(&fences));
        let waker = Waker::new(fences_of_waker, Arc::clone(&order), now, late_after);
        let mut older = (*claim("channel").command).clone();
        older.key = order.next(Timestamp::from_unix_ms(900));
        let due = (*claim("channel").command).clone();
        let (queue_id, command) = (QueueId::new(1), due.clone());
        let upcoming = Upcoming { queue_id, due_at, wish: None, command };
        waker.scheduled(upcoming);
        assert_eq!(fences.superseded_by(&older), None);
        *clock.lock().unwrap() = due_at;
        assert_eq!(fences.superseded_by(&older).map(|winner| winner.command), Some(due.id));
        drop(waker);
        assert!(fences.superseded_by(&older).is_some(), "what is raised stays");
    }

    #[test]
    fn the_earlier_time_is_the_one_that_is_there() {
        assert_eq!(earliest(Some(1), Some(2)), Some(1));
        assert_eq!(earliest(None, Some(2)), Some(2));
        assert_eq!(earliest::<u8>(None, None), None);
    }
}
