//! What the router said, as HTTP statuses: the table of command-semantics, section 3.

use std::{error::Error, time::Duration};

use http::StatusCode;
use venue_api::{CommandAnswer, CommandFailure, DocumentAnswer, FieldError, UtcTime};
use venue_domain::{Delivery, Evidence, Outcome};
use venue_routing::{Answer, Mode, Rejection};

use crate::{
    reply::{Asked, Reply, Trouble, shortened},
    route::Surface,
    wire, words,
};

/// How long `answer`'s command took; `elapsed` where its lane did not say.
pub(crate) const fn took(answer: &Answer, elapsed: Duration) -> Duration {
    match &answer.delivery {
        Delivery::Ended { took, .. } => *took,
        Delivery::Superseded { .. } => elapsed,
    }
}

/// The answer to an accepted command, whatever became of it.
pub(crate) fn answer(answer: &Answer, mode: Mode, took: Duration, asked: &Asked) -> Reply {
    let target = &answer.command.target;
    let (status, code, detail) = match &answer.delivery {
        Delivery::Ended { outcome, .. } => match outcome {
            Outcome::Delivered(evidence) => return delivered(answer, *evidence, mode, took, asked),
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
    let superseded_by = match &answer.delivery {
        Delivery::Superseded { by } => Some(by.command.to_string()),
        Delivery::Ended { .. } => None,
    };
    let command = CommandFailure {
        command_id: answer.command.id.to_string(),
        command_status: wire::status(answer.status()),
        delivered: false,
        routing_method: wire::routing_method(answer.routing_method()),
        durable: answer.durable,
        execution_time_ms: wire::ms(took),
        superseded_by,
    };
    let retry_after = answer.retry_after;
    let errors = Vec::new();
    Trouble { status, code, detail, errors, command: Some(command), retry_after }.into_reply(asked)
}

fn delivered(
    answer: &Answer,
    evidence: Evidence,
    mode: Mode,
    took: Duration,
    asked: &Asked,
) -> Reply {
    let command = &answer.command;
    let facts = CommandAnswer {
        command_id: command.id.to_string(),
        hostname: command.target.device.to_string(),
        port: command.target.port.number(),
        command: command.action.name().to_owned(),
        class: command.class.name().to_owned(),
        status: wire::status(answer.status()),
        delivered: true,
        evidence: Some(wire::evidence(evidence)),
        method: wire::method(answer.method),
        routing_method: wire::routing_method(answer.routing_method()),
        durable: answer.durable,
        mode: wire::mode(mode),
        message: words::delivered(evidence),
        execution_time_ms: wire::ms(took),
        queue_id: None,
        accepted_at: UtcTime(command.accepted_at),
    };
    match asked.surface {
        Surface::Document => Reply::ok(&DocumentAnswer { success: true, answer: facts }),
        Surface::V1 => Reply::ok(&facts),
    }
}

/// The answer to a request that was not accepted.
pub(crate) fn rejection(rejection: &Rejection, asked: &Asked) -> Reply {
    let status = rejection_status(rejection);
    let retry_after = (status == StatusCode::SERVICE_UNAVAILABLE).then_some(STORE_RETRY_AFTER);
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
        Rejection::StoreDown { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Rejection::Hostname { .. }
        | Rejection::Action { .. }
        | Rejection::Port { .. }
        | Rejection::PortNeeded { .. }
        | Rejection::PortNotTaken { .. }
        | Rejection::Class { .. }
        | Rejection::ClassConflict { .. }
        | Rejection::Question { .. }
        | Rejection::NoDefaultChannel { .. } => StatusCode::UNPROCESSABLE_ENTITY,
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
