//! Endpoints about single commands that were accepted before.

use venue_api::CommandCancelled;
use venue_domain::{Cancelled, CommandAccount, CommandId, QueueId, QueueView, Status};

use crate::{
    api_error::ApiError,
    app::{App, AppTypes},
    reply::{Reply, RequestContext},
    respond,
    waits::Moment,
    wire::{status as wire_status, stored as wire},
};

/// `GET /api/v1/commands/{id}`.
///
/// # Cancel safety
/// Safe: it only reads.
pub(super) async fn get<S: AppTypes>(app: &App<S>, id: &str) -> Result<Reply, ApiError> {
    Ok(Reply::ok(&wire::account(&found(app, id).await?, app.wall())))
}

/// `GET /api/v1/commands/{id}/why`.
///
/// # Cancel safety
/// Safe: it only reads.
pub(super) async fn why<S: AppTypes>(app: &App<S>, id: &str) -> Result<Reply, ApiError> {
    let account = found(app, id).await?;
    let moment = Moment::of(app, &account.record.target, &account.record.action);
    Ok(Reply::ok(&wire::why(&account, &moment)))
}

/// `POST /api/v1/commands/{id}/cancel`.
///
/// # Cancel safety
/// A dropped future may or may not have withdrawn it.
pub(super) async fn cancel<S: AppTypes>(
    app: &App<S>,
    id: &str,
    context: &RequestContext,
) -> Result<Reply, ApiError> {
    let command = match parse(id)? {
        Name::Command(command) => command,
        Name::Queue(_) => found(app, id).await?.record.id,
    };
    match app.router.cancel(command).await {
        Ok(Cancelled::Cancelled(aftermath)) => {
            let ended = aftermath.ended.iter().find(|ended| ended.command == command);
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

/// What a command is named by.
enum Name {
    Command(CommandId),
    Queue(QueueId),
}

fn parse(id: &str) -> Result<Name, ApiError> {
    if let Ok(number) = id.parse() {
        return Ok(Name::Queue(QueueId::new(number)));
    }
    id.parse().map(Name::Command).map_err(|_| ApiError::InvalidCommandId)
}

async fn found<S: AppTypes>(app: &App<S>, id: &str) -> Result<CommandAccount, ApiError> {
    account(app, id).await?.ok_or_else(|| ApiError::NoSuchCommand { id: id.to_owned() })
}

/// A command by its `command_id` or its `queue_id`, if there is one.
pub(crate) async fn account<S: AppTypes>(
    app: &App<S>,
    id: &str,
) -> Result<Option<CommandAccount>, ApiError> {
    let found = match parse(id)? {
        Name::Command(command) => app.queue.view.command(command).await,
        Name::Queue(queue_id) => app.queue.view.queued(queue_id).await,
    };
    found.map_err(|error| ApiError::Store { error })
}
