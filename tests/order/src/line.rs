//! A device as one service sees it: its session, calls and pings.

use std::{
    io,
    sync::{
        Arc, Mutex, OnceLock, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use esphome_pool::{
    Call, CallEnd, CallReport, ConnectError, DeviceState, SessionInfo, Written,
    codec::{
        ActionDescription, ArgDescription, ArgKind, DeviceInfo, Listing, PeerDescription,
        SupportsResponse,
    },
};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};
use venue_domain::{Action, Clock, Hostname, Probe};
use venue_lane::{
    Lanes,
    esphome::{Esphome, Link},
};

use crate::{
    board::Board, clock::VirtualClock, flaw::Flaw, generation::Ground, ledger::Ledger, story::Fault,
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
    lanes: OnceLock<Weak<Lanes<Esphome<Self>>>>,
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
            lanes: OnceLock::new(),
        };
        line.look();
        Arc::new(line)
    }

    /// The lanes, which know what is in flight.
    pub(crate) fn serve(&self, lanes: &Arc<Lanes<Esphome<Self>>>) {
        self.lanes.set(Arc::downgrade(lanes)).unwrap();
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
        } else if !away && !online {
            let session = Arc::new(session(&self.board.name));
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

    /// From the first byte on.
    async fn react(&self, fault: Option<Fault>, epoch: u64, deadline: Instant) -> CallEnd {
        let answer = async {
            match fault {
                Some(Fault::DropsReply) => std::future::pending().await,
                Some(Fault::Refuses) => {
                    self.awake().await;
                    CallEnd::Replied {
                        success: false,
                        error_message: "no".to_owned(),
                        data: Default::default(),
                    }
                }
                _ => {
                    self.awake().await;
                    sleep_until(Instant::now() + Duration::from_millis(10)).await;
                    CallEnd::Barrier
                }
            }
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
        let since = Instant::now();
        let report = |end, epoch| CallReport { end, epoch, took: since.elapsed() };
        let epoch = call.epoch.unwrap();
        let lanes = self.lanes.get().and_then(Weak::upgrade).unwrap();
        // The lane has told what it launches.
        let id = lanes.snapshot(&self.name()).and_then(|snapshot| snapshot.lane.in_flight);
        drop(lanes);
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
        let restated = id.is_some_and(|id| self.ledger.is_restated(id));
        if restated && self.flaw == Some(Flaw::NothingRestated) {
            return report(CallEnd::Barrier, Some(epoch));
        }
        if let Some(frame) = id.and_then(|id| self.ledger.sent(id, self.clock.now())) {
            self.board.take(frame);
        }
        let end = self.react(fault, epoch, deadline).await;
        self.if_alive().await;
        match (&end, id) {
            (CallEnd::Replied { success, .. }, Some(id)) => {
                self.ledger.known(id);
                if !success {
                    self.ledger.refused(id);
                }
            }
            (CallEnd::Barrier, Some(id)) => self.ledger.known(id),
            _ => {}
        }
        report(end, Some(epoch))
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

fn reset() -> ConnectError {
    let address = ([127, 0, 0, 1], 6053).into();
    ConnectError::Connect { address, source: io::ErrorKind::ConnectionReset.into() }
}

fn session(name: &str) -> SessionInfo {
    let peer = PeerDescription {
        name: name.to_owned(),
        mac: None,
        api_version: (1, 19),
        server_info: String::new(),
        device_info: DeviceInfo::default(),
        listing: Arc::new(listing()),
    };
    SessionInfo {
        epoch: EPOCH.fetch_add(1, Ordering::Relaxed),
        peer: Arc::new(peer),
        since: Instant::now(),
        address: ([127, 0, 0, 1], 6053).into(),
        connect_took: Duration::ZERO,
    }
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
