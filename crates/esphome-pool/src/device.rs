//! The handle of one device.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use bytes::Bytes;
use esphome_codec::{CallError, MacAddress, Message};
use tokio::{
    sync::{Notify, mpsc, oneshot, watch},
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;

use crate::{
    Call, CallEnd, CallReport, ConnectError, DeviceConfig, DeviceState, Messages, PingError, Pong,
    SendError, SessionInfo, Subscription, Written,
    call::{PendingCall, PendingPing, PendingSend, Request, Sending},
    messages::Publisher,
    subscription::Subscriptions,
};

/// Talks to one device of a pool. Clones talk to the same session.
#[derive(Clone, Debug)]
pub struct DeviceHandle {
    pub(crate) shared: Arc<Shared>,
    pub(crate) mailbox: mpsc::Sender<Request>,
}

/// What the handle and the session task share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: DeviceConfig,
    pub(crate) state: watch::Sender<DeviceState>,
    pub(crate) stop: CancellationToken,
    pub(crate) reconnect_now: Notify,
    started: Instant,
    /// Milliseconds from `started` to the last byte that came, plus one; 0 is never.
    contact: AtomicU64,
    latest: Mutex<Option<Arc<SessionInfo>>>,
    pinned: Mutex<Option<MacAddress>>,
    pub(crate) messages: Publisher,
    message_room: usize,
    pub(crate) subscriptions: Subscriptions,
}

impl Shared {
    pub(crate) fn new(config: DeviceConfig, message_room: usize, stop: CancellationToken) -> Self {
        let started = Instant::now();
        let pinned = Mutex::new(config.mac);
        Self {
            pinned,
            config,
            state: watch::Sender::new(DeviceState::Connecting { since: started, attempt: 1 }),
            messages: Publisher::new(stop.clone()),
            message_room,
            subscriptions: Subscriptions::default(),
            stop,
            reconnect_now: Notify::new(),
            started,
            contact: AtomicU64::new(0),
            latest: Mutex::new(None),
        }
    }

    pub(crate) fn note_contact(&self, now: Instant) {
        let ms = now.saturating_duration_since(self.started).as_millis();
        self.contact.store(u64::try_from(ms).unwrap_or(u64::MAX - 1) + 1, Ordering::Relaxed);
    }

