//! A device as one service sees it: its session, calls and pings.

use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use esphome_pool::{
    Call, CallEnd, CallReport, CallRequest, ConnectError, DeviceState, SessionInfo, Written,
    codec::{
        ActionDescription, ArgDescription, ArgKind, DeviceInfo, EntityCategory, EntityDescription,
        EntityKind, Listing, PeerDescription, SupportsResponse,
    },
};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};
use venue_domain::{Action, Clock, Hostname};
use venue_lane::esphome::Link;

use crate::{
    board::{Board, Taken},
    clock::VirtualClock,
    flaw::Flaw,
    generation::Ground,
    ledger::Ledger,
    remote::{self, Press},
    story::Fault,
    wire::{Sending, sending},
};

/// The link of one service to one board.
pub(crate) struct Line {
    board: Arc<Board>,
    ledger: Arc<Ledger>,
    clock: VirtualClock,
    flaw: Option<Flaw>,
    /// The session in which the hung board owes an answer.
    owed: AtomicU64,
    /// The service lives.
    alive: Arc<AtomicBool>,
    state: watch::Sender<DeviceState>,
    latest: Mutex<Option<Arc<SessionInfo>>>,
}

/// Sessions have numbers that no other has.
static EPOCH: AtomicU64 = AtomicU64::new(1);

impl Line {
    pub(crate) fn new<S>(
        board: &Arc<Board>,
        ground: &Ground<S>,
        alive: &Arc<AtomicBool>,
    ) -> Arc<Self> {
        let since = Instant::now();
        let line = Self {
            board: Arc::clone(board),
            ledger: Arc::clone(&ground.ledger),
            clock: ground.clock.clone(),
            flaw: ground.flaw,
            owed: AtomicU64::new(0),
            alive: Arc::clone(alive),
            state: watch::Sender::new(DeviceState::Connecting { since, attempt: 1 }),
            latest: Mutex::default(),
        };
        line.look();
        Arc::new(line)
    }

    /// Sees what has become of the board.
    pub(crate) fn look(&self) {
        let away = *self.board.away.borrow();
        let online = matches!(*self.state.borrow(), DeviceState::Online(_));
        if away && online {
            let since = Instant::now();
            let next_try = since + Duration::from_secs(1);
            let cause = Arc::new(reset());
            self.state.send_replace(DeviceState::Offline { since, attempt: 1, cause, next_try });
        } else if !away && !online && !*self.board.hung.borrow() {
            // A board that hangs answers no greeting.
            let session = Arc::new(session(&self.board));
            *self.latest.lock().unwrap() = Some(Arc::clone(&session));
            self.state.send_replace(DeviceState::Online(session));
        }
    }

    /// Its session ends for good: another link is used from here on.
    pub(crate) fn leave(&self) {
        let since = Instant::now();
        let next_try = since + Duration::from_secs(1);
        let cause = Arc::new(reset());
        self.state.send_replace(DeviceState::Offline { since, attempt: 1, cause, next_try });
    }

    pub(crate) fn name(&self) -> Hostname {
        self.board.name.parse().unwrap()
    }

    pub(crate) fn is_online(&self) -> bool {
        matches!(*self.state.borrow(), DeviceState::Online(_))
    }

    async fn lost(&self, epoch: u64) {
        let gone =
            |state: &DeviceState| !matches!(state, DeviceState::Online(s) if s.epoch == epoch);
        drop(self.state.subscribe().wait_for(gone).await);
    }

    /// Waits while the board is hung.
    async fn awake(&self) {
        drop(self.board.hung.subscribe().wait_for(|hung| !hung).await);
    }

    async fn if_alive(&self) {
        if !self.alive.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
    }

