//! What the clock brings: promotions, expiry, rescue, recovery. One at a time.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use venue_domain::{
    Aftermath, Clock, DirectTransport, Expired, OrderMemory, Probe, Promoted, Promotion, Rescued,
    Settled, StoreError, Timestamp, Upcoming, WorkQueue,
};

use crate::{
    device::Phase,
    engine::Engine,
    jobs::{Event, Merged},
    outage::Unsettled,
    waker::earliest,
};

/// What is to be done when.
#[derive(Debug, Default)]
pub(crate) struct Housekeeping {
    /// Something of it is under way.
    busy: bool,
    /// When something becomes due that cannot be claimed yet.
    pub(crate) next_due: Option<Timestamp>,
    /// When something outlives its life.
    pub(crate) next_expiry: Option<Timestamp>,
    /// The store has something that is due and not known here.
    refill_wanted: bool,
    /// The last promotion found something due and moved nothing.
    stalled: bool,
    /// Nothing is done before, so that nothing spins.
    rests_until: Option<Instant>,
}

impl Housekeeping {
    /// What the store has for later may be due, or over, at any time from `now` on.
    pub(crate) fn read_anew(&mut self, now: Timestamp) {
        (self.next_due, self.next_expiry) = (Some(now), Some(now));
        self.refill_wanted = true;
    }
}

