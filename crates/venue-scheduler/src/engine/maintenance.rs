//! Maintenance: promotion, expiry, rescue, and what follows an outage. One call of the store at a time.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use venue_domain::{
    Clock, DirectTransport, EndedCommands, Expired, Hostname, OrderDurability, Probe, Promoted,
    Promotion, Rescued, ScheduledCommand, Settled, StoreError, Timestamp, WorkQueue,
};

use super::Engine;
use crate::{
    device,
    jobs::{JobResult, Merged},
    outage::Unsettled,
    timers::{Reading, Task, Timer, Timetable},
    waker::earliest,
};

/// What is to be done when.
#[derive(Debug, Default)]
pub(crate) struct Maintenance {
    /// A call of it is under way.
    busy: bool,
    /// When something becomes due that cannot be claimed yet.
    pub(crate) next_due: Option<Timestamp>,
    /// When something outlives its life.
    pub(crate) next_expiry: Option<Timestamp>,
    /// The leases of claims that nobody owns.
    leases: BTreeSet<(Instant, Hostname)>,
    /// The store has something that is due and not known here.
    refill_wanted: bool,
    /// The last promotion found something due and moved nothing.
    stalled: bool,
    /// No call is made before, so that nothing spins.
    cooldown_until: Option<Instant>,
}

impl Maintenance {
    /// What the store has for later may be due, or over, at any time from `now` on.
    pub(crate) fn read_anew(&mut self, now: Timestamp) {
        (self.next_due, self.next_expiry) = (Some(now), Some(now));
        self.refill_wanted = true;
    }

    /// `device` may have a claim that nobody owns, until `lease`.
    pub(crate) fn rescue_at(&mut self, lease: Instant, device: Hostname) {
        self.leases.insert((lease, device));
    }
}

