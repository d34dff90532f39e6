//! Finds a command that was accepted before, by either of its ids.

use venue_domain::{CommandId, CommandWithAttempts, QueueId, QueueView};

use crate::{
    api_error::ApiError,
    app::{App, AppTypes},
};

/// What a command is named by.
pub(crate) enum CommandName {
    Command(CommandId),
    Queue(QueueId),
}

/// Reads `id` as either.
pub(crate) fn parse(id: &str) -> Result<CommandName, ApiError> {
    if let Ok(number) = id.parse() {
        return Ok(CommandName::Queue(QueueId::new(number)));
    }
    id.parse().map(CommandName::Command).map_err(|_| ApiError::InvalidCommandId)
}

/// A command by its `command_id` or its `queue_id`, if there is one.
pub(crate) async fn account<S: AppTypes>(
    app: &App<S>,
    id: &str,
) -> Result<Option<CommandWithAttempts>, ApiError> {
    let found = match parse(id)? {
        CommandName::Command(command) => app.queue.view.command(command).await,
        CommandName::Queue(queue_id) => app.queue.view.queued(queue_id).await,
    };
    found.map_err(|error| ApiError::Store { error })
}