    pub(crate) fn note_session(&self, session: Arc<SessionInfo>) {
        if let Some(mac) = session.peer.mac {
            self.pinned().get_or_insert(mac);
        }
        // A std lock: held for one assignment, never across an await.
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&session));
        self.state.send_replace(DeviceState::Online(session));
    }

    /// The board that must answer. A std lock: held for one look, never across an await.
    pub(crate) fn pinned(&self) -> MutexGuard<'_, Option<MacAddress>> {
        self.pinned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DeviceHandle {
    /// The name in the pool: the node name, or the address if none was given. What the device calls itself
    /// is told by its session.
    #[must_use]
    pub fn name(&self) -> &str {
        self.shared.config.pool_name()
    }

    /// The state of the session.
    #[must_use]
    pub fn state(&self) -> DeviceState {
        self.shared.state.borrow().clone()
    }

    /// The state of the session, and its changes.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<DeviceState> {
        self.shared.state.subscribe()
    }

    /// The current session, or the last one if there is none.
    #[must_use]
    pub fn latest_session(&self) -> Option<Arc<SessionInfo>> {
        self.shared.latest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The MAC address that must answer: as configured, or that of the first session.
    #[must_use]
    pub fn pinned_mac(&self) -> Option<MacAddress> {
        *self.shared.pinned()
    }

    /// From now on the board `mac` must answer: the one before was replaced. It is dialled at once. A
    /// session with another one goes on until it ends.
    pub fn accept_mac(&self, mac: MacAddress) {
        *self.shared.pinned() = Some(mac);
        self.reconnect_now();
    }

    /// When the last byte really came from the device.
    #[must_use]
    pub fn last_contact(&self) -> Option<Instant> {
        let ms = self.shared.contact.load(Ordering::Relaxed).checked_sub(1)?;
        Some(self.shared.started + std::time::Duration::from_millis(ms))
    }

    /// Makes a call and reports its evidence, at `deadline` at the latest. A device without a
    /// session is told at once: a call never waits for a connect.
    ///
    /// # Cancel safety
    /// A call whose future is dropped before its first byte is not written. After that it runs to
    /// its end, and its report is lost.
    pub async fn call(&self, call: Call, deadline: Instant) -> CallReport {
        let since = Instant::now();
        let report = |end| CallReport { end, epoch: None, took: since.elapsed() };
        let state = self.state();
        if let Some(end) = state.refuses(call.epoch) {
            return report(end);
        }
        let (reply, answer) = oneshot::channel();
        let pending = PendingCall { call, deadline, since, reply };
        match timeout_at(deadline, self.mailbox.send(Request::Call(Box::new(pending)))).await {
            // Whoever had it in hand is gone without a word: its bytes may have left.
            Ok(Ok(())) => answer.await.unwrap_or_else(|_| report(crashed())),
            Ok(Err(_)) => report(CallEnd::Stopped),
            Err(_) => report(CallEnd::NothingInTime { written: Written::Skipped }),
        }
    }

    /// Sends a ping on the current session; its answer proves that everything written before it
    /// has been consumed by the device.
    ///
    /// # Errors
    /// [`PingError`].
    ///
    /// # Cancel safety
    /// Safe: a dropped future leaves at most one unanswered ping behind.
    pub async fn ping(&self, deadline: Instant) -> Result<Pong, PingError> {
        if !matches!(self.state(), DeviceState::Online(_)) {
            return Err(PingError::NotConnected);
        }
        let (reply, answer) = oneshot::channel();
        let request = Request::Ping(Box::new(PendingPing { deadline, reply }));
        match timeout_at(deadline, self.mailbox.send(request)).await {
            Ok(Ok(())) => answer.await.unwrap_or(Err(PingError::NotConnected)),
            Ok(Err(_)) => Err(PingError::NotConnected),
            Err(_) => Err(PingError::NothingInTime),
        }
    }

    /// Sends any other message of a client: subscriptions, commands to entities. There is no
    /// evidence of its delivery; [`DeviceHandle::ping`] behind it gives some.
    ///
    /// # Errors
    /// [`SendError`]; [`SendError::Unsendable`] for a [`Message::Unknown`] or a
    /// [`Message::RawState`], which are only read, for a ping and for a call.
    ///
    /// # Cancel safety
    /// A message whose future is dropped may or may not be sent.
    pub async fn send(&self, message: Message, deadline: Instant) -> Result<(), SendError> {
        self.put(Sending::Message(message), deadline).await
    }

    /// Sends a message that `esphome-codec` does not know: `payload` is the protobuf of message `id`,
    /// and is sent as it is. What answers it comes with [`DeviceHandle::messages`].
    ///
    /// # Errors
    /// [`SendError`]; [`SendError::Unsendable`] for an id above 16,383, a payload above 8,172 bytes,
    /// a ping, and a call.
    ///
    /// # Cancel safety
    /// As [`DeviceHandle::send`].
    pub async fn send_raw(
        &self,
        id: u16,
        payload: Bytes,
        deadline: Instant,
    ) -> Result<(), SendError> {
        self.put(Sending::Raw { id, payload }, deadline).await
    }

    async fn put(&self, message: Sending, deadline: Instant) -> Result<(), SendError> {
        if !matches!(self.state(), DeviceState::Online(_)) {
            return Err(SendError::NoSession);
        }
        let (reply, answer) = oneshot::channel();
        let request = Request::Send(Box::new(PendingSend { message, deadline, reply }));
        match timeout_at(deadline, self.mailbox.send(request)).await {
            Ok(Ok(())) => answer.await.unwrap_or(Err(SendError::NoSession)),
            Ok(Err(_)) => Err(SendError::NoSession),
            Err(_) => Err(SendError::TimedOut),
        }
    }

    /// Messages that the device sends by itself: states, log lines, received infrared, and whatever
    /// nobody here knows. States and log lines come only if they were asked for
    /// ([`DeviceHandle::subscribe`]). A reader that is too slow is told how many it has missed.
    #[must_use]
    pub fn messages(&self) -> Messages {
        self.shared.messages.subscribe(self.shared.message_room)
    }

    /// Asks the device to keep sending something: at once if there is a session, and in each new session
    /// before any call. It takes the place of a subscription with the same message id, and makes a device
    /// that is asked for its states again send all of them again.
    ///
    /// # Errors
    /// [`CallError`] for a [`Subscription::Raw`] that could never be sent; it is not kept then.
    pub fn subscribe(&self, subscription: &Subscription) -> Result<(), CallError> {
        self.shared.subscriptions.keep(subscription)?;
        self.wake();
        Ok(())
    }

    /// Forgets the subscription whose message has this id ([`Subscription::id`]). Log lines end at once;
    /// anything else ends with the session, as the protocol has no word for it.
    pub fn unsubscribe(&self, id: u16) {
        self.shared.subscriptions.forget(id);
        self.wake();
    }

    /// Makes the session look at what has changed. A mailbox that is full wakes it as well.
    fn wake(&self) {
        let _full_or_stopped = self.mailbox.try_send(Request::Wake);
    }

    /// Tries the next connect now: an admin has put something right, or the device was sighted.
    /// Does nothing while there is a session.
    pub fn reconnect_now(&self) {
        self.shared.reconnect_now.notify_one();
    }
}

fn crashed() -> CallEnd {
    let cause = Arc::new(ConnectError::Crashed);
    CallEnd::SessionLost { written: Written::Started, cause }
}
