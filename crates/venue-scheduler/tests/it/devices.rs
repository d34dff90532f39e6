//! Devices that do what they are told.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex},
    time::{Duration, Instant as StdInstant},
};

use tokio::{
    sync::{Notify, watch},
    time::{Instant, timeout_at},
};
use venue_domain::{
    Capabilities, Command, Delivery, DeviceSnapshot, DirectTransport, Evidence, Fences, Hostname,
    LaneSnapshot, NotSent, Outcome, PortId, PortIndex, Presence, Probe, ProbeOutcome, Transmitter,
    Transmitters, Unknown,
};

/// What a device does with a command.
#[derive(Clone, Debug)]
pub(crate) enum Reaction {
    /// It takes it so much later.
    Takes(Duration),
    /// It has sent it so much later, and says so.
    Completes(Duration),
    /// Bytes leave, and no evidence comes.
    Hangs,
    /// Nothing is sent.
    NotSent(NotSent),
    /// Nothing is sent until it is let go; then it takes it, if no fence forbids it.
    Held(Arc<Notify>),
    /// Nothing is sent until it is let go; then it is given back because the lane stops.
    GivenBack(Arc<Notify>),
    /// The transport has a bug.
    Panics,
}

/// A command of which bytes have left.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    /// Such as `power_on ir-1/2`.
    pub(crate) what: String,
    pub(crate) at: Instant,
}

/// All devices; each is online until it is said to be away.
pub(crate) struct Devices {
    fences: Arc<Fences>,
    away: Mutex<HashSet<Hostname>>,
    dialled: Mutex<HashSet<Hostname>>,
    reactions: Mutex<HashMap<String, VecDeque<Reaction>>>,
    transmitters: Mutex<HashMap<Hostname, Transmitters>>,
    /// The ports with something in flight.
    busy: Mutex<HashSet<PortId>>,
    sent: watch::Sender<Vec<Sent>>,
    asked: watch::Sender<usize>,
    load: Mutex<(usize, usize)>,
}

impl Devices {
    pub(crate) fn new(fences: Arc<Fences>) -> Arc<Self> {
        Arc::new(Self {
            fences,
            away: Mutex::default(),
            dialled: Mutex::default(),
            reactions: Mutex::default(),
            transmitters: Mutex::default(),
            busy: Mutex::default(),
            sent: watch::Sender::default(),
            asked: watch::Sender::default(),
            load: Mutex::default(),
        })
    }

    /// What a device or a port does next; afterwards it takes everything within 20 ms.
    pub(crate) fn will(&self, whose: &str, reactions: impl IntoIterator<Item = Reaction>) {
        let mut all = self.reactions.lock().unwrap();
        all.entry(whose.to_owned()).or_default().extend(reactions);
    }

    /// The ports of `device` from 1 on have these transmitters, which work at the same time.
    pub(crate) fn have_transmitters<const N: usize>(&self, device: &str, transmitters: [u64; N]) {
        let ports = PortIndex::first(N as u8).zip(transmitters.map(Transmitter)).collect();
        self.transmitters.lock().unwrap().insert(device.parse().unwrap(), ports);
    }

    pub(crate) fn leave(&self, device: &str) {
        self.dialled.lock().unwrap().remove(&device.parse().unwrap());
        self.away.lock().unwrap().insert(device.parse().unwrap());
    }

    /// `device` is dialled; how that ends, [`Devices::leave`] or [`Devices::come_back`] say.
    pub(crate) fn dial(&self, device: &str) {
        self.dialled.lock().unwrap().insert(device.parse().unwrap());
    }

