//! Endpoints about single commands that were accepted before.

use http::StatusCode;
use venue_api::{self as api, CommandCancelled, Why};
use venue_auth::Need;
use venue_domain::{Cancelled, CommandWithAttempts, Status};

use crate::{
    api_error::ApiError,
    app::{App, AppTypes},
    endpoint::{Endpoint, Request, Scope, get, post},
    handler::path::OfId,
    lookup::{self, CommandName},
    reply::Reply,
    respond,
    waits::Moment,
    wire::{status as wire_status, stored as wire},
};

pub(super) fn endpoints<S: AppTypes>() -> Vec<Endpoint<S>> {
    vec![
        get("/api/v1/commands/{id}", Need::Read, "One command with its attempts")
            .details("`{id}` is a `command_id` or a `queue_id`.")
            .path::<OfId>()
            .answers::<api::CommandWithAttempts>(StatusCode::OK)
            .to(show),
        get(
            "/api/v1/commands/{id}/why",
            Need::Read,
            "One sentence that explains a command's status",
        )
        .path::<OfId>()
        .answers::<Why>(StatusCode::OK)
        .to(why),
        post("/api/v1/commands/{id}/cancel", Need::CommandOne, "Cancel a command while it waits")
            .path::<OfId>()
            .scope(Scope::Command)
            .answers::<CommandCancelled>(StatusCode::OK)
            .to(cancel),
    ]
}

/// `GET /api/v1/commands/{id}`.
///
/// # Cancel safety
/// Safe: it only reads.
async fn show<S: AppTypes>(request: Request<S, OfId>) -> Result<Reply, ApiError> {
    let (app, id) = (&*request.app, &*request.path.id);
    Ok(Reply::ok(&wire::account(&found(app, id).await?, app.wall())))
}

/// `GET /api/v1/commands/{id}/why`.
///
/// # Cancel safety
/// Safe: it only reads.
async fn why<S: AppTypes>(request: Request<S, OfId>) -> Result<Reply, ApiError> {
    let (app, id) = (&*request.app, &*request.path.id);
    let account = found(app, id).await?;
    let moment = Moment::of(app, &account.record.target, &account.record.action);
    Ok(Reply::ok(&wire::why(&account, &moment)))
}

/// `POST /api/v1/commands/{id}/cancel`.
///
/// # Cancel safety
/// A dropped future may or may not have withdrawn it.
async fn cancel<S: AppTypes>(request: Request<S, OfId>) -> Result<Reply, ApiError> {
    let (app, id, context) = (&*request.app, &*request.path.id, &*request.context);
    let command = match lookup::parse(id)? {
        CommandName::Command(command) => command,
        CommandName::Queue(_) => found(app, id).await?.record.id,
    };
    match app.router.cancel(command).await {
        Ok(Cancelled::Cancelled(ended_commands)) => {
            let ended = ended_commands.ended.iter().find(|ended| ended.command == command);
            let status = ended.map_or(Status::Cancelled, |ended| ended.status);
            tracing::info!(
                command_id = %command,
                user_ip = %context.user_ip,
                request_id = context.request_id,
                "command withdrawn"
            );
            Ok(Reply::ok(&CommandCancelled {
                command_id: command.to_string(),
                status: wire_status(status),
            }))
        }
        Ok(Cancelled::InFlight) => Err(ApiError::InFlight),
        Ok(Cancelled::Finished(status)) => Err(ApiError::AlreadyEnded { status }),
        // What was carried out directly may be on its way into the store.
        Ok(Cancelled::NotFound) => {
            let status = found(app, id).await?.record.status;
            Err(ApiError::AlreadyEnded { status })
        }
        Err(rejection) => Ok(respond::rejection(&rejection, context)),
    }
}

async fn found<S: AppTypes>(app: &App<S>, id: &str) -> Result<CommandWithAttempts, ApiError> {
    lookup::account(app, id).await?.ok_or_else(|| ApiError::NoSuchCommand { id: id.to_owned() })
}
