//! What the router said, as HTTP statuses (docs/semantics.md, rules 2.13 to 2.17).

use std::time::Duration;

use http::StatusCode;
use venue_api::{
    BatchAccepted, BatchRetried, CommandAnswer, CommandFailure, CommandStatus, DocumentAnswer,
    DocumentBulk, FieldError, Method, RejectedTarget, SkippedPort, TargetBody, UnmatchedSelector,
};
use venue_domain::{Delivery, Evidence, Outcome, QueueId, StoreError};
use venue_routing::{Answer, BatchAnswer, Handling, Mode, Rejection, RetryReport};

use crate::{
    read::{RefusedTarget, Targets, causes, told_whole},
    reply::{ProblemBuilder, Reply, RequestContext, shortened},
    surface::Surface,
    waits::{Moment, Waits},
    why, wire, words,
};

/// How long `answer`'s command took; `elapsed` where its lane did not say.
pub(crate) const fn took(answer: &Answer, elapsed: Duration) -> Duration {
    match &answer.handling {
        Handling::Direct(Delivery::Ended { took, .. }) | Handling::Overtaken { took, .. } => *took,
        Handling::Direct(Delivery::Superseded { .. })
        | Handling::Queued { .. }
        | Handling::PerhapsQueued { .. } => elapsed,
    }
}

/// The answer to an accepted command, whatever became of it.
pub(crate) fn answer(
    answer: &Answer,
    mode: Mode,
    took: Duration,
    at: &Moment,
    context: &RequestContext,
) -> Reply {
    answer_as(answer, mode, (took, at), context, |status, facts| match context.surface {
        Surface::Document | Surface::DocumentQueue => {
            Reply::json(status, &DocumentAnswer { success: true, answer: facts })
        }
        Surface::V1 => Reply::json(status, &facts),
    })
}

/// The same; `shown` makes the answer of the facts where it is no problem.
pub(crate) fn answer_as(
    answer: &Answer,
    mode: Mode,
    (took, at): (Duration, &Moment),
    context: &RequestContext,
    shown: impl Fn(StatusCode, CommandAnswer) -> Reply,
) -> Reply {
    let target = &answer.command.target;
    let told = |status, evidence, queue_id, message| {
        shown(status, facts(answer, evidence, queue_id, (mode, at), took, message))
    };
    let (status, code, detail) = match &answer.handling {
        Handling::Direct(Delivery::Ended { outcome, .. }) => match outcome {
            Outcome::Delivered(evidence) => {
                let message = words::delivered(*evidence);
                return told(StatusCode::OK, Some(*evidence), None, message);
            }
            Outcome::Refused(refused) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "refused", words::refused(target, refused))
            }
            Outcome::NotSent(reason) => {
                (StatusCode::SERVICE_UNAVAILABLE, reason.name(), words::not_sent(target, *reason))
            }
            Outcome::Unknown(unknown) => {
                (StatusCode::GATEWAY_TIMEOUT, OUTCOME_UNKNOWN, words::unknown(target, *unknown))
            }
        },
        Handling::Direct(Delivery::Superseded { .. }) => {
            (StatusCode::CONFLICT, "superseded", words::superseded(target))
        }
        Handling::Overtaken { unknown, .. } => {
            (StatusCode::GATEWAY_TIMEOUT, OUTCOME_UNKNOWN, words::overtaken(target, *unknown))
        }
        Handling::PerhapsQueued { first_try } => {
            let until = at.shown(answer.command.expires_at);
            let detail = words::perhaps_queued(target, first_try.as_ref(), until);
            (StatusCode::GATEWAY_TIMEOUT, OUTCOME_UNKNOWN, detail)
        }
        Handling::Queued { queue_id, first_try, patience, waits_for } => {
            let waits = Waits {
                device: &target.device,
                waits_for: *waits_for,
                patience: *patience,
                expires_at: answer.command.expires_at,
            };
            let message = words::queued(target, first_try.as_ref(), &waits, at);
            let queued = told(StatusCode::ACCEPTED, None, Some(*queue_id), message);
            return queued.located(format!("/api/v1/commands/{}", answer.command.id));
        }
    };
    let command = Some(failure(answer, took));
    let retry_after = answer.retry_after;
    ProblemBuilder { status, code, detail, errors: Vec::new(), locked: None, command, retry_after }
        .into_reply(context)
}

