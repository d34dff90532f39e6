//! Requests that have been put on the wire and wait for their evidence.

use std::{sync::Arc, time::Duration};

use esphome_codec::{CallError, CallId, ClientSession, EntityId, PingId};
use tokio::{sync::oneshot, time::Instant};

use crate::{
    CallEnd, CallReport, CallRequest, ConnectError, DeviceState, EvidenceWanted, PingError, Pong,
    SendError, Written,
    call::{PendingCall, PendingPing, PendingSend, Request},
    common::Common,
    stats::count,
};

/// All of a session.
#[derive(Default)]
pub(super) struct Active(Vec<Entry>);

struct Entry {
    awaits: Awaits,
    /// Bytes of the request lie between these two counts of all bytes queued.
    start: u64,
    end: u64,
    since: Instant,
    deadline: Instant,
    reply: Reply,
}

/// What ends it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Awaits {
    Reply(u32),
    Pong(PingId),
    Infrared(EntityId),
    /// Nothing that can come: only the deadline ends it.
    Nothing,
}

enum Reply {
    Call(oneshot::Sender<CallReport>),
    Ping(oneshot::Sender<Result<Pong, PingError>>),
    /// The call has ended; its evidence may yet come, and must not be taken for that of another.
    Nobody,
}

/// What became of requests whose time was up.
pub(super) struct Expired {
    /// How many calls ended although bytes of theirs had left.
    pub(super) unknown: u64,
    /// Whether bytes of one are still waiting to be written.
    pub(super) stuck: bool,
}

impl Active {
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the caller of a call has gone of which no byte has left.
    pub(super) fn is_abandoned(&self, written: u64) -> bool {
        self.0.iter().any(|entry| {
            let gone = matches!(&entry.reply, Reply::Call(reply) if reply.is_closed());
            gone && has_left(entry.start, written) == Written::Skipped
        })
    }

    /// Puts a request on the wire, or ends it at once.
    pub(super) fn accept(
        &mut self,
        request: Request,
        session: &mut ClientSession,
        epoch: u64,
        common: &Common,
    ) {
        match request {
            Request::Call(pending) => self.accept_call(*pending, session, epoch, common),
            Request::Ping(pending) => self.accept_ping(*pending, session),
            Request::Send(pending) => {
                let PendingSend { message, reply, .. } = *pending;
                let sent = message.put(session);
                drop(reply.send(sent.map_err(|source| SendError::Unsendable { source })));
            }
            Request::Wake => {}
        }
    }

    fn accept_call(
        &mut self,
        mut pending: PendingCall,
        session: &mut ClientSession,
        epoch: u64,
        common: &Common,
    ) {
        if pending.reply.is_closed() {
            return pending.end(CallEnd::Withdrawn);
        }
        if pending.deadline <= Instant::now() {
            return pending.end(CallEnd::NothingInTime { written: Written::Skipped });
        }
        if pending.call.epoch.is_some_and(|built_for| built_for != epoch) {
            let (since, attempt) = (pending.since, 0);
            let state = DeviceState::Connecting { since, attempt };
            return pending.end(CallEnd::NotConnected { state });
        }
        if pending.call.guard.take().is_some_and(|guard| !guard()) {
            return pending.end(CallEnd::Withdrawn);
        }
        let start = session.queued_total();
        let awaits = match put(&pending.call.request, pending.call.evidence, session) {
            Ok(awaits) => awaits,
            Err(error) => return pending.end(CallEnd::Invalid(error)),
        };
        count(&common.counters.calls);
        self.0.push(Entry {
            awaits,
            start,
            end: session.queued_total(),
            since: pending.since,
            deadline: pending.deadline,
            reply: Reply::Call(pending.reply),
        });
    }

    fn accept_ping(&mut self, pending: PendingPing, session: &mut ClientSession) {
        let now = Instant::now();
        let start = session.queued_total();
        match session.ping(now.into_std()) {
            Ok(ping) => self.0.push(Entry {
                awaits: Awaits::Pong(ping),
                start,
                end: session.queued_total(),
                since: now,
                deadline: pending.deadline,
                reply: Reply::Ping(pending.reply),
            }),
            Err(_) => drop(pending.reply.send(Err(PingError::NotConnected))),
        }
    }

    /// A ping was answered.
    pub(super) fn pong(&mut self, id: PingId, round_trip: Duration, epoch: u64) {
        let Some(entry) = self.take(Awaits::Pong(id)) else { return };
        match entry.reply {
            Reply::Ping(reply) => drop(reply.send(Ok(Pong { round_trip, epoch }))),
            Reply::Call(reply) => report(reply, CallEnd::Barrier, Some(epoch), entry.since),
            Reply::Nobody => {}
        }
    }

    /// A call was replied to. A reply to a call that has ended meets nobody.
    pub(super) fn replied(&mut self, call_id: u32, end: CallEnd, epoch: u64) {
        self.end_call(Awaits::Reply(call_id), end, epoch);
    }

    /// An infrared transmission ended.
    pub(super) fn infrared_done(&mut self, entity: EntityId, success: bool, epoch: u64) {
        self.end_call(Awaits::Infrared(entity), CallEnd::InfraredDone { success }, epoch);
    }

