//! Stored commands and batches as the types that travel.

use venue_api as api;
use venue_domain::{
    Action, Attempt, BatchCounts, BatchRecord, BatchSummary, CommandRecord, CommandWithAttempts,
    PortStatus, QueueId, Status, WallOffset,
};
use venue_routing::BatchAnswer;

use super::{evidence, ms, reach, routing_method, status, utc};
use crate::{read::RefusedTarget, waits::Moment, why};

pub(crate) fn record(record: &CommandRecord, wall: WallOffset) -> api::CommandRecord {
    let parameters = record.action.parameters();
    api::CommandRecord {
        command_id: record.id.to_string(),
        queue_id: record.queue_id.map(QueueId::number),
        hostname: record.target.device.to_string(),
        port: record.target.port.number(),
        command: record.action.name().to_owned(),
        channel: parameters.channel,
        digit: parameters.digit,
        input: parameters.input,
        steps: parameters.steps,
        class: record.class.name().to_owned(),
        batch_id: record.batch.as_ref().map(ToString::to_string),
        status: status(record.status),
        reason: record.reason.map(|reason| reason.name().to_owned()),
        detail: record.detail.clone(),
        delivered: record.status == Status::Completed,
        evidence: record.evidence.map(evidence),
        superseded_by: record.superseded_by.map(|id| id.to_string()),
        priority: record.priority.number(),
        scheduled_at: record.scheduled_at.map(api::UtcTime),
        due_at: utc(wall, record.due_at),
        expires_at: utc(wall, record.expires_at),
        attempts: record.attempts,
        max_attempts: record.max_attempts.number(),
        last_attempt_at: record.last_attempt_at.map(|at| utc(wall, at)),
        completed_at: record.completed_at.map(|at| utc(wall, at)),
        execution_time_ms: record.execution_time.map(ms),
        queue_wait_ms: record.queue_wait.map(ms),
        routing_method: routing_method(record.routing_method),
        created_at: utc(wall, record.created_at),
        created_by: record.actor.name.clone(),
        user_ip: record.actor.address.map(|address| address.to_string()),
        notes: record.notes.clone(),
        order_instant: record.key.map(|key| utc(wall, key.instant.venue_time())),
        order_sequence: record.key.map(|key| key.sequence),
        unknown_seen: record.unknown_seen,
    }
}

pub(crate) fn account(account: &CommandWithAttempts, wall: WallOffset) -> api::CommandWithAttempts {
    api::CommandWithAttempts {
        record: record(&account.record, wall),
        attempt_log: account.attempts.iter().map(|one| attempt(one, wall)).collect(),
    }
}

fn attempt(attempt: &Attempt, wall: WallOffset) -> api::Attempt {
    api::Attempt {
        started_at: utc(wall, attempt.started_at),
        took_ms: ms(attempt.took),
        reason: attempt.reason.name().to_owned(),
        meaning: why::meaning(attempt.reason).to_owned(),
        may_have_acted: attempt.may_have_acted(),
        evidence: attempt.evidence.map(evidence),
        detail: attempt.detail.clone(),
    }
}

pub(crate) fn why(account: &CommandWithAttempts, at: &Moment) -> api::Why {
    let wall = at.wall;
    let CommandWithAttempts { record, attempts } = account;
    let is_open = !record.status.is_terminal();
    api::Why {
        command_id: record.id.to_string(),
        queue_id: record.queue_id.map(QueueId::number),
        why: why::sentence(account, at),
        status: status(record.status),
        reason: record.reason.map(|reason| reason.name().to_owned()),
        hostname: record.target.device.to_string(),
        port: record.target.port.number(),
        command: record.action.name().to_owned(),
        superseded_by: record.superseded_by.map(|id| id.to_string()),
        due_at: is_open.then_some(utc(wall, record.due_at)),
        expires_at: utc(wall, record.expires_at),
        completed_at: record.completed_at.map(|at| utc(wall, at)),
        unknown_seen: record.unknown_seen,
        attempts: record.attempts,
        max_attempts: record.max_attempts.number(),
        attempt_log: attempts.iter().map(|one| attempt(one, wall)).collect(),
    }
}

