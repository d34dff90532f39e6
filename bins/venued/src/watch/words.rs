//! What events say: the words and fields of the API.

use esphome_pool::{DeviceState, Misconfiguration};
use serde::Serialize;
use serde_json::{Map, Value, json};
use venue_api::UtcTime;
use venue_domain::{
    Action, BatchId, BatchRecord, Clock, Command, CommandId, Due, Enqueued, Hostname, NewBatch,
    NewCommand, PortId, Reason, ScheduleRun, Status,
};
use venue_schedule::of_put_back;

use crate::clock::SystemClock;

/// Which command: for what, and what it does.
#[derive(Debug, Serialize)]
pub(super) struct About<'a> {
    hostname: &'a Hostname,
    port: u8,
    command: &'a str,
    channel: Option<&'a str>,
}

impl<'a> About<'a> {
    pub(super) fn new(target: &'a PortId, action: &'a Action) -> Self {
        let channel =
            if let Action::Channel(channel) = action { Some(channel.as_str()) } else { None };
        let (hostname, port) = (&target.device, target.port.number());
        Self { hostname, port, command: action.name(), channel }
    }
}

/// A command that ended.
#[derive(Debug, Serialize)]
pub(super) struct Ended<'a> {
    #[serde(flatten)]
    pub(super) about: About<'a>,
    pub(super) routing_method: &'static str,
    pub(super) status: &'static str,
    pub(super) reason: &'static str,
    pub(super) command_id: CommandId,
    pub(super) execution_time_ms: Option<u64>,
    /// Of one that was in the queue.
    #[serde(flatten)]
    pub(super) queued: Option<InQueue<'a>>,
}

/// What a command that was in the queue is called there.
#[derive(Debug, Serialize)]
pub(super) struct InQueue<'a> {
    pub(super) queue_id: i64,
    pub(super) batch_id: Option<&'a BatchId>,
}

/// A command that waits, or was too late to.
#[derive(Debug, Serialize)]
pub(super) struct Waiting<'a> {
    #[serde(flatten)]
    about: About<'a>,
    command_id: CommandId,
    queue_id: i64,
    status: &'static str,
    reason: Option<&'static str>,
    scheduled_at: Option<UtcTime>,
    tried_until: Option<UtcTime>,
}

impl<'a> Waiting<'a> {
    /// While the queue is paused nothing is tried, and so until no instant.
    pub(super) fn new(new: &'a NewCommand, answer: &Enqueued, is_paused: bool) -> Self {
        let Command { id, target, action, .. } = &new.command;
        let (status, reason) = match answer {
            Enqueued::Waiting { .. } | Enqueued::AlreadyWaiting { .. } => (Status::Pending, None),
            Enqueued::Superseded { .. } => (Status::Superseded, Some(Reason::Superseded)),
        };
        let is_tried = status == Status::Pending && !is_paused;
        let now = new.handed_over_at();
        // What joins one that waits is told as that one.
        let (waiting_for, patience) = if let Enqueued::AlreadyWaiting { waiting, .. } = answer {
            (&waiting.id, waiting.patience(now))
        } else {
            (id, new.patience(now))
        };
        Self {
            about: About::new(target, action),
            command_id: *waiting_for,
            queue_id: answer.queue_id().number(),
            status: status.name(),
            reason: reason.map(Reason::name),
            scheduled_at: scheduled_at(new),
            tried_until: is_tried.then(|| UtcTime(SystemClock.offset().shown(patience.until))),
        }
    }
}

/// A batch with all that waits for it.
#[derive(Debug, Serialize)]
pub(super) struct Batch<'a> {
    batch_id: &'a BatchId,
    created_by: Option<&'a str>,
    notes: Option<&'a str>,
    total: usize,
    commands: Vec<Waiting<'a>>,
}

impl<'a> Batch<'a> {
    pub(super) fn new(batch: &'a NewBatch, answers: &[Enqueued], is_paused: bool) -> Self {
        let all = batch.commands.iter().zip(answers);
        let commands = all.map(|(new, answer)| Waiting::new(new, answer, is_paused));
        let commands: Vec<_> = commands.collect();
        let created_by = batch.actor.name.as_deref();
        let notes = batch.notes.as_deref();
        Self { batch_id: &batch.id, created_by, notes, total: commands.len(), commands }
    }
}

/// How far a batch is.
pub(super) fn progress(batch: &BatchRecord) -> Value {
    let counts =
        Status::ALL.map(|status| (status.name().to_owned(), json!(batch.counts.of(status))));
    json!({
        "batch_id": batch.id.as_str(),
        "total": batch.counts.total(),
        "finished": batch.finished_at.is_some(),
        "statuses": Map::from_iter(counts),
    })
}

/// An occurrence of a schedule.
pub(super) fn run(run: &ScheduleRun) -> Value {
    let put_back = of_put_back(&run.occurrence);
    json!({
        "schedule": run.schedule,
        "occurrence": put_back.unwrap_or(&run.occurrence),
        "kind": if put_back.is_some() { "put_back" } else { "run" },
        "outcome": run.outcome.name(),
        "batch_id": run.batch_id.as_ref().map(BatchId::as_str),
        "detail": run.detail,
    })
}

/// Whether a device has a session, and why not.
pub(super) fn presence(state: &DeviceState) -> (&'static str, Option<String>) {
    match state {
        DeviceState::Online(_) => ("online", None),
        DeviceState::Connecting { .. } => ("connecting", None),
        DeviceState::Offline { cause, .. } => ("offline", Some(cause.to_string())),
        DeviceState::Misconfigured { cause, .. } => ("misconfigured", Some(word(cause).to_owned())),
        DeviceState::Stopped => ("removed", None),
    }
}

/// As the API calls it.
const fn word(cause: &Misconfiguration) -> &'static str {
    match cause {
        Misconfiguration::WrongKey => "wrong_key",
        Misconfiguration::EncryptionRequired => "encryption_required",
        Misconfiguration::EncryptionNotOffered => "encryption_not_offered",
        Misconfiguration::WrongDevice { .. } => "wrong_device",
        Misconfiguration::NoIdentity => "no_identity",
        Misconfiguration::Flooding => "flooding",
        Misconfiguration::Incompatible { .. } => "incompatible",
    }
}

/// When it is due, of what is for later.
fn scheduled_at(new: &NewCommand) -> Option<UtcTime> {
    match new.due {
        Due::Scheduled { at, wish } => {
            Some(UtcTime(wish.unwrap_or_else(|| SystemClock.offset().shown(at))))
        }
        Due::Now | Due::At(_) => None,
    }
}
