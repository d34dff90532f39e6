//! Endpoints about what the venue does for itself.

use http::StatusCode;
use venue_api::{
    DailyStats, DeviceLog, DeviceLogLine, FirmwareInventory, Statistics, SystemTaskList,
    SystemTaskStatus, UtcTime,
};
use venue_auth::Need;
use venue_domain::{BatchCounts, LogLine, Status, SystemTask, WallOffset};

use crate::{
    api_error::ApiError,
    app::AppTypes,
    endpoint::{Endpoint, Request, get, post},
    handler::path::{OfDevice, OfTask},
    query::{FigureFilter, LineCount},
    read,
    reply::Reply,
    respond,
    venue::SystemRejection,
    wire,
};

pub(super) fn endpoints<S: AppTypes>() -> Vec<Endpoint<S>> {
    vec![
        get("/api/v1/system/tasks", Need::Read, "The system tasks, and what their last runs found")
            .details("They are health sweep, firmware check, log collection, capability refresh and retention.")
            .answers::<SystemTaskList>(StatusCode::OK)
            .to(list),
        get("/api/v1/system/tasks/{task}", Need::Read, "One system task")
            .details("`result` is what the last run found.")
            .path::<OfTask>()
            .answers::<SystemTaskStatus>(StatusCode::OK)
            .to(show),
        post(
            "/api/v1/system/tasks/{task}/run",
            Need::System,
            "Run a system task, behind those that run already",
        )
        .path::<OfTask>()
        .located()
        .answers::<SystemTaskStatus>(StatusCode::ACCEPTED)
        .to(run),
        get(
            "/api/v1/firmware",
            Need::Read,
            "The firmware of each device, and the updates that boards offer, as of the last check",
        )
        .answers::<FirmwareInventory>(StatusCode::OK)
        .to(firmware),
        get(
            "/api/v1/devices/{hostname}/log",
            Need::Read,
            "A device's log lines, as collected last",
        )
        .path::<OfDevice>()
        .query::<LineCount>()
        .answers::<DeviceLog>(StatusCode::OK)
        .to(log),
        get(
            "/api/v1/statistics",
            Need::Read,
            "Ended commands per day, device, command and class, or summed by one of them",
        )
        .query::<FigureFilter>()
        .answers::<Statistics>(StatusCode::OK)
        .to(statistics),
    ]
}

/// `GET /api/v1/system/tasks`.
///
/// # Cancel safety
/// Safe: it only reads.
async fn list<S: AppTypes>(request: Request<S>) -> Result<Reply, ApiError> {
    let app = &*request.app;
    Ok(Reply::ok(&SystemTaskList { items: app.system.tasks() }))
}

/// `GET /api/v1/system/tasks/{task}`.
///
/// # Cancel safety
/// Safe: it only reads.
async fn show<S: AppTypes>(request: Request<S, OfTask>) -> Result<Reply, ApiError> {
    let (app, task) = (&*request.app, &*request.path.task);
    Ok(Reply::ok(&app.system.task(parse(task)?)))
}

/// `POST /api/v1/system/tasks/{task}/run`: it runs behind those that run already.
///
/// # Cancel safety
/// Safe: it runs or it does not.
async fn run<S: AppTypes>(request: Request<S, OfTask>) -> Result<Reply, ApiError> {
    let (app, task) = (&*request.app, &*request.path.task);
    let task = parse(task)?;
    match app.system.run(task) {
        Ok(()) => {
            let path = format!("/api/v1/system/tasks/{}", task.name());
            Ok(Reply::json(StatusCode::ACCEPTED, &app.system.task(task)).located(path))
        }
        Err(SystemRejection::Stopping) => Err(ApiError::Stopping),
    }
}

/// `GET /api/v1/firmware`: what the last check found.
///
/// # Cancel safety
/// Safe: it only reads.
async fn firmware<S: AppTypes>(request: Request<S>) -> Result<Reply, ApiError> {
    let app = &*request.app;
    let check = app.system.task(SystemTask::FirmwareCheck);
    // A check that failed, or of another version of this service, has found nothing that is known here.
    let found: FirmwareInventory = serde_json::from_value(check.result).unwrap_or_default();
    Ok(Reply::ok(&FirmwareInventory { checked_at: check.last_run, ..found }))
}

