//! All lanes: the transport that the router delivers through.

use std::{
    collections::HashMap,
    fmt,
    num::NonZeroUsize,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::{Duration, Instant as StdInstant},
};

use tokio::{
    sync::{mpsc, oneshot, watch},
    time::Instant,
};
use tokio_util::task::TaskTracker;
use venue_domain::{
    Capabilities, Command, Delivery, DeviceSnapshot, DirectTransport, Fences, Hostname,
    LATE_COMMAND_LIFE, LaneMemory, LaneObserver, LaneSnapshot, NotSent, Outcome, PortId, PortIndex,
    Probe, ProbeOutcome, Timestamp, TimingProfile, Transmitters, Unknown,
};

use crate::{
    lane::Observer,
    lane::{Lane, LaneState},
    late_slots::LateSlots,
    port_timings::PortTimings,
    setting::{Past, Recollection, Setting},
    start_permit::StartPermit,
    waiting::{Timed, Waiting},
    wire::Wire,
};

/// Bounds of the lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LanesConfig {
    /// How many commands may wait in one lane; further ones are answered `lane_full`.
    pub capacity: NonZeroUsize,
    /// What is known of what was sent before.
    pub past: KnownPast,
}

/// What is known of what was sent to the devices before the lanes were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownPast {
    /// That nothing was: no device has a cooldown.
    Nothing,
    /// [`Lanes::recall`] brings it. Until then each port of a lane cools down as if it had been sent
    /// everything when the lane was opened.
    Recalled,
}

impl Default for LanesConfig {
    fn default() -> Self {
        let capacity = NonZeroUsize::MIN.saturating_add(255);
        Self { capacity, past: KnownPast::Nothing }
    }
}

/// One lane per device.
pub struct Lanes<W> {
    fences: Arc<Fences>,
    config: LanesConfig,
    observer: Observer,
    lanes: RwLock<HashMap<Hostname, Arc<Entry<W>>>>,
    before: Mutex<Before>,
    tasks: TaskTracker,
}

/// What lanes that are opened later go on from.
#[derive(Default)]
struct Before {
    /// What was recalled; `None` before that.
    recalled: Option<HashMap<Hostname, Arc<Recollection>>>,
    /// What closed lanes leave, and when they were closed.
    closed: HashMap<Hostname, (oneshot::Receiver<LaneState>, Instant)>,
}

pub(crate) struct Entry<W> {
    setting: Arc<watch::Sender<Setting<W>>>,
    mailbox: mpsc::Sender<Box<Waiting>>,
    pub(crate) snapshot: watch::Receiver<LaneSnapshot>,
    late: Arc<LateSlots>,
    /// What the lane leaves when it is closed; taken by whoever closes it.
    leaves: Mutex<Option<oneshot::Receiver<LaneState>>>,
}

impl<W> Entry<W> {
    pub(crate) fn wire(&self) -> Arc<W> {
        Arc::clone(&self.setting.borrow().wire)
    }

    pub(crate) fn timing(&self, port: PortIndex) -> TimingProfile {
        *self.setting.borrow().timings.of(port)
    }
}

impl<W: Wire> Lanes<W> {
    /// No lane yet. `fences` are those that the router raises.
    #[must_use]
    pub fn new(fences: Arc<Fences>, config: LanesConfig) -> Self {
        Self {
            fences,
            config,
            observer: Arc::default(),
            lanes: RwLock::default(),
            before: Mutex::default(),
            tasks: TaskTracker::new(),
        }
    }

    /// Notifies `observer` from now on of what lanes do by themselves. The first one stays.
    pub fn observe(&self, observer: Arc<dyn LaneObserver>) {
        // A second one is not expected, and would be notified of nothing.
        drop(self.observer.set(observer));
    }

