//! The owner task: it alone decides what is claimed, and when.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{sync::watch, task::JoinSet};
use venue_domain::{
    Aftermath, Clock, DirectTransport, Hostname, Priority, Probe, Start, StoreError, Timestamp,
    WorkQueue,
};

use crate::{
    boot::boot,
    cap::Cap,
    config::SchedulerConfig,
    device::{self, Backlog},
    devices::Devices,
    error::StopError,
    jobs::Event,
    maintenance::Maintenance,
    outage::Outage,
    service::SchedulerParts,
    stats::{Stats, Work},
    waker::{Inbox, Waker, earliest},
};

/// The state of the owner task.
pub(crate) struct Engine<Q, T, C> {
    pub(crate) parts: Arc<SchedulerParts<Q, T, C>>,
    pub(crate) config: SchedulerConfig,
    pub(crate) waker: Waker,
    pub(crate) stats: Arc<Stats>,
    pub(crate) publish: watch::Sender<Work>,
    pub(crate) jobs: JoinSet<Event>,
    pub(crate) devices: Devices,
    pub(crate) cap: Cap,
    /// Places under the cap that are held.
    pub(crate) seats: usize,
    pub(crate) outage: Outage,
    pub(crate) maintenance: Maintenance,
    pub(crate) ending: Option<Ending>,
}

/// It is to end, and when at the latest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ending {
    pub(crate) by: Instant,
    /// Whether the service stops, or another store is to be taken over.
    stop: bool,
}

