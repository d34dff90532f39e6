//! Accepts commands, gives them their place in the order, and sends them their route.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use snafu::{OptionExt, ResultExt};
use venue_domain::{
    Action, Capabilities, Clock, Command, CommandId, Delivery, DeviceEntry, DirectTransport,
    Directory, Evidence, Fences, Hostname, NotSent, OrderClock, Outcome, Presence, Probe,
    ProbeOutcome, Unknown,
};

use crate::{
    answer::{Answer, DeviceStatus, HealthReport, Method, Mode, retry_after},
    error::{HostnameSnafu, Rejection, StoreDownSnafu, UnknownDeviceSnafu},
    policy::{Route, Store, Timeouts, lifetime, route},
    validate::{CommandRequest, ValidCommand},
};

/// What a router is made of.
#[derive(Debug)]
pub struct RouterParts<T, D, C> {
    /// Delivers commands and asks devices.
    pub transport: T,
    /// Knows which devices there are.
    pub directory: D,
    /// Tells the time.
    pub clock: C,
    /// The fences, shared with the transport: raised here, checked there.
    pub fences: Arc<Fences>,
}

/// The hybrid command router.
///
/// It holds no socket, no task and no runtime: `T` keeps the deadlines that it is given. There is
/// no queue attached, so it runs in the documented direct-only mode: bulk and system commands are
/// refused, and every answer says that nothing is durable.
#[derive(Debug)]
pub struct Router<T, D, C> {
    parts: RouterParts<T, D, C>,
    timeouts: Timeouts,
    order: OrderClock,
}

impl<T, D, C> Router<T, D, C>
where
    T: DirectTransport + Probe,
    D: Directory,
    C: Clock,
{
    /// A router over `parts`.
    #[must_use]
    pub const fn new(parts: RouterParts<T, D, C>, timeouts: Timeouts) -> Self {
        Self { parts, timeouts, order: OrderClock::new() }
    }

    /// What works at present.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        match self.store() {
            Store::Up => Mode::Normal,
            Store::Down => Mode::DirectOnly,
        }
    }

    /// The clock that the router goes by.
    #[must_use]
    pub const fn clock(&self) -> &C {
        &self.parts.clock
    }

    /// Validates `request`, accepts it as a command and sends it its route.
    ///
    /// From the moment of acceptance older commands of the slot are superseded, whatever becomes
    /// of this one.
    ///
    /// # Errors
    /// [`Rejection`] names the field and what would be right; nothing was sent.
    ///
    /// # Cancel safety
    /// A dropped future withdraws the command if no byte of it has left; the fences it raised stay
    /// raised. Callers that may vanish (a closed HTTP connection) run it on a task of its own.
    pub async fn submit(&self, request: CommandRequest) -> Result<Answer, Rejection> {
        let (hostname, entry) = self.look_up(&request.device)?;
        let valid = ValidCommand::new(&request, &hostname, &entry)?;
        match route(valid.class, self.store(), &self.timeouts) {
            Route::Direct { timeout } => {
                let started = self.parts.clock.instant();
                let command = self.accept(valid, request);
                let delivery = self.attempt(&command, started + attempt_budget(timeout)).await;
                Ok(self.answer(command, delivery))
            }
            // What would need the queue is refused while there is none.
            Route::DirectThenQueue { .. }
            | Route::Queue
            | Route::QueueDeferred { .. }
            | Route::RefuseStoreDown => StoreDownSnafu { class: valid.class }.fail(),
        }
    }

    /// Asks a device for a sign of life, on the session that it has.
    ///
    /// # Errors
    /// [`Rejection::Hostname`] or [`Rejection::UnknownDevice`].
    ///
    /// # Cancel safety
    /// Safe: at most one unanswered ping is left behind.
    pub async fn health(&self, device: &str) -> Result<HealthReport, Rejection> {
        let (hostname, entry) = self.look_up(device)?;
        let started = self.parts.clock.instant();
        let deadline = started + attempt_budget(self.timeouts.immediate);
        let probe = self.parts.transport.ping(&hostname, deadline).await;
        let took = self.parts.clock.instant().saturating_duration_since(started);
        let status = self.status_of(entry).context(UnknownDeviceSnafu { hostname })?;
        Ok(HealthReport { status, probe, took })
    }

    /// What is known of a device, without asking it.
    ///
    /// # Errors
    /// [`Rejection::Hostname`] or [`Rejection::UnknownDevice`].
    pub fn status(&self, device: &str) -> Result<DeviceStatus, Rejection> {
        let (hostname, entry) = self.look_up(device)?;
        self.status_of(entry).context(UnknownDeviceSnafu { hostname })
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
    /// [`Rejection::Hostname`] or [`Rejection::UnknownDevice`].
    pub fn capabilities(&self, device: &str) -> Result<Option<Capabilities>, Rejection> {
        let (hostname, _) = self.look_up(device)?;
        Ok(self.parts.transport.capabilities(&hostname))
    }

    /// No queue is attached: the store is down by definition.
    #[expect(clippy::unused_self, reason = "whether the store is up is the router's own state")]
    const fn store(&self) -> Store {
        Store::Down
    }

    fn look_up(&self, device: &str) -> Result<(Hostname, Arc<DeviceEntry>), Rejection> {
        let hostname: Hostname = device.parse().context(HostnameSnafu)?;
        let entry = self.parts.directory.device(&hostname);
        let entry = entry.context(UnknownDeviceSnafu { hostname: hostname.clone() })?;
        Ok((hostname, entry))
    }

    fn status_of(&self, entry: Arc<DeviceEntry>) -> Option<DeviceStatus> {
        let snapshot = self.parts.transport.snapshot(&entry.hostname)?;
        Some(DeviceStatus { entry, snapshot })
    }

    /// Gives the command its place in the order and raises its fences.
    fn accept(&self, valid: ValidCommand, request: CommandRequest) -> Arc<Command> {
        let now = self.parts.clock.now();
        let command = Command {
            id: CommandId::generate(),
            expires_at: now.plus(lifetime(&valid.action, valid.class)),
            action: valid.action,
            target: valid.target,
            class: valid.class,
            actor: request.actor,
            accepted_at: now,
            key: self.order.next(now),
        };
        self.parts.fences.raise(&command);
        Arc::new(command)
    }

    async fn attempt(&self, command: &Arc<Command>, deadline: Instant) -> Delivery {
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

    fn answer(&self, command: Arc<Command>, delivery: Delivery) -> Answer {
        let retry_after = match &delivery {
            Delivery::Ended { outcome: Outcome::NotSent(reason), .. } => {
                Some(retry_after(*reason, self.next_try(&command.target.device)))
            }
            Delivery::Ended { .. } | Delivery::Superseded { .. } => None,
        };
        Answer { command, delivery, method: Method::Direct, durable: false, retry_after }
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

/// The attempt ends a little before the promise, so that the answer is there within it.
fn attempt_budget(promise: Duration) -> Duration {
    promise.saturating_sub(ANSWER_RESERVE)
}

/// Time to render and send an answer.
const ANSWER_RESERVE: Duration = Duration::from_millis(50);