    pub(crate) fn come_back(&self, device: &str) {
        self.dialled.lock().unwrap().remove(&device.parse().unwrap());
        self.away.lock().unwrap().remove(&device.parse().unwrap());
    }

    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.sent.borrow().clone()
    }

    pub(crate) fn words(&self) -> Vec<String> {
        self.sent().into_iter().map(|sent| sent.what).collect()
    }

    /// Waits until bytes of that many commands have left.
    pub(crate) async fn wait_for_sent(&self, count: usize) {
        let mut sent = self.sent.subscribe();
        let patience = Instant::now() + PATIENCE;
        let reached = timeout_at(patience, sent.wait_for(|sent| sent.len() >= count)).await;
        assert!(reached.is_ok(), "sent so far: {:?}", self.words());
    }

    /// Waits until that many attempts have begun, sent or not.
    pub(crate) async fn wait_for_asked(&self, count: usize) {
        let mut asked = self.asked.subscribe();
        let patience = Instant::now() + PATIENCE;
        timeout_at(patience, asked.wait_for(|asked| *asked >= count)).await.unwrap().unwrap();
    }

    /// How many attempts have begun.
    pub(crate) fn asked(&self) -> usize {
        *self.asked.borrow()
    }

    /// How many were in flight at most.
    pub(crate) fn most_in_flight(&self) -> usize {
        self.load.lock().unwrap().1
    }

    fn note(&self, command: &Command) {
        let what = format!("{} {}", command.action, command.target);
        self.sent.send_modify(|sent| sent.push(Sent { what, at: Instant::now() }));
    }

    fn next_reaction(&self, command: &Command) -> Option<Reaction> {
        let mut all = self.reactions.lock().unwrap();
        let PortId { device, .. } = &command.target;
        let mut next = |whose: &str| all.get_mut(whose).and_then(VecDeque::pop_front);
        next(&command.target.to_string()).or_else(|| next(device.as_str()))
    }

    async fn react(&self, command: &Command, deadline: Instant) -> Delivery {
        let since = Instant::now();
        let ended = |outcome| Delivery::Ended { outcome, took: since.elapsed() };
        let device = &command.target.device;
        let next = self.next_reaction(command);
        let next = next.unwrap_or(Reaction::Takes(Duration::from_millis(20)));
        match &next {
            Reaction::NotSent(reason) => return ended(Outcome::NotSent(*reason)),
            Reaction::Held(let_go) => {
                if timeout_at(deadline, let_go.notified()).await.is_err() {
                    return ended(Outcome::NotSent(NotSent::LaneBusy));
                }
            }
            Reaction::GivenBack(let_go) => {
                let_go.notified().await;
                return ended(Outcome::NotSent(NotSent::Stopping));
            }
            Reaction::Panics => panic!("a bug of the transport"),
            Reaction::Takes(_) | Reaction::Completes(_) | Reaction::Hangs => {}
        }
        if self.away.lock().unwrap().contains(device) {
            return ended(Outcome::NotSent(NotSent::Offline));
        }
        if let Some(by) = self.fences.superseded_by(command) {
            return Delivery::Superseded { by };
        }
        self.note(command);
        let evidence_at = match next {
            Reaction::Takes(after) | Reaction::Completes(after) => since + after,
            Reaction::Held(_) => Instant::now(),
            Reaction::Hangs | Reaction::NotSent(_) | Reaction::GivenBack(_) | Reaction::Panics => {
                since + PATIENCE
            }
        };
        tokio::time::sleep_until(evidence_at.min(deadline)).await;
        let completes = matches!(next, Reaction::Completes(_));
        ended(if evidence_at <= deadline {
            let evidence =
                if completes { Evidence::InfraredComplete } else { Evidence::PingBarrier };
            Outcome::Delivered(evidence)
        } else {
            Outcome::Unknown(Unknown::NoEvidence)
        })
    }
}

/// An attempt in flight.
struct InFlight<'a>(&'a Mutex<(usize, usize)>);

impl<'a> InFlight<'a> {
    fn new(load: &'a Mutex<(usize, usize)>) -> Self {
        let mut guard = load.lock().unwrap();
        guard.0 += 1;
        guard.1 = guard.1.max(guard.0);
        Self(load)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.lock().unwrap().0 -= 1;
    }
}

/// A port with something in flight, which is nothing else's.
struct BusyPort<'a>(&'a Mutex<HashSet<PortId>>, PortId);

impl<'a> BusyPort<'a> {
    fn new(busy: &'a Mutex<HashSet<PortId>>, command: &Command) -> Option<Self> {
        let port = command.target.clone();
        if !command.action.is_infrared() {
            return None;
        }
        assert!(busy.lock().unwrap().insert(port.clone()), "{port} has two in flight");
        Some(Self(busy, port))
    }
}

impl Drop for BusyPort<'_> {
    fn drop(&mut self) {
        self.0.lock().unwrap().remove(&self.1);
    }
}

impl DirectTransport for Devices {
    async fn deliver(&self, command: Arc<Command>, deadline: StdInstant) -> Delivery {
        let _in_flight = InFlight::new(&self.load);
        self.asked.send_modify(|asked| *asked += 1);
        let _port = BusyPort::new(&self.busy, &command);
        self.react(&command, Instant::from_std(deadline)).await
    }

    fn transmitters(&self, device: &Hostname) -> Transmitters {
        self.transmitters.lock().unwrap().get(device).cloned().unwrap_or_default()
    }
}

impl Probe for Devices {
    async fn ping(&self, _device: &Hostname, _deadline: StdInstant) -> ProbeOutcome {
        ProbeOutcome::NoSession
    }

    fn snapshot(&self, device: &Hostname) -> Option<DeviceSnapshot> {
        let since = Duration::ZERO;
        let presence = if self.dialled.lock().unwrap().contains(device) {
            Presence::Connecting { since }
        } else if self.away.lock().unwrap().contains(device) {
            Presence::Offline { since, cause: "switched off".to_owned(), next_try: since }
        } else {
            Presence::Online { since }
        };
        Some(DeviceSnapshot {
            device: device.clone(),
            presence,
            last_contact: None,
            address: None,
            firmware: None,
            lane: LaneSnapshot::default(),
        })
    }

    fn capabilities(&self, _device: &Hostname) -> Option<Capabilities> {
        None
    }
}

/// How long a test waits for what never comes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);
