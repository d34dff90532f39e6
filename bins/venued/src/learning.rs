//! Learns infrared keys: listens to what the receiver of a board sends, and tells what came of it.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use esphome_pool::{
    DeviceHandle, DeviceState, Messages, Pool, Received, SessionInfo,
    codec::{EntityDescription, EntityKind, Message},
};
use serde::Deserialize;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;
use venue_api::{CarrierFrom, LearnSession, LearnState, LearnedCode};
use venue_domain::{DirectTransport, Hostname, PortId, PortIndex, Probe};
use venue_http::{EventKind, LearnControl, LearnRejection, LearnWanted, Subscription};
use venue_infrared::{CarrierSource, Code, LearnedKey, Learner, PRESSES, Progress};
use venue_lane::{Lanes, esphome::Esphome};

use crate::watch::EventPublisher;

/// So many sessions are kept for those who ask how they ended.
const KEPT: usize = 32;

/// Bit of the capabilities of an infrared entity: it receives.
const RECEIVES: u32 = 2;

/// A board takes several digits for a channel at the most; what is heard while it may still send them is left out.
const MOST_DIGITS: u32 = 4;

/// Learns infrared keys. Clones share the sessions; with the last one all of them end.
#[derive(Clone, Debug)]
pub(crate) struct Learning {
    pool: Arc<Pool>,
    lanes: Arc<Lanes<Esphome>>,
    publisher: EventPublisher,
    sessions: Arc<Sessions>,
    /// Ends what still listens, and is cancelled with the guard.
    stop: CancellationToken,
    _guard: Arc<DropGuard>,
}

/// The last sessions, the oldest first.
#[derive(Debug, Default)]
struct Sessions(Mutex<VecDeque<Entry>>);

#[derive(Debug)]
struct Entry {
    session: LearnSession,
    end: CancellationToken,
}

/// A receiver of a board, on one session.
#[derive(Clone, Debug)]
struct Receiver {
    name: String,
    device_id: u32,
    key: u32,
    frequency: u32,
}

impl Learning {
    /// Nothing is learned yet.
    pub(crate) fn new(
        pool: Arc<Pool>,
        lanes: Arc<Lanes<Esphome>>,
        publisher: EventPublisher,
    ) -> Self {
        let stop = CancellationToken::new();
        let guard = Arc::new(stop.clone().drop_guard());
        Self { pool, lanes, publisher, sessions: Arc::default(), stop, _guard: guard }
    }

    fn start(&self, wanted: LearnWanted) -> Result<LearnSession, LearnRejection> {
        let LearnWanted { device, receiver, key } = wanted;
        let handle = self.pool.device(device.as_str()).ok_or(LearnRejection::UnknownDevice)?;
        let DeviceState::Online(info) = handle.state() else {
            return Err(LearnRejection::Offline);
        };
        let receiver = chosen(receivers(&info), receiver.as_deref())?;
        // The first press may come with the answer.
        let messages = handle.messages();
        let commands = self.publisher.hub().subscribe(None);
        let session = LearnSession {
            id: Uuid::now_v7().to_string(),
            device: device.to_string(),
            receiver: receiver.name.clone(),
            key,
            state: LearnState::Listening,
            message: format!(
                "point the remote control at {}, and press the key briefly, {PRESSES} times",
                receiver.name
            ),
            presses: 0,
            needed: PRESSES,
            learned: None,
        };
        let end = self.stop.child_token();
        self.sessions.begin(session.clone(), end.clone())?;
        tracing::info!(id = session.id, %device, receiver = session.receiver, "listening for an infrared key");
        self.publisher.publish(EventKind::InfraredLearning, &session);
        let listener = Listener {
            sessions: Arc::clone(&self.sessions),
            lanes: Arc::clone(&self.lanes),
            publisher: self.publisher.clone(),
            session: session.clone(),
            learner: Learner::new(receiver.frequency),
            begun: Instant::now(),
            device,
            receiver,
        };
        // It ends by itself within 20 s, and at once with `stop`.
        drop(tokio::spawn(listener.listen(handle, info, messages, commands, end)));
        Ok(session)
    }
}

