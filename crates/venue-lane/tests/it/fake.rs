//! A device as its lane sees it, that does what it is told and remembers what it was sent.

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use esphome_pool::{
    Call, CallEnd, CallReport, CallRequest, ConnectError, DeviceState, EvidenceWanted,
    Misconfiguration, SessionInfo, Written,
    codec::{
        ActionCall, ActionDescription, ArgDescription, ArgKind, ArgValue, DeviceInfo, Listing,
        PeerDescription, SupportsResponse,
    },
};
use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep_until, timeout, timeout_at},
};
use venue_domain::Action;
use venue_lane::esphome::Link;

/// What the device does with one call.
#[derive(Clone, Debug)]
pub(crate) enum Reaction {
    /// It answers the ping behind the call after this time, if that is in time.
    Takes(Duration),
    /// It says no at once, in these words.
    Refuses(&'static str),
    /// Bytes leave and nothing comes back, until the deadline or the end of the session.
    Hangs,
    /// The call waits here before its first byte; then it is taken at once.
    Held(Arc<Notify>),
    /// The socket takes no byte before the deadline.
    Stalls,
}

/// What the device does with one ping.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PingReaction {
    /// It answers at once.
    Answers,
    /// No answer, until the deadline or the end of the session.
    Hangs,
    /// It fails at once.
    Fails,
}

/// A call of which bytes have left.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    /// Such as `mute@2` or `channel 501@1`.
    pub(crate) what: String,
    pub(crate) epoch: u64,
    pub(crate) start: Instant,
    pub(crate) end: Option<Instant>,
    /// Whether anything came back.
    pub(crate) evidence: bool,
    /// Whether it said no.
    pub(crate) refused: bool,
}

/// The device.
pub(crate) struct Fake {
    state: watch::Sender<DeviceState>,
    latest: Mutex<Option<Arc<SessionInfo>>>,
    reactions: Mutex<VecDeque<Reaction>>,
    pings: Mutex<VecDeque<PingReaction>>,
    sent: watch::Sender<Vec<Sent>>,
    pinged: watch::Sender<Vec<Instant>>,
    answered: Mutex<Vec<Instant>>,
    /// Whether the next look at its state crashes.
    crash: std::sync::atomic::AtomicBool,
    listing: Listing,
    labels: Vec<(ActionCall, String)>,
}

impl Fake {
    /// A device that is online, takes every call within 10 ms and answers every ping.
    pub(crate) fn online() -> Arc<Self> {
        let fake = Self::dialled();
        fake.connect(1);
        fake
    }

    /// Likewise, once it is: it is being dialled for the first time.
    pub(crate) fn dialled() -> Arc<Self> {
        let listing = listing();
        let fake = Self {
            state: watch::Sender::new(DeviceState::Connecting {
                since: Instant::now(),
                attempt: 1,
            }),
            latest: Mutex::default(),
            reactions: Mutex::default(),
            pings: Mutex::default(),
            sent: watch::Sender::default(),
            pinged: watch::Sender::default(),
            answered: Mutex::default(),
            crash: std::sync::atomic::AtomicBool::new(false),
            labels: labels(&listing),
            listing,
        };
        Arc::new(fake)
    }

    /// Whoever looks at its state next crashes.
    pub(crate) fn crash(&self) {
        self.crash.store(true, std::sync::atomic::Ordering::SeqCst);
    }

    /// A new session.
    pub(crate) fn connect(&self, epoch: u64) {
        self.connect_as(epoch, "02:00:00:00:00:01");
    }

