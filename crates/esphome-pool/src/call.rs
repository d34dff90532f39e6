//! Requests to a session, and the evidence that they report.

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use esphome_codec::{
    ActionCall, CallError, ClientSession, EntityCommand, InfraredTransmit, Message,
};
use snafu::Snafu;
use tokio::{sync::oneshot, time::Instant};

use crate::{ConnectError, DeviceState};

/// Asked when the first byte of a call is about to leave; `false` withdraws it.
pub type Guard = Box<dyn FnOnce() -> bool + Send>;

/// One call.
pub struct Call {
    /// What the device is to do.
    pub request: CallRequest,
    /// The session that the call was built for: on any other one it ends as not connected.
    pub epoch: Option<u64>,
    /// What ends the call.
    pub evidence: EvidenceWanted,
    /// The last word before the first byte.
    pub guard: Option<Guard>,
}

impl Call {
    /// A call on whatever session there is, without a guard.
    #[must_use]
    pub const fn new(request: CallRequest, evidence: EvidenceWanted) -> Self {
        Self { request, epoch: None, evidence, guard: None }
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("request", &self.request)
            .field("epoch", &self.epoch)
            .field("evidence", &self.evidence)
            .finish_non_exhaustive()
    }
}

/// What a device is to do.
#[derive(Clone, Debug, PartialEq)]
pub enum CallRequest {
    /// Run an action.
    Action(ActionCall),
    /// Transmit raw infrared.
    Infrared(InfraredTransmit),
    /// Press a button or turn a switch; [`EvidenceWanted::Barrier`] is the evidence that there is.
    Entity(EntityCommand),
}

/// What ends a call, short of its deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EvidenceWanted {
    /// The reply of the application (`ExecuteServiceResponse`, id 131).
    Reply,
    /// The answer to a ping that is written right behind the call, in the same write.
    Barrier,
    /// The end of the transmission (`InfraredRFTransmitCompleteResponse`, id 153).
    InfraredComplete,
}

/// How a call ended.
#[derive(Clone, Debug)]
pub struct CallReport {
    /// How.
    pub end: CallEnd,
    /// The session that it was written on, if it came to that.
    pub epoch: Option<u64>,
    /// From the call to its end.
    pub took: Duration,
}

/// The ways in which a call ends.
#[derive(Clone, Debug)]
pub enum CallEnd {
    /// The application replied.
    Replied {
        /// Whether the action succeeded.
        success: bool,
        /// Why not, cleaned.
        error_message: String,
        /// Data, JSON.
        data: Bytes,
    },
    /// The infrared transmission ended.
    InfraredDone {
        /// Whether frame and repeats left.
        success: bool,
    },
    /// The ping behind the call was answered: the device's dispatcher has consumed the call.
    Barrier,
    /// No evidence came before the deadline.
    NothingInTime {
        /// Whether any byte left.
        written: Written,
    },
    /// The session ended first.
    SessionLost {
        /// Whether any byte left.
        written: Written,
        /// Why.
        cause: Arc<ConnectError>,
    },
    /// There was no session, or not the one that the call was built for. No byte left.
    NotConnected {
        /// What there was instead.
        state: DeviceState,
    },
    /// The guard said no, or the caller had gone before the first byte. No byte left.
    Withdrawn,
    /// The call could not be put on the wire. No byte left.
    Invalid(CallError),
    /// The device was removed, or the pool has stopped. No byte left.
    Stopped,
}

/// Whether any byte of a call left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// Proven: none did, and none ever will.
    Skipped,
    /// At least one did.
    Started,
}

/// A ping was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pong {
    /// How long the answer took.
    pub round_trip: Duration,
    /// On which session.
    pub epoch: u64,
}

/// Why a ping was not answered.
#[derive(Clone, Debug, Snafu)]
#[non_exhaustive]
pub enum PingError {
    /// There is no session.
    #[snafu(display("there is no session"))]
    NotConnected,
    /// No answer came before the deadline.
    #[snafu(display("no answer came in time"))]
    NothingInTime,
}

/// Why a message was not sent.
#[derive(Clone, Debug, Snafu)]
#[non_exhaustive]
pub enum SendError {
    /// There is no session.
    #[snafu(display("there is no session"))]
    NoSession,
    /// The session took nothing before the deadline.
    #[snafu(display("the session took nothing in time"))]
    TimedOut,
    /// The message could not be put on the wire.
    #[snafu(display("the message could not be put on the wire"))]
    Unsendable {
        /// Why.
        source: CallError,
    },
}