impl<Q, T, C> Engine<Q, T, C>
where
    Q: WorkQueue + 'static,
    T: DirectTransport + Probe + 'static,
    C: Clock + 'static,
{
    /// Begins what is due, if nothing is under way.
    pub(crate) fn keep_house(&mut self) {
        let (now, instant) = (self.parts.clock.now(), self.parts.clock.instant());
        if self.housekeeping.busy {
            return;
        }
        let parts = Arc::clone(&self.parts);
        if self.recovery_at().is_some_and(|at| at <= instant) {
            let named = self.waker.schedule().promoted();
            let kept = self.outage.recover();
            self.begin_job(parts.recover(kept, named));
            return;
        }
        let rests = self.housekeeping.rests_until.is_some_and(|until| until > instant);
        if !self.outage.is_up() || self.ending.is_some() || rests {
            return;
        }
        self.forget_expiry_if_all_is_done();
        let due = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
        if self.is_marked() {
            self.begin_job(parts.unmark());
        } else if self.orphans.first().is_some_and(|(lease, _)| *lease <= instant) {
            self.begin_job(parts.rescue());
        } else if self.waker.schedule().owes_the_store() {
            // Before more of the schedule is read: it would be the same again.
            self.promote();
        } else if self.housekeeping.refill_wanted || due(self.refill_at()) {
            let until = now.plus(self.config.horizon);
            self.begin_job(parts.refill(until, self.config.schedule_limit.get()));
        } else if due(self.housekeeping.next_due) {
            self.promote();
        } else if due(self.housekeeping.next_expiry) {
            self.housekeeping.next_expiry = None;
            self.begin_job(parts.expire());
        }
    }

    /// When the store is tried again. A stop tries it only for what has to be settled.
    fn recovery_at(&self) -> Option<Instant> {
        let needed = self.ending.is_none() || self.outage.kept() > 0;
        self.outage.next_try().filter(|_| needed && !self.housekeeping.busy)
    }

    fn promote(&mut self) {
        self.housekeeping.next_due = None;
        let named = self.waker.schedule().promoted();
        self.begin_job(Arc::clone(&self.parts).promote(named));
    }

    fn begin_job(&mut self, job: impl Future<Output = Event> + Send + 'static) {
        self.housekeeping.busy = true;
        self.jobs.spawn(job);
    }

    /// With nothing in the queue nothing expires: idle is idle.
    fn forget_expiry_if_all_is_done(&mut self) {
        let timed = self.housekeeping.next_expiry.is_some();
        if timed && self.jobs.is_empty() && self.devices.nothing_to_do() {
            self.housekeeping.next_expiry = None;
        }
    }

    /// When more of the schedule has to be read: never while nothing waits for later, nor while
    /// enough is known.
    fn refill_at(&self) -> Option<Timestamp> {
        let next_due = self.housekeeping.next_due?;
        let schedule = self.waker.schedule();
        let enough = self.config.schedule_limit.get() as usize / 2;
        let refill_at = schedule.refill_at(next_due, self.config.lead());
        (schedule.len() <= enough).then_some(refill_at)
    }

    /// When something of this is due.
    pub(crate) fn housekeeping_at(&mut self) -> Option<Instant> {
        let (now, instant) = (self.parts.clock.now(), self.parts.clock.instant());
        // Promoted in memory whatever the store does.
        let mut at = self.waker.schedule().next_due();
        let mut least = instant;
        let mut told = self.recovery_at();
        if self.outage.is_up() && !self.housekeeping.busy && self.ending.is_none() {
            self.forget_expiry_if_all_is_done();
            least = self.housekeeping.rests_until.map_or(instant, |until| until.max(instant));
            at = earliest(at, self.housekeeping.next_due);
            at = earliest(at, self.housekeeping.next_expiry);
            at = earliest(at, self.refill_at());
            told = self.orphans.first().map(|(lease, _)| (*lease).max(least));
            if self.is_marked() {
                told = earliest(told, Some(least));
            }
        }
        let at = at.map(|at| {
            let ms = u64::try_from(at.unix_ms().saturating_sub(now.unix_ms())).unwrap_or(0);
            // The wall clock may be set meanwhile: looked at again after a while.
            (instant + Duration::from_millis(ms).min(LOOK_AGAIN)).max(least)
        });
        earliest(at, told)
    }

    pub(crate) fn promoted(&mut self, named: &[Promotion], result: Result<Promoted, StoreError>) {
        self.housekeeping.busy = false;
        match result {
            Ok(promoted) => {
                self.waker.schedule().stored(named);
                self.note_promoted(promoted);
            }
            Err(error) => {
                // Whatever was due still is.
                self.housekeeping.next_due = Some(self.parts.clock.now());
                self.housework_failed(&error);
            }
        }
    }

    fn note_promoted(&mut self, promoted: Promoted) {
        let now = self.parts.clock.now();
        self.announce(promoted.aftermath);
        for device in &promoted.devices {
            self.note_due(device, now, now);
        }
        let moved = !promoted.devices.is_empty();
        let more = promoted.next_due.is_some_and(|at| at <= now);
        if more && !moved && self.housekeeping.stalled {
            self.housekeeping.rests_until = Some(self.instant() + REST);
        }
        self.housekeeping.stalled = more && !moved;
        self.housekeeping.refill_wanted |= more;
        self.housekeeping.next_due = earliest(self.housekeeping.next_due, promoted.next_due);
    }

    pub(crate) fn refilled(&mut self, until: Timestamp, result: Result<Vec<Upcoming>, StoreError>) {
        self.housekeeping.busy = false;
        match result {
            Ok(found) => {
                self.housekeeping.refill_wanted = false;
                self.waker.schedule().refill(found, until, self.config.schedule_limit.get());
            }
            Err(error) => self.housework_failed(&error),
        }
    }

    /// Something is wrong: with the store, or with what it was asked.
    fn housework_failed(&mut self, error: &StoreError) {
        self.store_failed(error);
        self.housekeeping.rests_until = Some(self.instant() + REST);
    }

    pub(crate) fn expired(&mut self, result: Result<Expired, StoreError>) {
        self.housekeeping.busy = false;
        match result {
            Ok(expired) => {
                let nothing = expired.aftermath.ended.is_empty();
                let now = self.parts.clock.now();
                if nothing && expired.next_expiry.is_some_and(|at| at <= now) {
                    self.housekeeping.rests_until = Some(self.instant() + REST);
                }
                self.announce(expired.aftermath);
                self.housekeeping.next_expiry =
                    earliest(self.housekeeping.next_expiry, expired.next_expiry);
            }
            Err(error) => {
                self.housekeeping.next_expiry = Some(self.parts.clock.now());
                self.housework_failed(&error);
            }
        }
    }

    pub(crate) fn rescued(&mut self, asked: Instant, result: Result<Rescued, StoreError>) {
        self.housekeeping.busy = false;
        match result {
            Ok(rescued) => {
                let now = self.parts.clock.now();
                self.announce(rescued.aftermath);
                for device in rescued.devices {
                    self.note_due(&device, now, now);
                }
                while self.orphans.first().is_some_and(|(lease, _)| *lease <= asked) {
                    let Some((_, device)) = self.orphans.pop_first() else { break };
                    let entry = self.devices.get(&device);
                    // Of a system command the device may be busy with another.
                    if entry.phase == Phase::Orphaned {
                        entry.phase = Phase::Idle;
                    }
                    self.note_due(&device, now, now);
                }
            }
            Err(error) => self.housework_failed(&error),
        }
    }

    /// Whether there is the mark of an outage that is over.
    fn is_marked(&self) -> bool {
        self.parts.marker.memory() != OrderMemory::Stored
    }

    pub(crate) fn unmarked(&mut self, result: Result<(Aftermath, bool), StoreError>) {
        self.housekeeping.busy = false;
        match result {
            Ok((aftermath, gone)) => {
                self.announce(aftermath);
                if !gone {
                    // Set again just now, or its file cannot be removed.
                    self.housekeeping.rests_until = Some(self.instant() + REST);
                }
            }
            Err(error) => self.housework_failed(&error),
        }
    }

    /// The store may be back.
    pub(crate) fn recovered(
        &mut self,
        settled: Vec<(Unsettled, Result<Settled, StoreError>)>,
        merged: Result<Merged, StoreError>,
    ) {
        self.housekeeping.busy = false;
        let merged = match merged {
            Ok(merged) => merged,
            Err(error) => {
                self.store_failed(&error);
                settled.into_iter().for_each(|(unsettled, result)| self.settled(unsettled, result));
                return;
            }
        };
        self.waker.schedule().stored(&merged.named);
        self.waker.ended(&merged.aftermath);
        let ended_meanwhile = self.outage.recovered(&self.parts.gauge);
        for unsettled in ended_meanwhile {
            self.jobs.spawn(Arc::clone(&self.parts).settle(unsettled));
        }
        settled.into_iter().for_each(|(unsettled, result)| self.settled(unsettled, result));
        self.note_promoted(merged.promoted);
        self.waker.schedule().read_anew();
        self.housekeeping.read_anew(self.parts.clock.now());
        // Nobody told what arrived or expired meanwhile: each device is asked once.
        self.devices.ask_all();
        self.housekeeping.next_expiry = Some(self.parts.clock.now());
    }
}

/// The wall clock is looked at again after so long.
const LOOK_AGAIN: Duration = Duration::from_secs(60);
/// After a call that achieved nothing.
const REST: Duration = Duration::from_secs(1);