/// What is known of an accepted command that was delivered, or that waits.
fn facts(
    answer: &Answer,
    evidence: Option<Evidence>,
    queue_id: Option<QueueId>,
    (mode, at): (Mode, &Moment),
    took: Duration,
    message: String,
) -> CommandAnswer {
    let command = &answer.command;
    let parameters = command.action.parameters();
    CommandAnswer {
        command_id: command.id.to_string(),
        hostname: answer.reach.asked.device.to_string(),
        port: answer.reach.asked.port.number(),
        command: command.action.name().to_owned(),
        channel: parameters.channel,
        digit: parameters.digit,
        input: parameters.input,
        steps: parameters.steps,
        class: command.class.name().to_owned(),
        status: wire::status(answer.status()),
        delivered: evidence.is_some(),
        evidence: evidence.map(wire::evidence),
        method: wire::method(answer.method()),
        routing_method: wire::routing_method(answer.routing_method()),
        durable: answer.durable,
        order: wire::order(answer.order),
        mode: wire::mode(mode),
        message,
        execution_time_ms: wire::ms(took),
        queue_id: queue_id.map(QueueId::number),
        tried_until: match &answer.handling {
            Handling::Queued { patience, .. } => at.tried_until(*patience),
            Handling::Direct(_) | Handling::Overtaken { .. } | Handling::PerhapsQueued { .. } => {
                None
            }
        },
        accepted_at: at.shown(command.accepted_at),
        sent_to: wire::reach::sent_to(&answer.reach),
        also_changes: wire::reach::also_changes(&answer.reach),
    }
}

/// What is known of an accepted command that was not delivered.
fn failure(answer: &Answer, took: Duration) -> CommandFailure {
    let superseded_by = match &answer.handling {
        Handling::Direct(Delivery::Superseded { by }) | Handling::Overtaken { by, .. } => {
            Some(by.command.to_string())
        }
        Handling::Direct(Delivery::Ended { .. })
        | Handling::Queued { .. }
        | Handling::PerhapsQueued { .. } => None,
    };
    CommandFailure {
        command_id: answer.command.id.to_string(),
        command_status: wire::status(answer.status()),
        delivered: false,
        routing_method: wire::routing_method(answer.routing_method()),
        durable: answer.durable,
        order: wire::order(answer.order),
        execution_time_ms: wire::ms(took),
        superseded_by,
        sent_to: wire::reach::sent_to(&answer.reach),
        also_changes: wire::reach::also_changes(&answer.reach),
    }
}

/// The answer to a bulk request: every target is answered for.
pub(crate) fn batch(
    answer: &BatchAnswer,
    targets: &Targets,
    written: &[TargetBody],
    unmatched: Vec<UnmatchedSelector>,
    context: &RequestContext,
) -> Reply {
    let refused = targets.refused(&answer.rejected);
    if answer.accepted.is_empty() {
        return none_accepted(&refused, &unmatched, context);
    }
    let (rejected, duplicates) =
        wire::stored::refused(refused, &targets.written_at(&answer.duplicates), written);
    let batch = wire::stored::accepted(answer, |index| targets.place(index));
    let batch = BatchAccepted { rejected, duplicates, unmatched, ..batch };
    let location = format!("/api/v1/batches/{}", answer.batch);
    let reply = match context.surface {
        Surface::V1 => Reply::json(StatusCode::ACCEPTED, &batch),
        Surface::Document | Surface::DocumentQueue => {
            let count = batch.accepted.len();
            let document = DocumentBulk {
                success: true,
                method: Method::Queued,
                queued_count: count,
                total_queued: count,
                command_ids: batch.accepted.iter().map(|one| one.queue_id).collect(),
                delivered: false,
                status: CommandStatus::Pending,
                batch,
            };
            Reply::json(StatusCode::ACCEPTED, &document)
        }
    };
    reply.located(location)
}

