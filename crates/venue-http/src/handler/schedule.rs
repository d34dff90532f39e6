//! Endpoints about schedules: shown, edited, paused, left out, run by hand.

use http::StatusCode;
use venue_api::{
    FieldError, NextRun, NextRuns, Schedule, ScheduleList, ScheduleRemoved, ScheduleRun,
    ScheduleRuns, UtcTime,
};
use venue_domain::{Timestamp, WallTime};
use venue_registry::NoMatch;
use venue_schedule::Occurrence;
use venue_schedule::{ScheduleEdit, ScheduleEditError, Schedules, StoredSchedule};

use crate::{
    app::{App, Site},
    body,
    fault::Fault,
    handler::{command::actor, config::expected},
    own, query,
    reply::{self, Asked, Reply, Trouble},
    respond,
    venue::ScheduleRefusal,
    wire,
};

/// So many occurrences are told if nothing is said.
const USUAL_NEXT: usize = 5;

/// `GET /api/v1/schedules`.
///
/// # Cancel safety
/// Safe: it only reads.
pub(super) fn list<S: Site>(app: &App<S>, asked: &Asked) -> Reply {
    let (schedules, registry, now) =
        (app.schedules.schedules(), app.venue.registry(), app.calendar());
    let shown = |entry: &StoredSchedule| {
        let may_run = own::may_run(&asked.who, &registry, entry);
        Schedule { may_run, ..told(entry, now) }
    };
    Reply::ok(&ScheduleList { items: schedules.entries().map(shown).collect() })
}

/// `GET /api/v1/schedules/{id}`.
///
/// # Cancel safety
/// Safe: it only reads.
pub(super) fn get<S: Site>(app: &App<S>, id: &str, asked: &Asked) -> Result<Reply, Fault> {
    let schedules = app.schedules.schedules();
    let entry = schedules.get(id).ok_or_else(|| unknown(id))?;
    let may_run = own::may_run(&asked.who, &app.venue.registry(), entry);
    let schedule = Schedule { may_run, ..told(entry, app.calendar()) };
    Ok(Reply::ok(&schedule).tagged(Some(schedule.revision)))
}

/// `GET /api/v1/schedules/{id}/next?n=`.
///
/// # Cancel safety
/// Safe: it only reads.
pub(super) fn next<S: Site>(app: &App<S>, id: &str, asked: &Asked) -> Result<Reply, Fault> {
    let count = query::number(asked.query.as_deref(), "n", 1..=100)?.unwrap_or(USUAL_NEXT);
    let schedules = app.schedules.schedules();
    let entry = schedules.get(id).ok_or_else(|| unknown(id))?;
    let next = entry.next(app.calendar(), count);
    Ok(Reply::ok(&NextRuns { items: next.iter().map(|next| to_come(entry, next)).collect() }))
}

/// `GET /api/v1/schedules/{id}/runs?limit=`.
///
/// # Cancel safety
/// Safe: it only reads.
pub(super) async fn runs<S: Site>(app: &App<S>, id: String, asked: &Asked) -> Result<Reply, Fault> {
    let limit = query::number(asked.query.as_deref(), "limit", 1..=1_000)?.unwrap_or(20);
    let limit = u32::try_from(limit).unwrap_or(u32::MAX);
    if app.schedules.schedules().get(&id).is_none() {
        return Err(unknown(&id));
    }
    let wall = app.wall();
    let told = |run: venue_domain::ScheduleRun| ScheduleRun {
        occurrence: run.occurrence,
        due_at: UtcTime(WallTime::of_calendar(run.due_at)),
        noted_at: wire::utc(wall, run.noted_at),
        outcome: run.outcome.name().to_owned(),
        batch_id: run.batch_id.map(|id| id.to_string()),
        detail: run.detail,
    };
    Ok(match app.schedules.runs(id, limit).await {
        Ok(runs) => Reply::ok(&ScheduleRuns { items: runs.into_iter().map(told).collect() }),
        Err(refusal) => refused(&refusal, asked),
    })
}

