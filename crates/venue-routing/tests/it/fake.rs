//! A venue of one device whose transport answers as it was told.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use venue_routing::{
    CommandOptions, Router, RouterParts, Timeouts,
    domain::{
        Action, Capabilities, Clock, Command, CommandId, Delivery, DeviceEntry, DeviceSnapshot,
        DirectTransport, Directory, Fences, Hostname, LaneSnapshot, Outcome, Parameters, PortEntry,
        PortId, PortLock, Presence, Probe, ProbeOutcome, Timestamp, WallOffset, WallTime,
    },
};

/// What the transport was asked to deliver.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) command: Arc<Command>,
    pub(crate) deadline: Instant,
}

pub(crate) struct Scripted {
    pub(crate) outcome: Outcome,
    pub(crate) probe: ProbeOutcome,
    pub(crate) presence: Presence,
    pub(crate) asked: Arc<Mutex<Vec<Asked>>>,
    pub(crate) fences: Arc<Fences>,
    /// What somebody else wishes for the same port while the first one is tried.
    pub(crate) meanwhile: Arc<Mutex<Option<Action>>>,
}

impl Scripted {
    fn wish_meanwhile(&self, tried: &Command) {
        let Some(action) = self.meanwhile.lock().unwrap().take() else { return };
        let mut newer = Command { id: CommandId::generate(), action, ..tried.clone() };
        newer.key.sequence += 1;
        self.fences.raise(&newer);
    }
}

impl DirectTransport for Scripted {
    async fn deliver(&self, command: Arc<Command>, deadline: Instant) -> Delivery {
        if let Some(by) = self.fences.superseded_by(&command) {
            return Delivery::Superseded { by };
        }
        self.wish_meanwhile(&command);
        self.asked.lock().unwrap().push(Asked { command, deadline });
        Delivery::Ended { outcome: self.outcome.clone(), took: Duration::from_millis(7) }
    }
}

impl Probe for Scripted {
    async fn ping(&self, _device: &Hostname, _deadline: Instant) -> ProbeOutcome {
        self.probe
    }

    fn snapshot(&self, device: &Hostname) -> Option<DeviceSnapshot> {
        Some(DeviceSnapshot {
            device: device.clone(),
            presence: self.presence.clone(),
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

pub(crate) struct OneDevice {
    entry: Arc<DeviceEntry>,
    pub(crate) locks: Arc<Mutex<BTreeMap<PortId, PortLock>>>,
}

impl Directory for OneDevice {
    fn device(&self, device: &Hostname) -> Option<Arc<DeviceEntry>> {
        (*device == self.entry.hostname).then(|| Arc::clone(&self.entry))
    }

    fn devices(&self) -> Vec<Arc<DeviceEntry>> {
        vec![Arc::clone(&self.entry)]
    }

    fn lock(&self, port: &PortId, at: WallTime) -> Option<PortLock> {
        self.locks.lock().unwrap().get(port).filter(|lock| lock.holds_at(at)).cloned()
    }
}

/// A clock that stands still.
pub(crate) struct Still(pub(crate) Instant);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(1_000_000)
    }

    /// Somebody has set the wall clock back by two hours.
    fn offset(&self) -> WallOffset {
        WallOffset::from_ms(-7_200_000)
    }

    fn instant(&self) -> Instant {
        self.0
    }
}

/// A router over one device `ir-1` whose port 2 has the default channel 060; on its port 3 `power_on` is the
/// toggle.
pub(crate) struct Venue {
    pub(crate) router: Router<Scripted, OneDevice, Still>,
    pub(crate) asked: Arc<Mutex<Vec<Asked>>>,
    pub(crate) fences: Arc<Fences>,
    pub(crate) start: Instant,
}

impl Venue {
    pub(crate) fn answering(outcome: Outcome) -> Self {
        let online = Presence::Online { since: Duration::ZERO };
        Self::with(outcome, ProbeOutcome::Silent, online)
    }

    pub(crate) fn with(outcome: Outcome, probe: ProbeOutcome, presence: Presence) -> Self {
        let (start, mut parts) = Self::parts(outcome);
        parts.transport.probe = probe;
        parts.transport.presence = presence;
        let (asked, fences) = (Arc::clone(&parts.transport.asked), Arc::clone(&parts.fences));
        Self { router: Router::new(parts, Timeouts::default()), asked, fences, start }
    }

    /// What its router is made of, and when its clock stands still.
    pub(crate) fn parts(outcome: Outcome) -> (Instant, RouterParts<Scripted, OneDevice, Still>) {
        let fences = Arc::new(Fences::new());
        let entry = DeviceEntry {
            ports: vec![
                PortEntry {
                    default_channel: Some("060".parse().unwrap()),
                    ..PortEntry::new(2.try_into().unwrap())
                },
                PortEntry {
                    actions: venue_domain::PortActions::default()
                        .with("power_on", Action::Power)
                        .without("mute_off"),
                    ..PortEntry::new(3.try_into().unwrap())
                },
            ],
            ..DeviceEntry::blaster("ir-1".parse().unwrap())
        };
        #[expect(clippy::disallowed_methods, reason = "one fixed base instant; it stands still")]
        let start = Instant::now();
        let transport = Scripted {
            outcome,
            probe: ProbeOutcome::Silent,
            presence: Presence::Online { since: Duration::ZERO },
            asked: Arc::default(),
            fences: Arc::clone(&fences),
            meanwhile: Arc::default(),
        };
        let directory = OneDevice { entry: Arc::new(entry), locks: Arc::default() };
        (start, RouterParts::direct_only(transport, directory, Still(start), fences))
    }
}

/// A command with all that is wished of it.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) target: PortId,
    pub(crate) action: Action,
    pub(crate) options: CommandOptions,
}

/// The action of this name, with a parameter where it needs one; `volume_up 5` is five steps.
pub(crate) fn action(name: &str) -> Action {
    let (name, steps) = match name.split_once(' ') {
        Some((name, steps)) => (name, Some(steps.parse().unwrap())),
        None => (name, None),
    };
    let parameters = Parameters {
        steps,
        channel: (name == "channel").then(|| "5".to_owned()),
        digit: (name == "number").then_some(5),
        ..Parameters::default()
    };
    Action::parse(name, &parameters).unwrap()
}

pub(crate) fn request(name: &str, target: &str) -> Request {
    let options = CommandOptions::default();
    Request { target: target.parse().unwrap(), action: action(name), options }
}
