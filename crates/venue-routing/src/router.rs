//! Accepts commands, gives them their place in the order, and sends them their route.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use snafu::{OptionExt, ensure};
use venue_domain::{
    Action, Capabilities, Class, Clock, Command, CommandQueue, Delivery, DeviceEntry, DirectRecord,
    DirectTransport, Directory, Evidence, Fences, Hostname, Locks, Nature, NotSent, OrderClock,
    OrderDurability, Outcome, PortId, Presence, Probe, ProbeOutcome, Recorder, Slot, StoreError,
    SupersededBy, Timestamp, Unknown,
};

use crate::{
    Reach,
    answer::{Answer, DeviceStatus, Ending, Handling, HealthReport, Mode, retry_after},
    error::{NotPutOffSnafu, Rejection, StoreDownSnafu, UnknownDeviceSnafu},
    policy::{Route, Store, Timeouts, route},
    store::{NoQueue, StoreHandles},
    validate::{CommandOptions, ValidCommand, ValidOptions, life_of},
};

/// What a router is made of.
#[derive(Debug)]
pub struct RouterParts<T, D, C, Q = NoQueue> {
    /// Delivers commands and asks devices.
    pub transport: T,
    /// Knows which devices there are.
    pub directory: D,
    /// Tells the time.
    pub clock: C,
    /// The fences, shared with the transport: raised here, checked there.
    pub fences: Arc<Fences>,
    /// The order of all commands, shared with whoever promotes scheduled ones.
    pub order: Arc<OrderClock>,
    /// The durable side; [`StoreHandles::none`] where there is none.
    pub store: StoreHandles<Q>,
}

/// Longer than a direct attempt with its record.
const LATELY: Duration = Duration::from_secs(5);

impl<T, D, C> RouterParts<T, D, C> {
    /// A router without a queue: direct-only mode for good.
    #[must_use]
    pub fn direct_only(transport: T, directory: D, clock: C, fences: Arc<Fences>) -> Self {
        let (order, store) = (Arc::default(), StoreHandles::none());
        Self { transport, directory, clock, fences, order, store }
    }
}

/// The hybrid command router.
///
/// It holds no socket, no task and no runtime: `T` keeps the deadlines that it is given, and `Q`
/// answers when what it was given is durable. While the store is down it runs in the documented
/// direct-only mode: bulk and system commands are refused, and every answer says that nothing is
/// durable.
#[derive(Debug)]
pub struct Router<T, D, C, Q = NoQueue> {
    pub(crate) parts: RouterParts<T, D, C, Q>,
    pub(crate) timeouts: Timeouts,
}

