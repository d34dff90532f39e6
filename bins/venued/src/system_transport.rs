//! What a system command asks of its device: a sign of life, an update that is offered, a piece of its log.
//!
//! None of it is infrared: it goes over the session that there is, past the lane, so that no TV waits for
//! it. What goes through the lane (all infrared, and the refresh of capabilities) is handed on.

mod firmware;
mod log;

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use esphome_pool::Pool;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use venue_api::FirmwareUpdate;
use venue_domain::{
    Action, Capabilities, Command, Delivery, DeviceSnapshot, DirectTransport, Evidence, Hostname,
    NotSent, Outcome, PortId, Probe, ProbeOutcome, TimingProfile, Transmitters, Unknown,
};
use venue_lane::{Lanes, esphome::Esphome};

use crate::StoreHandle;

/// The transport of the scheduler: carries out what is asked of a board itself, and hands all else to the lanes.
pub(crate) struct SystemTransport {
    lanes: Arc<Lanes<Esphome>>,
    pool: Arc<Pool>,
    store: StoreHandle,
    /// One log is read at a time: it costs a small board more than a command.
    log_turn: Semaphore,
    /// No window is kept open for its own sake any more.
    stop: CancellationToken,
    found: Mutex<Found>,
}

/// What was found out last.
#[derive(Debug, Default)]
struct Found {
    updates: BTreeMap<Hostname, FirmwareUpdate>,
    lines: BTreeMap<Hostname, usize>,
}

impl fmt::Debug for SystemTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SystemTransport").finish_non_exhaustive()
    }
}

impl SystemTransport {
    pub(crate) fn new(lanes: Arc<Lanes<Esphome>>, pool: Arc<Pool>, store: StoreHandle) -> Self {
        let (log_turn, stop) = (Semaphore::new(1), CancellationToken::new());
        Self { lanes, pool, store, log_turn, stop, found: Mutex::default() }
    }

    /// The service stops: what is being read ends with what was read.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    /// What the update entity of `device` said last.
    pub(crate) fn update(&self, device: &Hostname) -> Option<FirmwareUpdate> {
        self.found().updates.get(device).cloned()
    }

    /// How many lines the last window of the log of `device` had.
    pub(crate) fn lines(&self, device: &Hostname) -> usize {
        self.found().lines.get(device).copied().unwrap_or(0)
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        // A std lock: held for a few moves, never across an await.
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a sign of life proves: that the device is through with what it was sent before.
    async fn sign_of_life(&self, device: &Hostname, deadline: Instant) -> Outcome {
        match self.lanes.ping(device, deadline).await {
            ProbeOutcome::Answered { .. } => Outcome::Delivered(Evidence::PingBarrier),
            ProbeOutcome::Silent => Outcome::Unknown(Unknown::NoEvidence),
            ProbeOutcome::NoSession => Outcome::NotSent(NotSent::Offline),
        }
    }
}

impl DirectTransport for SystemTransport {
    async fn deliver(&self, command: Arc<Command>, deadline: Instant) -> Delivery {
        let (begun, device) = (tokio::time::Instant::now(), &command.target.device);
        let outcome = if command.action == Action::HealthCheck {
            self.sign_of_life(device, deadline).await
        } else if command.action == Action::FirmwareCheck {
            self.ask_for_update(device, deadline).await
        } else if command.action == Action::CollectLogs {
            self.collect_log(device, deadline).await
        } else {
            return self.lanes.deliver(command, deadline).await;
        };
        Delivery::Ended { outcome, took: begun.elapsed() }
    }

    async fn deliver_timed(
        &self,
        command: Arc<Command>,
        deadline: Instant,
    ) -> (Delivery, Option<Duration>) {
        if command.action.is_infrared() {
            return self.lanes.deliver_timed(command, deadline).await;
        }
        (self.deliver(command, deadline).await, None)
    }

    fn timing(&self, port: &PortId) -> TimingProfile {
        self.lanes.timing(port)
    }

    fn transmitters(&self, device: &Hostname) -> Transmitters {
        self.lanes.transmitters(device)
    }

    fn may_repeat_older(&self, command: &Command) -> bool {
        self.lanes.may_repeat_older(command)
    }
}

impl Probe for SystemTransport {
    async fn ping(&self, device: &Hostname, deadline: Instant) -> ProbeOutcome {
        self.lanes.ping(device, deadline).await
    }

    fn snapshot(&self, device: &Hostname) -> Option<DeviceSnapshot> {
        self.lanes.snapshot(device)
    }

    fn capabilities(&self, device: &Hostname) -> Option<Capabilities> {
        self.lanes.capabilities(device)
    }
}