    /// The board with this MAC address opens a session.
    pub(crate) fn connect_as(&self, epoch: u64, mac: &str) {
        let mac = Some(mac.parse().unwrap());
        let peer = PeerDescription {
            mac,
            name: "ir-1".to_owned(),
            api_version: (1, 19),
            server_info: String::new(),
            device_info: DeviceInfo::default(),
            listing: Arc::new(self.listing.clone()),
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

    /// The session ends, and is tried again in a while.
    pub(crate) fn disconnect(&self) {
        let now = Instant::now();
        let next_try = now + Duration::from_secs(1);
        let cause = Arc::new(reset());
        self.state.send_replace(DeviceState::Offline { since: now, attempt: 1, cause, next_try });
    }

    /// It is dialled.
    pub(crate) fn dial(&self, attempt: u32) {
        let since = Instant::now();
        self.state.send_replace(DeviceState::Connecting { since, attempt });
    }

    /// The session ends, and an admin is needed.
    pub(crate) fn misconfigure(&self) {
        let since = Instant::now();
        let next_try = since + Duration::from_secs(60);
        let cause = Misconfiguration::WrongKey;
        self.state.send_replace(DeviceState::Misconfigured { since, cause, next_try });
    }

    /// The pool has stopped.
    pub(crate) fn stop(&self) {
        self.state.send_replace(DeviceState::Stopped);
    }

    /// What it does with the next calls; after them it takes every call within 10 ms.
    pub(crate) fn will(&self, reactions: impl IntoIterator<Item = Reaction>) {
        self.reactions.lock().unwrap().extend(reactions);
    }

    /// What it does with the next pings; after them it answers every one.
    pub(crate) fn will_ping(&self, reactions: impl IntoIterator<Item = PingReaction>) {
        self.pings.lock().unwrap().extend(reactions);
    }

    /// The calls of which bytes have left, in order.
    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.sent.borrow().clone()
    }

    /// Their names.
    pub(crate) fn words(&self) -> Vec<String> {
        self.sent().into_iter().map(|sent| sent.what).collect()
    }

    /// When the lane's pings were sent.
    pub(crate) fn pinged(&self) -> Vec<Instant> {
        self.pinged.borrow().clone()
    }

    /// When it answered a ping.
    pub(crate) fn answered(&self) -> Vec<Instant> {
        self.answered.lock().unwrap().clone()
    }

    /// Waits until bytes of that many calls have left.
    pub(crate) async fn wait_for_sent(&self, count: usize) {
        let mut sent = self.sent.subscribe();
        timeout(PATIENCE, sent.wait_for(|sent| sent.len() >= count)).await.unwrap().unwrap();
    }

    /// Waits until that many pings have been sent.
    pub(crate) async fn wait_for_pings(&self, count: usize) {
        let mut pings = self.pinged.subscribe();
        timeout(PATIENCE, pings.wait_for(|pings| pings.len() >= count)).await.unwrap().unwrap();
    }

    fn begin(&self, what: String, epoch: u64) -> usize {
        let sent =
            Sent { what, epoch, start: Instant::now(), end: None, evidence: false, refused: false };
        self.sent.send_modify(|all| all.push(sent));
        self.sent.borrow().len() - 1
    }

    fn label(&self, request: &CallRequest) -> String {
        let CallRequest::Action(call) = request else { panic!("a lane sends actions only") };
        let label = self.labels.iter().find(|(known, _)| known == call);
        label.map(|(_, label)| label.clone()).expect("a call that the test knows")
    }

    /// Waits for the end of the session `epoch`.
    async fn session_lost(&self, epoch: u64) {
        let gone =
            |state: &DeviceState| !matches!(state, DeviceState::Online(s) if s.epoch == epoch);
        drop(self.state.subscribe().wait_for(gone).await);
    }

    /// From the first byte on.
    async fn react(
        &self,
        reaction: Reaction,
        wanted: EvidenceWanted,
        epoch: u64,
        deadline: Instant,
    ) -> CallEnd {
        let answer = match reaction {
            Reaction::Takes(after) => Instant::now() + after,
            Reaction::Held(_) => Instant::now(),
            Reaction::Hangs | Reaction::Stalls => Instant::now() + PATIENCE,
            Reaction::Refuses(words) => {
                let error_message = words.to_owned();
                return CallEnd::Replied {
                    success: false,
                    error_message,
                    data: Default::default(),
                };
            }
        };
        tokio::select! {
            biased;
            () = sleep_until(answer) => evidence(wanted),
            () = self.session_lost(epoch) => {
                CallEnd::SessionLost { written: Written::Started, cause: Arc::new(reset()) }
            }
            () = sleep_until(deadline) => CallEnd::NothingInTime { written: Written::Started },
        }
    }
}

impl Link for Fake {
    fn state(&self) -> DeviceState {
        if self.crash.swap(false, std::sync::atomic::Ordering::SeqCst) {
            panic!("a fault of ours");
        }
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
        let epoch = call.epoch.expect("a lane names the session");
        let next = self.reactions.lock().unwrap().pop_front();
        let reaction = next.unwrap_or(Reaction::Takes(Duration::from_millis(10)));
        if let Reaction::Held(until) = &reaction {
            until.notified().await;
        }
        if let Reaction::Stalls = reaction {
            sleep_until(deadline).await;
            return report(CallEnd::NothingInTime { written: Written::Skipped }, None);
        }
        let state = self.state();
        if !matches!(&state, DeviceState::Online(session) if session.epoch == epoch) {
            return report(CallEnd::NotConnected { state }, None);
        }
        if !call.guard.is_none_or(|guard| guard()) {
            return report(CallEnd::Withdrawn, None);
        }
        let index = self.begin(self.label(&call.request), epoch);
        let end = self.react(reaction, call.evidence, epoch, deadline).await;
        self.sent.send_modify(|all| {
            all[index].end = Some(Instant::now());
            all[index].evidence = matches!(end, CallEnd::Barrier | CallEnd::Replied { .. });
            all[index].refused = matches!(end, CallEnd::Replied { success: false, .. });
        });
        report(end, Some(epoch))
    }