/// No TV of a preset was accepted: nothing is stored, and there is no batch.
pub(crate) fn none_of_preset(
    rejected: &[RejectedTarget],
    unmatched: &[UnmatchedSelector],
    context: &RequestContext,
) -> Reply {
    let errors = rejected.iter().map(|rejected| {
        let port = rejected.port.map(|port| format!("/{port}")).unwrap_or_default();
        FieldError {
            field: "id".to_owned(),
            detail: shortened(format!("{}{port}: {}", rejected.hostname, rejected.detail)),
            code: Some(rejected.code.clone()),
            line: None,
            column: None,
        }
    });
    nothing_queued(errors, unmatched, context)
}

/// No target was right: nothing is stored, and there is no batch.
pub(crate) fn none_accepted(
    refused: &[RefusedTarget],
    unmatched: &[UnmatchedSelector],
    context: &RequestContext,
) -> Reply {
    let errors = refused.iter().map(|refused| FieldError {
        field: format!("targets[{}].{}", refused.index, refused.field),
        detail: shortened(refused.detail.clone()),
        code: Some(refused.code.to_owned()),
        line: None,
        column: None,
    });
    nothing_queued(errors, unmatched, context)
}

fn nothing_queued(
    errors: impl Iterator<Item = FieldError>,
    unmatched: &[UnmatchedSelector],
    context: &RequestContext,
) -> Reply {
    let selectors = unmatched.iter().map(|unmatched| FieldError {
        field: "selectors".to_owned(),
        detail: shortened(format!("{}: {}", unmatched.selector, unmatched.detail)),
        code: Some(unmatched.code.clone()),
        line: None,
        column: None,
    });
    let problem = ProblemBuilder {
        status: StatusCode::UNPROCESSABLE_ENTITY,
        code: "invalid_targets",
        detail: "no target was accepted: nothing was queued".to_owned(),
        errors: errors.chain(selectors).collect(),
        locked: None,
        command: None,
        retry_after: None,
    };
    problem.into_reply(context)
}

/// The answer to trying a batch anew, or to taking it back: 202 where something waits now.
pub(crate) fn redone(of_batch: &str, redone: &RetryReport) -> Reply {
    let skipped = redone.skipped.iter().map(|skipped| SkippedPort {
        hostname: skipped.target.device.to_string(),
        port: skipped.target.port.number(),
        code: skipped.why.name().to_owned(),
        detail: match &skipped.lock {
            Some(lock) => format!("{lock}: a manager may command it"),
            None if !skipped.left.is_empty() => why::left(&skipped.left),
            None => why::skipped(skipped.why).to_owned(),
        },
    });
    let batch = redone.batch.as_ref();
    let body = BatchRetried {
        of_batch: of_batch.to_owned(),
        batch: batch.map(|batch| wire::stored::accepted(batch, |index| index)),
        skipped: skipped.collect(),
        withdrawn: redone.withdrawn,
    };
    match batch {
        Some(batch) => Reply::json(StatusCode::ACCEPTED, &body)
            .located(format!("/api/v1/batches/{}", batch.batch)),
        None if redone.withdrawn == 0 => Reply::ok(&body).without_effect(),
        None => Reply::ok(&body),
    }
}