impl LearnControl for Learning {
    fn begin(&self, wanted: LearnWanted) -> Result<LearnSession, LearnRejection> {
        self.start(wanted)
    }

    fn session(&self, id: &str) -> Option<LearnSession> {
        self.sessions.get(id)
    }

    fn end(&self, id: &str) -> Option<LearnSession> {
        let ended = self.sessions.end(id)?;
        if let Some(session) = ended.newly {
            self.publisher.publish(EventKind::InfraredLearning, &session);
        }
        self.sessions.get(id)
    }
}

/// What became of a wish to end a session.
struct Ended {
    /// The session, unless it had ended before.
    newly: Option<LearnSession>,
}

impl Sessions {
    /// Keeps a session, unless its device has one that listens.
    fn begin(&self, session: LearnSession, end: CancellationToken) -> Result<(), LearnRejection> {
        let mut entries = self.lock();
        let listens = |entry: &&Entry| entry.session.state == LearnState::Listening;
        let mut others = entries.iter().filter(listens);
        if let Some(other) = others.find(|entry| entry.session.device == session.device) {
            return Err(LearnRejection::Already { id: other.session.id.clone() });
        }
        if entries.len() >= KEPT {
            let oldest = entries.iter().position(|entry| !listens(&entry));
            entries.remove(oldest.unwrap_or(0));
        }
        entries.push_back(Entry { session, end });
        Ok(())
    }

    fn get(&self, id: &str) -> Option<LearnSession> {
        self.lock().iter().find(|entry| entry.session.id == id).map(|entry| entry.session.clone())
    }

    /// Keeps how a session stands now; `false` if it has ended already.
    fn update(&self, session: &LearnSession) -> bool {
        let mut entries = self.lock();
        let Some(entry) = entries.iter_mut().find(|entry| entry.session.id == session.id) else {
            return false;
        };
        let listens = entry.session.state == LearnState::Listening;
        if listens {
            entry.session = session.clone();
        }
        listens
    }

