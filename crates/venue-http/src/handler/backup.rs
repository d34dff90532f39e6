//! Endpoints about copies of the store.

use std::time::Duration;

use http::StatusCode;
use venue_api::{Backup, BackupList, BackupRestored};
use venue_auth::Need;
use venue_domain::{BackupControl, BackupEntry, BackupPlace, WallOffset};

use crate::{
    api_error::ApiError,
    app::AppTypes,
    backups::{BINARY, BackupFileError, BackupName, UploadError},
    endpoint::{Endpoint, Request, get, post, put},
    handler::path::OfFile,
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
        get("/api/v1/backups/{name}", Need::Secrets, "Download a backup")
            .details("It holds the keys of boards, and the hashes of tokens and PINs: keep it where nobody else reads.")
            .path::<OfFile>()
            .answers_text(BINARY)
            .to(download),
        put("/api/v1/backups/{name}", Need::Secrets, "Upload a backup under a name uploaded-NAME.db")
            .details(
                "It is opened and checked before it counts. A name that is in use is refused. At most 3 that were \
                 uploaded are kept, the newest. The daemon does not use them by itself.",
            )
            .path::<OfFile>()
            .uploads()
            .may_take(MAX_COPY)
            .answers::<Backup>(StatusCode::CREATED)
            .to(upload),
        post("/api/v1/backups/{name}/restore", Need::Secrets, "Restore a backup while the database cannot be used")
            .details(
                "Only in direct-only mode. The database is set aside, never overwritten. What waited in the backup is not \
                 sent; what is scheduled stays. Devices, people and schedules stay as they are now.",
            )
            .path::<OfFile>()
            .may_take(MAX_COPY)
            .answers::<BackupRestored>(StatusCode::OK)
            .to(restore),
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

/// `GET /api/v1/backups/{name}`: the file, as it is read.
///
/// # Cancel safety
/// Safe: it only reads.
async fn download<S: AppTypes>(request: Request<S, OfFile>) -> Result<Reply, ApiError> {
    let (app, context, given) = (&*request.app, &*request.context, &*request.path.name);
    let name = given.parse::<BackupName>().map_err(|_| no_backup(given))?;
    let file = app.backups.download(name.clone()).await.map_err(unusable)?;
    tracing::info!(
        backup = name.as_str(),
        user_ip = %context.user_ip,
        request_id = context.request_id,
        "a backup is downloaded"
    );
    Ok(Reply::download(name.to_string(), file))
}

/// `PUT /api/v1/backups/{name}`: keeps a file that arrives, once it is whole and sound.
///
/// # Cancel safety
/// Nothing is kept, or all.
async fn upload<S: AppTypes>(request: Request<S, OfFile>) -> Result<Reply, ApiError> {
    let file = request.upload().ok_or(ApiError::BodyBroken)?;
    let (app, context) = (&*request.app, &*request.context);
    let name = request.path.name.parse::<BackupName>();
    let name = name.map_err(|error| wrong("name", &error))?;
    if !name.is_uploaded() {
        return Err(wrong("name", &BackupFileError::NotUploaded { name }));
    }
    let kept = app.backups.upload(name, file).await.map_err(unusable)?;
    tracing::info!(
        backup = kept.name,
        user_ip = %context.user_ip,
        request_id = context.request_id,
        "a backup was uploaded, and is sound"
    );
    Ok(Reply::json(StatusCode::CREATED, &told(kept, app.wall())))
}

/// `POST /api/v1/backups/{name}/restore`: puts it in the place of a database that cannot be used.
///
/// # Cancel safety
/// A restore that was begun is ended.
async fn restore<S: AppTypes>(request: Request<S, OfFile>) -> Result<Reply, ApiError> {
    let (app, context, given) = (&*request.app, &*request.context, &*request.path.name);
    if app.stop.begun.is_cancelled() {
        return Err(ApiError::Stopping);
    }
    let name = given.parse::<BackupName>().map_err(|_| no_backup(given))?;
    let restored = app.backups.restore(name.clone()).await.map_err(unusable)?;
    tracing::warn!(
        backup = name.as_str(),
        set_aside = restored.set_aside,
        user_ip = %context.user_ip,
        request_id = context.request_id,
        "a backup was restored as asked for"
    );
    Ok(Reply::ok(&BackupRestored { name: name.to_string(), set_aside: restored.set_aside }))
}

fn no_backup(name: &str) -> ApiError {
    ApiError::NoSuchItem { kind: "backups", id: name.to_owned() }
}

fn wrong(field: &str, error: &impl std::error::Error) -> ApiError {
    ApiError::InvalidItem { field: field.to_owned(), detail: error.to_string() }
}

fn unusable(error: BackupFileError) -> ApiError {
    match error {
        BackupFileError::Unknown { name } => no_backup(name.as_str()),
        BackupFileError::NotUploaded { .. } | BackupFileError::Fetch { .. } => {
            wrong("name", &error)
        }
        BackupFileError::Taken { .. } | BackupFileError::InUse => ApiError::Backup { error },
        BackupFileError::NoDatabase
        | BackupFileError::Unsound { .. }
        | BackupFileError::Encrypted => wrong("body", &error),
        BackupFileError::Restore { error } | BackupFileError::Store { error } => {
            ApiError::Store { error }
        }
        BackupFileError::Arrival { why: UploadError::TooLarge { limit } } => {
            ApiError::BodyTooLarge { limit }
        }
        BackupFileError::Arrival { why: UploadError::Cut } => ApiError::BodyBroken,
        BackupFileError::Arrival { why: UploadError::Stalled { limit } } => {
            ApiError::BodyTimeout { limit }
        }
    }
}

fn told(entry: BackupEntry, wall: WallOffset) -> Backup {
    let BackupEntry { name, made_at, uploaded_at, bytes, place } = entry;
    let place = match place {
        BackupPlace::Made => venue_api::BackupPlace::Made,
        BackupPlace::Uploaded => venue_api::BackupPlace::Uploaded,
        BackupPlace::Folder => venue_api::BackupPlace::Folder,
        BackupPlace::Absent => venue_api::BackupPlace::Absent,
    };
    let uploaded_at = uploaded_at.map(|at| wire::utc(wall, at));
    Backup { name, made_at: wire::utc(wall, made_at), uploaded_at, bytes, place }
}