/// How it ended.
pub(crate) enum Exit {
    /// As it was told.
    Stopped(Result<(), StopError>),
    /// It is to be started again.
    Again,
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
        publish: watch::Sender<Work>,
    ) -> Self {
        Self {
            cap: Cap::new(config.workers, parts.clock.instant()),
            outage: Outage::new(config.store_retry),
            parts,
            config,
            waker,
            stats,
            publish,
            jobs: JoinSet::new(),
            devices: Devices::default(),
            seats: 0,
            maintenance: Maintenance::default(),
            ending: None,
        }
    }

    /// Takes over the queue and serves it until it is told to stop.
    pub(crate) async fn run(mut self) -> Exit {
        let Some(start) = self.take_over().await else {
            self.show(Work::Stopping);
            return Exit::Stopped(Ok(()));
        };
        self.begin(start);
        loop {
            self.read_inbox();
            if let Some(exit) = self.exit() {
                self.show(Work::Stopping);
                return exit;
            }
            self.pump();
            let timer = self.timetable().next();
            tokio::select! {
                biased;
                Some(ended) = self.jobs.join_next() => self.job_ended(ended),
                () = self.waker.told() => {}
                () = pause_for(timer) => {}
            }
            while let Some(ended) = self.jobs.try_join_next() {
                self.job_ended(ended);
            }
        }
    }

    /// Tries the store until it can be taken over; `None` if it was told to stop before.
    async fn take_over(&mut self) -> Option<Start> {
        self.show(Work::Starting);
        loop {
            let (parts, waker) = (Arc::clone(&self.parts), self.waker.clone());
            let mut booting = Box::pin(boot(parts, waker, self.config.clone()));
            let (mut rest, mut begun, mut replaced) = (None, false, false);
            loop {
                let inbox = self.waker.take();
                if inbox.stop {
                    return None;
                }
                // The store has come, or is another one: what was found of it before counts no more, and
                // nothing is waited for.
                replaced |= begun && inbox.store_replaced;
                begun = true;
                self.note_inbox(inbox);
                if replaced && rest.is_some() {
                    break;
                }
                // What becomes due meanwhile raises its fences, whatever the store does.
                self.waker.promote_in_memory();
                let due = self.next_promotion();
                let now = self.parts.clock.instant();
                let left = rest.map(|until: Instant| until.saturating_duration_since(now));
                tokio::select! {
                    biased;
                    booted = &mut booting, if rest.is_none() => match booted {
                        Ok(start) if !replaced => return Some(start),
                        Ok(_) => break,
                        Err(error) => rest = Some(self.boot_failed(&error)),
                    },
                    () = self.waker.told() => {}
                    () = pause_for(left), if rest.is_some() => break,
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
    fn boot_failed(&self, error: &StoreError) -> Instant {
        if self.parts.gauge.mark_down() {
            tracing::warn!(error = error.code(), "the queue cannot be taken over");
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
        if self.parts.gauge.mark_up() {
            tracing::info!("the queue is taken over");
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

    fn read_inbox(&mut self) {
        let inbox = self.waker.take();
        let now = self.parts.clock.instant();
        let again = inbox.store_replaced;
        if (inbox.stop && !self.ending.is_some_and(|ending| ending.stop))
            || (again && self.ending.is_none())
        {
            self.ending = Some(Ending { by: now + self.config.grace, stop: inbox.stop });
        }
        if inbox.store_failed {
            // Whoever told may not have marked it yet, and would not tell again.
            self.parts.gauge.mark_down();
            self.outage.rest(now);
        }
        self.note_inbox(inbox);
    }

    fn note_inbox(&mut self, inbox: Inbox) {
        let now = self.parts.clock.now();
        inbox.ended_late.into_iter().for_each(|aftermath| self.announce(aftermath));
        self.maintenance.next_expiry = earliest(self.maintenance.next_expiry, inbox.next_expiry);
        if inbox.wishes_moved {
            self.maintenance.read_anew(now);
        }
        for (device, news) in inbox.devices {
            if let Some(due_at) = news.due_at {
                self.note_waiting(&device, due_at, news.priority, now);
            }
            if news.session {
                self.apply(&device, device::Event::SessionStarted);
            }
        }
    }

    /// Whether it is time to end, and how.
    fn exit(&self) -> Option<Exit> {
        let Ending { by, stop } = self.ending?;
        let done = self.jobs.is_empty() && self.outage.kept() == 0;
        let over = by <= self.parts.clock.instant();
        let result = if done { Ok(()) } else { Err(StopError::GraceOver) };
        (done || over).then_some(if stop { Exit::Stopped(result) } else { Exit::Again })
    }

    /// Does what can be done now.
    fn pump(&mut self) {
        if !self.parts.gauge.is_up() && self.outage.is_up() {
            self.outage.rest(self.parts.clock.instant());
        }
        // In memory first: what is due raises its fences before anything is looked at.
        self.waker.promote_in_memory();
        self.maintain();
        if self.may_claim() {
            self.dispatch();
        }
        self.show(self.work());
    }

    /// Whether commands are handed out.
    pub(crate) fn may_claim(&self) -> bool {
        self.work() == Work::Running
    }

    fn work(&self) -> Work {
        if self.ending.is_some() {
            Work::Stopping
        } else if !self.outage.is_up() {
            Work::StoreDown
        } else if self.waker.is_paused() {
            Work::Paused
        } else {
            Work::Running
        }
    }

    fn show(&self, work: Work) {
        self.stats.set_work(work);
        let now = self.parts.clock.instant();
        let (in_line, kept) = (self.devices.waiting(), self.outage.kept());
        self.stats.set_load(self.seats, self.cap.level(), in_line, kept, now);
        self.publish.send_if_modified(|shown| std::mem::replace(shown, work) != work);
    }

    fn job_ended(&mut self, ended: Result<Event, tokio::task::JoinError>) {
        match ended {
            Ok(event) => self.handle(event),
            Err(error) => match error.try_into_panic() {
                // The supervisor starts afresh; the store rescues what was in flight.
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_cancelled) => {}
            },
        }
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Claimed { device, lease, result } => self.claimed(&device, lease, result),
            Event::PassedOver { device, result } => self.passed_over(&device, result),
            Event::Ended { claim, began, started_at, delivery, latency } => {
                self.ended(&claim, began, started_at, &delivery, latency);
            }
            Event::Settled { unsettled, result } => self.settled(unsettled, result),
            Event::Woken { device, result } => self.woken(&device, result),
            Event::Promoted { named, result } => self.promoted(&named, result),
            Event::Refilled { until, result } => self.refilled(until, result),
            Event::Expired { result } => self.expired(result),
            Event::Rescued { asked, result } => self.rescued(asked, result),
            Event::Recovered { settled, merged } => self.recovered(settled, merged),
            Event::Unmarked { result } => self.unmarked(result),
        }
    }

    /// Tells what has ended, once.
    pub(crate) fn announce(&self, aftermath: Aftermath) {
        self.waker.ended(&aftermath);
        if aftermath != Aftermath::default() {
            self.parts.recorder.ended(aftermath);
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