    fn end(&self, id: &str) -> Option<Ended> {
        let mut entries = self.lock();
        let entry = entries.iter_mut().find(|entry| entry.session.id == id)?;
        entry.end.cancel();
        if entry.session.state != LearnState::Listening {
            return Some(Ended { newly: None });
        }
        entry.session.state = LearnState::Ended;
        "ended before the key was learned".clone_into(&mut entry.session.message);
        Some(Ended { newly: Some(entry.session.clone()) })
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Entry>> {
        // A std lock: held for a look-up, never across an await.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Listens for one key.
struct Listener {
    sessions: Arc<Sessions>,
    lanes: Arc<Lanes<Esphome>>,
    publisher: EventPublisher,
    session: LearnSession,
    learner: Learner,
    begun: Instant,
    device: Hostname,
    receiver: Receiver,
}

impl Listener {
    /// Listens until the key is learned, the time is over, or `end`.
    async fn listen(
        mut self,
        handle: DeviceHandle,
        info: Arc<SessionInfo>,
        mut messages: Messages,
        mut commands: Subscription,
        end: CancellationToken,
    ) {
        let mut states = handle.watch();
        while let Some(due) = self.learner.due() {
            tokio::select! {
                // What was sent by us is known before what was heard of it.
                biased;
                () = end.cancelled() => return,
                changed = states.changed() => {
                    let is_same = |state: &DeviceState| {
                        matches!(state, DeviceState::Online(now) if now.epoch == info.epoch)
                    };
                    if changed.is_err() || !is_same(&states.borrow_and_update()) {
                        // The key of an entity holds for one session.
                        let message = "the session with the device has ended: begin again";
                        return self.report(LearnState::Lost, message.to_owned(), None);
                    }
                }
                event = commands.next() => match event {
                    Some(event) if event.kind == EventKind::CommandUpdated => {
                        self.sent(event.data.get());
                    }
                    Some(_) => {}
                    // Too slow: what is to come is enough.
                    None => commands = self.publisher.hub().subscribe(None),
                },
                received = messages.recv() => match received {
                    Some(Received::Message(message)) => self.received(&message),
                    Some(Received::Missed(_)) => {}
                    None => {
                        let message = "the device was removed".to_owned();
                        return self.report(LearnState::Lost, message, None);
                    }
                },
                () = sleep_until(self.begun + due) => {
                    let progress = self.learner.tick(self.begun.elapsed());
                    self.progressed(progress);
                }
            }
        }
    }

    fn received(&mut self, message: &Message) {
        let Message::InfraredReceive(event) = message else { return };
        if (event.device_id, event.key) != (self.receiver.device_id, self.receiver.key) {
            return;
        }
        let now = self.begun.elapsed();
        let lane = self.lanes.snapshot(&self.device).map(|snapshot| snapshot.lane);
        if lane.is_some_and(|lane| lane.in_flight.is_some()) {
            self.learner.sent(now, Duration::ZERO);
        }
        let progress = self.learner.heard(now, &event.timings);
        self.progressed(progress);
    }

    /// A command of the venue has ended: if it was for this board, the receiver may have heard it.
    fn sent(&mut self, event: &str) {
        let Ok(command) = serde_json::from_str::<CommandEnded>(event) else { return };
        let Some(took) = command.execution_time_ms else { return };
        if command.hostname != self.device.as_str() {
            return;
        }
        let now = self.begun.elapsed();
        let took = Duration::from_millis(took);
        let Ok(port) = PortIndex::try_from(command.port) else { return };
        let profile = self.lanes.timing(&PortId { device: self.device.clone(), port });
        let digits = if command.command == "channel" { MOST_DIGITS } else { 1 };
        // It may have left at the beginning of its attempt or at the end of it.
        self.learner.sent(now.saturating_sub(took), took + profile.digits_air_time(digits));
    }

    fn progressed(&mut self, progress: Option<Progress>) {
        let Some(progress) = progress else { return };
        let message = progress.to_string();
        match progress {
            Progress::Press { number, .. } => {
                self.session.presses = number;
                self.report(LearnState::Listening, message, None);
            }
            Progress::Learned(key) => {
                self.session.presses = PRESSES;
                self.report(LearnState::Learned, message, Some(learned_code(&key)));
            }
            Progress::TimedOut { .. } => self.report(LearnState::TimedOut, message, None),
            Progress::Differs { .. } | Progress::RepeatsOnly | Progress::TooLong => {
                self.report(LearnState::Listening, message, None);
            }
        }
    }

    fn report(&mut self, state: LearnState, message: String, learned: Option<LearnedCode>) {
        let session = LearnSession { state, message, learned, ..self.session.clone() };
        if self.sessions.update(&session) {
            tracing::info!(
                id = session.id,
                device = session.device,
                receiver = session.receiver,
                state = session.state.name(),
                message = session.message,
                "learning an infrared key"
            );
            self.publisher.publish(EventKind::InfraredLearning, &session);
        }
        self.session = session;
    }
}

/// What the event of a command says of it, as far as it is needed here.
#[derive(Deserialize)]
struct CommandEnded {
    hostname: String,
    port: i64,
    command: String,
    #[serde(default)]
    execution_time_ms: Option<u64>,
}

fn receivers(info: &SessionInfo) -> Vec<Receiver> {
    let entities = info.peer.listing.entities.iter();
    let receiver = |entity: &EntityDescription| {
        let EntityKind::Infrared { capabilities, receiver_frequency: frequency } = entity.kind
        else {
            return None;
        };
        let (name, device_id, key) = (entity.name.clone(), entity.device_id, entity.key);
        (capabilities & RECEIVES != 0).then_some(Receiver { name, device_id, key, frequency })
    };
    entities.filter_map(receiver).collect()
}

/// The receiver that is meant; never a guess among several.
fn chosen(receivers: Vec<Receiver>, name: Option<&str>) -> Result<Receiver, LearnRejection> {
    if receivers.is_empty() {
        return Err(LearnRejection::NoReceiver);
    }
    let names = receivers.iter().map(|receiver| receiver.name.clone()).collect();
    let is_meant = |receiver: &Receiver| name.is_none_or(|name| receiver.name == name);
    let mut meant = receivers.into_iter().filter(is_meant);
    match (meant.next(), meant.next()) {
        (Some(only), None) => Ok(only),
        _ => Err(LearnRejection::WhichReceiver { names }),
    }
}

fn learned_code(key: &LearnedKey) -> LearnedCode {
    let text = |code| Code::Parsed(code).to_string();
    LearnedCode {
        code: key.code().to_string(),
        decoded: key.decoded.map(text),
        alternatives: key.alternatives.iter().copied().map(text).collect(),
        raw: Code::Raw(key.raw.clone()).to_string(),
        toggled: key.toggled.clone().map(|raw| Code::Raw(raw).to_string()),
        carrier_hz: key.raw.carrier().hz(),
        carrier_from: match key.carrier_from {
            CarrierSource::Protocol => CarrierFrom::Protocol,
            CarrierSource::Receiver => CarrierFrom::Receiver,
            CarrierSource::Assumed => CarrierFrom::Assumed,
        },
        sends: key.sends,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receiver(name: &str) -> Receiver {
        Receiver { name: name.to_owned(), device_id: 0, key: 1, frequency: 38_000 }
    }

    fn session(device: &str) -> LearnSession {
        LearnSession {
            id: Uuid::now_v7().to_string(),
            device: device.to_owned(),
            receiver: "Eye".to_owned(),
            key: None,
            state: LearnState::Listening,
            message: String::new(),
            presses: 0,
            needed: PRESSES,
            learned: None,
        }
    }

    #[test]
    fn a_receiver_is_never_a_guess_among_several() {
        let name = |receiver: Receiver| receiver.name;
        assert_eq!(chosen(vec![receiver("Eye")], None).map(name), Ok("Eye".to_owned()));
        let two = || vec![receiver("Bar"), receiver("Door")];
        assert_eq!(chosen(two(), Some("Door")).map(name), Ok("Door".to_owned()));
        let names = vec!["Bar".to_owned(), "Door".to_owned()];
        let which = LearnRejection::WhichReceiver { names };
        assert_eq!(chosen(two(), None).map(name), Err(which.clone()));
        assert_eq!(chosen(two(), Some("Eye")).map(name), Err(which));
        assert_eq!(chosen(Vec::new(), None).map(name), Err(LearnRejection::NoReceiver));
    }

    #[test]
    fn a_device_learns_one_key_at_a_time_and_the_last_sessions_are_kept() {
        let sessions = Sessions::default();
        let begin =
            |session: &LearnSession| sessions.begin(session.clone(), CancellationToken::new());
        let first = session("ir-1");
        assert_eq!(begin(&first), Ok(()));
        let already = LearnRejection::Already { id: first.id.clone() };
        assert_eq!(begin(&session("ir-1")), Err(already));
        assert_eq!(begin(&session("ir-2")), Ok(()));
        assert!(sessions.end(&first.id).is_some_and(|ended| ended.newly.is_some()));
        assert!(sessions.end(&first.id).is_some_and(|ended| ended.newly.is_none()));
        assert!(!sessions.update(&first), "what has ended stays ended");
        for _ in 0..2 * KEPT {
            let next = session("ir-1");
            assert_eq!(begin(&next), Ok(()));
            assert!(sessions.end(&next.id).is_some());
        }
        assert_eq!(sessions.lock().len(), KEPT);
        assert!(sessions.get(&first.id).is_none());
        assert!(sessions.lock().iter().any(|entry| entry.session.device == "ir-2"), "it listens");
    }
}
