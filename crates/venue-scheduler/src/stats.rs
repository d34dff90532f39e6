//! What the scheduler does at present, for those who show it.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::limit::Limit;

/// What a scheduler does at present.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StatsSnapshot {
    /// Whether it hands out commands.
    pub state: SchedulerState,
    /// Attempts in flight.
    pub in_flight: usize,
    /// How many may be.
    pub limit: usize,
    /// Devices that have something to do and wait for a permit.
    pub waiting_for_permit: usize,
    /// The mean over the last 60 s of attempts in flight over the limit: 0 to 1.
    pub utilisation: f64,
    /// Attempts that have ended since the start.
    pub attempts: u64,
    /// Of them delivered.
    pub delivered: u64,
    /// The longest wait for a permit of the devices that got one within the last 60 s.
    pub longest_wait: Duration,
    /// Ends of attempts that the store does not know yet.
    pub unsettled: usize,
    /// How often its task panicked and was started again: each time is a bug.
    pub panics: u64,
}

/// Whether a scheduler hands out commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchedulerState {
    /// It has not recovered the queue yet.
    Starting,
    /// It does.
    Running,
    /// It is paused.
    Paused,
    /// The store is down.
    StoreDown,
    /// It is stopping, or has stopped.
    Stopping,
}

/// The counters, shared by the owner task and its handles.
#[derive(Debug)]
pub(crate) struct Stats(Mutex<Counters>);

#[derive(Debug)]
struct Counters {
    state: SchedulerState,
    waiting_for_permit: usize,
    unsettled: usize,
    attempts: u64,
    delivered: u64,
    panics: u64,
    waits: VecDeque<(Instant, Duration)>,
    load: Load,
}

impl Stats {
    pub(crate) fn new(limit: Limit, now: Instant) -> Self {
        Self(Mutex::new(Counters {
            state: SchedulerState::Starting,
            waiting_for_permit: 0,
            unsettled: 0,
            attempts: 0,
            delivered: 0,
            panics: 0,
            waits: VecDeque::new(),
            load: Load::new(limit, now),
        }))
    }

    pub(crate) fn snapshot(&self, now: Instant) -> StatsSnapshot {
        let mut counters = self.counters();
        counters.drop_old_waits(now);
        StatsSnapshot {
            state: counters.state,
            in_flight: counters.load.in_flight,
            limit: counters.load.limit.now(now),
            waiting_for_permit: counters.waiting_for_permit,
            utilisation: counters.load.mean(now),
            attempts: counters.attempts,
            delivered: counters.delivered,
            longest_wait: counters.waits.front().map(|(_, wait)| *wait).unwrap_or_default(),
            unsettled: counters.unsettled,
            panics: counters.panics,
        }
    }

    pub(crate) fn set_state(&self, state: SchedulerState) {
        self.counters().state = state;
    }

    pub(crate) fn set_load(
        &self,
        in_flight: usize,
        limit: Limit,
        waiting_for_permit: usize,
        unsettled: usize,
        now: Instant,
    ) {
        let mut counters = self.counters();
        counters.load.note(in_flight, limit, now);
        counters.waiting_for_permit = waiting_for_permit;
        counters.unsettled = unsettled;
    }

    pub(crate) fn panicked(&self) {
        self.counters().panics += 1;
    }

    pub(crate) fn attempt_ended(&self, delivered: bool) {
        let mut counters = self.counters();
        counters.attempts += 1;
        counters.delivered += u64::from(delivered);
    }

    pub(crate) fn waited(&self, wait: Duration, now: Instant) {
        let mut counters = self.counters();
        counters.drop_old_waits(now);
        // Falling waits from the front: what is shorter than a later one never is the longest.
        while counters.waits.back().is_some_and(|(_, earlier)| *earlier <= wait) {
            counters.waits.pop_back();
        }
        counters.waits.push_back((now, wait));
        if counters.waits.len() > MAX_WAITS {
            counters.waits.pop_front();
        }
    }

    fn counters(&self) -> MutexGuard<'_, Counters> {
        // A std lock: held for a few instructions, never across an await; plain numbers.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counters {
    fn drop_old_waits(&mut self, now: Instant) {
        let old = |at: Instant| now.saturating_duration_since(at) > WINDOW;
        while self.waits.front().is_some_and(|(at, _)| old(*at)) {
            self.waits.pop_front();
        }
    }
}

