//! What is due when: the only place that knows what the scheduler waits for by time.
//!
//! The [`Timetable`] is made anew from the state whenever that has changed. What is begun and when the owner
//! task wakes are read from the same rows, so nothing is due that does not wake it, and nothing wakes it that
//! is not due.

use std::{
    collections::{BTreeSet, HashMap},
    time::{Duration, Instant},
};

use venue_domain::{Hostname, Timestamp};

/// What the scheduler waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timer {
    /// The grace of a stop is over.
    Grace,
    /// A scheduled command that is known in memory becomes due.
    DueInMemory,
    /// A call of the store for no device in particular.
    Maintenance(Task),
    /// A device that could not be served is to be evaluated again.
    Device,
    /// The concurrency limit has grown by one permit, and a device waits for it.
    Permit,
}

/// A call of the store for no device in particular. One at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// The store, which was down, is tried again.
    Reconcile,
    /// The mark of an outage that is over is taken away.
    ClearMark,
    /// The lease of a claim that nobody owns is over.
    Rescue,
    /// The store does not know what was promoted in memory.
    StorePromotions,
    /// More of what is scheduled has to be known in memory.
    Refill,
    /// What the store has for later becomes due.
    Promote,
    /// Something outlives its life.
    Expire,
}

/// When each timer is due. Tasks that are due together are begun in the order of their rows.
#[derive(Debug)]
pub(crate) struct Timetable {
    clock: Reading,
    rows: Vec<(Timer, Instant)>,
}

/// Venue time and the time of the runtime, read together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    pub(crate) now: Timestamp,
    pub(crate) instant: Instant,
}

impl Reading {
    /// When it is `at`.
    pub(crate) fn when(&self, at: Timestamp) -> Instant {
        let ms = u64::try_from(at.unix_ms().saturating_sub(self.now.unix_ms())).unwrap_or(0);
        // Venue time may differ from the runtime's after a suspend: looked at again after a while.
        self.instant + Duration::from_millis(ms).min(LOOK_AGAIN)
    }
}

impl Timetable {
    pub(crate) const fn new(clock: Reading) -> Self {
        Self { clock, rows: Vec::new() }
    }

    /// `timer` is due at `at`, if it is set.
    pub(crate) fn set(&mut self, timer: Timer, at: Option<Instant>) {
        self.rows.extend(at.map(|at| (timer, at)));
    }

    /// The first task that is due.
    pub(crate) fn due_task(&self) -> Option<Task> {
        self.rows.iter().find_map(|(timer, at)| match timer {
            Timer::Maintenance(task) => (*at <= self.clock.instant).then_some(*task),
            Timer::Grace | Timer::DueInMemory | Timer::Device | Timer::Permit => None,
        })
    }

    /// How long until the first timer is due.
    pub(crate) fn next(&self) -> Option<Duration> {
        let first = self.rows.iter().map(|(_, at)| *at).min()?;
        Some(first.saturating_duration_since(self.clock.instant))
    }
}

/// When each device is to be evaluated again; one time per device.
#[derive(Debug, Default)]
pub(crate) struct DeviceTimers {
    order: BTreeSet<(Instant, Hostname)>,
    at: HashMap<Hostname, Instant>,
}

impl DeviceTimers {
    /// `device` is due at `at`, and no longer at any other time.
    pub(crate) fn set(&mut self, device: &Hostname, at: Instant) {
        if let Some(before) = self.at.insert(device.clone(), at) {
            self.order.remove(&(before, device.clone()));
        }
        self.order.insert((at, device.clone()));
    }

    /// A device that is due at `now`.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<Hostname> {
        self.order.first().filter(|(at, _)| *at <= now)?;
        let (_, device) = self.order.pop_first()?;
        self.at.remove(&device);
        Some(device)
    }

    /// When the first is due.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.order.first().map(|(at, _)| *at)
    }
}

/// A time is looked at again after so long at most.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    fn reading() -> Reading {
        Reading { now: Timestamp::from_unix_ms(5_000), instant: Instant::now() }
    }

    #[test]
    fn the_owner_sleeps_until_the_first_timer_and_for_ever_without_one() {
        let clock = reading();
        let mut table = Timetable::new(clock);
        assert_eq!(table.next(), None);
        let after = |ms| Some(clock.instant + Duration::from_millis(ms));
        table.set(Timer::Grace, after(700));
        table.set(Timer::Device, None);
        table.set(Timer::Permit, after(300));
        assert_eq!(table.next(), Some(Duration::from_millis(300)));
        assert_eq!(table.due_task(), None);
    }

    #[test]
    fn of_the_tasks_that_are_due_the_one_above_goes_first() {
        let clock = reading();
        let mut table = Timetable::new(clock);
        table.set(
            Timer::Maintenance(Task::Rescue),
            Some(clock.when(Timestamp::from_unix_ms(5_001))),
        );
        table.set(
            Timer::Maintenance(Task::Promote),
            Some(clock.when(Timestamp::from_unix_ms(5_000))),
        );
        table.set(
            Timer::Maintenance(Task::Expire),
            Some(clock.when(Timestamp::from_unix_ms(3_000))),
        );
        assert_eq!(table.due_task(), Some(Task::Promote));
        assert_eq!(table.next(), Some(Duration::ZERO));
    }

    #[test]
    fn a_time_that_is_far_away_is_looked_at_every_minute() {
        let clock = reading();
        let tomorrow = clock.now.plus(Duration::from_secs(86_400));
        assert_eq!(clock.when(tomorrow), clock.instant + LOOK_AGAIN);
    }

    #[test]
    fn a_device_is_due_once_at_the_last_time_that_was_set() {
        let (now, device) = (Instant::now(), "ir-1".parse().unwrap());
        let after = |seconds| now + Duration::from_secs(seconds);
        let mut timers = DeviceTimers::default();
        timers.set(&device, after(1));
        timers.set(&device, after(2));
        assert_eq!(timers.next(), Some(after(2)));
        assert_eq!(timers.pop_due(after(1)), None);
        assert_eq!(timers.pop_due(after(2)), Some(device));
        assert_eq!((timers.pop_due(after(9)), timers.next()), (None, None));
    }
}
