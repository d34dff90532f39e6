//! Endpoints about single commands that were accepted before.

use venue_api::CommandCancelled;
use venue_domain::{Cancelled, CommandAccount, CommandId, QueueId, QueueView, Status};

use crate::{
    app::{App, Site},
    fault::Fault,
    reply::{Asked, Reply},
    respond,
    waits::Moment,
    wire::{status as wire_status, stored as wire},
};

/// `GET /api/v1/commands/{id}`.
///
/// # Cancel safety
/// Safe: it only reads.
pub(super) async fn get<S: Site>(app: &App<S>, id: &str) -> Result<Reply, Fault> {
    Ok(Reply::ok(&wire::account(&found(app, id).await?, app.wall())))
}

/// `GET /api/v1/commands/{id}/why`.
///
/// # Cancel safety
/// Safe: it only reads.
pub(super) async fn why<S: Site>(app: &App<S>, id: &str) -> Result<Reply, Fault> {
    let account = found(app, id).await?;
    let moment = Moment::of(app, &account.record.target, &account.record.action);
    Ok(Reply::ok(&wire::why(&account, &moment)))
}

/// `POST /api/v1/commands/{id}/cancel`.
///
/// # Cancel safety
/// A dropped future may or may not have withdrawn it.
pub(super) async fn cancel<S: Site>(app: &App<S>, id: &str, asked: &Asked) -> Result<Reply, Fault> {
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
                user_ip = %asked.user_ip,
                request_id = asked.request_id,
                "command withdrawn"
            );
            Ok(Reply::ok(&CommandCancelled {
                command_id: command.to_string(),
                status: wire_status(status),
            }))
        }
        Ok(Cancelled::InFlight) => Err(Fault::InFlight),
        Ok(Cancelled::Finished(status)) => Err(Fault::AlreadyEnded { status }),
        // What was carried out directly may be on its way into the store.
        Ok(Cancelled::NotFound) => {
            let status = found(app, id).await?.record.status;
            Err(Fault::AlreadyEnded { status })
        }
        Err(rejection) => Ok(respond::rejection(&rejection, asked)),
    }
}

/// What a command is named by.
enum Name {
    Command(CommandId),
    Queue(QueueId),
}

fn parse(id: &str) -> Result<Name, Fault> {
    if let Ok(number) = id.parse() {
        return Ok(Name::Queue(QueueId::new(number)));
    }
    id.parse().map(Name::Command).map_err(|_| Fault::InvalidCommandId)
}

async fn found<S: Site>(app: &App<S>, id: &str) -> Result<CommandAccount, Fault> {
    account(app, id).await?.ok_or_else(|| Fault::NoSuchCommand { id: id.to_owned() })
}

/// A command by its `command_id` or its `queue_id`, if there is one.
pub(crate) async fn account<S: Site>(
    app: &App<S>,
    id: &str,
) -> Result<Option<CommandAccount>, Fault> {
    let found = match parse(id)? {
        Name::Command(command) => app.queue.view.command(command).await,
        Name::Queue(queue_id) => app.queue.view.queued(queue_id).await,
    };
    found.map_err(|error| Fault::Store { error })
}
