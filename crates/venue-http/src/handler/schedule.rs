//! Endpoints about schedules: shown, edited, paused, run by hand.

use http::StatusCode;
use venue_api::{
    BatchAccepted, FieldError, NextRun, NextRuns, OccurrenceKind, PutBack, Schedule, ScheduleList,
    ScheduleRemoved, ScheduleRun, ScheduleRuns, SkipReason, UtcTime,
};
use venue_auth::{Need, Principal};
use venue_domain::{Timestamp, WallTime};
use venue_registry::{NoMatch, Registry};
use venue_schedule::{
    LeftOut, LocalTime, Occurrence, PendingPutBack, ScheduleDefinition, ScheduleEdit,
    ScheduleEditError, Schedules, StoredSchedule, of_put_back,
};

use crate::{
    api_error::ApiError,
    app::{App, AppTypes},
    endpoint::{
        Endpoint, Header, Item, Limit, MergePatch, Request, Scope, delete, get, patch, post, put,
    },
    handler::{command::actor, config::expected, path::OfId, planned},
    own,
    query::{NextCount, RunCount},
    reply::{self, ProblemBuilder, Reply, RequestContext},
    respond,
    venue::{ScheduleRejection, ScheduleRunAnswer},
    wire,
};

pub(super) fn endpoints<S: AppTypes>() -> Vec<Endpoint<S>> {
    let mut endpoints = items();
    endpoints.extend(runs_of_one());
    endpoints
}

/// The schedules as items.
fn items<S: AppTypes>() -> Vec<Endpoint<S>> {
    vec![
        post("/schedule", Need::CommandBulk, "Create a schedule, as `POST /api/v1/schedules` does")
            .scope(Scope::Plan)
            .body::<Item<ScheduleDefinition>>()
            .located()
            .tagged()
            .answers::<Schedule>(StatusCode::CREATED)
            .to(create),
        get("/api/v1/schedules", Need::Read, "All schedules")
            .answers::<ScheduleList>(StatusCode::OK)
            .to(list),
        post("/api/v1/schedules", Need::CommandBulk, "Create a schedule")
            .scope(Scope::Plan)
            .details("Operators plan for TVs in their zones and change what they made; managers change all schedules.")
            .body::<Item<ScheduleDefinition>>()
            .located()
            .tagged()
            .answers::<Schedule>(StatusCode::CREATED)
            .to(create),
        get("/api/v1/schedules/{id}", Need::Read, "One schedule")
            .details("`may_run` and `may_change` say whether the caller may run and change it.")
            .path::<OfId>()
            .tagged()
            .answers::<Schedule>(StatusCode::OK)
            .to(show),
        put("/api/v1/schedules/{id}", Need::CommandBulk, "Replace a schedule")
            .scope(Scope::Plan)
            .path::<OfId>()
            .body::<Item<ScheduleDefinition>>()
            .header(Header::IfMatch)
            .tagged()
            .answers::<Schedule>(StatusCode::OK)
            .to(replace),
        patch("/api/v1/schedules/{id}", Need::CommandBulk, "Change some fields of a schedule")
            .scope(Scope::Plan)
            .path::<OfId>()
            .body::<MergePatch<ScheduleDefinition>>()
            .header(Header::IfMatch)
            .tagged()
            .answers::<Schedule>(StatusCode::OK)
            .to(merge),
        delete("/api/v1/schedules/{id}", Need::CommandBulk, "Remove a schedule")
            .scope(Scope::Plan)
            .details("Commands of it that wait are not cancelled.")
            .path::<OfId>()
            .header(Header::IfMatch)
            .answers::<ScheduleRemoved>(StatusCode::OK)
            .to(remove),
    ]
}

