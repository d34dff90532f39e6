//! Endpoints about who may ask, and who did what.

use http::StatusCode;
use venue_api::{AuditEntry, AuditPage, NewToken, Token, TokenBody, TokenList, UtcTime, WhoAmI};
use venue_auth::{IssueError, Need, Rights, Role, TokenId, TokenName, TokenRecord};
use venue_domain::{AuditRecord, Timestamp, WallTime};
use venue_registry::NoMatch;

use crate::{
    api_error::ApiError,
    app::{App, AppTypes},
    auth::TokenRejection,
    endpoint::{Endpoint, Request, delete, get, post},
    handler::path::OfId,
    query::AuditFilter,
    reply::{self, Reply, RequestContext},
    wire,
};

pub(super) fn endpoints<S: AppTypes>() -> Vec<Endpoint<S>> {
    vec![
        get("/api/v1/whoami", Need::Read, "The caller's name, role and zones")
            .answers::<WhoAmI>(StatusCode::OK)
            .to(who_am_i),
        get("/api/v1/tokens", Need::Secrets, "All tokens, without their texts")
            .answers::<TokenList>(StatusCode::OK)
            .to(list),
        post("/api/v1/tokens", Need::Secrets, "Create a token")
            .details("Its text is in this answer and nowhere else.")
            .body::<TokenBody>()
            .answers::<NewToken>(StatusCode::CREATED)
            .to(create),
        delete("/api/v1/tokens/{id}", Need::Secrets, "Revoke a token")
            .path::<OfId>()
            .answers::<Token>(StatusCode::OK)
            .to(revoke),
        get("/api/v1/audit", Need::Secrets, "The audit log: who did what, newest first")
            .query::<AuditFilter>()
            .answers::<AuditPage>(StatusCode::OK)
            .to(audit),
    ]
}

/// `GET /api/v1/whoami`.
///
/// # Cancel safety
/// Safe: it only reads.
async fn who_am_i<S: AppTypes>(request: Request<S>) -> Result<Reply, ApiError> {
    let context = &*request.context;
    Ok(Reply::ok(&WhoAmI {
        name: context.who.name(),
        role: context.who.role().map(|role| role.name().to_owned()),
        zones: context.who.zones().map(|zones| zones.iter().cloned().collect()),
        session: context.who.session().is_some(),
    }))
}

/// `GET /api/v1/tokens`.
///
/// # Cancel safety
/// Safe: it only reads.
async fn list<S: AppTypes>(request: Request<S>) -> Result<Reply, ApiError> {
    let app = &*request.app;
    let records = app.auth.tokens.current().records();
    let tokens = records.iter().filter(|record| record.session.is_none());
    Ok(Reply::ok(&TokenList { items: tokens.map(told).collect() }))
}

/// `POST /api/v1/tokens`. The text of the token is in this answer and nowhere else: whoever asks again
/// with the same `Idempotency-Key` is told which token it made.
///
/// # Cancel safety
/// It may have been made, and nobody knows its text.
async fn create<S: AppTypes>(request: Request<S, (), (), TokenBody>) -> Result<Reply, ApiError> {
    let (app, context) = (&*request.app, &*request.context);
    let body = request.body()?;
    let wrong =
        |field: &str, detail: String| ApiError::InvalidItem { field: field.to_owned(), detail };
    let name: TokenName = body
        .name
        .parse()
        .map_err(|error: venue_auth::TokenNameError| wrong("name", error.to_string()))?;
    let role: Role = body
        .role
        .parse()
        .map_err(|error: venue_auth::UnknownRole| wrong("role", error.to_string()))?;
    if app.auth.would_lock_out(&context.who, role, body.expires_at.is_some(), app.calendar()) {
        return Err(match role {
            Role::Admin => wrong("expires_at", FIRST_LASTS.to_owned()),
            Role::Manager | Role::Operator | Role::Viewer => {
                wrong("role", FIRST_IS_ADMIN.to_owned())
            }
        });
    }
    let rights = rights(app, role, body.zones)?;
    let expires_at = body.expires_at.map(|time| time.0.for_calendar());
    let made = app.auth.control.issue(name, rights, expires_at).await;
    let (text, record) = made.map_err(|refusal| match refusal {
        TokenRejection::Issue { error: error @ IssueError::AlreadyExpired } => {
            wrong("expires_at", error.to_string())
        }
        TokenRejection::Issue { error: IssueError::Randomness { .. } }
        | TokenRejection::NotFound
        | TokenRejection::LastAdmin => ApiError::Internal,
        TokenRejection::Store { error } => ApiError::Store { error },
    })?;
    log(&record, "made", context);
    let token = NewToken { secret: text.reveal().to_owned(), token: told(&record) };
    let shown_once = ApiError::ShownOnce { id: record.id.to_string() };
    Ok(Reply::json(StatusCode::CREATED, &token).once(reply::problem(&shown_once, context)))
}

