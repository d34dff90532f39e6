//! What events say: the words and fields of the API.

use esphome_pool::{DeviceState, Misconfiguration};
use serde_json::{Map, Value, json};
use venue_domain::{
    Action, BatchId, BatchRecord, Command, Due, Enqueued, NewBatch, NewCommand, PortId, Reason,
    RoutingMethod, ScheduleRun, Status,
};

/// A command that ended.
pub(super) fn ended(
    target: &PortId,
    action: &Action,
    routing: RoutingMethod,
    reason: Reason,
) -> Value {
    let mut data = about(target, action);
    data["routing_method"] = json!(routing.name());
    data["status"] = json!(reason.status().name());
    data["reason"] = json!(reason.name());
    data
}

/// A command that waits, or was too late to.
pub(super) fn queued(new: &NewCommand, answer: &Enqueued) -> Value {
    let Command { id, target, action, .. } = &new.command;
    let mut data = about(target, action);
    let (status, reason) = match answer {
        Enqueued::Waiting { .. } => (Status::Pending, None),
        Enqueued::Superseded { .. } => (Status::Superseded, Some(Reason::Superseded)),
        Enqueued::AlreadyWaiting { .. } => (Status::Pending, None),
    };
    let waiting_for =
        if let Enqueued::AlreadyWaiting { command, .. } = answer { command } else { id };
    data["command_id"] = json!(waiting_for.to_string());
    data["queue_id"] = json!(answer.queue_id().number());
    data["status"] = json!(status.name());
    data["reason"] = json!(reason.map(Reason::name));
    data["scheduled_at"] = json!(scheduled_at(new));
    data
}

/// A batch with all that waits for it.
pub(super) fn batch(batch: &NewBatch, answers: &[Enqueued]) -> Value {
    let all = batch.commands.iter().zip(answers);
    let commands: Vec<Value> = all.map(|(new, answer)| queued(new, answer)).collect();
    json!({
        "batch_id": batch.id.as_str(),
        "created_by": batch.actor.name,
        "total": commands.len(),
        "commands": commands,
    })
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
    json!({
        "schedule": run.schedule,
        "occurrence": run.occurrence,
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
        Misconfiguration::Incompatible { .. } => "incompatible",
    }
}

fn about(target: &PortId, action: &Action) -> Value {
    let parameters = action.parameters();
    json!({
        "hostname": target.device,
        "port": target.port.number(),
        "command": action.name(),
        "channel": parameters.channel,
    })
}

/// Unix milliseconds, of what is for later.
const fn scheduled_at(new: &NewCommand) -> Option<i64> {
    match new.due {
        Due::Scheduled(at) => Some(at.unix_ms()),
        Due::Now | Due::At(_) => None,
    }
}