/// `GET /api/v1/devices/{hostname}/log?limit=`.
///
/// # Cancel safety
/// Safe: it only reads.
async fn log<S: AppTypes>(request: Request<S, OfDevice, LineCount>) -> Result<Reply, ApiError> {
    let (app, context) = (&*request.app, &*request.context);
    let hostname = read::hostname(&request.path.hostname)?;
    let limit = request.query()?.limit.get();
    if let Err(rejection) = app.router.status(&hostname) {
        return Ok(respond::rejection(&rejection, context));
    }
    let lines = app.system.log(hostname.clone(), limit).await;
    let lines = lines.map_err(|error| ApiError::Store { error })?;
    let wall = app.wall();
    let told = |line: LogLine| DeviceLogLine {
        at: wire::utc(wall, line.at),
        level: line.level,
        line: line.line,
    };
    let lines = lines.into_iter().map(told).collect();
    Ok(Reply::ok(&DeviceLog { hostname: hostname.to_string(), lines }))
}

/// `GET /api/v1/statistics?days=|from=&to=&hostname=&group=&limit=`: the last days, today included,
/// unless others are named.
///
/// # Cancel safety
/// Safe: it only reads.
async fn statistics<S: AppTypes>(request: Request<S, (), FigureFilter>) -> Result<Reply, ApiError> {
    let app = &*request.app;
    let (today, shift) = (app.calendar().unix_ms().div_euclid(DAY_MS), shift_of(app.wall()));
    let mut query = request.query()?.into_query(today)?;
    (query.first, query.last) =
        (query.first.saturating_sub(shift), query.last.saturating_sub(shift));
    let limit = query.limit as usize;
    // One more tells whether there are more.
    query.limit = query.limit.saturating_add(1);
    let figures = app.system.daily_stats(query).await;
    let mut figures = figures.map_err(|error| ApiError::Store { error })?;
    let more = figures.len() > limit;
    figures.truncate(limit);
    let told = |one: venue_domain::DailyStats| DailyStats {
        date: one.day.map(|day| date(day.saturating_add(shift))),
        hostname: one.hostname,
        command: one.command,
        command_class: one.command_class,
        completed: one.counts.of(Status::Completed),
        failed: one.counts.of(Status::Failed),
        expired: one.counts.of(Status::Expired),
        superseded: one.counts.of(Status::Superseded),
        cancelled: one.counts.of(Status::Cancelled),
        unknown: one.counts.of(Status::Unknown),
        not_completed: sum_of(&one.counts, &[Status::Failed, Status::Expired, Status::Unknown]),
        replaced: sum_of(&one.counts, &[Status::Superseded, Status::Cancelled]),
        avg_execution_time_ms: one.execution_sum_ms.checked_div(one.execution_count),
        max_execution_time_ms: one.execution_max_ms,
    };
    Ok(Reply::ok(&Statistics { items: figures.into_iter().map(told).collect(), more }))
}

fn sum_of(counts: &BatchCounts, statuses: &[Status]) -> u64 {
    statuses.iter().map(|status| counts.of(*status)).sum()
}

fn parse(task: &str) -> Result<SystemTask, ApiError> {
    task.parse().map_err(|_| ApiError::NoSuchItem { kind: "system tasks", id: task.to_owned() })
}

/// The date of a day, as part of an instant is written.
fn date(day: i64) -> String {
    let midnight = venue_domain::WallTime::from_unix_ms(day.saturating_mul(DAY_MS));
    let text = UtcTime(midnight).to_string();
    text.split_once('T').map_or_else(|| text.clone(), |(date, _)| date.to_owned())
}

/// How many days the calendar is ahead of the days of venue time, by which figures are summed.
fn shift_of(wall: WallOffset) -> i64 {
    wall.ms().saturating_add(DAY_MS / 2).div_euclid(DAY_MS)
}

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_its_date() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(20_512), "2026-02-28");
    }
}
