//! All lanes: the transport that the router delivers through.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, PoisonError, RwLock},
    time::Instant as StdInstant,
};

use esphome_pool::DeviceState;
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::Instant,
};
use tokio_util::task::TaskTracker;
use venue_domain::{
    Capabilities, Command, Delivery, DeviceSnapshot, DirectTransport, Fences, Hostname,
    LaneSnapshot, NotSent, Outcome, PortIndex, Probe, ProbeOutcome, TimingProfile,
};

use crate::{
    advertise,
    lane::{Lane, LaneState},
    link::Link,
    ticket::Ticket,
    waiting::Waiting,
};

/// Bounds of the lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LanesConfig {
    /// How many commands may wait in one lane; further ones are answered `lane_full`.
    pub capacity: usize,
}

impl Default for LanesConfig {
    fn default() -> Self {
        Self { capacity: 256 }
    }
}

/// The timing profiles of a device's ports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortTimings([TimingProfile; 6]);

impl PortTimings {
    /// The same profile for every port.
    #[must_use]
    pub const fn all(profile: TimingProfile) -> Self {
        Self([profile; 6])
    }

    /// Sets the profile of one port.
    #[must_use]
    pub fn with(mut self, port: PortIndex, profile: TimingProfile) -> Self {
        self.0[usize::from(port.number())] = profile;
        self
    }

    /// The profile of one port.
    #[must_use]
    pub const fn of(&self, port: PortIndex) -> &TimingProfile {
        // An index of 0 to 5 into six profiles.
        &self.0[port.number() as usize]
    }
}

/// One lane per device.
pub struct Lanes<L> {
    fences: Arc<Fences>,
    config: LanesConfig,
    lanes: RwLock<HashMap<Hostname, Arc<Entry<L>>>>,
    tasks: TaskTracker,
}

pub(crate) struct Entry<L> {
    pub(crate) link: Arc<L>,
    pub(crate) timings: PortTimings,
    mailbox: mpsc::Sender<Box<Waiting>>,
    pub(crate) snapshot: watch::Receiver<LaneSnapshot>,
}

impl<L: Link> Lanes<L> {
    /// No lane yet. `fences` are those that the router raises.
    #[must_use]
    pub fn new(fences: Arc<Fences>, config: LanesConfig) -> Self {
        Self { fences, config, lanes: RwLock::default(), tasks: TaskTracker::new() }
    }

    /// Opens the lane of `device`, replacing one of the same name, whose waiting commands are
    /// told that they were not sent; what it has in flight runs to its end before the new lane
    /// sends anything.
    ///
    /// Needs a tokio runtime.
    pub fn add(&self, device: Hostname, link: Arc<L>, timings: PortTimings) {
        // As many messages as may wait: whatever the mailbox takes, the lane has room for.
        let (mailbox, receiver) = mpsc::channel(self.config.capacity);
        let (publish, snapshot) = watch::channel(LaneSnapshot::default());
        let mut lanes = self.lanes.write().unwrap_or_else(PoisonError::into_inner);
        let lane = Lane {
            link: Arc::clone(&link),
            fences: Arc::clone(&self.fences),
            timings: timings.clone(),
            capacity: self.config.capacity,
            mailbox: receiver,
            snapshot: publish,
            predecessor: lanes.get(&device).map(|entry| entry.snapshot.clone()),
            state: LaneState::new(Instant::now()),
        };
        self.tasks.spawn(Box::new(lane).run());
        lanes.insert(device, Arc::new(Entry { link, timings, mailbox, snapshot }));
    }

    /// Closes the lane of `device`: what waits in it is told that it was not sent, what it has in
    /// flight runs to its end. `false` if there is none.
    pub fn remove(&self, device: &Hostname) -> bool {
        self.lanes.write().unwrap_or_else(PoisonError::into_inner).remove(device).is_some()
    }

    /// Closes all lanes: what waits is told that it was not sent, what is in flight runs to its
    /// end.
    ///
    /// # Cancel safety
    /// Safe: the lanes go on closing by themselves.
    pub async fn shutdown(&self) {
        self.lanes.write().unwrap_or_else(PoisonError::into_inner).clear();
        self.tasks.close();
        self.tasks.wait().await;
    }

    pub(crate) fn entry(&self, device: &Hostname) -> Option<Arc<Entry<L>>> {
        // A std lock: held for one look-up, never across an await.
        self.lanes.read().unwrap_or_else(PoisonError::into_inner).get(device).map(Arc::clone)
    }
}

impl<L: Link> DirectTransport for Lanes<L> {
    async fn deliver(&self, command: Arc<Command>, deadline: StdInstant) -> Delivery {
        let since = Instant::now();
        let not_sent =
            |reason| Delivery::Ended { outcome: Outcome::NotSent(reason), took: since.elapsed() };
        let Some(entry) = self.entry(&command.target.device) else {
            let stopping = self.tasks.is_closed();
            return not_sent(if stopping { NotSent::Stopping } else { NotSent::Offline });
        };
        let (reply, delivery) = oneshot::channel();
        let ticket = Ticket::new();
        let deadline = Instant::from_std(deadline);
        let withdrawal = WithdrawOnDrop(ticket.clone());
        let waiting = Waiting { command, deadline, since, ticket, reply: Some(reply) };
        if let Err(error) = entry.mailbox.try_send(Box::new(waiting)) {
            return not_sent(match error {
                mpsc::error::TrySendError::Full(_) => NotSent::LaneFull,
                mpsc::error::TrySendError::Closed(_) => NotSent::Stopping,
            });
        }
        // The sender belongs to the lane; only the entry keeps the lane open.
        drop(entry);
        let delivery = delivery.await.unwrap_or_else(|_| not_sent(NotSent::Stopping));
        drop(withdrawal);
        delivery
    }
}

impl<L: Link> Probe for Lanes<L> {
    async fn ping(&self, device: &Hostname, deadline: StdInstant) -> ProbeOutcome {
        let online = |link: &Arc<L>| matches!(link.state(), DeviceState::Online(_));
        // The link and not the entry, which keeps the lane open.
        let link = self.entry(device).map(|entry| Arc::clone(&entry.link));
        let Some(link) = link.filter(online) else {
            return ProbeOutcome::NoSession;
        };
        let started = Instant::now();
        if link.barrier(Instant::from_std(deadline)).await {
            ProbeOutcome::Answered { round_trip: started.elapsed() }
        } else if online(&link) {
            ProbeOutcome::Silent
        } else {
            ProbeOutcome::NoSession
        }
    }

    fn snapshot(&self, device: &Hostname) -> Option<DeviceSnapshot> {
        let entry = self.entry(device)?;
        let lane = entry.snapshot.borrow().clone();
        Some(advertise::snapshot(device, entry.link.as_ref(), lane, Instant::now()))
    }

    fn capabilities(&self, device: &Hostname) -> Option<Capabilities> {
        advertise::capabilities(self.entry(device)?.link.as_ref())
    }
}

impl<L> fmt::Debug for Lanes<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lanes").field("config", &self.config).finish_non_exhaustive()
    }
}

/// A caller that is dropped withdraws its command, unless it has begun.
struct WithdrawOnDrop(Ticket);

impl Drop for WithdrawOnDrop {
    fn drop(&mut self) {
        self.0.withdraw();
    }
}
