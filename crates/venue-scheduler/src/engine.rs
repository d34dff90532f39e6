//! The owner task: it alone decides what is claimed, and when.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{sync::watch, task::JoinSet};
use venue_domain::{
    Clock, DirectTransport, EndedCommands, Hostname, Priority, Probe, Start, StoreError, Timestamp,
    WorkQueue,
};

use crate::{
    config::SchedulerConfig,
    device::{self, Backlog},
    devices::Devices,
    error::StopError,
    jobs::JobResult,
    limit::ConcurrencyLimit,
    outage::Outage,
    parts::SchedulerParts,
    recover::recover,
    stats::{SchedulerState, Stats},
    waker::{Events, Waker, earliest},
};

mod maintenance;

use maintenance::Maintenance;

/// The state of the owner task.
pub(crate) struct Engine<Q, T, C> {
    pub(crate) parts: Arc<SchedulerParts<Q, T, C>>,
    pub(crate) config: SchedulerConfig,
    pub(crate) waker: Waker,
    pub(crate) stats: Arc<Stats>,
    pub(crate) publish: watch::Sender<SchedulerState>,
    pub(crate) jobs: JoinSet<JobResult>,
    pub(crate) devices: Devices,
    pub(crate) limiter: ConcurrencyLimit,
    /// Permits that are held; no more than the limit when they were granted.
    pub(crate) permits: usize,
    pub(crate) outage: Outage,
    pub(crate) maintenance: Maintenance,
    pub(crate) shutdown: Option<Shutdown>,
}

/// It is to end, and when at the latest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shutdown {
    pub(crate) by: Instant,
    /// Whether the service stops, or recovers another store.
    stop: bool,
}

/// How it ended.
pub(crate) enum Exit {
    /// It was stopped.
    Stopped(Result<(), StopError>),
    /// It is to be started again.
    Restart,
}