/// What one schedule has done and will do.
fn runs_of_one<S: AppTypes>() -> Vec<Endpoint<S>> {
    vec![
        get("/api/v1/schedules/{id}/next", Need::Read, "When a schedule fires next")
            .path::<OfId>()
            .query::<NextCount>()
            .answers::<NextRuns>(StatusCode::OK)
            .to(next),
        get("/api/v1/schedules/{id}/runs", Need::Read, "How the runs of a schedule ended")
            .path::<OfId>()
            .query::<RunCount>()
            .answers::<ScheduleRuns>(StatusCode::OK)
            .to(runs),
        post("/api/v1/schedules/{id}/run", Need::CommandBulk, "Run a schedule now")
            .details("`rejected` also has the TVs that its presets leave alone.")
            .path::<OfId>()
            .limit(Limit::Bulk)
            .scope(Scope::Schedule)
            .located()
            .answers::<BatchAccepted>(StatusCode::ACCEPTED)
            .to(run),
        post("/api/v1/schedules/{id}/pause", Need::CommandBulk, "Stop firing a schedule")
            .scope(Scope::Plan)
            .path::<OfId>()
            .tagged()
            .answers::<Schedule>(StatusCode::OK)
            .to(pause),
        post("/api/v1/schedules/{id}/resume", Need::CommandBulk, "Fire a schedule again")
            .scope(Scope::Plan)
            .path::<OfId>()
            .tagged()
            .answers::<Schedule>(StatusCode::OK)
            .to(resume),
    ]
}

/// `GET /api/v1/schedules`.
///
/// # Cancel safety
/// Safe: it only reads.
async fn list<S: AppTypes>(request: Request<S>) -> Result<Reply, ApiError> {
    let (app, context) = (&*request.app, &*request.context);
    let (schedules, registry, now) =
        (app.schedules.schedules(), app.venue.registry(), app.calendar());
    let shown = |entry: &StoredSchedule| told_to(&context.who, entry, &registry, now);
    Ok(Reply::ok(&ScheduleList { items: schedules.entries().map(shown).collect() }))
}

/// `GET /api/v1/schedules/{id}`.
///
/// # Cancel safety
/// Safe: it only reads.
async fn show<S: AppTypes>(request: Request<S, OfId>) -> Result<Reply, ApiError> {
    let (app, id, context) = (&*request.app, &*request.path.id, &*request.context);
    let schedules = app.schedules.schedules();
    let entry = schedules.get(id).ok_or_else(|| unknown(id))?;
    let schedule = told_to(&context.who, entry, &app.venue.registry(), app.calendar());
    Ok(Reply::ok(&schedule).tagged(Some(schedule.revision)))
}

/// `GET /api/v1/schedules/{id}/next?n=`.
///
/// # Cancel safety
/// Safe: it only reads.
async fn next<S: AppTypes>(request: Request<S, OfId, NextCount>) -> Result<Reply, ApiError> {
    let (app, id) = (&*request.app, &*request.path.id);
    let count = request.query()?.n.get() as usize;
    let schedules = app.schedules.schedules();
    let entry = schedules.get(id).ok_or_else(|| unknown(id))?;
    let next = entry.next(app.calendar(), count);
    Ok(Reply::ok(&NextRuns { items: next.iter().map(|next| to_come(entry, next)).collect() }))
}

/// `GET /api/v1/schedules/{id}/runs?limit=`.
///
/// # Cancel safety
/// Safe: it only reads.
async fn runs<S: AppTypes>(request: Request<S, OfId, RunCount>) -> Result<Reply, ApiError> {
    let (app, id, context) = (&*request.app, request.path.id.clone(), &*request.context);
    let limit = request.query()?.limit.get();
    if app.schedules.schedules().get(&id).is_none() {
        return Err(unknown(&id));
    }
    let wall = app.wall();
    let told = |run: venue_domain::ScheduleRun| ScheduleRun {
        kind: match of_put_back(&run.occurrence) {
            Some(_) => OccurrenceKind::PutBack,
            None => OccurrenceKind::Run,
        },
        occurrence: of_put_back(&run.occurrence).unwrap_or(&run.occurrence).to_owned(),
        due_at: UtcTime(WallTime::of_calendar(run.due_at)),
        noted_at: wire::utc(wall, run.noted_at),
        outcome: run.outcome.name().to_owned(),
        batch_id: run.batch_id.map(|id| id.to_string()),
        detail: run.detail,
    };
    Ok(match app.schedules.runs(id, limit).await {
        Ok(runs) => Reply::ok(&ScheduleRuns { items: runs.into_iter().map(told).collect() }),
        Err(refusal) => refused(&refusal, context),
    })
}