    /// Opens the lane of `device`; if there is one, it goes on with this wire and these timings:
    /// what waits, cools down or may still come to life is kept. A lane that was closed before is gone
    /// on with likewise, after what it has in flight has ended.
    ///
    /// Needs a tokio runtime.
    pub fn add(&self, device: Hostname, wire: Arc<W>, timings: PortTimings) {
        let mut lanes = self.lanes.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = lanes.get(&device) {
            entry.setting.send_modify(|setting| {
                setting.switching &= !Arc::ptr_eq(&setting.wire, &wire);
                (setting.wire, setting.timings) = (wire, timings);
            });
            return;
        }
        let (predecessor, past) = {
            let mut before = self.before();
            let predecessor = before.closed.remove(&device).map(|(leaves, _)| leaves);
            (predecessor, before.past(&device, self.config.past))
        };
        let state = LaneState::new(&past, &timings, Instant::now());
        let setting =
            Setting { wire: Arc::clone(&wire), timings: timings.clone(), switching: false, past };
        let (setting, following) = watch::channel(setting);
        // As many messages as may wait: whatever the mailbox takes, the lane has room for.
        let (mailbox, receiver) = mpsc::channel(self.config.capacity.get());
        let (publish, snapshot) = watch::channel(LaneSnapshot::default());
        let (successor, leaves) = oneshot::channel();
        let late = Arc::<LateSlots>::default();
        let lane = Lane {
            wire,
            timings,
            setting: following,
            switching: false,
            is_first_connect: true,
            fences: Arc::clone(&self.fences),
            observer: Arc::clone(&self.observer),
            capacity: self.config.capacity.get(),
            mailbox: receiver,
            snapshot: publish,
            late: Arc::clone(&late),
            predecessor,
            successor,
            state,
        };
        self.tasks.spawn(Box::new(lane).supervised());
        let (setting, leaves) = (Arc::new(setting), Mutex::new(Some(leaves)));
        lanes.insert(device, Arc::new(Entry { setting, mailbox, snapshot, late, leaves }));
    }

    /// The wire of `device` is about to be replaced with [`Lanes::add`]: what waits in its lane
    /// waits for the next one, as long as its deadline allows.
    pub fn switch(&self, device: &Hostname) {
        if let Some(entry) = self.entry(device) {
            entry.setting.send_modify(|setting| setting.switching = true);
        }
    }

    /// The wire that the lane of `device` goes by; `None` if it has none.
    #[must_use]
    pub fn wire(&self, device: &Hostname) -> Option<Arc<W>> {
        self.entry(device).map(|entry| entry.wire())
    }

    /// Closes the lane of `device`: what waits in it ends as not sent, what it has in
    /// flight runs to its end. `false` if there is none.
    ///
    /// What it knows is kept for a lane of the same name, as long as it may count.
    pub fn remove(&self, device: &Hostname) -> bool {
        let removed = self.lanes.write().unwrap_or_else(PoisonError::into_inner).remove(device);
        let Some(entry) = removed else { return false };
        let now = Instant::now();
        let leaves = entry.leaves.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut before = self.before();
        before.closed.retain(|_, (_, at)| now < *at + LATE_COMMAND_LIFE);
        if let Some(leaves) = leaves {
            before.closed.insert(device.clone(), (leaves, now));
        }
        true
    }

    /// What was stored of the time before, as it is at `now`. The first time counts.
    pub fn recall(&self, memories: Vec<(Hostname, LaneMemory)>, now: Timestamp) {
        let read = Some((now, Instant::now()));
        let known = memories
            .into_iter()
            .map(|(device, memory)| (device, Arc::new(Recollection { memory, read })));
        let lanes = self.lanes.read().unwrap_or_else(PoisonError::into_inner);
        let mut before = self.before();
        before.recalled.get_or_insert_with(|| known.collect());
        for (device, entry) in lanes.iter() {
            if matches!(entry.setting.borrow().past, Past::Awaited) {
                let past = before.past(device, self.config.past);
                entry.setting.send_modify(|setting| setting.past = past);
            }
        }
    }

    /// Closes all lanes: what waits ends as not sent, what is in flight runs to its end.
    ///
    /// # Cancel safety
    /// Safe: the lanes go on closing by themselves.
    pub async fn shutdown(&self) {
        self.lanes.write().unwrap_or_else(PoisonError::into_inner).clear();
        self.before().closed.clear();
        self.tasks.close();
        self.tasks.wait().await;
    }

    pub(crate) fn entry(&self, device: &Hostname) -> Option<Arc<Entry<W>>> {
        // A std lock: held for one look-up, never across an await.
        self.lanes.read().unwrap_or_else(PoisonError::into_inner).get(device).map(Arc::clone)
    }