    fn end_call(&mut self, awaits: Awaits, end: CallEnd, epoch: u64) {
        if let Some(Entry { reply: Reply::Call(reply), since, .. }) = self.take(awaits) {
            report(reply, end, Some(epoch), since);
        }
    }

    /// Ends what is over at `now`, given how many bytes have left.
    pub(super) fn expire(&mut self, now: Instant, written: u64, epoch: u64) -> Expired {
        let mut expired = Expired { unknown: 0, stuck: false };
        if self.0.iter().all(|entry| entry.deadline > now) {
            return expired;
        }
        for entry in self.0.iter_mut().filter(|entry| entry.deadline <= now) {
            expired.stuck |= written < entry.end;
            let left = has_left(entry.start, written);
            match std::mem::replace(&mut entry.reply, Reply::Nobody) {
                Reply::Call(reply) => {
                    expired.unknown += u64::from(left == Written::Started);
                    let end = CallEnd::NothingInTime { written: left };
                    report(reply, end, Some(epoch), entry.since);
                    if matches!(entry.awaits, Awaits::Infrared(_)) {
                        entry.deadline = now + LATE_INFRARED;
                    }
                }
                Reply::Ping(reply) => drop(reply.send(Err(PingError::NothingInTime))),
                Reply::Nobody => {}
            }
        }
        self.0.retain(|entry| entry.deadline > now);
        expired
    }

    /// Ends everything, because the session has ended; returns how many calls are unknown.
    pub(super) fn lose(self, written: u64, epoch: u64, cause: &ConnectError) -> u64 {
        let cause = Arc::new(copy(cause));
        let mut unknown = 0;
        for entry in self.0 {
            match entry.reply {
                Reply::Call(reply) => {
                    let left = has_left(entry.start, written);
                    unknown += u64::from(left == Written::Started);
                    let end = CallEnd::SessionLost { written: left, cause: Arc::clone(&cause) };
                    report(reply, end, Some(epoch), entry.since);
                }
                Reply::Ping(reply) => drop(reply.send(Err(PingError::NotConnected))),
                Reply::Nobody => {}
            }
        }
        unknown
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.0.iter().map(|entry| entry.deadline).min()
    }

    fn take(&mut self, awaits: Awaits) -> Option<Entry> {
        let index = self.0.iter().position(|entry| entry.awaits == awaits)?;
        // In order: a completion names its transmitter only, and belongs to the oldest request.
        let entry = self.0.remove(index);
        if self.0.is_empty() {
            self.0 = Vec::new();
        }
        Some(entry)
    }
}

/// A transmission without a request id is completed by the device within 30 s of its end, be it
/// as failed; until then a completion may belong to a call that has ended.
const LATE_INFRARED: Duration = Duration::from_secs(35);

/// Queues a request and, where the answer to a ping is wanted, the ping behind it.
fn put(
    request: &CallRequest,
    evidence: EvidenceWanted,
    session: &mut ClientSession,
) -> Result<Awaits, CallError> {
    let call_id = match request {
        CallRequest::Action(call) => session.call(call)?,
        CallRequest::Infrared(infrared) => {
            session.transmit_infrared(infrared)?;
            CallId(None)
        }
        CallRequest::Entity(command) => {
            session.command_entity(command)?;
            CallId(None)
        }
    };
    match (evidence, request) {
        (EvidenceWanted::Barrier, _) => session.ping(Instant::now().into_std()).map(Awaits::Pong),
        (EvidenceWanted::Reply, _) => Ok(call_id.0.map_or(Awaits::Nothing, Awaits::Reply)),
        (EvidenceWanted::InfraredComplete, CallRequest::Infrared(infrared)) => {
            Ok(Awaits::Infrared(infrared.entity()))
        }
        (EvidenceWanted::InfraredComplete, CallRequest::Action(_) | CallRequest::Entity(_)) => {
            Ok(Awaits::Nothing)
        }
    }
}

const fn has_left(start: u64, written: u64) -> Written {
    if written > start { Written::Started } else { Written::Skipped }
}

fn report(reply: oneshot::Sender<CallReport>, end: CallEnd, epoch: Option<u64>, since: Instant) {
    // A caller that has gone need not be told.
    drop(reply.send(CallReport { end, epoch, took: since.elapsed() }));
}

/// The causes that a session can end with, for the calls that it takes along.
fn copy(cause: &ConnectError) -> ConnectError {
    match cause {
        ConnectError::Protocol { source } => ConnectError::Protocol { source: source.clone() },
        ConnectError::Announced => ConnectError::Announced,
        ConnectError::Stalled => ConnectError::Stalled,
        ConnectError::Flooded => ConnectError::Flooded,
        ConnectError::Crashed => ConnectError::Crashed,
        // The others end a try before there is a session.
        ConnectError::Closed
        | ConnectError::Resolve { .. }
        | ConnectError::NoAddress { .. }
        | ConnectError::Connect { .. }
        | ConnectError::ConnectTimeout { .. } => ConnectError::Closed,
    }
}