/// The answer to a request that was not accepted.
pub(crate) fn rejection(rejection: &Rejection, context: &RequestContext) -> Reply {
    let status = rejection_status(rejection);
    let retry_after = if let Rejection::Store { source } = rejection {
        source.retry_after().filter(|_| !may_be_stored(rejection))
    } else {
        (status == StatusCode::SERVICE_UNAVAILABLE).then_some(STORE_RETRY_AFTER)
    };
    let innermost = causes(rejection).last().unwrap_or_default();
    let code = if may_be_stored(rejection) { OUTCOME_UNKNOWN } else { rejection.code() };
    let errors = rejection.field().map(|field| FieldError {
        field: field.to_owned(),
        detail: shortened(innermost),
        code: Some(code.to_owned()),
        line: None,
        column: None,
    });
    let problem = ProblemBuilder {
        status,
        code,
        detail: told_whole(rejection.field(), rejection),
        errors: errors.into_iter().collect(),
        locked: rejection.lock().map(wire::port_lock),
        command: None,
        retry_after,
    };
    problem.into_reply(context)
}

/// Whether nobody knows if it was stored: then trying again might do it twice.
const fn may_be_stored(rejection: &Rejection) -> bool {
    matches!(rejection, Rejection::Store { source: StoreError::Interrupted })
}

fn rejection_status(rejection: &Rejection) -> StatusCode {
    if may_be_stored(rejection) {
        return StatusCode::GATEWAY_TIMEOUT;
    }
    match rejection {
        Rejection::UnknownDevice { .. } | Rejection::UnknownBatch { .. } => StatusCode::NOT_FOUND,
        Rejection::StoreDown { .. }
        | Rejection::StepsNeedQueue { .. }
        | Rejection::Store { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Rejection::BatchExists { .. } => StatusCode::CONFLICT,
        Rejection::Locked { .. } => StatusCode::LOCKED,
        Rejection::NoSuchPort { .. }
        | Rejection::PortNeeded { .. }
        | Rejection::PortNotTaken { .. }
        | Rejection::ClassConflict { .. }
        | Rejection::ClassNotTaken { .. }
        | Rejection::Question { .. }
        | Rejection::NoDefaultChannel { .. }
        | Rejection::NoSuchAction { .. }
        | Rejection::ChannelNotReceived { .. }
        | Rejection::StepsTakeTooLong { .. }
        | Rejection::UnknownSource { .. }
        | Rejection::SourceConflict { .. }
        | Rejection::Notes { .. }
        | Rejection::NotesText
        | Rejection::NoTarget
        | Rejection::NotOfBatch { .. }
        | Rejection::TooManyTargets { .. }
        | Rejection::WaitForDevice { .. }
        | Rejection::NotPutOff { .. }
        | Rejection::NotQueueable { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        // The enum may grow: what was not accepted was not processed.
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// It may have acted, or may act yet: a repeat is not advised.
const OUTCOME_UNKNOWN: &str = "outcome_unknown";

/// A store that is down is looked at again by itself; sooner is not worth asking.
const STORE_RETRY_AFTER: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_that_failed_is_503_unless_it_may_have_stored_the_command() {
        let context = RequestContext {
            request_id: "r".into(),
            instance: "/ir-1/command".into(),
            query: None,
            surface: Surface::V1,
            user_ip: crate::auth::Origin::Local,
            who: venue_auth::Principal::Open,
            if_match: None,
            last_event_id: None,
            if_none_match: None,
            begun_at: std::time::Instant::now(),
            takes_gzip: false,
            cookie: None,
            is_https: false,
            is_private: true,
        };
        let table = [
            (StoreError::Overloaded, 503, "store_overloaded", Some("1")),
            (StoreError::Busy, 503, "store_busy", Some("5")),
            (StoreError::Full, 503, "store_full", Some("30")),
            (StoreError::Interrupted, 504, "outcome_unknown", None),
        ];
        for (source, status, code, retry_after) in table {
            let reply = rejection(&Rejection::Store { source }, &context);
            let body: serde_json::Value = serde_json::from_slice(reply.body()).unwrap();
            assert_eq!((reply.status().as_u16(), &body["code"]), (status, &code.into()));
            let response = reply.into_response(&context);
            let told = response.headers().get("retry-after").map(|value| value.to_str().unwrap());
            assert_eq!(told, retry_after, "{code}");
        }
    }
}