/// `POST /api/v1/schedules` and `POST /schedule`.
///
/// # Cancel safety
/// A change that was begun is made.
pub(super) async fn create<S: Site>(
    app: &App<S>,
    bytes: &[u8],
    asked: &Asked,
) -> Result<Reply, Fault> {
    let value = body::parse_value(bytes)?;
    let id = value["id"].as_str().unwrap_or_default().to_owned();
    let edit = ScheduleEdit::Create { value };
    let path = format!("/api/v1/schedules/{id}");
    let reply = edited(app, edit, "created", &id, StatusCode::CREATED, asked).await;
    Ok(if reply.status() == StatusCode::CREATED { reply.located(path) } else { reply })
}

/// `PUT /api/v1/schedules/{id}`.
///
/// # Cancel safety
/// A change that was begun is made.
pub(super) async fn replace<S: Site>(
    app: &App<S>,
    id: String,
    bytes: &[u8],
    asked: &Asked,
) -> Result<Reply, Fault> {
    let (value, expected) = (body::parse_value(bytes)?, expected(asked)?);
    let edit = ScheduleEdit::Replace { id: id.clone(), value, expected };
    Ok(edited(app, edit, "replaced", &id, StatusCode::OK, asked).await)
}

/// `PATCH /api/v1/schedules/{id}`: a JSON merge patch.
///
/// # Cancel safety
/// A change that was begun is made.
pub(super) async fn patch<S: Site>(
    app: &App<S>,
    id: String,
    bytes: &[u8],
    asked: &Asked,
) -> Result<Reply, Fault> {
    let (patch, expected) = (body::parse_value(bytes)?, expected(asked)?);
    let edit = ScheduleEdit::Patch { id: id.clone(), patch, expected };
    Ok(edited(app, edit, "changed", &id, StatusCode::OK, asked).await)
}

/// `DELETE /api/v1/schedules/{id}`: what of it waits in the queue is not withdrawn.
///
/// # Cancel safety
/// A change that was begun is made.
pub(super) async fn remove<S: Site>(
    app: &App<S>,
    id: String,
    asked: &Asked,
) -> Result<Reply, Fault> {
    let edit = ScheduleEdit::Remove { id: id.clone(), expected: expected(asked)? };
    Ok(match app.schedules.edit(edit).await {
        Ok(_) => {
            log(&id, "removed", asked);
            Reply::ok(&ScheduleRemoved { id })
        }
        Err(refusal) => refused(&refusal, asked),
    })
}

/// `POST /api/v1/schedules/{id}/pause`.
///
/// # Cancel safety
/// A change that was begun is made.
pub(super) async fn pause<S: Site>(
    app: &App<S>,
    id: String,
    asked: &Asked,
) -> Result<Reply, Fault> {
    let edit = ScheduleEdit::Pause { id: id.clone() };
    Ok(edited(app, edit, "paused", &id, StatusCode::OK, asked).await)
}

/// `POST /api/v1/schedules/{id}/resume`.
///
/// # Cancel safety
/// A change that was begun is made.
pub(super) async fn resume<S: Site>(
    app: &App<S>,
    id: String,
    asked: &Asked,
) -> Result<Reply, Fault> {
    let edit = ScheduleEdit::Resume { id: id.clone() };
    Ok(edited(app, edit, "resumed", &id, StatusCode::OK, asked).await)
}

/// `POST /api/v1/schedules/{id}/skip`: the next occurrence is left out.
///
/// # Cancel safety
/// A change that was begun is made.
pub(super) async fn skip<S: Site>(app: &App<S>, id: String, asked: &Asked) -> Result<Reply, Fault> {
    let edit = ScheduleEdit::Skip { id: id.clone() };
    Ok(edited(app, edit, "told to leave out the next run", &id, StatusCode::OK, asked).await)
}

/// `POST /api/v1/schedules/{id}/run`: what it does, at once.
///
/// # Cancel safety
/// A dropped future may or may not have stored the batch.
pub(super) async fn run<S: Site>(app: &App<S>, id: String, asked: &Asked) -> Result<Reply, Fault> {
    if app.stop.begun.is_cancelled() {
        return Err(Fault::Stopping);
    }
    Ok(match app.schedules.run(id.clone(), actor(asked)).await {
        Ok(answer) => {
            log(&id, "run by hand", asked);
            respond::batch(&answer, &[], Vec::new(), asked)
        }
        Err(refusal) => refused(&refusal, asked),
    })
}

