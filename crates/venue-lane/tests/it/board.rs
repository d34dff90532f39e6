//! A board with infrared transmitters, a button, a switch and one action of its own, in virtual time.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use esphome_pool::{
    Call, CallEnd, CallReport, CallRequest, ConnectError, DeviceState, EvidenceWanted, SessionInfo,
    Written,
    codec::{
        ActionDescription, ArgDescription, ArgKind, DeviceInfo, EntityCategory, EntityDescription,
        EntityId, EntityKind, Listing, PeerDescription, SupportsResponse,
    },
};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until, timeout},
};
use venue_lane::esphome::Link;

/// What the board does with one request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Does {
    /// It shows that it has taken it, or sent it, after this time.
    Shows(Duration),
    /// It says that it has not left, after this time.
    Fails(Duration),
    /// Its socket takes no byte.
    Stalls,
    /// Nothing comes back.
    Nothing,
    /// The session ends.
    Ends,
}

/// A request of which bytes have left.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) request: CallRequest,
    pub(crate) evidence: EvidenceWanted,
    pub(crate) at: Instant,
}

/// The board.
pub(crate) struct Board {
    state: watch::Sender<DeviceState>,
    latest: Mutex<Option<Arc<SessionInfo>>>,
    does: Mutex<VecDeque<Does>>,
    sent: watch::Sender<Vec<Sent>>,
    pings: Mutex<usize>,
    api_version: (u32, u32),
    model: &'static str,
}

impl Board {
    pub(crate) fn new(api_version: (u32, u32), model: &'static str) -> Arc<Self> {
        let since = Instant::now();
        let board = Self {
            state: watch::Sender::new(DeviceState::Connecting { since, attempt: 1 }),
            latest: Mutex::default(),
            does: Mutex::default(),
            sent: watch::Sender::default(),
            pings: Mutex::default(),
            api_version,
            model,
        };
        board.connect(1);
        Arc::new(board)
    }

    /// A new session.
    pub(crate) fn connect(&self, epoch: u64) {
        let peer = PeerDescription {
            mac: None,
            name: "ir-1".to_owned(),
            api_version: self.api_version,
            server_info: String::new(),
            device_info: DeviceInfo { model: self.model.to_owned(), ..DeviceInfo::default() },
            listing: Arc::new(listing()),
        };
        let session = Arc::new(SessionInfo {
            epoch,
            peer: Arc::new(peer),
            since: Instant::now(),
            address: ([127, 0, 0, 1], 6053).into(),
            connect_took: Duration::ZERO,
        });
        *self.latest.lock().unwrap() = Some(Arc::clone(&session));
        self.state.send_replace(DeviceState::Online(session));
    }

    /// What it does with the next requests; after them it shows each one after 10 ms.
    pub(crate) fn will(&self, does: impl IntoIterator<Item = Does>) {
        self.does.lock().unwrap().extend(does);
    }

    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.sent.borrow().clone()
    }

    pub(crate) fn pings(&self) -> usize {
        *self.pings.lock().unwrap()
    }

    /// Waits until bytes of that many requests have left.
    pub(crate) async fn wait_for_sent(&self, count: usize) {
        let mut sent = self.sent.subscribe();
        let sent = timeout(Duration::from_secs(600), sent.wait_for(|sent| sent.len() >= count));
        sent.await.unwrap().unwrap();
    }

    fn disconnect(&self) {
        let (since, cause) = (Instant::now(), Arc::new(ConnectError::Stalled));
        let next_try = since + Duration::from_secs(1);
        self.state.send_replace(DeviceState::Offline { since, attempt: 1, cause, next_try });
    }

    async fn react(&self, wanted: EvidenceWanted, deadline: Instant) -> CallEnd {
        let does = self.does.lock().unwrap().pop_front();
        let (end, at) = match does.unwrap_or(Does::Shows(Duration::from_millis(10))) {
            Does::Shows(after) => (shown(wanted, true), Instant::now() + after),
            Does::Fails(after) => (shown(wanted, false), Instant::now() + after),
            Does::Stalls => return CallEnd::NothingInTime { written: Written::Skipped },
            Does::Nothing => (CallEnd::NothingInTime { written: Written::Started }, deadline),
            Does::Ends => {
                self.disconnect();
                let cause = Arc::new(ConnectError::Stalled);
                return CallEnd::SessionLost { written: Written::Started, cause };
            }
        };
        sleep_until(at.min(deadline)).await;
        if at > deadline { CallEnd::NothingInTime { written: Written::Started } } else { end }
    }
}

fn shown(wanted: EvidenceWanted, success: bool) -> CallEnd {
    match wanted {
        EvidenceWanted::InfraredComplete => CallEnd::InfraredDone { success },
        EvidenceWanted::Barrier => CallEnd::Barrier,
        EvidenceWanted::Reply => {
            CallEnd::Replied { success, error_message: String::new(), data: Default::default() }
        }
    }
}

impl Link for Board {
    fn state(&self) -> DeviceState {
        self.state.borrow().clone()
    }

    fn watch(&self) -> watch::Receiver<DeviceState> {
        self.state.subscribe()
    }

    fn latest_session(&self) -> Option<Arc<SessionInfo>> {
        self.latest.lock().unwrap().clone()
    }

    fn last_contact(&self) -> Option<Instant> {
        None
    }

    async fn call(&self, call: Call, deadline: Instant) -> CallReport {
        let since = Instant::now();
        let report = |end, epoch| CallReport { end, epoch, took: since.elapsed() };
        let state = self.state();
        if !matches!(&state, DeviceState::Online(session) if Some(session.epoch) == call.epoch) {
            return report(CallEnd::NotConnected { state }, None);
        }
        if !call.guard.is_none_or(|guard| guard()) {
            return report(CallEnd::Withdrawn, None);
        }
        let Call { request, evidence, epoch, .. } = call;
        self.sent.send_modify(|all| all.push(Sent { request, evidence, at: since }));
        report(self.react(evidence, deadline).await, epoch)
    }

    async fn barrier(&self, _deadline: Instant) -> bool {
        *self.pings.lock().unwrap() += 1;
        matches!(self.state(), DeviceState::Online(_))
    }
}

/// The entity of one port.
pub(crate) const fn port(number: u32) -> EntityId {
    EntityId { device_id: 0, key: 100 + number }
}

fn listing() -> Listing {
    let entity = |key: u32, name: &str, kind| EntityDescription {
        kind,
        object_id: String::new(),
        key,
        name: name.to_owned(),
        device_id: 0,
        device_class: String::new(),
        unit_of_measurement: String::new(),
        icon: String::new(),
        category: EntityCategory::Main,
        disabled_by_default: false,
    };
    let infrared = |capabilities| EntityKind::Infrared { capabilities, receiver_frequency: 0 };
    let ports = [1, 2, 6].map(|n| entity(port(n).key, &format!("Port {n}"), infrared(1)));
    let others = [entity(201, "Eye", infrared(2)), entity(202, "TV Power", EntityKind::Button)];
    let argument =
        |name: &str, kind| ArgDescription { name: name.to_owned(), kind, optional: false };
    let action = ActionDescription {
        name: "send_key".to_owned(),
        key: 7,
        args: vec![argument("key", ArgKind::Text), argument("times", ArgKind::Int)],
        supports_response: SupportsResponse::None,
    };
    Listing {
        actions: vec![action],
        entities: ports.into_iter().chain(others).collect(),
        ..Listing::default()
    }
}