/// What a handle asks of the session task. Boxed, so that a mailbox is small.
pub(crate) enum Request {
    Call(Box<PendingCall>),
    Ping(Box<PendingPing>),
    Send(Box<PendingSend>),
    /// Look at what has changed: the subscriptions.
    Wake,
}

pub(crate) struct PendingCall {
    pub(crate) call: Call,
    pub(crate) deadline: Instant,
    pub(crate) since: Instant,
    pub(crate) reply: oneshot::Sender<CallReport>,
}

impl PendingCall {
    /// Ends a call of which no byte was put on the wire.
    pub(crate) fn end(self, end: CallEnd) {
        let report = CallReport { end, epoch: None, took: self.since.elapsed() };
        // A caller that has gone need not be told.
        drop(self.reply.send(report));
    }
}

pub(crate) struct PendingPing {
    pub(crate) deadline: Instant,
    pub(crate) reply: oneshot::Sender<Result<Pong, PingError>>,
}

pub(crate) struct PendingSend {
    pub(crate) message: Sending,
    pub(crate) deadline: Instant,
    pub(crate) reply: oneshot::Sender<Result<(), SendError>>,
}

/// What is sent without evidence.
pub(crate) enum Sending {
    Message(Message),
    Raw { id: u16, payload: Bytes },
}

impl Sending {
    const fn id(&self) -> u16 {
        match self {
            Self::Message(message) => message.id(),
            Self::Raw { id, .. } => *id,
        }
    }

    pub(crate) fn put(&self, session: &mut ClientSession) -> Result<(), CallError> {
        ensure_no_call(self.id())?;
        match self {
            Self::Message(message) => session.send(message),
            Self::Raw { id, payload } => session.send_raw(*id, payload),
        }
    }
}

/// A call that is sent past [`crate::DeviceHandle::call`] would have its evidence taken for that of
/// another: the completion of infrared names its transmitter only.
pub(crate) fn ensure_no_call(id: u16) -> Result<(), CallError> {
    match id {
        EXECUTE_SERVICE | INFRARED_TRANSMIT => Err(CallError::Counted { id, with: "call" }),
        _ => Ok(()),
    }
}

/// The ids of `ExecuteServiceRequest` and `InfraredRFTransmitRawTimingsRequest`.
const EXECUTE_SERVICE: u16 = 42;
const INFRARED_TRANSMIT: u16 = 136;

impl Request {
    /// When it is over.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Call(pending) => Some(pending.deadline),
            Self::Ping(pending) => Some(pending.deadline),
            Self::Send(pending) => Some(pending.deadline),
            Self::Wake => None,
        }
    }

    pub(crate) fn is_over(&self, now: Instant) -> bool {
        self.deadline().is_some_and(|deadline| deadline <= now)
    }

    /// Ends a request that was not put on the wire in time.
    pub(crate) fn time_out(self) {
        match self {
            Self::Call(pending) => {
                pending.end(CallEnd::NothingInTime { written: Written::Skipped });
            }
            Self::Ping(pending) => drop(pending.reply.send(Err(PingError::NothingInTime))),
            Self::Send(pending) => drop(pending.reply.send(Err(SendError::TimedOut))),
            Self::Wake => {}
        }
    }

    /// Answers a request that came while there was no session.
    pub(crate) fn refuse(self, state: &DeviceState) {
        match self {
            Self::Call(pending) => {
                // Online in the meantime: the session that the request came for is gone all the
                // same.
                let gone = || CallEnd::NotConnected { state: state.clone() };
                pending.end(state.refuses(None).unwrap_or_else(gone));
            }
            Self::Ping(pending) => drop(pending.reply.send(Err(PingError::NotConnected))),
            Self::Send(pending) => drop(pending.reply.send(Err(SendError::NoSession))),
            Self::Wake => {}
        }
    }
}

impl DeviceState {
    /// How a call that was built for the session `epoch` ends without being tried; `None` if it
    /// can be.
    pub(crate) fn refuses(&self, epoch: Option<u64>) -> Option<CallEnd> {
        match self {
            Self::Online(session) if epoch.is_none_or(|epoch| epoch == session.epoch) => None,
            Self::Stopped => Some(CallEnd::Stopped),
            Self::Connecting { .. }
            | Self::Online(_)
            | Self::Offline { .. }
            | Self::Misconfigured { .. } => Some(CallEnd::NotConnected { state: self.clone() }),
        }
    }
}
