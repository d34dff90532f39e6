//! From the queue into the lanes and back: claims, attempts, settlements.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use venue_domain::{
    Claim, Claimed, Class, Clock, Command, Delivery, DirectTransport, Evidence, Hostname, NotSent,
    Outcome, PassedOver, Presence, Probe, Settled, Settlement, StoreError, Timestamp, Verdict,
    WorkQueue,
};

use crate::{
    cap::Ending,
    device::Phase,
    engine::Engine,
    outage::Unsettled,
    retry::{Circumstances, settlement},
    waker::earliest,
};

impl<Q, T, C> Engine<Q, T, C>
where
    Q: WorkQueue + 'static,
    T: DirectTransport + Probe + 'static,
    C: Clock + 'static,
{
    /// Claims for the devices that have something to do, as far as there are places.
    pub(crate) fn dispatch(&mut self) {
        let now = self.parts.clock.instant();
        self.devices.rested(now);
        while let Some(device) = self.devices.next_stirred() {
            self.consider(device, now);
        }
        let cap = self.cap.level().now(now);
        while self.seats < cap {
            let Some((device, since)) = self.devices.next_in_line() else { break };
            self.stats.waited(now.saturating_duration_since(since), now);
            self.claim(device);
        }
    }

    /// Does for `device` what can be done without a place, or puts it into the line for one.
    fn consider(&mut self, device: Hostname, now: Instant) {
        let entry = self.devices.get(&device);
        if entry.phase != Phase::Idle {
            return;
        }
        if std::mem::take(&mut entry.wake_wanted) && entry.open {
            entry.phase = Phase::Busy;
            self.jobs.spawn(Arc::clone(&self.parts).wake(device));
            return;
        }
        if !entry.ready {
            return;
        }
        if let Some(until) = entry.rests_until.filter(|until| *until > now) {
            self.devices.rest(device, until);
        } else if self.is_first_dialled(&device) {
            // Not known to be down: no attempt is counted before that is known, and nothing is stored.
            self.devices.rest(device, now + DIAL_LOOK);
        } else if let Some(reason) = self.absence(&device) {
            self.pass_over(device, reason);
        } else {
            self.devices.line_up(&device, now);
        }
    }

    /// An attempt at a device that is known to be down costs no place, and nothing of it is in flight.
    fn pass_over(&mut self, device: Hostname, reason: NotSent) {
        let entry = self.devices.get(&device);
        (entry.phase, entry.ready, entry.open) = (Phase::Busy, false, false);
        let (p95, config) = (entry.replies.p95(), self.config.clone());
        let (now, fences) = (self.parts.clock.now(), Arc::clone(&self.parts.fences));
        let chance = Arc::clone(&self.parts.chance);
        let verdict: Verdict = Arc::new(move |claim| {
            let command = &claim.command;
            match fences.superseded_by(command).or_else(|| fences.passed_by(command)) {
                Some(by) => Settlement::Superseded { by },
                None => {
                    let chance = chance();
                    // No byte left, so that no digit is half-typed.
                    let (quiet_gap, config) = (Duration::ZERO, &config);
                    let circumstances =
                        Circumstances { started_at: now, now, p95, chance, quiet_gap, config };
                    without_a_session(claim, reason, &circumstances)
                }
            }
        });
        self.jobs.spawn(Arc::clone(&self.parts).pass_over(device, verdict));
    }

    /// What was due for a device that is away was counted, or waits.
    pub(crate) fn passed_over(
        &mut self,
        device: &Hostname,
        result: Result<PassedOver, StoreError>,
    ) {
        let entry = self.devices.stir(device);
        entry.phase = Phase::Idle;
        match result {
            Ok(passed) => {
                entry.ready |= passed.more;
                entry.open |= passed.more || passed.next_due.is_some();
                self.announce(passed.aftermath);
                // What is due but was not passed over has to be promoted first.
                self.housekeeping.next_due = earliest(self.housekeeping.next_due, passed.next_due);
            }
            Err(error) => {
                let lease = self.instant() + self.config.lease();
                let entry = self.devices.get(device);
                (entry.ready, entry.open) = (true, true);
                if is_a_bug(&error) {
                    entry.rests_until = Some(lease);
                }
                self.store_failed(&error);
            }
        }
    }

    fn claim(&mut self, device: Hostname) {
        let entry = self.devices.get(&device);
        // What arrives from now on is news.
        (entry.phase, entry.ready, entry.open) = (Phase::Busy, false, false);
        self.seats += 1;
        let lease = self.config.lease();
        self.jobs.spawn(Arc::clone(&self.parts).claim(device, lease));
    }

    /// Whether the first try to reach `device` since it was registered, or since its session ended, is
    /// not over.
    fn is_first_dialled(&self, device: &Hostname) -> bool {
        let presence = self.parts.transport.snapshot(device).map(|snapshot| snapshot.presence);
        matches!(presence, Some(Presence::Connecting { .. }))
    }

    /// Why nothing can be sent to `device`.
    fn absence(&self, device: &Hostname) -> Option<NotSent> {
        match self.parts.transport.snapshot(device).map(|snapshot| snapshot.presence) {
            Some(Presence::Online { .. }) => None,
            Some(Presence::Misconfigured { .. }) => Some(NotSent::Misconfigured),
            Some(Presence::Connecting { .. } | Presence::Offline { .. }) | None => {
                Some(NotSent::Offline)
            }
        }
    }

    pub(crate) fn claimed(
        &mut self,
        device: &Hostname,
        lease: Instant,
        result: Result<Claimed, StoreError>,
    ) {
        let claimed = match result {
            Ok(claimed) => claimed,
            Err(error) => return self.claim_failed(device, lease, &error),
        };
        self.announce(claimed.aftermath);
        if let Some(claim) = claimed.claim {
            self.devices.get(device).priority = claim.priority;
            if is_beside(&claim) {
                self.release(device);
            }
            return self.go(claim);
        }
        self.free();
        let entry = self.devices.stir(device);
        entry.phase = Phase::Idle;
        entry.open |= claimed.next_due.is_some();
        // What is due but was not handed out has to be promoted first.
        self.housekeeping.next_due = earliest(self.housekeeping.next_due, claimed.next_due);
    }

    /// What is claimed for `device` keeps it from nothing: more may be claimed.
    fn release(&mut self, device: &Hostname) {
        let entry = self.devices.stir(device);
        entry.phase = Phase::Idle;
        (entry.ready, entry.open) = (true, true);
    }

    fn claim_failed(&mut self, device: &Hostname, lease: Instant, error: &StoreError) {
        self.free();
        let entry = self.devices.stir(device);
        (entry.ready, entry.open) = (true, true);
        if *error == StoreError::Interrupted {
            // It may be in flight durably although nobody has it.
            entry.phase = Phase::Orphaned;
            self.orphans.insert((lease, device.clone()));
        } else {
            entry.phase = Phase::Idle;
        }
        if is_a_bug(error) {
            // Something is wrong with this device's commands; the others go on.
            entry.rests_until = Some(lease);
        }
        self.store_failed(error);
    }

    /// A call of the store failed: it is down, has too much to do, or did not like what it was
    /// asked, which is no reason not to ask it other things.
    pub(crate) fn store_failed(&mut self, error: &StoreError) {
        if is_a_bug(error) {
            tracing::error!(%error, "the store refused a call of the scheduler");
        } else {
            self.outage.fail(error, &self.parts.gauge, self.parts.clock.instant());
        }
    }

    fn free(&mut self) {
        self.seats -= 1;
    }

    /// What was claimed is sent, unless something has changed meanwhile.
    fn go(&mut self, claim: Box<Claim>) {
        let command = Arc::clone(&claim.command);
        let (now, beside) = (self.parts.clock.now(), is_beside(&claim));
        let not_now = !self.may_claim() || !self.parts.gauge.is_up();
        let fences = &self.parts.fences;
        // A scheduled key that was missed may have been passed before the store knew its place.
        let newer = fences.superseded_by(&command).or_else(|| fences.passed_by(&command));
        let settlement = if let Some(by) = newer {
            Settlement::Superseded { by }
        } else if not_now {
            Settlement::Release { due_at: now }
        } else if let Some(reason) = self.absence(&command.target.device) {
            // Its session went while it was claimed.
            let (config, chance) = (&self.config, (self.parts.chance)());
            let (p95, quiet_gap) = (None, Duration::ZERO);
            let circumstances =
                Circumstances { started_at: now, now, p95, chance, quiet_gap, config };
            without_a_session(&claim, reason, &circumstances)
        } else if beside {
            // What nobody waits for takes no place from what somebody waits for.
            self.free();
            return self.attempt(claim, now);
        } else {
            return self.attempt(claim, now);
        };
        self.free();
        self.settle(&claim, settlement);
    }

    fn attempt(&mut self, claim: Box<Claim>, now: Timestamp) {
        let timeout = self.config.attempt_timeout.min(life_left(&claim.command, now));
        self.jobs.spawn(Arc::clone(&self.parts).attempt(claim, timeout));
    }

    fn settlement(
        &self,
        claim: &Claim,
        delivery: &Delivery,
        started_at: Timestamp,
        p95: Option<Duration>,
    ) -> Settlement {
        let (now, chance) = (self.parts.clock.now(), (self.parts.chance)());
        let quiet_gap = self.parts.transport.timing(&claim.command.target).quiet_gap;
        let config = &self.config;
        let circumstances = Circumstances { started_at, now, p95, chance, quiet_gap, config };
        settlement(claim, delivery, &circumstances)
    }

    /// An attempt has ended.
    pub(crate) fn ended(
        &mut self,
        claim: &Claim,
        began: Instant,
        started_at: Timestamp,
        delivery: &Delivery,
        latency: Option<Duration>,
    ) {
        let device = &claim.command.target.device;
        if is_beside(claim) {
            // Read in passing, it tells nothing of how fast a TV is switched, or how full the air is.
            self.stats.attempt_ended(is_delivered(delivery));
        } else {
            self.free();
            self.note_attempt(claim, began, delivery, latency);
        }
        let entry = self.devices.get(device);
        let p95 = entry.replies.p95();
        let settlement = self.settlement(claim, delivery, started_at, p95);
        self.settle(claim, settlement);
    }

    /// What an attempt that held its device and a place tells of both.
    fn note_attempt(
        &mut self,
        claim: &Claim,
        began: Instant,
        delivery: &Delivery,
        latency: Option<Duration>,
    ) {
        let Delivery::Ended { outcome, took } = delivery else { return };
        let now = self.instant();
        let air_time = self.config.air_time.air_time(&claim.command.action);
        let (ending, busy) = match outcome {
            Outcome::Delivered(Evidence::InfraredComplete) => (Ending::Known, false),
            Outcome::Delivered(_) | Outcome::Refused(_) => (Ending::Known, true),
            Outcome::Unknown(_) => (Ending::Unknown, true),
            Outcome::NotSent(_) => (Ending::Known, false),
        };
        let delivered = is_delivered(delivery);
        let entry = self.devices.get(&claim.command.target.device);
        if delivered {
            // Without the waiting in the lane: after a warm-up the device is as fast as before.
            entry.replies.note(latency.unwrap_or(*took));
        }
        entry.rests_until = busy.then(|| now + air_time);
        if let Some(cap) = self.cap.note(began, ending, now) {
            tracing::warn!(cap, "many attempts end unknown: fewer are in flight at a time");
        }
        self.stats.attempt_ended(delivered);
    }

    fn settle(&mut self, claim: &Claim, settlement: Settlement) {
        let device = claim.command.target.device.clone();
        let beside = is_beside(claim);
        let unsettled = Unsettled { device, ticket: claim.ticket, settlement, beside };
        if self.outage.is_up() && self.parts.gauge.is_up() {
            self.jobs.spawn(Arc::clone(&self.parts).settle(unsettled));
        } else {
            self.outage.keep(unsettled);
        }
    }

    pub(crate) fn settled(&mut self, unsettled: Unsettled, result: Result<Settled, StoreError>) {
        match result {
            Ok(settled) => {
                self.announce(settled.aftermath);
                if !unsettled.beside {
                    self.devices.stir(&unsettled.device).phase = Phase::Idle;
                }
                let now = self.parts.clock.now();
                // A claim that is not current any more tells nothing about its device.
                let unknown = settled.status.is_none().then_some(now);
                if let Some(due_at) = earliest(settled.next_due, unknown) {
                    self.note_due(&unsettled.device, due_at, now);
                }
            }
            Err(error) if !is_a_bug(&error) => {
                self.outage.keep(unsettled);
                self.store_failed(&error);
            }
            Err(error) => {
                // Trying again does not help: the claim is rescued when its lease is over.
                let lease = self.instant() + self.config.lease();
                if !unsettled.beside {
                    self.devices.get(&unsettled.device).phase = Phase::Orphaned;
                }
                self.orphans.insert((lease, unsettled.device));
                self.store_failed(&error);
            }
        }
    }

    pub(crate) fn woken(&mut self, device: &Hostname, result: Result<u64, StoreError>) {
        let entry = self.devices.stir(device);
        entry.phase = Phase::Idle;
        match result {
            Ok(woken) => entry.ready |= woken > 0,
            Err(error) => {
                entry.wake_wanted = !is_a_bug(&error);
                self.store_failed(&error);
            }
        }
    }

    pub(crate) fn instant(&self) -> Instant {
        self.parts.clock.instant()
    }
}