async fn edited<S: Site>(
    app: &App<S>,
    edit: ScheduleEdit,
    what: &'static str,
    id: &str,
    status: StatusCode,
    asked: &Asked,
) -> Reply {
    match app.schedules.edit(edit).await {
        Ok(schedules) => {
            log(id, what, asked);
            found(&schedules, id, app.calendar(), status, asked)
        }
        Err(refusal) => refused(&refusal, asked),
    }
}

fn found(
    schedules: &Schedules,
    id: &str,
    now: Timestamp,
    status: StatusCode,
    asked: &Asked,
) -> Reply {
    match schedules.get(id) {
        Some(entry) => shown(entry, now, status),
        // Somebody removed it meanwhile.
        None => reply::fault(&unknown(id), asked),
    }
}

fn shown(entry: &StoredSchedule, now: Timestamp, status: StatusCode) -> Reply {
    Reply::json(status, &told(entry, now)).tagged(Some(entry.revision))
}

fn told(entry: &StoredSchedule, now: Timestamp) -> Schedule {
    Schedule {
        id: entry.definition.id.to_string(),
        revision: entry.revision,
        paused: entry.state.paused,
        // Whoever may edit it may run it.
        may_run: true,
        next: entry.next(now, 1).first().map(|next| to_come(entry, next)),
        // What was read can be written.
        item: serde_json::to_value(&entry.definition).unwrap_or_default(),
    }
}

fn to_come(entry: &StoredSchedule, next: &Occurrence) -> NextRun {
    NextRun {
        at: UtcTime(WallTime::of_calendar(next.at)),
        local: next.local.to_string(),
        zone: entry.zone().map_or("UTC", |zone| zone.name()).to_owned(),
        skipped: entry.state.skip == Some(next.local),
    }
}

fn refused(refusal: &ScheduleRefusal, asked: &Asked) -> Reply {
    let error = match refusal {
        ScheduleRefusal::Store { error } => {
            return reply::fault(&Fault::Store { error: error.clone() }, asked);
        }
        ScheduleRefusal::Rejected { rejection } => return respond::rejection(rejection, asked),
        ScheduleRefusal::NoTarget { detail } => {
            let (field, detail) = ("selectors".to_owned(), detail.clone());
            let fault = Fault::ItemNoMatch { field, detail, kind: NoMatch::NoTv };
            return reply::fault(&fault, asked);
        }
        ScheduleRefusal::Edit { error } => error,
    };
    let (status, code) = match error {
        ScheduleEditError::NotFound { .. } => (StatusCode::NOT_FOUND, "unknown_schedule"),
        ScheduleEditError::Exists { .. } => (StatusCode::CONFLICT, "schedule_exists"),
        ScheduleEditError::NothingToSkip { .. } => (StatusCode::CONFLICT, "nothing_to_skip"),
        ScheduleEditError::Stale { .. } => (StatusCode::PRECONDITION_FAILED, "changed_since"),
        ScheduleEditError::Renamed { .. }
        | ScheduleEditError::Shape { .. }
        | ScheduleEditError::NoMatch { .. }
        | ScheduleEditError::Form { .. }
        | ScheduleEditError::Over => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_schedule"),
    };
    let detail = error.to_string();
    let errors = error.field().map(|field| {
        // The field is said beside it.
        let prefix = format!("{field}: ");
        let detail = detail.strip_prefix(&prefix).unwrap_or(&detail).to_owned();
        let code = error.no_match().map(|kind| kind.name().to_owned());
        FieldError { field: field.to_owned(), detail, code, line: None, column: None }
    });
    let errors = errors.into_iter().collect();
    let trouble = Trouble { status, code, detail, errors, command: None, retry_after: None };
    trouble.into_reply(asked)
}

fn unknown(id: &str) -> Fault {
    Fault::NoSuchItem { kind: "schedules", id: id.to_owned() }
}

fn log(id: &str, what: &'static str, asked: &Asked) {
    tracing::info!(
        schedule = ?id,
        user_ip = %asked.user_ip,
        request_id = asked.request_id,
        "the schedule was {what}"
    );
}