impl<Q, T, C> Engine<Q, T, C>
where
    Q: WorkQueue + 'static,
    T: DirectTransport + Probe + 'static,
    C: Clock + 'static,
{
    /// What is due when.
    pub(crate) fn timetable(&mut self) -> Timetable {
        let (now, instant) = (self.parts.clock.now(), self.instant());
        let clock = Reading { now, instant };
        let mut table = Timetable::new(clock);
        table.set(Timer::Grace, self.shutdown.map(|shutdown| shutdown.by));
        let next_due = self.waker.schedule().next_due();
        table.set(Timer::DueInMemory, next_due.map(|at| clock.when(at)));
        if !self.maintenance.busy {
            table.set(Timer::Maintenance(Task::Reconcile), self.reconcile_at());
            if self.outage.is_up() && self.shutdown.is_none() {
                self.set_tasks(&mut table, clock);
            }
        }
        if self.may_claim() {
            table.set(Timer::Device, self.devices.next_timer());
            let limit = self.limiter.limit();
            let full = self.devices.waiting() > 0 && self.permits >= limit.now(instant);
            table.set(Timer::Permit, full.then(|| limit.grows_at(instant)).flatten());
        }
        table
    }

    /// What is asked of a store that is up, and when.
    fn set_tasks(&mut self, table: &mut Timetable, clock: Reading) {
        self.forget_expiry_if_all_is_done();
        let refill_at = self.refill_at();
        let owes_the_store = self.waker.schedule().owes_the_store();
        let Maintenance { next_due, next_expiry, leases, refill_wanted, cooldown_until, .. } =
            &self.maintenance;
        let soonest = cooldown_until.map_or(clock.instant, |until| until.max(clock.instant));
        let at = |at: Option<Timestamp>| at.map(|at| clock.when(at));
        let at_once = |wanted: bool| wanted.then_some(soonest);
        let tasks = [
            (Task::ClearMark, at_once(self.is_marked())),
            (Task::Rescue, leases.first().map(|(lease, _)| *lease)),
            // Before more of the schedule is read: it would be the same again.
            (Task::StorePromotions, at_once(owes_the_store)),
            (Task::Refill, at_once(*refill_wanted).or_else(|| at(refill_at))),
            (Task::Promote, at(*next_due)),
            (Task::Expire, at(*next_expiry)),
        ];
        for (task, at) in tasks {
            table.set(Timer::Maintenance(task), at.map(|at| at.max(soonest)));
        }
    }

    /// Begins the task that is due, if none is under way.
    pub(crate) fn maintain(&mut self) {
        let Some(task) = self.timetable().due_task() else { return };
        let parts = Arc::clone(&self.parts);
        match task {
            Task::Reconcile => {
                let named = self.waker.schedule().promoted();
                let kept = self.outage.reconcile();
                self.begin_task(parts.reconcile(kept, named));
            }
            Task::ClearMark => self.begin_task(parts.unmark()),
            Task::Rescue => self.begin_task(parts.rescue()),
            Task::StorePromotions | Task::Promote => {
                self.maintenance.next_due = None;
                let named = self.waker.schedule().promoted();
                self.begin_task(parts.promote(named));
            }
            Task::Refill => {
                let until = self.parts.clock.now().plus(self.config.horizon);
                self.begin_task(parts.refill(until, self.config.schedule_limit.get()));
            }
            Task::Expire => {
                self.maintenance.next_expiry = None;
                self.begin_task(parts.expire());
            }
        }
    }

    /// When the store is tried again. A stop tries it only for what has to be settled.
    fn reconcile_at(&self) -> Option<Instant> {
        let needed = self.shutdown.is_none() || self.outage.kept() > 0;
        self.outage.next_try().filter(|_| needed)
    }

    fn begin_task(&mut self, job: impl Future<Output = JobResult> + Send + 'static) {
        self.maintenance.busy = true;
        self.jobs.spawn(job);
    }

    /// With nothing in the queue nothing expires: idle is idle.
    fn forget_expiry_if_all_is_done(&mut self) {
        let timed = self.maintenance.next_expiry.is_some();
        if timed && self.jobs.is_empty() && self.devices.are_quiet() {
            self.maintenance.next_expiry = None;
        }
    }

    /// When more of the schedule has to be read: never while nothing waits for later, nor while
    /// enough is known.
    fn refill_at(&self) -> Option<Timestamp> {
        let next_due = self.maintenance.next_due?;
        let schedule = self.waker.schedule();
        let enough = self.config.schedule_limit.get() as usize / 2;
        let refill_at = schedule.refill_at(next_due, self.config.lead());
        (schedule.len() <= enough).then_some(refill_at)
    }

    pub(crate) fn promoted(&mut self, named: &[Promotion], result: Result<Promoted, StoreError>) {
        self.maintenance.busy = false;
        match result {
            Ok(promoted) => {
                self.waker.schedule().stored(named);
                self.note_promoted(promoted);
            }
            Err(error) => {
                // Whatever was due still is.
                self.maintenance.next_due = Some(self.parts.clock.now());
                self.maintenance_failed(&error);
            }
        }
    }

    fn note_promoted(&mut self, promoted: Promoted) {
        let now = self.parts.clock.now();
        self.announce(promoted.ended_commands);
        for device in &promoted.devices {
            self.note_due(device, now, now);
        }
        let moved = !promoted.devices.is_empty();
        let more = promoted.next_due.is_some_and(|at| at <= now);
        if more && !moved && self.maintenance.stalled {
            self.maintenance.cooldown_until = Some(self.instant() + COOLDOWN);
        }
        self.maintenance.stalled = more && !moved;
        self.maintenance.refill_wanted |= more;
        self.maintenance.next_due = earliest(self.maintenance.next_due, promoted.next_due);
    }

    pub(crate) fn refilled(
        &mut self,
        until: Timestamp,
        result: Result<Vec<ScheduledCommand>, StoreError>,
    ) {
        self.maintenance.busy = false;
        match result {
            Ok(found) => {
                self.maintenance.refill_wanted = false;
                self.waker.schedule().refill(found, until, self.config.schedule_limit.get());
            }
            Err(error) => self.maintenance_failed(&error),
        }
    }

    /// Something is wrong: with the store, or with what it was asked.
    fn maintenance_failed(&mut self, error: &StoreError) {
        self.store_failed(error);
        self.maintenance.cooldown_until = Some(self.instant() + COOLDOWN);
    }

    pub(crate) fn expired(&mut self, result: Result<Expired, StoreError>) {
        self.maintenance.busy = false;
        match result {
            Ok(expired) => {
                let nothing = expired.ended_commands.ended.is_empty();
                let now = self.parts.clock.now();
                if nothing && expired.next_expiry.is_some_and(|at| at <= now) {
                    self.maintenance.cooldown_until = Some(self.instant() + COOLDOWN);
                }
                self.announce(expired.ended_commands);
                self.maintenance.next_expiry =
                    earliest(self.maintenance.next_expiry, expired.next_expiry);
            }
            Err(error) => {
                self.maintenance.next_expiry = Some(self.parts.clock.now());
                self.maintenance_failed(&error);
            }
        }
    }

    pub(crate) fn rescued(&mut self, asked: Instant, result: Result<Rescued, StoreError>) {
        self.maintenance.busy = false;
        match result {
            Ok(rescued) => {
                let now = self.parts.clock.now();
                self.announce(rescued.ended_commands);
                for device in rescued.devices {
                    self.note_due(&device, now, now);
                }
                while self.maintenance.leases.first().is_some_and(|(lease, _)| *lease <= asked) {
                    let Some((_, device)) = self.maintenance.leases.pop_first() else { break };
                    self.apply(&device, device::Event::Rescued);
                }
            }
            Err(error) => self.maintenance_failed(&error),
        }
    }

    /// Whether there is the mark of an outage that is over.
    fn is_marked(&self) -> bool {
        self.parts.marker.durability() != OrderDurability::Stored
    }

    pub(crate) fn unmarked(&mut self, result: Result<(EndedCommands, bool), StoreError>) {
        self.maintenance.busy = false;
        match result {
            Ok((ended_commands, gone)) => {
                self.announce(ended_commands);
                if !gone {
                    // Set again just now, or its file cannot be removed.
                    self.maintenance.cooldown_until = Some(self.instant() + COOLDOWN);
                }
            }
            Err(error) => self.maintenance_failed(&error),
        }
    }

    /// The store may be back.
    pub(crate) fn reconciled(
        &mut self,
        settled: Vec<(Unsettled, Result<Settled, StoreError>)>,
        merged: Result<Merged, StoreError>,
    ) {
        self.maintenance.busy = false;
        let merged = match merged {
            Ok(merged) => merged,
            Err(error) => {
                self.store_failed(&error);
                settled.into_iter().for_each(|(unsettled, result)| self.settled(unsettled, result));
                return;
            }
        };
        self.waker.schedule().stored(&merged.named);
        self.waker.ended(&merged.ended_commands);
        let ended_meanwhile = self.outage.reconciled(&self.parts.availability);
        for unsettled in ended_meanwhile {
            self.jobs.spawn(Arc::clone(&self.parts).settle(unsettled));
        }
        settled.into_iter().for_each(|(unsettled, result)| self.settled(unsettled, result));
        self.note_promoted(merged.promoted);
        self.waker.schedule().read_anew();
        self.maintenance.read_anew(self.parts.clock.now());
        // Nothing was reported of what arrived or expired meanwhile: each device is asked once.
        self.devices.all_may_be_due();
        self.maintenance.next_expiry = Some(self.parts.clock.now());
    }
}

/// After a call that achieved nothing.
const COOLDOWN: Duration = Duration::from_secs(1);