    async fn barrier(&self, deadline: Instant) -> bool {
        let DeviceState::Online(session) = self.state() else { return false };
        self.pinged.send_modify(|pings| pings.push(Instant::now()));
        let next = self.pings.lock().unwrap().pop_front();
        match next.unwrap_or(PingReaction::Answers) {
            PingReaction::Answers => {
                self.answered.lock().unwrap().push(Instant::now());
                true
            }
            PingReaction::Fails => false,
            PingReaction::Hangs => {
                drop(timeout_at(deadline, self.session_lost(session.epoch)).await);
                false
            }
        }
    }
}

/// How long a test waits for what never comes.
const PATIENCE: Duration = Duration::from_secs(600);

/// What shows that a call was taken, where it is looked for.
fn evidence(wanted: EvidenceWanted) -> CallEnd {
    match wanted {
        EvidenceWanted::Reply => CallEnd::Replied {
            success: true,
            error_message: String::new(),
            data: Default::default(),
        },
        EvidenceWanted::Barrier => CallEnd::Barrier,
        EvidenceWanted::InfraredComplete => CallEnd::InfraredDone { success: true },
    }
}

fn reset() -> ConnectError {
    let address = ([127, 0, 0, 1], 6053).into();
    ConnectError::Connect { address, source: io::ErrorKind::ConnectionReset.into() }
}

/// Every action but `tv_menu`, as today's firmware advertises it; `tv_info` replies.
fn listing() -> Listing {
    let int =
        |name: &str| ArgDescription { name: name.to_owned(), kind: ArgKind::Int, optional: false };
    let names = Action::NAMES.into_iter().filter(|name| *name != "menu");
    let action = |(key, name): (u32, &str)| {
        let (name, parameter) = match name {
            "channel" => ("tv_channel".to_owned(), Some(("channel", ArgKind::Text))),
            "number" => ("tv_number".to_owned(), Some(("digit", ArgKind::Int))),
            "diagnostic_signal" => (name.to_owned(), Some(("code", ArgKind::Int))),
            _ => (format!("tv_{name}"), None),
        };
        let parameter = parameter.map(|(name, kind)| ArgDescription { kind, ..int(name) });
        let supports_response = match name.as_str() {
            "tv_info" => SupportsResponse::Status,
            _ => SupportsResponse::None,
        };
        let args = std::iter::once(int("port")).chain(parameter).collect();
        ActionDescription { name, key, args, supports_response }
    };
    Listing { actions: (1..).zip(names).map(action).collect(), ..Listing::default() }
}

/// The calls that tests make, by name.
fn labels(listing: &Listing) -> Vec<(ActionCall, String)> {
    let mut labels = Vec::new();
    for action in &listing.actions {
        let name = action.name.trim_start_matches("tv_");
        for port in 0..=5 {
            let parameters: Vec<(String, Vec<ArgValue>)> = match name {
                "channel" => ["5", "7", "9", "501"]
                    .map(|c| (format!("channel {c}"), vec![ArgValue::Text(c.to_owned())]))
                    .into(),
                "number" | "diagnostic_signal" => {
                    (0..=9).map(|n| (format!("{name} {n}"), vec![ArgValue::Int(n)])).collect()
                }
                _ => vec![(name.to_owned(), vec![])],
            };
            for (what, values) in parameters {
                let values = [vec![ArgValue::Int(port)], values].concat();
                labels.push((action.call(values).unwrap(), format!("{what}@{port}")));
            }
        }
    }
    labels
}