/// `POST /api/v1/schedules` and `POST /schedule`.
///
/// # Cancel safety
/// A change that was begun is made.
async fn create<S: AppTypes>(
    request: Request<S, (), (), Item<ScheduleDefinition>>,
) -> Result<Reply, ApiError> {
    let (app, context) = (&*request.app, &*request.context);
    let value = request.body()?.0;
    let id = value["id"].as_str().unwrap_or_default().to_owned();
    let edit = ScheduleEdit::Create { value };
    let path = format!("/api/v1/schedules/{id}");
    let reply = edited(app, edit, "created", &id, StatusCode::CREATED, context).await;
    Ok(if reply.status() == StatusCode::CREATED { reply.located(path) } else { reply })
}

/// `PUT /api/v1/schedules/{id}`.
///
/// # Cancel safety
/// A change that was begun is made.
async fn replace<S: AppTypes>(
    request: Request<S, OfId, (), Item<ScheduleDefinition>>,
) -> Result<Reply, ApiError> {
    let (app, id, context) = (&*request.app, request.path.id.clone(), &*request.context);
    let (value, expected) = (request.body()?.0, expected(context)?);
    let edit = ScheduleEdit::Replace { id: id.clone(), value, expected };
    Ok(edited(app, edit, "replaced", &id, StatusCode::OK, context).await)
}

/// `PATCH /api/v1/schedules/{id}`: a JSON merge patch.
///
/// # Cancel safety
/// A change that was begun is made.
async fn merge<S: AppTypes>(
    request: Request<S, OfId, (), MergePatch<ScheduleDefinition>>,
) -> Result<Reply, ApiError> {
    let (app, id, context) = (&*request.app, request.path.id.clone(), &*request.context);
    let (patch, expected) = (request.body()?.0, expected(context)?);
    let edit = ScheduleEdit::Patch { id: id.clone(), patch, expected };
    Ok(edited(app, edit, "changed", &id, StatusCode::OK, context).await)
}

/// `DELETE /api/v1/schedules/{id}`: what of it waits in the queue is not withdrawn.
///
/// # Cancel safety
/// A change that was begun is made.
async fn remove<S: AppTypes>(request: Request<S, OfId>) -> Result<Reply, ApiError> {
    let (app, id, context) = (&*request.app, request.path.id.clone(), &*request.context);
    let edit = ScheduleEdit::Remove { id: id.clone(), expected: expected(context)? };
    Ok(match app.schedules.edit(edit, own::planner(&context.who)).await {
        Ok(_) => {
            log(&id, "removed", context);
            Reply::ok(&ScheduleRemoved { id })
        }
        Err(refusal) => refused(&refusal, context),
    })
}

/// `POST /api/v1/schedules/{id}/pause`.
///
/// # Cancel safety
/// A change that was begun is made.
async fn pause<S: AppTypes>(request: Request<S, OfId>) -> Result<Reply, ApiError> {
    let (app, id, context) = (&*request.app, request.path.id.clone(), &*request.context);
    let edit = ScheduleEdit::Pause { id: id.clone() };
    Ok(edited(app, edit, "paused", &id, StatusCode::OK, context).await)
}