/// How often a device that is being dialled is looked at, in memory, while something is due for it. Its
/// session tells at once; that it cannot be reached is told by nobody.
const DIAL_LOOK: Duration = Duration::from_secs(1);

/// Each due time at which the device is away counts as an attempt, unless the command is to wait for its
/// device.
fn without_a_session(
    claim: &Claim,
    reason: NotSent,
    circumstances: &Circumstances<'_>,
) -> Settlement {
    if circumstances.now < claim.waits_until {
        return Settlement::Release { due_at: claim.waits_until };
    }
    let outcome = Outcome::NotSent(reason);
    let delivery = Delivery::Ended { outcome, took: Duration::ZERO };
    settlement(claim, &delivery, circumstances)
}

/// Whether the device has taken it.
const fn is_delivered(delivery: &Delivery) -> bool {
    matches!(delivery, Delivery::Ended { outcome: Outcome::Delivered(_), .. })
}

/// Whether others of its device go on meanwhile: nobody waits for a system command, and nobody is to wait
/// because of one. It sends no infrared; what it has to send goes through the lane, or past it.
fn is_beside(claim: &Claim) -> bool {
    claim.command.class == Class::System
}

/// Whether asking again does not help.
fn is_a_bug(error: &StoreError) -> bool {
    !error.is_down() && error.retry_after().is_none()
}

/// How long `command` lives from `now`.
fn life_left(command: &Command, now: Timestamp) -> Duration {
    let ms = command.expires_at.unix_ms().saturating_sub(now.unix_ms());
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}