impl<Q, T, C> Engine<Q, T, C>
where
    Q: WorkQueue + 'static,
    T: DirectTransport + Probe + 'static,
    C: Clock + 'static,
{
    pub(crate) fn new(
        parts: Arc<SchedulerParts<Q, T, C>>,
        config: SchedulerConfig,
        waker: Waker,
        stats: Arc<Stats>,
        publish: watch::Sender<SchedulerState>,
    ) -> Self {
        Self {
            limiter: ConcurrencyLimit::new(config.workers, parts.clock.instant()),
            outage: Outage::new(config.store_retry),
            parts,
            config,
            waker,
            stats,
            publish,
            jobs: JoinSet::new(),
            devices: Devices::default(),
            permits: 0,
            maintenance: Maintenance::default(),
            shutdown: None,
        }
    }

    /// Recovers the queue and serves it until it is stopped.
    pub(crate) async fn run(mut self) -> Exit {
        let Some(start) = self.recover().await else {
            self.show(SchedulerState::Stopping);
            return Exit::Stopped(Ok(()));
        };
        self.begin(start);
        loop {
            self.read_events();
            if let Some(exit) = self.exit() {
                self.show(SchedulerState::Stopping);
                return exit;
            }
            self.tick();
            let timer = self.timetable().next();
            tokio::select! {
                biased;
                Some(ended) = self.jobs.join_next() => self.job_ended(ended),
                () = self.waker.notified() => {}
                () = pause_for(timer) => {}
            }
            while let Some(ended) = self.jobs.try_join_next() {
                self.job_ended(ended);
            }
        }
    }

    /// Tries the store until the queue is recovered; `None` if it was stopped before.
    async fn recover(&mut self) -> Option<Start> {
        self.show(SchedulerState::Starting);
        loop {
            let (parts, waker) = (Arc::clone(&self.parts), self.waker.clone());
            let mut recovering = Box::pin(recover(parts, waker, self.config.clone()));
            let (mut retry_at, mut begun, mut replaced) = (None, false, false);
            loop {
                let events = self.waker.take();
                if events.stop {
                    return None;
                }
                // The store has come, or is another one: what was found of it before counts no more, and
                // nothing is waited for.
                replaced |= begun && events.store_replaced;
                begun = true;
                self.note_events(events);
                if replaced && retry_at.is_some() {
                    break;
                }
                // What becomes due meanwhile raises its fences, whatever the store does.
                self.waker.promote_in_memory();
                let due = self.next_promotion();
                let now = self.parts.clock.instant();
                let left = retry_at.map(|until: Instant| until.saturating_duration_since(now));
                tokio::select! {
                    biased;
                    recovered = &mut recovering, if retry_at.is_none() => match recovered {
                        Ok(start) if !replaced => return Some(start),
                        Ok(_) => break,
                        Err(error) => retry_at = Some(self.recovery_failed(&error)),
                    },
                    () = self.waker.notified() => {}
                    () = pause_for(left), if retry_at.is_some() => break,
                    () = pause_for(due), if due.is_some() => {}
                }
            }
        }
    }

    /// How long until a scheduled command that is known in memory becomes due.
    fn next_promotion(&self) -> Option<Duration> {
        let (at, now) = (self.waker.schedule().next_due()?, self.parts.clock.now());
        let ms = at.unix_ms().saturating_sub(now.unix_ms());
        Some(Duration::from_millis(u64::try_from(ms).unwrap_or(0)))
    }

    /// When it is tried again.
    fn recovery_failed(&self, error: &StoreError) -> Instant {
        if self.parts.availability.mark_down() {
            tracing::warn!(error = error.code(), "the queue cannot be recovered");
        }
        self.parts.clock.instant() + self.config.store_retry
    }

    fn begin(&mut self, start: Start) {
        let now = self.parts.clock.now();
        for (device, due_at) in start.due_times {
            self.note_due(&device, due_at, now);
        }
        for device in start.rescued.devices {
            self.note_due(&device, now, now);
        }
        self.maintenance.next_due = earliest(self.maintenance.next_due, start.next_due);
        self.maintenance.next_expiry = earliest(self.maintenance.next_expiry, start.next_expiry);
        if self.parts.availability.mark_up() {
            tracing::info!("the queue is recovered");
        }
    }

    /// Something is due for `device` at `due_at`.
    pub(crate) fn note_due(&mut self, device: &Hostname, due_at: Timestamp, now: Timestamp) {
        self.note_waiting(device, due_at, None, now);
    }

    /// Something is due for `device` at `due_at`; with a priority, if it has just arrived.
    fn note_waiting(
        &mut self,
        device: &Hostname,
        due_at: Timestamp,
        priority: Option<Priority>,
        now: Timestamp,
    ) {
        let backlog = if due_at <= now { Backlog::Due } else { Backlog::Later };
        self.apply(device, device::Event::Waiting { backlog, priority });
        if due_at > now {
            self.maintenance.next_due = earliest(self.maintenance.next_due, Some(due_at));
        }
    }

    fn read_events(&mut self) {
        let events = self.waker.take();
        let now = self.parts.clock.instant();
        let restart = events.store_replaced;
        if (events.stop && !self.shutdown.is_some_and(|shutdown| shutdown.stop))
            || (restart && self.shutdown.is_none())
        {
            self.shutdown = Some(Shutdown { by: now + self.config.grace, stop: events.stop });
        }
        if events.store_failed {
            // Whoever reported it may not have marked it yet, and would not report it again.
            self.parts.availability.mark_down();
            self.outage.back_off(now);
        }
        self.note_events(events);
    }

    fn note_events(&mut self, events: Events) {
        let now = self.parts.clock.now();
        events.ended_late.into_iter().for_each(|ended_commands| self.announce(ended_commands));
        self.maintenance.next_expiry = earliest(self.maintenance.next_expiry, events.next_expiry);
        if events.wishes_moved {
            self.maintenance.read_anew(now);
        }
        for (device, changes) in events.devices {
            if let Some(due_at) = changes.due_at {
                self.note_waiting(&device, due_at, changes.priority, now);
            }
            if changes.session {
                self.apply(&device, device::Event::SessionStarted);
            }
        }
    }

    /// Whether it is time to end, and how.
    fn exit(&self) -> Option<Exit> {
        let Shutdown { by, stop } = self.shutdown?;
        let done = self.jobs.is_empty() && self.outage.kept() == 0;
        let over = by <= self.parts.clock.instant();
        let result = if done { Ok(()) } else { Err(StopError::GraceOver) };
        (done || over).then_some(if stop { Exit::Stopped(result) } else { Exit::Restart })
    }

    /// Does what can be done now.
    fn tick(&mut self) {
        if !self.parts.availability.is_up() && self.outage.is_up() {
            self.outage.back_off(self.parts.clock.instant());
        }
        // In memory first: what is due raises its fences before anything is looked at.
        self.waker.promote_in_memory();
        self.maintain();
        if self.may_claim() {
            self.dispatch();
        }
        self.show(self.state());
    }

    /// Whether commands are handed out.
    pub(crate) fn may_claim(&self) -> bool {
        self.state() == SchedulerState::Running
    }

    fn state(&self) -> SchedulerState {
        if self.shutdown.is_some() {
            SchedulerState::Stopping
        } else if !self.outage.is_up() {
            SchedulerState::StoreDown
        } else if self.waker.is_paused() {
            SchedulerState::Paused
        } else {
            SchedulerState::Running
        }
    }

    fn show(&self, state: SchedulerState) {
        self.stats.set_state(state);
        let now = self.parts.clock.instant();
        let (waiting, kept) = (self.devices.waiting(), self.outage.kept());
        self.stats.set_load(self.permits, self.limiter.limit(), waiting, kept, now);
        self.publish.send_if_modified(|shown| std::mem::replace(shown, state) != state);
    }

    fn job_ended(&mut self, ended: Result<JobResult, tokio::task::JoinError>) {
        match ended {
            Ok(event) => self.handle(event),
            Err(error) => match error.try_into_panic() {
                // The supervisor starts afresh; the store rescues what was in flight.
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_cancelled) => {}
            },
        }
    }

    fn handle(&mut self, event: JobResult) {
        match event {
            JobResult::Claimed { device, lease, result } => self.claimed(&device, lease, result),
            JobResult::PassedOver { device, result } => self.passed_over(&device, result),
            JobResult::Ended { claim, began, started_at, delivery, latency } => {
                self.ended(&claim, began, started_at, &delivery, latency);
            }
            JobResult::Settled { unsettled, result } => self.settled(unsettled, result),
            JobResult::Woken { device, result } => self.woken(&device, result),
            JobResult::Promoted { named, result } => self.promoted(&named, result),
            JobResult::Refilled { until, result } => self.refilled(until, result),
            JobResult::Expired { result } => self.expired(result),
            JobResult::Rescued { asked, result } => self.rescued(asked, result),
            JobResult::Reconciled { settled, merged } => self.reconciled(settled, merged),
            JobResult::Unmarked { result } => self.unmarked(result),
        }
    }

    /// Publishes what has ended, once.
    pub(crate) fn announce(&self, ended_commands: EndedCommands) {
        self.waker.ended(&ended_commands);
        if ended_commands != EndedCommands::default() {
            self.parts.recorder.ended(ended_commands);
        }
    }
}

/// Waits that long; for ever if nothing is due.
async fn pause_for(wait: Option<Duration>) {
    match wait {
        Some(wait) => tokio::time::sleep(wait).await,
        None => std::future::pending().await,
    }
}