/// `POST /api/v1/schedules/{id}/resume`.
///
/// # Cancel safety
/// A change that was begun is made.
async fn resume<S: AppTypes>(request: Request<S, OfId>) -> Result<Reply, ApiError> {
    let (app, id, context) = (&*request.app, request.path.id.clone(), &*request.context);
    let edit = ScheduleEdit::Resume { id: id.clone() };
    Ok(edited(app, edit, "resumed", &id, StatusCode::OK, context).await)
}

/// `POST /api/v1/schedules/{id}/run`: what it does, at once.
///
/// # Cancel safety
/// A dropped future may or may not have stored the batch.
async fn run<S: AppTypes>(request: Request<S, OfId>) -> Result<Reply, ApiError> {
    let (app, id, context) = (&*request.app, request.path.id.clone(), &*request.context);
    if app.stop.begun.is_cancelled() {
        return Err(ApiError::Stopping);
    }
    Ok(match app.schedules.run(id.clone(), actor(context)).await {
        Ok(answer) => {
            log(&id, "run by hand", context);
            ran(answer, context)
        }
        Err(refusal) => refused(&refusal, context),
    })
}

/// What became of each TV.
fn ran(answer: ScheduleRunAnswer, context: &RequestContext) -> Reply {
    let ScheduleRunAnswer { batch, ports, undecided, unchanged, unmatched } = answer;
    let undecided = planned::of_state(undecided, ports.len());
    let unmatched = planned::unmatched_selectors(unmatched);
    if let Some(batch) = batch {
        return planned::accepted(&batch, &ports, undecided, unmatched, context);
    }
    let unchanged = planned::as_wanted(&unchanged, undecided.len());
    respond::none_of_preset(&[undecided, unchanged].concat(), &unmatched, context)
}

pub(super) async fn edited<S: AppTypes>(
    app: &App<S>,
    edit: ScheduleEdit,
    what: &'static str,
    id: &str,
    status: StatusCode,
    context: &RequestContext,
) -> Reply {
    match app.schedules.edit(edit, own::planner(&context.who)).await {
        Ok(schedules) => {
            log(id, what, context);
            found(&schedules, id, app.calendar(), status, context)
        }
        Err(refusal) => refused(&refusal, context),
    }
}

pub(super) fn found(
    schedules: &Schedules,
    id: &str,
    now: Timestamp,
    status: StatusCode,
    context: &RequestContext,
) -> Reply {
    match schedules.get(id) {
        Some(entry) => shown(entry, now, status),
        // Somebody removed it meanwhile.
        None => reply::problem(&unknown(id), context),
    }
}

fn shown(entry: &StoredSchedule, now: Timestamp, status: StatusCode) -> Reply {
    Reply::json(status, &told(entry, now)).tagged(Some(entry.revision))
}

fn told_to(
    who: &Principal,
    entry: &StoredSchedule,
    registry: &Registry,
    now: Timestamp,
) -> Schedule {
    let may_run = own::may_run(who, registry, entry);
    let may_change = own::may_change(who, registry, entry);
    Schedule { may_run, may_change, ..told(entry, now) }
}

fn told(entry: &StoredSchedule, now: Timestamp) -> Schedule {
    Schedule {
        id: entry.definition.id.to_string(),
        revision: entry.revision,
        paused: entry.state.paused,
        // Whoever may edit it may run it.
        may_run: true,
        may_change: true,
        made_by: entry.plan.made_by.clone(),
        next: entry.next(now, 1).first().map(|next| to_come(entry, next)),
        put_back: entry.plan.put_back.as_ref().map(pending),
        // What was read can be written.
        item: serde_json::to_value(&entry.definition).unwrap_or_default(),
    }
}

fn to_come(entry: &StoredSchedule, next: &Occurrence) -> NextRun {
    let left_out = entry.state.left_out(&entry.schedule, next.local);
    NextRun {
        at: UtcTime(WallTime::of_calendar(next.at)),
        local: next.local.to_string(),
        zone: zone_name(entry),
        skipped: left_out.is_some(),
        skip_reason: left_out.map(skip_reason),
        put_back: entry.schedule.put_back_of(*next).map(|due| to_be_put_back(next.local, due)),
    }
}

