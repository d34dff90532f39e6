//! From the queue into the lanes and back: claims, attempts, settlements.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use venue_domain::{
    Claim, Claimed, Class, Clock, Command, Delivery, DirectTransport, Evidence, Hostname, NotSent,
    Outcome, PassedOver, PortId, Presence, Probe, Settled, Settlement, SettlementRule, StoreError,
    Timestamp, WorkQueue,
};

use crate::{
    device::{Backlog, Event, Job, Reach},
    engine::Engine,
    limit::AttemptEnd,
    outage::Unsettled,
    retry::{RetryContext, settlement},
    waker::earliest,
};

impl<Q, T, C> Engine<Q, T, C>
where
    Q: WorkQueue + 'static,
    T: DirectTransport + Probe + 'static,
    C: Clock + 'static,
{
    /// Claims for the devices that have something to do, as far as there are permits.
    pub(crate) fn dispatch(&mut self) {
        let now = self.instant();
        while let Some(device) = self.devices.next_dirty(now) {
            let reach = self.reach(&device);
            let transmitters = self.parts.transport.transmitters(&device);
            self.apply(&device, Event::Evaluated { now, reach, transmitters });
        }
        let limit = self.limiter.limit().now(now);
        while self.permits < limit {
            let Some((device, since)) = self.devices.next_ready() else { break };
            self.stats.waited(now.saturating_duration_since(since), now);
            self.permits += 1;
            self.apply(&device, Event::PermitGranted);
        }
    }

    /// Notes what happened to `device`, and makes the call that follows.
    pub(crate) fn apply(&mut self, device: &Hostname, event: Event) {
        let Some(job) = self.devices.on(device, event) else { return };
        let (parts, device) = (Arc::clone(&self.parts), device.clone());
        match job {
            Job::Claim(busy) => {
                self.jobs.spawn(parts.claim(device, busy, self.config.lease()));
            }
            Job::Wake => drop(self.jobs.spawn(parts.wake(device))),
            Job::PassOver(reason) => {
                let rule = self.settlement_rule(&device, reason);
                self.jobs.spawn(parts.pass_over(device, rule));
            }
        }
    }

    /// What becomes of each command that is due for `device`, which is away.
    fn settlement_rule(&mut self, device: &Hostname, reason: NotSent) -> SettlementRule {
        let p95 = self.devices.latencies(device).p95();
        let (now, config) = (self.parts.clock.now(), self.config.clone());
        let (fences, jitter) = (Arc::clone(&self.parts.fences), Arc::clone(&self.parts.jitter));
        Arc::new(move |claim| {
            let command = &claim.command;
            match fences.superseded_by(command).or_else(|| fences.bypassed_by(command)) {
                Some(by) => Settlement::Superseded { by },
                None => {
                    let jitter = jitter();
                    // No byte left, so that no digit is half-typed.
                    let (quiet_gap, config) = (Duration::ZERO, &config);
                    let context =
                        RetryContext { started_at: now, now, p95, jitter, quiet_gap, config };
                    without_a_session(claim, reason, &context)
                }
            }
        })
    }

    /// What was due for a device that is away was counted, or waits.
    pub(crate) fn passed_over(
        &mut self,
        device: &Hostname,
        result: Result<PassedOver, StoreError>,
    ) {
        match result {
            Ok(passed) => {
                let later = passed.next_due.map_or(Backlog::Empty, |_| Backlog::Later);
                let backlog = if passed.more { Backlog::Due } else { later };
                self.apply(device, Event::PassedOver { backlog });
                self.announce(passed.ended_commands);
                // What is due but was not passed over has to be promoted first.
                self.maintenance.next_due = earliest(self.maintenance.next_due, passed.next_due);
            }
            Err(error) => {
                let cooldown_until = self.cooldown_after(&error);
                self.apply(device, Event::PassOverFailed { cooldown_until });
                self.store_failed(&error);
            }
        }
    }

    /// How long nothing is asked for a device whose commands the store does not like; the others go on.
    fn cooldown_after(&self, error: &StoreError) -> Option<Instant> {
        is_a_bug(error).then(|| self.instant() + self.config.lease())
    }

    /// Whether something can be sent to `device`.
    fn reach(&self, device: &Hostname) -> Reach {
        match self.parts.transport.snapshot(device).map(|snapshot| snapshot.presence) {
            Some(Presence::Online { .. }) => Reach::Online,
            Some(Presence::Connecting { .. }) => Reach::Connecting,
            Some(Presence::Misconfigured { .. }) => Reach::Away(NotSent::Misconfigured),
            Some(Presence::Offline { .. }) | None => Reach::Away(NotSent::Offline),
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
        self.announce(claimed.ended_commands);
        if let Some(claim) = claimed.claim {
            let (priority, port) = (claim.priority, claim.command.target.port);
            let event = if is_uncapped(&claim) {
                Event::ClaimedUncapped { priority }
            } else {
                Event::Claimed { priority, port }
            };
            self.apply(device, event);
            return self.send(claim);
        }
        self.release_permit();
        let backlog = claimed.next_due.map_or(Backlog::Empty, |_| Backlog::Later);
        self.apply(device, Event::NothingClaimed { backlog });
        // What is due but was not handed out has to be promoted first.
        self.maintenance.next_due = earliest(self.maintenance.next_due, claimed.next_due);
    }

    fn claim_failed(&mut self, device: &Hostname, lease: Instant, error: &StoreError) {
        self.release_permit();
        if *error == StoreError::Interrupted {
            // It may be in flight durably although nobody has it.
            self.apply(device, Event::ClaimLost);
            self.maintenance.rescue_at(lease, device.clone());
        } else {
            let cooldown_until = self.cooldown_after(error);
            self.apply(device, Event::ClaimFailed { cooldown_until });
        }
        self.store_failed(error);
    }

    /// A call of the store failed: it is down, has too much to do, or did not like what it was
    /// asked, which is no reason not to ask it other things.
    pub(crate) fn store_failed(&mut self, error: &StoreError) {
        if is_a_bug(error) {
            tracing::error!(%error, "the store refused a call of the scheduler");
        } else {
            self.outage.fail(error, &self.parts.availability, self.parts.clock.instant());
        }
    }

    fn release_permit(&mut self) {
        self.permits -= 1;
    }

    /// What was claimed is sent, unless something has changed meanwhile.
    fn send(&mut self, claim: Box<Claim>) {
        let command = Arc::clone(&claim.command);
        let (now, uncapped) = (self.parts.clock.now(), is_uncapped(&claim));
        let not_now = !self.may_claim() || !self.parts.availability.is_up();
        let fences = &self.parts.fences;
        // A scheduled key that was missed may have been passed before the store knew its order key.
        let newer = fences.superseded_by(&command).or_else(|| fences.bypassed_by(&command));
        let settlement = if let Some(by) = newer {
            Settlement::Superseded { by }
        } else if not_now {
            Settlement::Release { due_at: now }
        } else if let Some(reason) = self.reach(&command.target.device).why_not() {
            // Its session went while it was claimed.
            let (config, jitter) = (&self.config, (self.parts.jitter)());
            let (p95, quiet_gap) = (None, Duration::ZERO);
            let context = RetryContext { started_at: now, now, p95, jitter, quiet_gap, config };
            without_a_session(&claim, reason, &context)
        } else if uncapped {
            // What nobody waits for takes no permit from what somebody waits for.
            self.release_permit();
            return self.attempt(claim, now);
        } else {
            return self.attempt(claim, now);
        };
        self.release_permit();
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
        let (now, jitter) = (self.parts.clock.now(), (self.parts.jitter)());
        let quiet_gap = self.parts.transport.timing(&claim.command.target).quiet_gap;
        let config = &self.config;
        let context = RetryContext { started_at, now, p95, jitter, quiet_gap, config };
        settlement(claim, delivery, &context)
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
        if is_uncapped(claim) {
            // Read in passing, it says nothing of how fast a TV is switched, or how full the air is.
            self.stats.attempt_ended(is_delivered(delivery));
        } else {
            self.release_permit();
            self.note_attempt(claim, began, delivery, latency);
        }
        let p95 = self.devices.latencies(device).p95();
        let settlement = self.settlement(claim, delivery, started_at, p95);
        self.settle(claim, settlement);
    }

    /// What an attempt that held its device and a permit says of both.
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
        let (end, busy) = match outcome {
            Outcome::Delivered(Evidence::InfraredComplete) => (AttemptEnd::Known, false),
            Outcome::Delivered(_) | Outcome::Refused(_) => (AttemptEnd::Known, true),
            Outcome::Unknown(_) => (AttemptEnd::Unknown, true),
            Outcome::NotSent(_) => (AttemptEnd::Known, false),
        };
        let delivered = is_delivered(delivery);
        let PortId { device, port } = &claim.command.target;
        if delivered {
            // Without the waiting in the lane: after a warm-up the device is as fast as before.
            self.devices.latencies(device).note(latency.unwrap_or(*took));
        }
        let cooldown_until = busy.then(|| now + air_time);
        self.apply(device, Event::AttemptEnded { port: *port, cooldown_until });
        if let Some(limit) = self.limiter.note(began, end, now) {
            tracing::warn!(limit, "many attempts end unknown: fewer are in flight at a time");
        }
        self.stats.attempt_ended(delivered);
    }

    fn settle(&mut self, claim: &Claim, settlement: Settlement) {
        let (target, uncapped) = (claim.command.target.clone(), is_uncapped(claim));
        let unsettled = Unsettled { target, ticket: claim.ticket, settlement, uncapped };
        if self.outage.is_up() && self.parts.availability.is_up() {
            self.jobs.spawn(Arc::clone(&self.parts).settle(unsettled));
        } else {
            self.outage.keep(unsettled);
        }
    }

    pub(crate) fn settled(&mut self, unsettled: Unsettled, result: Result<Settled, StoreError>) {
        let PortId { device, port } = unsettled.target.clone();
        match result {
            Ok(settled) => {
                self.announce(settled.ended_commands);
                if !unsettled.uncapped {
                    self.apply(&device, Event::Settled { port });
                }
                let now = self.parts.clock.now();
                // A claim that is not current any more says nothing about its device.
                let unknown = settled.status.is_none().then_some(now);
                if let Some(due_at) = earliest(settled.next_due, unknown) {
                    self.note_due(&device, due_at, now);
                }
            }
            Err(error) if !is_a_bug(&error) => {
                self.outage.keep(unsettled);
                self.store_failed(&error);
            }
            Err(error) => {
                // Trying again does not help: the claim is rescued when its lease is over.
                let lease = self.instant() + self.config.lease();
                if !unsettled.uncapped {
                    self.apply(&device, Event::SettleRefused { port });
                }
                self.maintenance.rescue_at(lease, device);
                self.store_failed(&error);
            }
        }
    }

    pub(crate) fn woken(&mut self, device: &Hostname, result: Result<u64, StoreError>) {
        match result {
            Ok(woken) => {
                let backlog = if woken > 0 { Backlog::Due } else { Backlog::Empty };
                self.apply(device, Event::Woken { backlog });
            }
            Err(error) => {
                let refused = is_a_bug(&error);
                let event = if refused { Event::WakeRefused } else { Event::WakeFailed };
                self.apply(device, event);
                self.store_failed(&error);
            }
        }
    }

    pub(crate) fn instant(&self) -> Instant {
        self.parts.clock.instant()
    }
}

/// Each due time at which the device is away counts as an attempt, unless the command is to wait for its
/// device.
fn without_a_session(claim: &Claim, reason: NotSent, context: &RetryContext<'_>) -> Settlement {
    if context.now < claim.waits_until {
        return Settlement::Release { due_at: claim.waits_until };
    }
    let outcome = Outcome::NotSent(reason);
    let delivery = Delivery::Ended { outcome, took: Duration::ZERO };
    settlement(claim, &delivery, context)
}

/// Whether the device has taken it.
const fn is_delivered(delivery: &Delivery) -> bool {
    matches!(delivery, Delivery::Ended { outcome: Outcome::Delivered(_), .. })
}

/// Whether it needs no permit, and others of its device go on meanwhile: nobody waits for a system command, and nobody is to wait
/// because of one. It sends no infrared; what it has to send goes through the lane, or past it.
fn is_uncapped(claim: &Claim) -> bool {
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
