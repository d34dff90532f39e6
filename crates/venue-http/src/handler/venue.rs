//! Endpoints about the venue itself: its name, its time zone, and what its clock shows.

use http::StatusCode;
use venue_auth::Need;
use venue_domain::WallTime;
use venue_registry::{Edit, Registry, Venue};
use venue_schedule::Zone;

use crate::{
    api_error::ApiError,
    app::{App, AppTypes},
    endpoint::{Endpoint, MergePatch, Request, get, patch},
    handler::config,
    reply::Reply,
    venue::Edited,
};

pub(super) fn endpoints<S: AppTypes>() -> Vec<Endpoint<S>> {
    vec![
        get("/api/v1/venue", Need::Read, "Name, time zone and holidays of the venue, and what its clock shows")
            .answers::<venue_api::Venue>(StatusCode::OK)
            .to(show),
        patch("/api/v1/venue", Need::Configure, "Change name, time zone or holidays of the venue")
            .details(
                "Schedules keep the zone that they have. Without `time_zone` that of the daemon's machine holds.",
            )
            .body::<MergePatch<Venue>>()
            .answers::<venue_api::Venue>(StatusCode::OK)
            .to(change),
    ]
}

/// `GET /api/v1/venue`.
///
/// # Cancel safety
/// Safe: it only reads.
async fn show<S: AppTypes>(request: Request<S>) -> Result<Reply, ApiError> {
    let app = &*request.app;
    Ok(Reply::ok(&told(app, &app.venue.registry())))
}

/// `PATCH /api/v1/venue`: a JSON merge patch.
///
/// # Cancel safety
/// A change that was begun is made.
async fn change<S: AppTypes>(
    request: Request<S, (), (), MergePatch<Venue>>,
) -> Result<Reply, ApiError> {
    let (app, context) = (&*request.app, &*request.context);
    let edit = Edit::Venue { patch: request.body()?.0 };
    Ok(match config::edited(app, edit, "changed", "venue", context).await {
        Ok(Edited { registry, .. }) => Reply::ok(&told(app, &registry)),
        Err(refused) => refused,
    })
}

fn told<S: AppTypes>(app: &App<S>, registry: &Registry) -> venue_api::Venue {
    let (venue, time_zone) = (registry.venue(), registry.time_zone());
    let now = app.calendar();
    // The registry has checked the name against the same data.
    let local = Zone::named(time_zone.as_str()).ok().and_then(|zone| zone.shown(now));
    venue_api::Venue {
        name: venue.and_then(|venue| venue.name.clone()),
        time_zone: time_zone.to_string(),
        is_machine_time_zone: venue.is_none_or(|venue| venue.time_zone.is_none()),
        holidays: registry.holidays().iter().map(ToString::to_string).collect(),
        now: venue_api::UtcTime(WallTime::of_calendar(now)),
        local: local.map(|local| local.to_string()).unwrap_or_default(),
        revision: registry.revision(),
    }
}
