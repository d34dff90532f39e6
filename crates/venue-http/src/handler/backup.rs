//! Endpoints about copies of the store.

use std::time::Duration;

use http::StatusCode;
use venue_api::{Backup, BackupList};
use venue_auth::Need;
use venue_domain::{BackupControl, BackupEntry, WallOffset};

use crate::{
    api_error::ApiError,
    app::AppTypes,
    endpoint::{Endpoint, Request, get, post},
    reply::Reply,
    wire,
};

pub(super) fn endpoints<S: AppTypes>() -> Vec<Endpoint<S>> {
    vec![
        get("/api/v1/backups", Need::System, "The backups of the database, newest first")
            .answers::<BackupList>(StatusCode::OK)
            .to(list),
        post("/api/v1/backups", Need::System, "Make a backup now, and verify it")
            // As long as the database is large; whoever asked is told when it is there.
            .may_take(MAX_COPY)
            .answers::<Backup>(StatusCode::CREATED)
            .to(create),
    ]
}

/// No disk takes so long for a copy of the store.
const MAX_COPY: Duration = Duration::from_secs(60 * 60);

/// `GET /api/v1/backups`: the newest first.
///
/// # Cancel safety
/// Safe: it only reads.
async fn list<S: AppTypes>(request: Request<S>) -> Result<Reply, ApiError> {
    let app = &*request.app;
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
async fn create<S: AppTypes>(request: Request<S>) -> Result<Reply, ApiError> {
    let (app, context) = (&*request.app, &*request.context);
    if app.stop.begun.is_cancelled() {
        return Err(ApiError::Stopping);
    }
    let made = app.queue.control.back_up().await.map_err(|error| ApiError::Store { error })?;
    tracing::info!(
        backup = made.name,
        user_ip = %context.user_ip,
        request_id = context.request_id,
        "backup made as asked for"
    );
    Ok(Reply::json(StatusCode::CREATED, &told(made, app.wall())))
}

fn told(entry: BackupEntry, wall: WallOffset) -> Backup {
    Backup { name: entry.name, made_at: wire::utc(wall, entry.made_at), bytes: entry.bytes }
}