impl<T, D, C, Q> Router<T, D, C, Q>
where
    T: DirectTransport + Probe,
    D: Directory,
    C: Clock,
    Q: CommandQueue,
{
    /// A router over `parts`.
    #[must_use]
    pub const fn new(parts: RouterParts<T, D, C, Q>, timeouts: Timeouts) -> Self {
        Self { parts, timeouts }
    }

    /// What works at present.
    #[must_use]
    pub fn mode(&self) -> Mode {
        match self.store() {
            Store::Up => Mode::Normal,
            Store::Down => Mode::DirectOnly,
        }
    }

    /// Waits while the store is being opened after a start (docs/semantics.md, rule 4.20): what is asked
    /// of it then is not refused, and what needs it is not sent without it.
    ///
    /// # Cancel safety
    /// Safe: it changes nothing.
    pub async fn store_settled(&self) {
        self.parts.store.availability.settled().await;
    }

    /// What a kill would leave of the order of the commands that were accepted so far.
    #[must_use]
    pub fn order_durability(&self) -> OrderDurability {
        match self.store() {
            Store::Up => OrderDurability::Stored,
            Store::Down => self.parts.store.marker.durability(),
        }
    }

    /// Who takes down what has ended.
    #[must_use]
    pub fn recorder(&self) -> &Arc<dyn Recorder> {
        &self.parts.store.recorder
    }

    /// The clock that the router goes by.
    #[must_use]
    pub const fn clock(&self) -> &C {
        &self.parts.clock
    }

    /// The slots for which a command was accepted so lately that what became of it may not be stored yet, and when the
    /// newest one was: one that is sent directly is in no queue, and is recorded after it was answered.
    #[must_use]
    pub fn accepted_lately(&self) -> Vec<(Slot, Timestamp)> {
        let since = self.parts.clock.now().minus(LATELY);
        let entries = self.parts.fences.entries().into_iter();
        let newest = entries.filter_map(|entry| {
            let at = entry.fence.any?.key.instant.venue_time();
            (at >= since).then_some((entry.slot, at))
        });
        newest.collect()
    }

    /// Validates `action` for `target`, accepts it as a command and sends it its route.
    ///
    /// From the moment of acceptance older commands of the slot are superseded, whatever becomes
    /// of this one; of a scheduled command from the moment at which it becomes due.
    ///
    /// # Errors
    /// [`Rejection`] names the field and what would be right; nothing was sent.
    ///
    /// # Cancel safety
    /// A dropped future withdraws the command if no byte of it has left and it was not stored; the
    /// fences it raised stay raised. Callers that may vanish (a closed HTTP connection) run it on a
    /// task of its own.
    pub async fn submit(
        &self,
        target: PortId,
        action: Action,
        wished: CommandOptions,
    ) -> Result<Answer, Rejection> {
        let (valid, reach) = self.validate(action, target, wished.class)?;
        let answer = self.submit_valid(valid, &reach, wished).await?;
        Ok(Answer { reach, ..answer })
    }

    async fn submit_valid(
        &self,
        valid: ValidCommand,
        reach: &Reach,
        wished: CommandOptions,
    ) -> Result<Answer, Rejection> {
        let options = ValidOptions::new(&wished.queue, &valid.action.in_class(valid.class))?;
        if valid.class != Class::Immediate {
            // Before the locks are asked: what is locked while a command waits for the store is locked for it.
            self.store_settled().await;
        }
        self.admit(&valid, reach, self.due(&options), wished.locks)?;
        options.wait_within(valid.action.name(), life_of(&valid, options.is_scheduled()))?;
        let class = valid.class;
        // What is told at once cannot be put off.
        let put_off = class == Class::Immediate && options.scheduled_at.is_some();
        ensure!(!put_off, NotPutOffSnafu { action: valid.action.name() });
        let started = wished.since.unwrap_or_else(|| self.parts.clock.instant());
        if valid.action.tried().is_some() {
            ensure!(options.scheduled_at.is_none(), NotPutOffSnafu { action: valid.action.name() });
            let deadline = started + attempt_budget(self.timeouts.interactive);
            return self.try_once(valid, wished, deadline).await;
        }
        let store = if wished.direct_only { Store::Down } else { self.store() };
        match route(class, store, &self.timeouts) {
            Route::Direct { .. } | Route::DirectThenQueue { .. }
                if class == Class::Interactive && options.scheduled_at.is_some() =>
            {
                ensure!(!wished.direct_only, StoreDownSnafu { class });
                self.submit_queued(valid, options, wished.actor, Duration::ZERO).await
            }
            Route::Direct { timeout } => {
                self.ensure_direct(&valid, timeout)?;
                let command = self.accept(valid, wished.actor);
                if command.action.nature() == Nature::Sequence {
                    // It does not wait for a store that is down; what waits there is too late.
                    self.parts.fences.bypass_queue(&command);
                }
                if class == Class::Interactive {
                    self.mark_outage(&command).await?;
                }
                let deadline = started + attempt_budget(timeout);
                Ok(self.direct(command, deadline).await)
            }
            Route::DirectThenQueue { timeout } => {
                let command = self.accept(valid, wished.actor);
                let deadline = started + attempt_budget(timeout);
                self.direct_then_queue(command, options, deadline).await
            }
            Route::Queue => self.submit_queued(valid, options, wished.actor, Duration::ZERO).await,
            Route::QueueDeferred { delay } => {
                self.submit_queued(valid, options, wished.actor, delay).await
            }
            Route::RefuseStoreDown => StoreDownSnafu { class }.fail(),
        }
    }

    /// Whether `action` could be accepted as a command for `target` now. Nothing is sent.
    ///
    /// # Errors
    /// As [`Router::submit`].
    pub fn check(&self, target: PortId, action: Action, locks: Locks) -> Result<(), Rejection> {
        let (valid, reach) = self.validate(action, target, None)?;
        self.admit(&valid, &reach, self.shown(), locks)
    }

    /// Asks a device for a sign of life, on the session that it has.
    ///
    /// # Errors
    /// [`Rejection::UnknownDevice`].
    ///
    /// # Cancel safety
    /// Safe: at most one unanswered ping is left behind.
    pub async fn health(&self, device: &Hostname) -> Result<HealthReport, Rejection> {
        let entry = self.look_up(device)?;
        let started = self.parts.clock.instant();
        let deadline = started + attempt_budget(self.timeouts.immediate);
        let probe = self.parts.transport.ping(device, deadline).await;
        let took = self.parts.clock.instant().saturating_duration_since(started);
        let status =
            self.status_of(entry).context(UnknownDeviceSnafu { hostname: device.clone() })?;
        Ok(HealthReport { status, probe, took })
    }

    /// What is known of a device, without asking it.
    ///
    /// # Errors
    /// [`Rejection::UnknownDevice`].
    pub fn status(&self, device: &Hostname) -> Result<DeviceStatus, Rejection> {
        let entry = self.look_up(device)?;
        self.status_of(entry).context(UnknownDeviceSnafu { hostname: device.clone() })
    }

    /// What is known of all devices, ordered by hostname.
    #[must_use]
    pub fn statuses(&self) -> Vec<DeviceStatus> {
        let entries = self.parts.directory.devices().into_iter();
        entries.filter_map(|entry| self.status_of(entry)).collect()
    }

    /// What a device advertised on its latest session; `None` if it never had one.
    ///
    /// # Errors
    /// [`Rejection::UnknownDevice`].
    pub fn capabilities(&self, device: &Hostname) -> Result<Option<Capabilities>, Rejection> {
        self.look_up(device)?;
        Ok(self.parts.transport.capabilities(device))
    }

    pub(crate) fn store(&self) -> Store {
        if self.parts.store.availability.is_up() { Store::Up } else { Store::Down }
    }

    /// What a failed store means: the whole service goes direct-only, or just this request fails. Whoever
    /// asks the store beside the router tells it, so that what follows need not find out anew.
    pub fn note_failure(&self, error: &StoreError) {
        if error.is_down() {
            self.parts.store.availability.mark_down();
        }
    }

    pub(crate) fn look_up(&self, device: &Hostname) -> Result<Arc<DeviceEntry>, Rejection> {
        let entry = self.parts.directory.device(device);
        entry.context(UnknownDeviceSnafu { hostname: device.clone() })
    }

    fn status_of(&self, entry: Arc<DeviceEntry>) -> Option<DeviceStatus> {
        let snapshot = self.parts.transport.snapshot(&entry.hostname)?;
        Some(DeviceStatus { entry, snapshot })
    }

    pub(crate) async fn attempt(&self, command: &Arc<Command>, deadline: Instant) -> Delivery {
        if command.action != Action::Ping {
            return self.parts.transport.deliver(Arc::clone(command), deadline).await;
        }
        let started = self.parts.clock.instant();
        let outcome = match self.parts.transport.ping(&command.target.device, deadline).await {
            ProbeOutcome::Answered { .. } => Outcome::Delivered(Evidence::PingBarrier),
            ProbeOutcome::Silent => Outcome::Unknown(Unknown::NoEvidence),
            ProbeOutcome::NoSession => Outcome::NotSent(NotSent::Offline),
        };
        let took = self.parts.clock.instant().saturating_duration_since(started);
        Delivery::Ended { outcome, took }
    }

    /// The answer to a command that has ended without the queue.
    pub(crate) fn ended(
        &self,
        command: Arc<Command>,
        ending: Ending,
        record: DirectRecord,
    ) -> Answer {
        let Ending { delivery, by } = ending;
        let retry_after = match &delivery {
            Delivery::Ended { outcome: Outcome::NotSent(reason), .. } => {
                Some(retry_after(*reason, self.next_try(&command.target.device)))
            }
            Delivery::Ended { .. } | Delivery::Superseded { .. } => None,
        };
        let handling = handling(delivery, by);
        // What was sent directly is recorded behind the answer: no promise is made of it.
        let (order, record) = (self.order_durability(), Some(record));
        let reach = Reach::itself(command.target.clone());
        Answer { command, reach, handling, durable: false, order, retry_after, record }
    }

    fn next_try(&self, device: &Hostname) -> Option<Duration> {
        match self.parts.transport.snapshot(device)?.presence {
            Presence::Offline { next_try, .. } => Some(next_try),
            Presence::Online { .. }
            | Presence::Connecting { .. }
            | Presence::Misconfigured { .. } => None,
        }
    }
}

/// How a direct command was handled that ended by `delivery`, and was replaced by `by`.
fn handling(delivery: Delivery, by: Option<SupersededBy>) -> Handling {
    match (delivery, by) {
        (Delivery::Ended { outcome: Outcome::Unknown(unknown), took }, Some(by)) => {
            Handling::Overtaken { unknown, took, by }
        }
        (delivery @ (Delivery::Ended { .. } | Delivery::Superseded { .. }), _) => {
            Handling::Direct(delivery)
        }
    }
}

/// The attempt ends a little before the promise, so that the answer is there within it.
pub(crate) fn attempt_budget(promise: Duration) -> Duration {
    promise.saturating_sub(ANSWER_RESERVE)
}

/// Time to render and send an answer.
const ANSWER_RESERVE: Duration = Duration::from_millis(100);