    /// From the first byte on, of a call that takes so long on the air if it is infrared.
    async fn react(
        &self,
        (fault, air_time): (Option<Fault>, Option<Duration>),
        epoch: u64,
        deadline: Instant,
    ) -> CallEnd {
        let answer = async {
            if fault == Some(Fault::DropsReply) {
                std::future::pending::<()>().await;
            }
            self.awake().await;
            let success = fault != Some(Fault::Refuses);
            if let Some(air_time) = air_time {
                // What is refused was displaced by somebody else's, and is on the air all the same.
                let done = if success { air_time } else { Duration::ZERO };
                sleep_until(Instant::now() + done).await;
                return CallEnd::InfraredDone { success };
            }
            if !success {
                let (error_message, data) = ("no".to_owned(), Default::default());
                return CallEnd::Replied { success, error_message, data };
            }
            sleep_until(Instant::now() + Duration::from_millis(10)).await;
            CallEnd::Barrier
        };
        tokio::select! {
            biased;
            end = answer => end,
            () = self.lost(epoch) => {
                CallEnd::SessionLost { written: Written::Started, cause: Arc::new(reset()) }
            }
            () = sleep_until(deadline) => {
                self.owed.store(epoch, Ordering::SeqCst);
                CallEnd::NothingInTime { written: Written::Started }
            }
        }
    }
}

impl Link for Line {
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
        let report = self.exchange(call, deadline).await;
        if !is_success(&report.end) {
            sending(|sending| self.ledger.press_failed(sending.id));
        }
        report
    }

    async fn barrier(&self, deadline: Instant) -> bool {
        let DeviceState::Online(session) = self.state() else { return false };
        if self.flaw == Some(Flaw::DoubtIgnored) {
            return true;
        }
        tokio::select! {
            biased;
            () = self.awake() => {
                self.owed.store(0, Ordering::SeqCst);
                true
            }
            () = self.lost(session.epoch) => false,
            () = sleep_until(deadline) => false,
        }
    }
}

/// Whether the board said that it did what it was sent.
const fn is_success(end: &CallEnd) -> bool {
    matches!(
        end,
        CallEnd::Barrier
            | CallEnd::Replied { success: true, .. }
            | CallEnd::InfraredDone { success: true }
    )
}

impl Line {
    /// Sends a call and waits for what shows that it was taken.
    async fn exchange(&self, call: Call, deadline: Instant) -> CallReport {
        let since = Instant::now();
        let report = |end, epoch| CallReport { end, epoch, took: since.elapsed() };
        let epoch = call.epoch.unwrap();
        let (presses, air_time) = infrared(&call.request, self.flaw);
        // What follows the first press of a command asks nobody.
        let is_first = call.guard.is_some();
        let id = sending(|sending| sending.id);
        self.if_alive().await;
        let fault = self.board.next();
        let first_byte = match fault {
            Some(Fault::Stalls) => deadline,
            Some(Fault::Lags(ms)) => since + Duration::from_millis(ms),
            _ => since,
        };
        sleep_until(first_byte.min(deadline)).await;
        if first_byte >= deadline {
            return report(CallEnd::NothingInTime { written: Written::Skipped }, None);
        }
        self.if_alive().await;
        let state = self.state();
        if !matches!(&state, DeviceState::Online(session) if session.epoch == epoch) {
            return report(CallEnd::NotConnected { state }, None);
        }
        if !call.guard.is_none_or(|guard| guard()) {
            return report(CallEnd::Withdrawn, None);
        }
        if *self.board.hung.borrow() && self.owed.load(Ordering::SeqCst) == epoch {
            id.into_iter().for_each(|id| self.ledger.sent_unconfirmed(id));
        }
        let again = |sending: &Sending| is_first && self.ledger.is_restated(sending.id);
        if sending(|sending| sending.is_left_out(again(sending), self.flaw)) == Some(true) {
            return report(CallEnd::Barrier, Some(epoch));
        }
        let now = self.clock.now();
        let frame = id.and_then(|id| {
            if is_first { self.ledger.sent(id, now) } else { self.ledger.last_sent(id) }
        });
        let keys = presses.len();
        if let Some(frame) = frame {
            self.ledger.pressed(frame.id, is_first, keys);
            self.board.take(Taken { frame, presses });
        }
        let end = self.react((fault, air_time), epoch, deadline).await;
        self.if_alive().await;
        let is_whole = sending(|sending| sending.is_whole_with(keys)) == Some(true);
        match (&end, id) {
            (CallEnd::Replied { success: false, .. }, Some(id)) if is_first => {
                self.ledger.known(id);
                self.ledger.refused(id);
            }
            (end, Some(id)) if is_whole && is_success(end) => self.ledger.known(id),
            _ => {}
        }
        let hidden = self.flaw == Some(Flaw::LateKeysUnnoticed);
        let took = if hidden { Duration::ZERO } else { since.elapsed() };
        CallReport { took, ..report(end, Some(epoch)) }
    }
}