/// A page of `limit` of `records`, which has one more if there is another page.
pub(crate) fn page(
    mut records: Vec<CommandRecord>,
    limit: u32,
    wall: WallOffset,
) -> api::CommandPage {
    let has_more = records.len() > limit as usize;
    records.truncate(limit as usize);
    let last = records.last().filter(|_| has_more).and_then(|last| last.queue_id);
    api::CommandPage {
        items: records.iter().map(|one| record(one, wall)).collect(),
        next_cursor: last.map(|id| id.to_string()),
    }
}

pub(crate) fn batch(
    record: &BatchRecord,
    page: api::CommandPage,
    wall: WallOffset,
) -> api::BatchStatus {
    api::BatchStatus {
        batch_id: record.id.to_string(),
        created_at: utc(wall, record.created_at),
        created_by: record.actor.name.clone(),
        user_ip: record.actor.address.map(|address| address.to_string()),
        notes: record.notes.clone(),
        finished_at: record.finished_at.map(|at| utc(wall, at)),
        finished: record.counts.is_finished(),
        total: record.counts.total(),
        statuses: counts(&record.counts),
        rejected: record.rejected,
        duplicates: record.duplicates,
        retried_by: record.retried_by.as_ref().map(ToString::to_string),
        undone_by: record.undone_by.as_ref().map(ToString::to_string),
        allowed: Vec::new(),
        commands: page.items,
        next_cursor: page.next_cursor,
    }
}

/// A page of `limit` of `batches`, which has one more if there is another page.
pub(crate) fn batches(batches: &[BatchSummary], limit: usize, wall: WallOffset) -> api::BatchPage {
    let shown = &batches[..batches.len().min(limit)];
    let last = shown.last().filter(|_| batches.len() > limit);
    api::BatchPage {
        items: shown.iter().map(|one| summary(one, wall)).collect(),
        next_cursor: last.map(|last| last.batch.id.to_string()),
    }
}

fn summary(summary: &BatchSummary, wall: WallOffset) -> api::BatchSummary {
    let BatchSummary { batch, action, ports } = summary;
    api::BatchSummary {
        batch_id: batch.id.to_string(),
        created_at: utc(wall, batch.created_at),
        created_by: batch.actor.name.clone(),
        notes: batch.notes.clone(),
        finished_at: batch.finished_at.map(|at| utc(wall, at)),
        finished: batch.counts.is_finished(),
        command: action.as_ref().map(|action| action.name().to_owned()),
        channel: action.as_ref().and_then(|action| action.parameters().channel),
        ports: *ports,
        total: batch.counts.total(),
        statuses: counts(&batch.counts),
        retried_by: batch.retried_by.as_ref().map(ToString::to_string),
        undone_by: batch.undone_by.as_ref().map(ToString::to_string),
        allowed: Vec::new(),
    }
}

/// The document's status of a batch; `None` where there is none of this name.
///
/// What is listed is counted: the counts of the batch are those of a moment before. They hold where
/// commands have left the history since.
pub(crate) fn bulk_status(
    id: &str,
    batch: Option<&BatchRecord>,
    commands: &[CommandRecord],
) -> api::BulkStatus {
    let kept = batch.map(|batch| batch.counts).unwrap_or_default();
    let listed: BatchCounts = commands.iter().map(|command| command.status).collect();
    let counts = if listed.total() == kept.total() { listed } else { kept };
    api::BulkStatus {
        batch_id: id.to_owned(),
        total: counts.total(),
        completed: counts.of(Status::Completed),
        failed: counts.not_completed(),
        pending: counts.open(),
        statuses: self::counts(&counts),
        commands: commands.iter().map(bulk_command).collect(),
    }
}

fn bulk_command(record: &CommandRecord) -> api::BulkCommand {
    let channel = if let Action::Channel(channel) = &record.action {
        Some(channel.as_str().to_owned())
    } else {
        None
    };
    api::BulkCommand {
        id: record.queue_id.map(QueueId::number),
        command_id: record.id.to_string(),
        hostname: record.target.device.to_string(),
        port: record.target.port.number(),
        command: record.action.name().to_owned(),
        channel,
        status: status(record.status),
        success: record.success(),
        attempts: record.attempts,
        error_message: why::not_delivered(record),
    }
}

