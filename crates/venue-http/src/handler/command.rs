//! Endpoints that act: the diagnostic signal and commands.

use std::time::Duration;

use http::StatusCode;
use serde::Serialize;
use venue_api::{CommandAnswer, CommandBody, DiagnosticBody, DocumentAnswer, UtcTime};
use venue_auth::{Need, Targets, allows};
use venue_domain::{Action, Actor, Clock, Delivery, EffectGroup, Locks, Nature, PortId, Status};
use venue_registry::Registry;
use venue_routing::{Answer, CommandOptions, Handling, QueueOptions};

use crate::{
    api_error::ApiError,
    app::AppTypes,
    body,
    endpoint::{Body, Described, Endpoint, Inspect, Limit, Request, Scope, each_reached, post},
    handler::path::OfDevice,
    read::{self, Unreadable},
    reply::{Reply, RequestContext},
    respond,
    waits::Moment,
    wire::ms,
};

pub(super) fn endpoints<S: AppTypes>() -> Vec<Endpoint<S>> {
    vec![
        command_at::<DocumentAnswer, S>("/{hostname}/command"),
        diagnostic_at::<DocumentAnswer, S>("/{hostname}/diagnostic"),
        command_at::<CommandAnswer, S>("/api/v1/devices/{hostname}/command"),
        diagnostic_at::<CommandAnswer, S>("/api/v1/devices/{hostname}/diagnostic"),
    ]
}

/// One endpoint at two paths: only the form of its answer, `A`, differs.
fn command_at<A: Serialize + Described, S: AppTypes>(path: &'static str) -> Endpoint<S> {
    post(path, Need::CommandOne, "Send one command to one port; answered within 3 s")
        .details("Interactive, unless `class` says otherwise.")
        .path::<OfDevice>()
        .limit(Limit::Command)
        .scope(Scope::BodyPorts)
        .without_store()
        .body::<CommandBody>()
        .located()
        .answers::<A>(StatusCode::OK)
        .answers::<A>(StatusCode::ACCEPTED)
        .to(command)
}

/// The same of the diagnostic signal.
fn diagnostic_at<A: Serialize + Described, S: AppTypes>(path: &'static str) -> Endpoint<S> {
    post(path, Need::CommandOne, "Blink the LED of a board; answered within 5 s")
        .details("`{\"digit\": 0}` stops it. Immediate.")
        .path::<OfDevice>()
        .limit(Limit::Command)
        .scope(Scope::Board)
        .without_store()
        .body::<DiagnosticBody>()
        .located()
        .answers::<A>(StatusCode::OK)
        .answers::<A>(StatusCode::ACCEPTED)
        .to(diagnostic)
}

/// `POST /{hostname}/diagnostic`; an empty body switches the signal on.
///
/// # Cancel safety
/// A dropped future withdraws the command if no byte of it has left.
async fn diagnostic<S: AppTypes>(
    request: Request<S, OfDevice, (), DiagnosticBody>,
) -> Result<Reply, ApiError> {
    let digit = request.body()?.digit;
    let command = "diagnostic_signal".to_owned();
    let body = CommandBody { command, digit, ..CommandBody::default() };
    submit(&request, body).await
}

/// `POST /{hostname}/command`.
///
/// # Cancel safety
/// A dropped future withdraws the command if no byte of it has left.
async fn command<S: AppTypes>(
    request: Request<S, OfDevice, (), CommandBody>,
) -> Result<Reply, ApiError> {
    submit(&request, request.body()?).await
}

/// A command as it is handed to the router.
struct Wish {
    target: PortId,
    action: Action,
    options: CommandOptions,
}

fn read_wish(
    hostname: &str,
    body: CommandBody,
    context: &RequestContext,
    registry: &Registry,
) -> Result<Wish, Unreadable> {
    let device = read::hostname(hostname)?;
    let action = read::action(&body.command, &read::parameters(&body), registry)?;
    let class = read::class(body.class.as_deref())?;
    let target = read::target(device.as_str(), body.port())?;
    let queue = QueueOptions {
        priority: read::priority(body.priority)?,
        max_attempts: read::max_attempts(body.max_attempts)?,
        notes: body.notes,
        ..options(body.scheduled_at, body.wait_for_device_s)
    };
    let options = CommandOptions {
        class,
        actor: actor(context),
        since: Some(context.begun_at),
        locks: locks(context),
        queue,
        ..CommandOptions::default()
    };
    Ok(Wish { target, action, options })
}

/// The line of the log for what was refused.
pub(super) fn log_rejected(
    code: &'static str,
    field: Option<&'static str>,
    context: &RequestContext,
) {
    tracing::info!(
        code,
        field,
        user_ip = %context.user_ip,
        request_id = context.request_id,
        "command rejected"
    );
}

impl Body for CommandBody {
    fn read(bytes: &[u8]) -> Result<Self, ApiError> {
        body::parse(bytes)
    }

    fn inspect(bytes: &[u8]) -> Option<Box<dyn Inspect>> {
        Some(Box::new(Self::read(bytes).ok()?))
    }
}