fn reset() -> ConnectError {
    let address = ([127, 0, 0, 1], 6053).into();
    ConnectError::Connect { address, source: io::ErrorKind::ConnectionReset.into() }
}

/// The keys in a request, and how long they take, where it is infrared.
fn infrared(request: &CallRequest, flaw: Option<Flaw>) -> (Vec<Press>, Option<Duration>) {
    let CallRequest::Infrared(request) = request else { return (Vec::new(), None) };
    let timings = request.timings_us();
    let mut presses = remote::read(timings);
    if flaw == Some(Flaw::ToggleBitStays) {
        presses.iter_mut().for_each(|press| press.toggle = false);
    }
    let us = timings.iter().map(|us| u64::from(us.unsigned_abs())).sum();
    (presses, Some(Duration::from_micros(us)))
}

fn session(board: &Board) -> SessionInfo {
    // A chip that times infrared by hardware.
    let model = if board.has_infrared() { "esp32dev" } else { "" };
    let peer = PeerDescription {
        name: board.name.clone(),
        mac: None,
        api_version: (1, 19),
        server_info: String::new(),
        device_info: DeviceInfo { model: model.to_owned(), ..DeviceInfo::default() },
        listing: Arc::new(if board.has_infrared() { transmitters() } else { listing() }),
    };
    SessionInfo {
        epoch: EPOCH.fetch_add(1, Ordering::Relaxed),
        peer: Arc::new(peer),
        since: Instant::now(),
        address: ([127, 0, 0, 1], 6053).into(),
        connect_took: Duration::ZERO,
    }
}

/// Three transmitters, and nothing else.
fn transmitters() -> Listing {
    let transmitter = |port: u32| EntityDescription {
        kind: EntityKind::Infrared { capabilities: 1, receiver_frequency: 0 },
        object_id: String::new(),
        key: port,
        name: format!("Port {port}"),
        device_id: 0,
        device_class: String::new(),
        unit_of_measurement: String::new(),
        icon: String::new(),
        category: EntityCategory::Main,
        disabled_by_default: false,
    };
    Listing { entities: [1, 2, 3].map(transmitter).into(), ..Listing::default() }
}

/// Every action, as today's firmware advertises it.
fn listing() -> Listing {
    let argument =
        |name: &str, kind| ArgDescription { name: name.to_owned(), kind, optional: false };
    let action = |(key, name): (u32, &str)| {
        let parameter = match name {
            "channel" => Some(argument("channel", ArgKind::Text)),
            "input" => Some(argument("input", ArgKind::Text)),
            "number" => Some(argument("digit", ArgKind::Int)),
            _ => None,
        };
        ActionDescription {
            name: format!("tv_{name}"),
            key,
            args: std::iter::once(argument("port", ArgKind::Int)).chain(parameter).collect(),
            supports_response: SupportsResponse::None,
        }
    };
    Listing { actions: (1..).zip(Action::NAMES).map(action).collect(), ..Listing::default() }
}
