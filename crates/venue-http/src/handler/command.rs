//! Endpoints that act: the diagnostic signal and commands.

use std::time::Duration;

use venue_api::{CommandBody, DiagnosticBody, UtcTime};
use venue_domain::{Actor, Clock, Delivery, Parameters, Status};
use venue_routing::{Answer, CommandRequest, Handling, QueueOptions};

use crate::{
    api_error::ApiError,
    app::{App, AppTypes},
    body,
    reply::{Reply, RequestContext},
    respond,
    waits::Moment,
    wire::ms,
};

/// `POST /{hostname}/diagnostic`; an empty body switches the signal on.
pub(super) fn diagnostic(
    hostname: String,
    bytes: &[u8],
    context: &RequestContext,
) -> Result<CommandRequest, ApiError> {
    let body = if bytes.is_empty() { DiagnosticBody::default() } else { body::parse(bytes)? };
    Ok(CommandRequest {
        device: hostname,
        command: "diagnostic_signal".to_owned(),
        port: None,
        parameters: Parameters { digit: body.digit, ..Parameters::default() },
        class: None,
        actor: actor(context),
        since: Some(context.begun_at),
        queue: QueueOptions::default(),
    })
}

/// `POST /{hostname}/command`.
pub(super) fn command(
    hostname: String,
    bytes: &[u8],
    context: &RequestContext,
) -> Result<CommandRequest, ApiError> {
    let body: CommandBody = body::parse(bytes)?;
    Ok(CommandRequest {
        device: hostname,
        port: body.port(),
        command: body.command,
        parameters: Parameters { channel: body.channel, digit: body.digit, input: body.input },
        class: body.class,
        actor: actor(context),
        since: Some(context.begun_at),
        queue: QueueOptions {
            priority: body.priority,
            max_attempts: body.max_attempts,
            notes: body.notes,
            ..options(body.scheduled_at, body.wait_for_device_s)
        },
    })
}

/// Hands `request` to the router and says what became of it, to the caller and to the log.
///
/// # Cancel safety
/// A dropped future withdraws the command if no byte of it has left.
pub(super) async fn submit<S: AppTypes>(
    app: &App<S>,
    request: CommandRequest,
    context: &RequestContext,
) -> Result<Reply, ApiError> {
    if app.stop.begun.is_cancelled() {
        return Err(ApiError::Stopping);
    }
    match app.router.submit(request).await {
        Ok(answer) => {
            let now = app.router.clock().instant();
            let elapsed = now.saturating_duration_since(context.begun_at);
            let took = respond::took(&answer, elapsed);
            log(&answer, took, context);
            let moment = Moment::of(app, &answer.command.target, &answer.command.action);
            let reply = respond::answer(&answer, app.router.mode(), took, &moment, context);
            Ok(reply.recording(answer.record))
        }
        Err(rejection) => {
            tracing::info!(
                code = rejection.code(),
                field = rejection.field(),
                user_ip = %context.user_ip,
                request_id = context.request_id,
                "command rejected"
            );
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

/// The document's line for every executed command. All names in it are validated ones.
fn log(answer: &Answer, took: Duration, context: &RequestContext) {
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