/// The share of the limit that is used, summed up per second.
#[derive(Debug)]
struct Load {
    in_flight: usize,
    limit: Limit,
    since: Instant,
    began: Instant,
    /// Per whole second since `began`: the second, and share times seconds.
    seconds: VecDeque<(u64, f64)>,
}

impl Load {
    fn new(limit: Limit, now: Instant) -> Self {
        Self { in_flight: 0, limit, since: now, began: now, seconds: VecDeque::new() }
    }

    fn note(&mut self, in_flight: usize, limit: Limit, now: Instant) {
        self.add_up(now);
        (self.in_flight, self.limit) = (in_flight, limit);
    }

    /// Adds the time since the last note, second by second.
    fn add_up(&mut self, now: Instant) {
        let share = (self.in_flight as f64 / self.limit.now(now) as f64).min(1.0);
        // What is older than the window would be forgotten at once.
        let start = now.checked_sub(WINDOW).map_or(self.since, |oldest| self.since.max(oldest));
        let mut from = start.saturating_duration_since(self.began).as_secs_f64();
        let to = now.saturating_duration_since(self.began).as_secs_f64();
        while share > 0.0 && from < to {
            let second = from.floor();
            let until = (second + 1.0).min(to);
            // Seconds since the start of the process: far below 2^53.
            self.add(second as u64, share * (until - from));
            from = until;
        }
        self.since = now;
        let oldest = (to - WINDOW.as_secs_f64()).max(0.0) as u64;
        while self.seconds.front().is_some_and(|(second, _)| *second < oldest) {
            self.seconds.pop_front();
        }
    }

    fn add(&mut self, second: u64, area: f64) {
        match self.seconds.back_mut() {
            Some((last, sum)) if *last == second => *sum += area,
            _ => self.seconds.push_back((second, area)),
        }
    }

    fn mean(&mut self, now: Instant) -> f64 {
        self.add_up(now);
        // The sum of nothing is -0.0.
        let sum = self.seconds.iter().fold(0.0, |sum, (_, area)| sum + area);
        (sum / WINDOW.as_secs_f64()).min(1.0)
    }
}

const WINDOW: Duration = Duration::from_secs(60);
/// How many waits are kept.
const MAX_WAITS: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limit::ConcurrencyLimit;

    fn limit(workers: u32, now: Instant) -> Limit {
        ConcurrencyLimit::new(workers.try_into().unwrap(), now).limit()
    }

    #[test]
    fn utilisation_is_the_mean_of_the_last_minute() {
        let start = Instant::now();
        let mut load = Load::new(limit(10, start), start);
        assert!(load.mean(start).is_sign_positive(), "nothing is no negative number");
        let after = |seconds| start + Duration::from_secs(seconds);
        load.note(5, limit(10, start), after(100));
        load.note(0, limit(10, start), after(130));
        assert!((load.mean(after(130)) - 0.25).abs() < 1e-9, "half of the limit for half a minute");
        assert!((load.mean(after(160)) - 0.25).abs() < 0.01);
        assert!((load.mean(after(175)) - 0.125).abs() < 0.01);
        assert!(load.mean(after(1_000)) < 1e-9);
    }

    #[test]
    fn a_load_that_stays_counts_although_nothing_is_noted() {
        let start = Instant::now();
        let mut load = Load::new(limit(4, start), start);
        load.note(4, limit(4, start), start);
        let mean = load.mean(start + Duration::from_secs(3_600));
        assert!((mean - 1.0).abs() < 0.02, "{mean}");
        assert!(load.seconds.len() <= 62);
    }

    #[test]
    fn the_longest_wait_of_the_last_minute_is_shown() {
        let start = Instant::now();
        let stats = Stats::new(limit(4, start), start);
        let after = |seconds| start + Duration::from_secs(seconds);
        stats.waited(Duration::from_secs(9), after(0));
        stats.waited(Duration::from_secs(2), after(30));
        stats.waited(Duration::from_secs(3), after(31));
        assert_eq!(stats.snapshot(after(32)).longest_wait, Duration::from_secs(9));
        assert_eq!(stats.snapshot(after(80)).longest_wait, Duration::from_secs(3));
        assert_eq!(stats.snapshot(after(200)).longest_wait, Duration::ZERO);
    }
}