/// The rights of a role in `zones`, which there have to be.
pub(super) fn rights<S: AppTypes>(
    app: &App<S>,
    role: Role,
    zones: Option<Vec<String>>,
) -> Result<Rights, ApiError> {
    let Some(zones) = zones else { return Ok(Rights::everywhere(role)) };
    known_zones(app, &zones)?;
    let (rights, field) = (Rights::in_zones(role, zones), "zones".to_owned());
    rights.map_err(|error| ApiError::InvalidItem { field, detail: error.to_string() })
}

/// Whether there are all of these zones.
pub(super) fn known_zones<S: AppTypes>(app: &App<S>, zones: &[String]) -> Result<(), ApiError> {
    let registry = app.venue.registry();
    let known: Vec<String> =
        registry.zones().iter().map(|zone| zone.value.id.to_string()).collect();
    let Some(unknown) = zones.iter().find(|zone| !known.contains(zone)) else { return Ok(()) };
    let detail = format!("there is no zone {unknown}: there are {}", known.join(", "));
    let (field, kind) = ("zones".to_owned(), NoMatch::UnknownName);
    Err(ApiError::ItemNoMatch { field, detail, kind })
}

/// `DELETE /api/v1/tokens/{id}`.
///
/// # Cancel safety
/// It may have been taken back.
async fn revoke<S: AppTypes>(request: Request<S, OfId>) -> Result<Reply, ApiError> {
    let (app, id, context) = (&*request.app, &*request.path.id, &*request.context);
    let unknown = || ApiError::NoSuchItem { kind: "tokens", id: id.to_owned() };
    let parsed: TokenId = id.parse().map_err(|_| unknown())?;
    let revoked = app.auth.control.revoke(parsed).await.map_err(|refusal| match refusal {
        TokenRejection::NotFound => unknown(),
        TokenRejection::LastAdmin => ApiError::LastAdmin,
        TokenRejection::Store { error } => ApiError::Store { error },
        TokenRejection::Issue { .. } => ApiError::Internal,
    })?;
    log(&revoked, "taken back", context);
    Ok(Reply::ok(&told(&revoked)))
}

/// `GET /api/v1/audit?actor=&since=&until=&limit=&cursor=`.
///
/// # Cancel safety
/// Safe: it only reads.
async fn audit<S: AppTypes>(request: Request<S, (), AuditFilter>) -> Result<Reply, ApiError> {
    let app = &*request.app;
    let query = request.query()?.into_query(app.wall());
    let page = app.auth.audit.read(query).await.map_err(|error| ApiError::Store { error })?;
    let wall = app.wall();
    let entry = |record: AuditRecord| AuditEntry {
        at: wire::utc(wall, record.at),
        actor: record.actor,
        role: record.role,
        user_ip: record.user_ip.map(|address| address.to_string()),
        method: record.method,
        path: record.path,
        summary: record.summary,
        status: record.status,
        code: record.code,
        location: record.location,
        request_id: record.request_id,
    };
    let items = page.records.into_iter().map(entry).collect();
    let next_cursor = page.next.map(|next| next.to_string());
    Ok(Reply::ok(&AuditPage { items, next_cursor }))
}

/// Of a token all times are wall time: its end is what somebody wished for.
pub(super) fn of_calendar(at: Timestamp) -> UtcTime {
    UtcTime(WallTime::of_calendar(at))
}
const FIRST_IS_ADMIN: &str = "the first token must be an admin's, because from then on nobody is let in \
     without one: make it with `venuectl token create NAME --role admin`";

const FIRST_LASTS: &str = "the first token must not expire, because nobody could make another one then: leave \
     expires_at out";

fn told(record: &TokenRecord) -> Token {
    Token {
        id: record.id.to_string(),
        name: record.name.to_string(),
        role: record.rights.role().name().to_owned(),
        zones: record.rights.zones().map(|zones| zones.iter().cloned().collect()),
        created_at: of_calendar(record.created_at),
        expires_at: record.expires_at.map(of_calendar),
        revoked_at: record.revoked_at.map(of_calendar),
        last_used: record.last_used.map(of_calendar),
    }
}

fn log(record: &TokenRecord, what: &'static str, context: &RequestContext) {
    tracing::info!(
        token = %record.id,
        name = %record.name,
        user_ip = %context.user_ip,
        request_id = context.request_id,
        "a token was {what}"
    );
}
