//! Endpoints about copies of the store.

use http::StatusCode;
use venue_api::{Backup, BackupList};
use venue_domain::{BackupControl, BackupEntry, WallOffset};

use crate::{
    api_error::ApiError,
    app::{App, AppTypes},
    reply::{Reply, RequestContext},
    wire,
};

/// `GET /api/v1/backups`: the newest first.
///
/// # Cancel safety
/// Safe: it only reads.
pub(super) async fn list<S: AppTypes>(app: &App<S>) -> Result<Reply, ApiError> {
    let backups = app.queue.control.backups().await.map_err(|error| ApiError::Store { error })?;
    let wall = app.wall();
    Ok(Reply::ok(&BackupList {
        items: backups.into_iter().map(|entry| told(entry, wall)).collect(),
    }))
}

/// `POST /api/v1/backups`: makes one, verifies it, and answers when it is there.
///
/// # Cancel safety
/// A copy that was begun is ended.
pub(super) async fn create<S: AppTypes>(
    app: &App<S>,
    context: &RequestContext,
) -> Result<Reply, ApiError> {
    if app.stop.begun.is_cancelled() {
        return Err(ApiError::Stopping);
    }
    let made = app.queue.control.back_up().await.map_err(|error| ApiError::Store { error })?;
    tracing::info!(
        backup = made.name,
        user_ip = %context.user_ip,
        request_id = context.request_id,
        "backup made as context for"
    );
    Ok(Reply::json(StatusCode::CREATED, &told(made, app.wall())))
}

fn told(entry: BackupEntry, wall: WallOffset) -> Backup {
    Backup { name: entry.name, made_at: wire::utc(wall, entry.made_at), bytes: entry.bytes }
}