pub(super) const fn skip_reason(left_out: LeftOut) -> SkipReason {
    match left_out {
        LeftOut::Skipped => SkipReason::Skipped,
        LeftOut::Exception => SkipReason::Exception,
        LeftOut::Holiday => SkipReason::Holiday,
    }
}

pub(super) fn zone_name(entry: &StoredSchedule) -> String {
    entry.zone().map_or("UTC", |zone| zone.name()).to_owned()
}

/// The put back of a run that has not fired yet.
pub(super) fn to_be_put_back(run: LocalTime, due: Occurrence) -> PutBack {
    let at = UtcTime(WallTime::of_calendar(due.at));
    let next_day = due.local.civil().date() > run.civil().date();
    PutBack { at, local: due.local.to_string(), next_day, skipped: false, batch_id: None }
}

/// The put back of a run that has fired.
pub(super) fn pending(pending: &PendingPutBack) -> PutBack {
    let batch_id = Some(pending.batch.to_string());
    PutBack { skipped: pending.skip, batch_id, ..to_be_put_back(pending.run.local, pending.due) }
}

pub(super) fn refused(refusal: &ScheduleRejection, context: &RequestContext) -> Reply {
    let error = match refusal {
        ScheduleRejection::Store { error } => {
            return reply::problem(&ApiError::Store { error: error.clone() }, context);
        }
        ScheduleRejection::Rejected { rejection } => return respond::rejection(rejection, context),
        ScheduleRejection::NoTarget { detail } => {
            let (field, detail) = ("selectors".to_owned(), detail.clone());
            let fault = ApiError::ItemNoMatch { field, detail, kind: NoMatch::NoTv };
            return reply::problem(&fault, context);
        }
        ScheduleRejection::Edit { error } => error,
    };
    let (status, code) = match error {
        ScheduleEditError::NotFound { .. } => (StatusCode::NOT_FOUND, "unknown_schedule"),
        ScheduleEditError::Exists { .. } => (StatusCode::CONFLICT, "schedule_exists"),
        ScheduleEditError::NothingToSkip { .. } => (StatusCode::CONFLICT, "nothing_to_skip"),
        ScheduleEditError::NothingToUnskip { .. } => (StatusCode::CONFLICT, "nothing_to_unskip"),
        ScheduleEditError::NotOwn { .. }
        | ScheduleEditError::MakerNotKnown
        | ScheduleEditError::Widened { .. }
        | ScheduleEditError::OutsideZones { .. } => (StatusCode::FORBIDDEN, "denied"),
        ScheduleEditError::Stale { .. } => (StatusCode::PRECONDITION_FAILED, "changed_since"),
        ScheduleEditError::Renamed { .. }
        | ScheduleEditError::Shape { .. }
        | ScheduleEditError::NoMatch { .. }
        | ScheduleEditError::Form { .. }
        | ScheduleEditError::PutBackOver { .. }
        | ScheduleEditError::NotThen { .. }
        | ScheduleEditError::PastRun { .. }
        | ScheduleEditError::SeveralRuns { .. }
        | ScheduleEditError::NoHoliday
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
    let problem = ProblemBuilder {
        status,
        code,
        detail,
        errors,
        locked: None,
        command: None,
        retry_after: None,
    };
    problem.into_reply(context)
}

pub(super) fn unknown(id: &str) -> ApiError {
    ApiError::NoSuchItem { kind: "schedules", id: id.to_owned() }
}

pub(super) fn log(id: &str, what: &'static str, context: &RequestContext) {
    tracing::info!(
        schedule = ?id,
        user_ip = %context.user_ip,
        request_id = context.request_id,
        "the schedule was {what}"
    );
}
