//! What a device is asked to keep sending, in each session anew.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use esphome_codec::{CallError, ClientSession, Message, proto};

use crate::call::ensure_no_call;

/// What a device keeps sending once it was asked to. A device knows it for one session only: the pool asks
/// again in each ([`crate::DeviceHandle::subscribe`]).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Subscription {
    /// All states, then each one that changes (`SubscribeStatesRequest`, id 20).
    States,
    /// Log lines (`SubscribeLogsRequest`, id 28).
    Logs {
        /// Up to this level: 1 error, 2 warning, 3 information, 4 configuration, 5 debug, 6 verbose,
        /// 7 very verbose. 0 is none.
        level: u32,
        /// Whether the configuration is written to the log at first, in each session.
        dump_config: bool,
    },
    /// Anything else: message `id` with the protobuf `payload`, as for
    /// [`crate::DeviceHandle::send_raw`].
    Raw {
        /// The message id; 16,383 at the most.
        id: u16,
        /// The payload; 8,172 bytes at the most.
        payload: Bytes,
    },
}

impl Subscription {
    /// The id of the message that asks for it: a device has one subscription of each.
    #[must_use]
    pub const fn id(&self) -> u16 {
        match self {
            Self::States => STATES,
            Self::Logs { .. } => LOGS,
            Self::Raw { id, .. } => *id,
        }
    }

    fn payload(&self) -> Bytes {
        let message: Message = match self {
            Self::States => proto::SubscribeStatesRequest {}.into(),
            Self::Logs { level, dump_config } => {
                proto::SubscribeLogsRequest { level: *level, dump_config: *dump_config }.into()
            }
            Self::Raw { payload, .. } => return payload.clone(),
        };
        let mut payload = Vec::with_capacity(message.payload_size());
        message.encode_payload(&mut payload);
        payload.into()
    }
}

/// The ids of `SubscribeStatesRequest` and `SubscribeLogsRequest`.
const STATES: u16 = 20;
const LOGS: u16 = 28;

/// The subscriptions of one device, by the ids of their messages.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    kept: Mutex<BTreeMap<u16, Kept>>,
    /// Grows with each change; written under the lock.
    version: AtomicU64,
}

#[derive(Debug)]
struct Kept {
    payload: Bytes,
    /// When it was changed last.
    version: u64,
    /// It ends what a session has, and is not for the next one.
    is_end: bool,
}

impl Subscriptions {
    /// Keeps `subscription` in place of one with the same id.
    pub(crate) fn keep(&self, subscription: &Subscription) -> Result<(), CallError> {
        let (id, payload) = (subscription.id(), subscription.payload());
        ensure_no_call(id)?;
        ClientSession::check_raw(id, payload.len())?;
        self.change(id, payload, false);
        Ok(())
    }

    /// Forgets the subscription with this id; log lines are ended in the session that there is.
    pub(crate) fn forget(&self, id: u16) {
        if id == LOGS {
            let none = Subscription::Logs { level: 0, dump_config: false };
            self.change(id, none.payload(), true);
        } else {
            self.kept().remove(&id);
        }
    }

    /// Asks the device of a new session for all of them; returns the version of what was asked.
    pub(crate) fn renew(&self, session: &mut ClientSession) -> u64 {
        let mut kept = self.kept();
        kept.retain(|_, kept| !kept.is_end);
        kept.iter().for_each(|(id, kept)| ask(session, *id, &kept.payload));
        self.version.load(Ordering::Relaxed)
    }

    /// Asks for what has changed since `version`; returns the version of what was asked.
    pub(crate) fn update(&self, session: &mut ClientSession, version: u64) -> u64 {
        // Looked at in each turn of a session, so without the lock. Whoever changes it wakes the session
        // afterwards.
        if self.version.load(Ordering::Relaxed) == version {
            return version;
        }
        let mut kept = self.kept();
        let changed = kept.iter().filter(|(_, kept)| kept.version > version);
        changed.for_each(|(id, kept)| ask(session, *id, &kept.payload));
        kept.retain(|_, kept| !kept.is_end);
        self.version.load(Ordering::Relaxed)
    }

    fn change(&self, id: u16, payload: Bytes, is_end: bool) {
        let mut kept = self.kept();
        let version = self.version.fetch_add(1, Ordering::Relaxed) + 1;
        kept.insert(id, Kept { payload, version, is_end });
    }

    /// A std lock: held for some small writes to a buffer, never across an await.
    fn kept(&self) -> MutexGuard<'_, BTreeMap<u16, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn ask(session: &mut ClientSession, id: u16, payload: &[u8]) {
    if let Err(error) = session.send_raw(id, payload) {
        // Checked when it was kept, and the session is ready.
        tracing::error!(id, %error, "a subscription is not sent");
    }
}