fn counts(counts: &BatchCounts) -> api::StatusCounts {
    api::StatusCounts {
        pending: counts.of(Status::Pending),
        processing: counts.of(Status::Processing),
        completed: counts.of(Status::Completed),
        failed: counts.of(Status::Failed),
        expired: counts.of(Status::Expired),
        superseded: counts.of(Status::Superseded),
        cancelled: counts.of(Status::Cancelled),
        unknown: counts.of(Status::Unknown),
    }
}

/// What is told of the targets that were not accepted; `targets` are as they were written.
pub(crate) fn refused(
    refused: Vec<RefusedTarget>,
    duplicates: &[usize],
    targets: &[api::TargetBody],
) -> (Vec<api::RejectedTarget>, Vec<api::DuplicateTarget>) {
    let written = |index: usize| {
        let target = targets.get(index).cloned().unwrap_or_default();
        (target.port(), target.hostname)
    };
    let rejected = refused.into_iter().map(|RefusedTarget { index, code, detail, .. }| {
        let (port, hostname) = written(index);
        api::RejectedTarget { index, hostname, port, code: code.to_owned(), detail }
    });
    let duplicates = duplicates.iter().map(|index| {
        let (port, hostname) = written(*index);
        api::DuplicateTarget { index: *index, hostname, port }
    });
    (rejected.collect(), duplicates.collect())
}

/// What is told of a batch that was accepted, without what was not; `written` is the place in the request of a
/// target that the router was given.
pub(crate) fn accepted(
    answer: &BatchAnswer,
    written: impl Fn(usize) -> usize,
) -> api::BatchAccepted {
    let batch = reach::Batch::stored(answer);
    let command = |of: usize| answer.accepted.get(of).map(|one| one.command.to_string());
    let shared = batch.shared(written, command);
    let accepted = answer.accepted.iter().enumerate().map(|(place, one)| api::AcceptedTarget {
        hostname: one.reach.asked.device.to_string(),
        port: one.reach.asked.port.number(),
        command: one.action.name().to_owned(),
        channel: one.action.parameters().channel,
        command_id: one.command.to_string(),
        queue_id: one.queue_id.number(),
        sent_to: reach::sent_to(&one.reach),
        also_changes: batch.also_changes(place),
    });
    api::BatchAccepted {
        batch_id: answer.batch.to_string(),
        accepted: accepted.collect(),
        rejected: Vec::new(),
        duplicates: Vec::new(),
        unmatched: Vec::new(),
        shared,
        durable: true,
    }
}

pub(crate) fn port_status(status: &PortStatus, wall: WallOffset) -> api::PortStatus {
    let on_off = |is_on| if is_on { "on" } else { "off" };
    api::PortStatus {
        port: status.port.port.number(),
        last_channel: status.channel.as_ref().map(ToString::to_string),
        last_command: status.last_command.clone(),
        last_command_at: utc(wall, status.last_command_at),
        last_power_state: status.power.map(|is_on| on_off(is_on).to_owned()),
        muted: status.muted,
        last_input: status.input.as_ref().map(|input| input.as_str().to_owned()),
        updated_at: utc(wall, status.last_command_at),
        corrected_by: status.corrected_by.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::why::tests::account;
    use venue_domain::{Actor, Timestamp};

    /// A batch whose counts were read while `statuses` were those of its commands.
    fn batch(statuses: &[Status]) -> BatchRecord {
        BatchRecord {
            id: "bar".parse().unwrap(),
            actor: Actor::default(),
            created_at: Timestamp::from_unix_ms(0),
            finished_at: None,
            counts: statuses.iter().copied().collect(),
            rejected: 0,
            duplicates: 0,
            notes: None,
            retried_by: None,
            undone_by: None,
        }
    }

    #[test]
    fn the_document_is_told_the_counts_of_what_it_is_shown() {
        let before = batch(&[Status::Pending, Status::Pending]);
        let commands = [Status::Completed, Status::Pending].map(|one| account(one, &[]).record);
        let shown = bulk_status("bar", Some(&before), &commands);
        assert_eq!((shown.total, shown.completed, shown.pending), (2, 1, 1));
        assert_eq!((shown.statuses.completed, shown.statuses.pending), (1, 1));
        // What has left the history still counts.
        let shown = bulk_status("bar", Some(&before), &commands[..1]);
        assert_eq!((shown.total, shown.completed, shown.pending), (2, 0, 2));
    }
}
