//! Endpoints about maintenance: which zones and boards somebody works on, and until when.

use http::StatusCode;
use venue_api::{MaintenanceBody, MaintenanceEnded, MaintenanceList, MaintenanceSet};
use venue_auth::Need;
use venue_domain::one_line;
use venue_registry::{self as registry, Edit, MaintenanceTarget, Registry};

use crate::{
    api_error::ApiError,
    app::AppTypes,
    body,
    endpoint::{Body, Endpoint, Inspect, Presence, Request, delete, get, put},
    handler::{config, path::OfId},
    reply::Reply,
    venue::Edited,
    wire,
};

pub(super) fn endpoints<S: AppTypes>() -> Vec<Endpoint<S>> {
    vec![
        get("/api/v1/maintenance", Need::Read, "What is under maintenance now")
            .answers::<MaintenanceList>(StatusCode::OK)
            .to(list),
        put(
            "/api/v1/maintenance/{id}",
            Need::Plan,
            "Begin the maintenance of a zone or a board: that it does not answer is no alert then",
        )
        .details(
            "The id says what is worked on: `zone:ZONE` (each board whose TVs are all in such zones) or `device:HOST`. \
             Commands go on as ever, and that another board answers in its place stays an alert. One that \
             is there already is replaced.",
        )
        .path::<OfId>()
        .body::<MaintenanceBody>()
        .answers::<MaintenanceSet>(StatusCode::OK)
        .to(set),
        delete("/api/v1/maintenance/{id}", Need::Plan, "End a maintenance")
            .path::<OfId>()
            .answers::<MaintenanceEnded>(StatusCode::OK)
            .to(end),
    ]
}

/// An empty body begins one without an end.
impl Body for MaintenanceBody {
    const PRESENCE: Presence = Presence::Optional;

    fn read(bytes: &[u8]) -> Result<Self, ApiError> {
        body::parse_optional(bytes)
    }

    fn inspect(bytes: &[u8]) -> Option<Box<dyn Inspect>> {
        Some(Box::new(Self::read(bytes).ok()?))
    }
}

impl Inspect for MaintenanceBody {
    fn summary(&self) -> String {
        let until = self.until.map(|until| format!(" until {until}")).unwrap_or_default();
        let reason = self.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
        format!("maintenance{until}{reason}")
    }

    fn ports(&self, _of: &str, _registry: &Registry) -> Option<Vec<(String, Option<i64>)>> {
        None
    }
}

/// `GET /api/v1/maintenance`.
///
/// # Cancel safety
/// Safe: it only reads.
async fn list<S: AppTypes>(request: Request<S>) -> Result<Reply, ApiError> {
    let (app, registry) = (&*request.app, request.app.venue.registry());
    let items = registry.maintenances(app.shown()).map(wire::maintenance).collect();
    Ok(Reply::ok(&MaintenanceList { items }))
}

/// `PUT /api/v1/maintenance/{id}`.
///
/// # Cancel safety
/// A change that was begun is made.
async fn set<S: AppTypes>(
    request: Request<S, OfId, (), MaintenanceBody>,
) -> Result<Reply, ApiError> {
    let (app, context) = (&*request.app, &*request.context);
    let (id, body, now) = (target(&request.path.id)?, request.body()?, app.shown());
    let maintenance = registry::Maintenance {
        id: id.clone(),
        reason: body.reason,
        by: context.who.name(),
        since_ms: now.unix_ms(),
        until_ms: body.until.map(|until| until.0.unix_ms()),
    };
    let edit = Edit::Maintain { maintenance: maintenance.clone(), now };
    Ok(match config::edited(app, edit, "maintained", &id.to_string(), context).await {
        Ok(Edited { registry, .. }) => Reply::ok(&MaintenanceSet {
            maintenance: wire::maintenance(&maintenance),
            boards: registry.maintained(&id, now).map(ToString::to_string).collect(),
            revision: registry.revision(),
        }),
        Err(refused) => refused,
    })
}

/// `DELETE /api/v1/maintenance/{id}`.
///
/// # Cancel safety
/// A change that was begun is made.
async fn end<S: AppTypes>(request: Request<S, OfId>) -> Result<Reply, ApiError> {
    let (app, context) = (&*request.app, &*request.context);
    let target = target(&request.path.id)?;
    let (id, edit) = (target.to_string(), Edit::EndMaintenance { id: target, now: app.shown() });
    Ok(match config::edited(app, edit, "maintenance ended", &id, context).await {
        Ok(Edited { registry, .. }) => {
            Reply::ok(&MaintenanceEnded { id, revision: registry.revision() })
        }
        Err(refused) => refused,
    })
}

fn target(id: &str) -> Result<MaintenanceTarget, ApiError> {
    let wrong = |error: registry::MaintenanceTargetError| ApiError::InvalidItem {
        field: "id".to_owned(),
        detail: one_line(&error),
    };
    id.parse().map_err(wrong)
}
