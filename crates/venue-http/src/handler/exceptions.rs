//! Endpoints about exceptions of a schedule: runs that are left out, done after all, or moved.

use http::StatusCode;
use venue_api::{MoveBody, Schedule, SkipBody};
use venue_auth::Need;
use venue_schedule::{RunMove, ScheduleEdit, id_of_moved};

use crate::{
    api_error::ApiError,
    app::AppTypes,
    body,
    endpoint::{Body, Endpoint, Presence, Request, Scope, post},
    handler::{
        path::OfId,
        schedule::{edited, found, log, refused},
    },
    own,
    reply::Reply,
};

pub(super) fn endpoints<S: AppTypes>() -> Vec<Endpoint<S>> {
    vec![
        post("/api/v1/schedules/{id}/skip", Need::CommandBulk, "Skip a run of a schedule")
            .scope(Scope::Plan)
            .details(
                "`on` says which: its day, or its local date and time. Without it that is what comes next: the put back of \
                 the last run, if one is to come; otherwise the next run.",
            )
            .path::<OfId>()
            .body::<SkipBody>()
            .tagged()
            .answers::<Schedule>(StatusCode::OK)
            .to(skip),
        post("/api/v1/schedules/{id}/unskip", Need::CommandBulk, "Do after all what was skipped")
            .scope(Scope::Plan)
            .details("Without `on` that is what comes next of what was skipped.")
            .path::<OfId>()
            .body::<SkipBody>()
            .tagged()
            .answers::<Schedule>(StatusCode::OK)
            .to(unskip),
        post("/api/v1/schedules/{id}/move", Need::CommandBulk, "Move one run to another time")
            .scope(Scope::Plan)
            .details(
                "The run is skipped, and gets a schedule of its own, which is the answer. A schedule with one run is itself \
                 moved.",
            )
            .path::<OfId>()
            .body::<MoveBody>()
            .tagged()
            .answers::<Schedule>(StatusCode::OK)
            .to(change_time),
    ]
}

/// An empty body means what comes next.
impl Body for SkipBody {
    const PRESENCE: Presence = Presence::Optional;

    fn read(bytes: &[u8]) -> Result<Self, ApiError> {
        body::parse_optional(bytes)
    }
}

impl Body for MoveBody {
    fn read(bytes: &[u8]) -> Result<Self, ApiError> {
        body::parse(bytes)
    }
}

/// `POST /api/v1/schedules/{id}/skip`: a run, or the put back of one, is left out.
///
/// # Cancel safety
/// A change that was begun is made.
async fn skip<S: AppTypes>(request: Request<S, OfId, (), SkipBody>) -> Result<Reply, ApiError> {
    let (app, id, context) = (&*request.app, request.path.id.clone(), &*request.context);
    let edit = ScheduleEdit::Skip { id: id.clone(), on: request.body()?.on };
    Ok(edited(app, edit, "told to leave out a run", &id, StatusCode::OK, context).await)
}

/// `POST /api/v1/schedules/{id}/unskip`: what was left out is done after all.
///
/// # Cancel safety
/// A change that was begun is made.
async fn unskip<S: AppTypes>(request: Request<S, OfId, (), SkipBody>) -> Result<Reply, ApiError> {
    let (app, id, context) = (&*request.app, request.path.id.clone(), &*request.context);
    let edit = ScheduleEdit::Unskip { id: id.clone(), on: request.body()?.on };
    Ok(edited(app, edit, "told to do what was left out", &id, StatusCode::OK, context).await)
}

/// `POST /api/v1/schedules/{id}/move`: one run comes at another time.
///
/// # Cancel safety
/// A change that was begun is made.
async fn change_time<S: AppTypes>(
    request: Request<S, OfId, (), MoveBody>,
) -> Result<Reply, ApiError> {
    let (app, id, context) = (&*request.app, request.path.id.clone(), &*request.context);
    let MoveBody { on, to, put_back } = request.body()?;
    let own_id = id_of_moved(&app.schedules.schedules(), &id, &on);
    let run = RunMove { on, to, put_back, id: own_id.clone() };
    let edit = ScheduleEdit::Move { id: id.clone(), run };
    Ok(match app.schedules.edit(edit, own::planner(&context.who)).await {
        Ok(schedules) => {
            log(&id, "told to move a run", context);
            let shown = if schedules.get(&own_id).is_some() { &own_id } else { &id };
            found(&schedules, shown, app.calendar(), StatusCode::OK, context)
        }
        Err(refusal) => refused(&refusal, context),
    })
}