impl Inspect for CommandBody {
    fn summary(&self) -> String {
        let port = self.port().map(|port| format!(" for port {port}")).unwrap_or_default();
        let parameter =
            parameter(self.channel.as_deref(), self.digit.or(self.steps), self.input.as_deref());
        format!("{}{parameter}{port}", self.command)
    }

    fn presses_once(&self) -> bool {
        // What is wrong with it is told by the handler.
        let action = read::any_action(&self.command, &read::parameters(self));
        action.is_ok_and(|action| match action.nature() {
            Nature::Toggle | Nature::Relative | Nature::Sequence => true,
            Nature::Absolute | Nature::AbsoluteFrames | Nature::Immediate | Nature::Read => false,
        })
    }

    fn reached(&self, of: &str, registry: &Registry) -> Vec<(PortId, Vec<EffectGroup>)> {
        // What cannot be read is refused by the handler.
        let action = read::action(&self.command, &read::parameters(self), registry);
        let group = action.ok().and_then(|action| action.effect_group());
        each_reached(self.ports(of, registry), group.as_slice())
    }

    fn ports(&self, hostname: &str, _registry: &Registry) -> Option<Vec<(String, Option<i64>)>> {
        Some(vec![(hostname.to_owned(), self.port())])
    }
}

/// The one parameter that an action has, as a summary names it.
pub(super) fn parameter(channel: Option<&str>, digit: Option<i64>, input: Option<&str>) -> String {
    let digit = digit.map(|digit| digit.to_string());
    let given = channel.or(digit.as_deref()).or(input);
    given.map(|given| format!(" {given}")).unwrap_or_default()
}

/// Hands what `body` says to the router and says what became of it, to the caller and to the log.
///
/// # Cancel safety
/// A dropped future withdraws the command if no byte of it has left.
async fn submit<S: AppTypes, B: Body>(
    request: &Request<S, OfDevice, (), B>,
    body: CommandBody,
) -> Result<Reply, ApiError> {
    let (app, context) = (&*request.app, &*request.context);
    if app.stop.begun.is_cancelled() {
        return Err(ApiError::Stopping);
    }
    let read = read_wish(&request.path.hostname, body, context, &app.venue.registry());
    let Wish { target, action, options } = read.map_err(|error| {
        log_rejected(error.code(), Some(error.field()), context);
        ApiError::from(error)
    })?;
    let options = CommandOptions { direct_only: request.key_in_memory, ..options };
    match app.router.submit(target, action, options).await {
        Ok(answer) => {
            let now = app.router.clock().instant();
            let elapsed = now.saturating_duration_since(context.begun_at);
            let took = respond::took(&answer, elapsed);
            log(&answer, took, context);
            let moment = match &answer.handling {
                Handling::Queued { .. } | Handling::PerhapsQueued { .. } => {
                    Moment::of(app, &answer.command.target, &answer.command.action)
                }
                Handling::Direct(_) | Handling::Overtaken { .. } => Moment::ended(app),
            };
            let reply = respond::answer(&answer, app.router.mode(), took, &moment, context);
            Ok(reply.recording(answer.record))
        }
        Err(rejection) => {
            log_rejected(rejection.code(), rejection.field(), context);
            Ok(respond::rejection(&rejection, context))
        }
    }
}

/// What is wished of the queue about time.
pub(super) fn options(
    scheduled_at: Option<UtcTime>,
    wait_for_device_s: Option<u64>,
) -> QueueOptions {
    QueueOptions {
        scheduled_at: scheduled_at.map(|at| at.0),
        wait_for_device: Duration::from_secs(wait_for_device_s.unwrap_or(0)),
        ..QueueOptions::default()
    }
}

pub(super) fn actor(context: &RequestContext) -> Actor {
    Actor { name: context.who.name(), address: context.user_ip.address() }
}

/// Locks hold for whoever may not lock.
pub(super) fn locks(context: &RequestContext) -> Locks {
    match allows(&context.who, Need::Plan, Targets::Nothing) {
        Ok(()) => Locks::Pass,
        Err(_) => Locks::Hold,
    }
}

/// The document's line for every executed command. All names in it are validated ones.
pub(super) fn log(answer: &Answer, took: Duration, context: &RequestContext) {
    let command = &answer.command;
    let attempts = match &answer.handling {
        Handling::Direct(Delivery::Ended { .. }) | Handling::Overtaken { .. } => 1,
        Handling::Direct(Delivery::Superseded { .. }) => 0,
        Handling::Queued { first_try, .. } | Handling::PerhapsQueued { first_try } => {
            u8::from(first_try.is_some())
        }
    };
    tracing::info!(
        command_id = %command.id,
        hostname = %command.target.device,
        port = command.target.port.number(),
        command = %command.action,
        class = command.class.name(),
        routing_method = answer.routing_method().name(),
        status = answer.status().name(),
        success = answer.status() == Status::Completed,
        execution_time_ms = ms(took),
        attempts,
        user_ip = %context.user_ip,
        request_id = context.request_id,
        "command executed"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_says_what_and_where_to() {
        let body = br#"{"command":"channel","channel":"060","port":2}"#;
        let summary = CommandBody::inspect(body).map(|body| body.summary());
        assert_eq!(summary.as_deref(), Some("channel 060 for port 2"));
        assert!(CommandBody::inspect(b"{").is_none());
    }
}
