//! How the scheduler learns that there is something to do.
//!
//! Events wait in a mailbox that merges them per device, so it is bounded by the number of
//! devices however much happens while the owner is busy.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use tokio::sync::Notify;
use venue_domain::{
    EndedCommands, Fences, Hostname, OrderClock, PortId, PortWaiting, Priority, Promoter,
    ScheduledCommand, Timestamp, WallOffset,
};

use crate::schedule::Schedule;

/// Wakes the scheduler. Cheap to clone; no call waits.
#[derive(Clone)]
pub struct Waker(Arc<Shared>);

struct Shared {
    events: Mutex<Events>,
    notify: Notify,
    schedule: Mutex<Schedule>,
    fences: Arc<Fences>,
    order: Arc<OrderClock>,
    clocks: Clocks,
    late_after: Duration,
}

/// Reads venue time and how far the wall clock is ahead of it, without the type of the clock.
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

/// What has happened since the owner last looked.
#[derive(Debug, Default)]
pub(crate) struct Events {
    pub(crate) devices: HashMap<Hostname, DeviceEvents>,
    pub(crate) next_expiry: Option<Timestamp>,
    pub(crate) store_failed: bool,
    pub(crate) store_replaced: bool,
    pub(crate) wishes_moved: bool,
    /// What ended with changes whose answers nobody waited for any more: nobody else publishes it.
    pub(crate) ended_late: Vec<EndedCommands>,
    pub(crate) stop: bool,
    /// Whether to pause: kept here alone, so that it outlives the owner.
    pub(crate) paused: bool,
}

/// What has happened to one device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct DeviceEvents {
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
        let (events, notify, schedule) = Default::default();
        let shared = Shared { events, notify, schedule, fences, order, clocks, late_after };
        let shared = Arc::new(shared);
        shared.fences.set_promoter(Arc::new(PromoteOnRead(Arc::downgrade(&shared))));
        Self(shared)
    }

    /// Of a service without a scheduler: it wakes nobody.
    #[must_use]
    pub fn unheard() -> Self {
        Self::new(Arc::default(), Arc::default(), Box::new(Default::default), Duration::ZERO)
    }

    /// A command has been stored.
    pub fn arrived(&self, arrival: Arrival) {
        let Arrival { device, due_at, expires_at, priority } = arrival;
        self.note(|events| {
            let device = events.devices.entry(device).or_default();
            device.due_at = earliest(device.due_at, Some(due_at));
            device.priority = device.priority.max(Some(priority));
            events.next_expiry = earliest(events.next_expiry, Some(expires_at));
        });
    }

    /// A command for later has been stored; [`Waker::arrived`] is to be called as well.
    pub fn scheduled(&self, upcoming: ScheduledCommand) {
        self.schedule().add(upcoming);
    }

    /// Commands have ended: what was scheduled of them raises no fence any more.
    pub fn ended(&self, ended_commands: &EndedCommands) {
        if !ended_commands.ended.is_empty() {
            let mut schedule = self.schedule();
            ended_commands.ended.iter().for_each(|ended| schedule.forget(ended.queue_id));
        }
    }

    /// Commands have ended by a call that nobody waits for any more.
    pub(crate) fn ended_late(&self, ended_commands: EndedCommands) {
        self.note(|events| events.ended_late.push(ended_commands));
    }

    /// A device has a session again: what waits only for that is tried at once.
    pub fn session(&self, device: Hostname) {
        self.note(|events| events.devices.entry(device).or_default().session = true);
    }

    /// Somebody found the store down.
    pub fn store_failed(&self) {
        self.note(|events| events.store_failed = true);
    }

    /// Another database is in the store's place, such as a restored backup: what it holds is
    /// recovered as at a start.
    pub fn store_replaced(&self) {
        self.note(|events| events.store_replaced = true);
    }

    /// What is wished for a wall time has another due time in the store: it is read anew.
    pub fn wishes_moved(&self) {
        self.schedule().read_anew();
        self.note(|events| events.wishes_moved = true);
    }

    /// What has become due for `port` and is not stored as such yet.
    pub(crate) fn owed(&self, port: &PortId) -> PortWaiting {
        self.schedule().owed(port)
    }

    /// Gives the scheduled commands that are due their order keys and raises their fences. Returns
    /// whether there were any.
    pub(crate) fn promote_in_memory(&self) -> bool {
        self.0.promote()
    }

    pub(crate) fn stop(&self) {
        self.note(|events| events.stop = true);
    }

    pub(crate) fn pause(&self, paused: bool) {
        self.note(|events| events.paused = paused);
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.events().paused
    }

    /// Waits until something has happened. Safe to drop.
    pub(crate) async fn notified(&self) {
        self.0.notify.notified().await;
    }

    /// Takes what has happened. A stop and a pause stay.
    pub(crate) fn take(&self) -> Events {
        let mut events = self.events();
        let Events { stop, paused, .. } = *events;
        std::mem::replace(&mut events, Events { stop, paused, ..Events::default() })
    }

    pub(crate) fn schedule(&self) -> MutexGuard<'_, Schedule> {
        // A std lock: held for a few instructions, never across an await; order clock and fences
        // are locked within it and never the other way round. Whole values even if poisoned.
        self.0.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn events(&self) -> MutexGuard<'_, Events> {
        // A std lock: held for a few instructions, never across an await.
        self.0.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, change: impl FnOnce(&mut Events)) {
        change(&mut self.events());
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
struct PromoteOnRead(Weak<Shared>);

impl Promoter for PromoteOnRead {
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
    fn what_happens_to_a_device_is_merged() {
        let waker = Waker::unheard();
        let at = Timestamp::from_unix_ms;
        let device: Hostname = "ir-1".parse().unwrap();
        for (due, expires, priority) in [(9, 90, Priority::BULK), (5, 95, Priority::SYSTEM)] {
            let device = device.clone();
            let (due_at, expires_at) = (at(due), at(expires));
            waker.arrived(Arrival { device, due_at, expires_at, priority });
        }
        waker.session(device.clone());
        let events = waker.take();
        let priority = Some(Priority::BULK);
        let expected = DeviceEvents { due_at: Some(at(5)), priority, session: true };
        assert_eq!(events.devices, HashMap::from([(device, expected)]));
        assert_eq!(events.next_expiry, Some(at(90)));
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
        let upcoming = ScheduledCommand { queue_id, due_at, wish: None, command };
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
