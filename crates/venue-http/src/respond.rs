//! What the router said, as HTTP statuses: the table of command-semantics, section 3.

use std::{error::Error, time::Duration};

use http::StatusCode;
use venue_api::{CommandAnswer, CommandFailure, DocumentAnswer, FieldError, UtcTime};
use venue_domain::{Delivery, Evidence, Outcome, QueueId};
use venue_routing::{Answer, Handling, Mode, Rejection};

use crate::{
    reply::{Asked, Reply, Trouble, shortened},
    route::Surface,
    wire, words,
};

/// How long `answer`'s command took; `elapsed` where its lane did not say.
pub(crate) const fn took(answer: &Answer, elapsed: Duration) -> Duration {
    match &answer.handling {
        Handling::Direct(Delivery::Ended { took, .. }) => *took,
        Handling::Direct(Delivery::Superseded { .. }) | Handling::Queued { .. } => elapsed,
    }
}

/// The answer to an accepted command, whatever became of it.
pub(crate) fn answer(answer: &Answer, mode: Mode, took: Duration, asked: &Asked) -> Reply {
    let target = &answer.command.target;
    let told = |status, evidence, queue_id, message| {
        let facts = facts(answer, evidence, queue_id, mode, took, message);
        match asked.surface {
            Surface::Document => {
                Reply::json(status, &DocumentAnswer { success: true, answer: facts })
            }
            Surface::V1 => Reply::json(status, &facts),
        }
    };
    let delivery = match &answer.handling {
        Handling::Direct(delivery) => delivery,
        Handling::Queued { queue_id, first_try } => {
            let message = words::queued(target, first_try.as_ref());
            return told(StatusCode::ACCEPTED, None, Some(*queue_id), message);
        }
    };
    let (status, code, detail) = match delivery {
        Delivery::Ended { outcome, .. } => match outcome {
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
                (StatusCode::GATEWAY_TIMEOUT, "outcome_unknown", words::unknown(target, *unknown))
            }
        },
        Delivery::Superseded { .. } => {
            (StatusCode::CONFLICT, "superseded", words::superseded(target))
        }
    };
    let command = Some(failure(answer, delivery, took));
    let retry_after = answer.retry_after;
    Trouble { status, code, detail, errors: Vec::new(), command, retry_after }.into_reply(asked)
}

/// What is known of an accepted command that was delivered, or that waits.
fn facts(
    answer: &Answer,
    evidence: Option<Evidence>,
    queue_id: Option<QueueId>,
    mode: Mode,
    took: Duration,
    message: String,
) -> CommandAnswer {
    let command = &answer.command;
    CommandAnswer {
        command_id: command.id.to_string(),
        hostname: command.target.device.to_string(),
        port: command.target.port.number(),
        command: command.action.name().to_owned(),
        class: command.class.name().to_owned(),
        status: wire::status(answer.status()),
        delivered: evidence.is_some(),
        evidence: evidence.map(wire::evidence),
        method: wire::method(answer.method()),
        routing_method: wire::routing_method(answer.routing_method()),
        durable: answer.durable,
        mode: wire::mode(mode),
        message,
        execution_time_ms: wire::ms(took),
        queue_id: queue_id.map(QueueId::number),
        accepted_at: UtcTime(command.accepted_at),
    }
}

/// What is known of an accepted command that was not delivered.
fn failure(answer: &Answer, delivery: &Delivery, took: Duration) -> CommandFailure {
    let superseded_by = match delivery {
        Delivery::Superseded { by } => Some(by.command.to_string()),
        Delivery::Ended { .. } => None,
    };
    CommandFailure {
        command_id: answer.command.id.to_string(),
        command_status: wire::status(answer.status()),
        delivered: false,
        routing_method: wire::routing_method(answer.routing_method()),
        durable: answer.durable,
        execution_time_ms: wire::ms(took),
        superseded_by,
    }
}

/// The answer to a request that was not accepted.
pub(crate) fn rejection(rejection: &Rejection, asked: &Asked) -> Reply {
    let status = rejection_status(rejection);
    let retry_after = if let Rejection::Store { source } = rejection {
        source.retry_after()
    } else {
        (status == StatusCode::SERVICE_UNAVAILABLE).then_some(STORE_RETRY_AFTER)
    };
    let causes: Vec<String> = causes(rejection).collect();
    let innermost = causes.last().cloned().unwrap_or_default();
    let errors = rejection.field().map(|field| FieldError {
        field: field.to_owned(),
        detail: shortened(innermost),
        line: None,
        column: None,
    });
    let trouble = Trouble {
        status,
        code: rejection.code(),
        detail: causes.join(": "),
        errors: errors.into_iter().collect(),
        command: None,
        retry_after,
    };
    trouble.into_reply(asked)
}

fn rejection_status(rejection: &Rejection) -> StatusCode {
    match rejection {
        Rejection::UnknownDevice { .. } => StatusCode::NOT_FOUND,
        Rejection::StoreDown { .. } | Rejection::Store { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Rejection::BatchExists { .. } => StatusCode::CONFLICT,
        Rejection::Hostname { .. }
        | Rejection::Action { .. }
        | Rejection::Port { .. }
        | Rejection::PortNeeded { .. }
        | Rejection::PortNotTaken { .. }
        | Rejection::Class { .. }
        | Rejection::ClassConflict { .. }
        | Rejection::Question { .. }
        | Rejection::NoDefaultChannel { .. }
        | Rejection::Priority { .. }
        | Rejection::MaxAttempts { .. }
        | Rejection::BatchId { .. }
        | Rejection::NoTarget
        | Rejection::TooManyTargets { .. }
        | Rejection::NotQueueable { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        // The enum may grow: what was not accepted was not processed.
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// The error and what it came from, outermost first.
fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = String> + 'e {
    std::iter::successors(Some(error), |&error| error.source()).map(ToString::to_string)
}

/// A store that is down is looked at again by itself; sooner is not worth asking.
const STORE_RETRY_AFTER: Duration = Duration::from_secs(30);