    fn before(&self) -> MutexGuard<'_, Before> {
        // A std lock: held for a few moves, never across an await, and within that of the lanes.
        self.before.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Before {
    fn past(&self, device: &Hostname, known: KnownPast) -> Past {
        match (known, &self.recalled) {
            (KnownPast::Nothing, _) => Past::Nothing,
            (KnownPast::Recalled, None) => Past::Awaited,
            (KnownPast::Recalled, Some(recalled)) => {
                Past::Known(recalled.get(device).map(Arc::clone).unwrap_or_default())
            }
        }
    }
}

impl<W: Wire> Lanes<W> {
    /// Hands `command` to the lane of its device, and waits for its end.
    async fn hand_over(
        &self,
        command: Arc<Command>,
        deadline: StdInstant,
        is_queued: bool,
    ) -> Timed {
        let since = Instant::now();
        let not_sent = |reason| {
            (Delivery::Ended { outcome: Outcome::NotSent(reason), took: since.elapsed() }, None)
        };
        let Some(entry) = self.entry(&command.target.device) else {
            let stopping = self.tasks.is_closed();
            return not_sent(if stopping { NotSent::Stopping } else { NotSent::Offline });
        };
        let (reply, delivery) = oneshot::channel();
        let permit = StartPermit::new();
        let deadline = Instant::from_std(deadline);
        let withdrawal = WithdrawOnDrop(permit.clone());
        let waiting = Waiting {
            command,
            deadline,
            since,
            permit,
            reply: Some(reply),
            sending: Duration::ZERO,
            is_queued,
        };
        if let Err(error) = entry.mailbox.try_send(Box::new(waiting)) {
            return not_sent(match error {
                mpsc::error::TrySendError::Full(_) => NotSent::LaneFull,
                mpsc::error::TrySendError::Closed(_) => NotSent::Stopping,
            });
        }
        // The sender belongs to the lane; only the entry keeps the lane open.
        drop(entry);
        let delivery = delivery.await.unwrap_or_else(|_| {
            // A lane reports the end of each command that it has; this one has crashed.
            let lost = Outcome::Unknown(Unknown::SessionLost);
            match withdrawal.0.has_begun() {
                true => (Delivery::Ended { outcome: lost, took: since.elapsed() }, None),
                false if self.tasks.is_closed() => not_sent(NotSent::Stopping),
                false => not_sent(NotSent::Stalled),
            }
        });
        drop(withdrawal);
        delivery
    }
}

impl<W: Wire> DirectTransport for Lanes<W> {
    async fn deliver(&self, command: Arc<Command>, deadline: StdInstant) -> Delivery {
        self.hand_over(command, deadline, false).await.0
    }

    async fn deliver_timed(&self, command: Arc<Command>, deadline: StdInstant) -> Timed {
        self.hand_over(command, deadline, true).await
    }

    fn timing(&self, port: &PortId) -> TimingProfile {
        let entry = self.entry(&port.device);
        entry.map(|entry| entry.timing(port.port)).unwrap_or_default()
    }

    fn transmitters(&self, device: &Hostname) -> Transmitters {
        let Some(wire) = self.wire(device) else { return Transmitters::default() };
        wire.connection().session().map(|session| wire.transmitters(&session)).unwrap_or_default()
    }

    fn may_repeat_older(&self, command: &Command) -> bool {
        let entry = self.entry(&command.target.device);
        entry.is_some_and(|entry| entry.late.concern(command, Instant::now()))
    }
}

impl<W: Wire> Probe for Lanes<W> {
    async fn ping(&self, device: &Hostname, deadline: StdInstant) -> ProbeOutcome {
        // The wire and not the entry, which keeps the lane open.
        let wire = self.wire(device).filter(|wire| wire.connection().is_online());
        let Some(wire) = wire else {
            return ProbeOutcome::NoSession;
        };
        let started = Instant::now();
        if wire.ping(Instant::from_std(deadline)).await {
            ProbeOutcome::Answered { round_trip: started.elapsed() }
        } else if wire.connection().is_online() {
            ProbeOutcome::Silent
        } else {
            ProbeOutcome::NoSession
        }
    }

    fn snapshot(&self, device: &Hostname) -> Option<DeviceSnapshot> {
        let entry = self.entry(device)?;
        let lane = entry.snapshot.borrow().clone();
        let (wire, now) = (entry.wire(), Instant::now());
        Some(DeviceSnapshot {
            device: device.clone(),
            presence: wire.connection().presence(now),
            last_contact: wire.last_contact().map(|at| now.saturating_duration_since(at)),
            address: wire.address(),
            firmware: wire.firmware(),
            lane,
        })
    }

    fn capabilities(&self, device: &Hostname) -> Option<Capabilities> {
        self.wire(device)?.capabilities()
    }
}

impl<W> fmt::Debug for Lanes<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lanes").field("config", &self.config).finish_non_exhaustive()
    }
}

/// A caller that is dropped withdraws its command, unless it has begun.
struct WithdrawOnDrop(StartPermit);

impl Drop for WithdrawOnDrop {
    fn drop(&mut self) {
        self.0.withdraw();
    }
}
