//! Endpoints about set-up: a new venue is claimed with a code, once.

use std::collections::BTreeSet;

use http::StatusCode;
use venue_api::{
    Session, SetupBody, SetupCodeBody, SetupCodeShown, SetupPerson as PersonBody, SetupStatus,
    SetupVenue,
};
use venue_auth::{Need, NewPin, NewPinError, Principal, Rights, Role, SetupCode, TokenName};
use venue_domain::{Clock, StoreError};
use venue_registry::{Document, Label, TimeZoneName, Venue, Zone};

use super::{config, people::Told, session};
use crate::{
    api_error::ApiError,
    app::{App, AppTypes},
    body,
    endpoint::{Body, Endpoint, Inspect, Request, get, post},
    reply::{Reply, RequestContext},
    setup::{SetupClaim, SetupPerson, SetupProblem, SetupRejection, SetupState},
    venue::EditRejection,
};

pub(super) fn endpoints<S: AppTypes>() -> Vec<Endpoint<S>> {
    vec![
        get("/api/v1/setup", Need::Public, "Whether the venue can be set up")
            .answers::<SetupStatus>(StatusCode::OK)
            .to(status),
        get("/api/v1/setup/code", Need::Secrets, "The code of set-up, at the unix socket alone")
            .answers::<SetupCodeShown>(StatusCode::OK)
            .to(code),
        post("/api/v1/setup/code", Need::Public, "Whether a code is the code of set-up")
            .details(GUESSES)
            .body::<SetupCodeBody>()
            .changes_nothing()
            .answers::<SetupStatus>(StatusCode::OK)
            .to(check),
        post("/api/v1/setup", Need::Public, "Set up a new venue with the code: all of it, or nothing")
            .details(
                "Answers the session of the admin, as a cookie. From then on nobody is let in without signing in, and \
                 this is 409. It is taken over HTTPS, on the machine itself, and at the unix socket. The fifth wrong \
                 code from an address has to wait, and each further one twice as long: 429 with Retry-After.",
            )
            .body::<SetupBody>()
            .changes_nothing()
            .answers::<Session>(StatusCode::CREATED)
            .to(claim),
    ]
}

const GUESSES: &str = "The fifth wrong code from an address has to wait, and each further one twice as long: 429 with \
     Retry-After.";

/// The tries are counted as those of a name are that nobody can have.
const GUESSED: &str = "\u{1}setup";

impl Body for SetupCodeBody {
    fn read(bytes: &[u8]) -> Result<Self, ApiError> {
        body::parse_secret(bytes, "code")
    }
}

impl Body for SetupBody {
    fn read(bytes: &[u8]) -> Result<Self, ApiError> {
        body::parse(bytes).map_err(|error| {
            // What is wrong may be a PIN: it is told without quoting it.
            let ApiError::InvalidBody { field, place, .. } = error else { return error };
            ApiError::InvalidBody { field, reason: SHAPE.to_owned(), place }
        })
    }

    fn inspect(bytes: &[u8]) -> Option<Box<dyn Inspect>> {
        let Self { admin, .. } = Self::read(bytes).ok()?;
        let name: TokenName = admin.name.parse().ok()?;
        Some(Box::new(Told(format!("set up the venue, with the admin {name}"))))
    }
}

const SHAPE: &str = "give code, venue (name, time_zone, zones), admin (name, pin) and perhaps staff (name, pin, zones); \
     all are texts, and zones are lists";

/// `GET /api/v1/setup`.
///
/// # Cancel safety
/// Safe: it only reads.
async fn status<S: AppTypes>(request: Request<S>) -> Result<Reply, ApiError> {
    told(&request.app, &request.context)
}

/// `GET /api/v1/setup/code`: an admin of the machine is the only one who is told.
///
/// # Cancel safety
/// Safe: it only reads.
async fn code<S: AppTypes>(request: Request<S>) -> Result<Reply, ApiError> {
    if !matches!(request.context.who, Principal::LocalAdmin { .. }) {
        return Err(problem(SetupProblem::Elsewhere));
    }
    let code = request.app.auth.setup.code().map_err(refused)?;
    Ok(Reply::ok(&SetupCodeShown { code }))
}

/// `POST /api/v1/setup/code`.
///
/// # Cancel safety
/// Safe: it changes nothing but the count of wrong codes.
async fn check<S: AppTypes>(request: Request<S, (), (), SetupCodeBody>) -> Result<Reply, ApiError> {
    let (app, context) = (&*request.app, &*request.context);
    checked(app, context, &request.body()?.code)?;
    told(app, context)
}

/// `POST /api/v1/setup`.
///
/// # Cancel safety
/// The venue may be claimed, and nobody has the cookie: the admin signs in.
async fn claim<S: AppTypes>(request: Request<S, (), (), SetupBody>) -> Result<Reply, ApiError> {
    let (app, context) = (&*request.app, &*request.context);
    let body = request.body()?;
    let code = checked(app, context, &body.code)?;
    let document = Box::new(document(body.venue)?);
    let admin = person("admin", &body.admin, Rights::everywhere(Role::Admin))?;
    let staff = body.staff.map(|staff| {
        let rights = rights(staff.zones, &document.zones)?;
        let staff = PersonBody { name: staff.name, pin: staff.pin };
        person("staff", &staff, rights)
    });
    let staff = staff.transpose()?;
    if staff.as_ref().is_some_and(|staff| is_same(&staff.name, &admin.name)) {
        let told = "the staff sign in with another name than the admin: choose one, such as Bar";
        return Err(wrong("staff.name", told));
    }
    let claimed = app.auth.setup.claim(SetupClaim { code, document, admin, staff }).await;
    match claimed {
        Ok(begun) => Ok(session::answered(&begun, context)),
        Err(SetupRejection::Edit { error }) => {
            Ok(config::refused_at("venue", &EditRejection::Edit { error }, context))
        }
        Err(refusal) => Err(refused(refusal)),
    }
}

fn told<S: AppTypes>(app: &App<S>, context: &RequestContext) -> Result<Reply, ApiError> {
    let is_open = match app.auth.setup.state() {
        SetupState::Open => true,
        SetupState::Closed => false,
        SetupState::Unknown => return Err(ApiError::Store { error: StoreError::Unavailable }),
    };
    let state = if is_open { "open" } else { "closed" };
    Ok(Reply::ok(&SetupStatus {
        state: state.to_owned(),
        can_claim_here: is_open && context.is_private,
        time_zone: is_open.then(|| app.venue.registry().time_zone().to_string()),
        tablets: app.auth.setup.tablets(),
    }))
}

/// The code that was given, if it is the code. Wrong ones are counted for the address that they come from, and keep
/// nobody else out.
fn checked<S: AppTypes>(
    app: &App<S>,
    context: &RequestContext,
    text: &str,
) -> Result<SetupCode, ApiError> {
    match app.auth.setup.state() {
        SetupState::Closed => return Err(problem(SetupProblem::Closed)),
        SetupState::Unknown => return Err(ApiError::Store { error: StoreError::Unavailable }),
        SetupState::Open if !context.is_private => return Err(problem(SetupProblem::NotPrivate)),
        SetupState::Open => {}
    }
    let (address, now) = (context.user_ip.address(), app.router.clock().instant());
    let counted = app.auth.limits.sign_in(GUESSED, address, now);
    counted.map_err(|exceeded| ApiError::TooMany { exceeded })?;
    let code = SetupCode::parse(text).ok_or(problem(SetupProblem::WrongCode));
    let code = code.and_then(|code| app.auth.setup.check(&code).map(|()| code).map_err(refused));
    if let Err(ApiError::Setup { error: SetupProblem::WrongCode }) = &code {
        let (user_ip, request_id) = (&context.user_ip, &context.request_id);
        tracing::info!(%user_ip, request_id, "a wrong code of set-up was given");
    } else {
        app.auth.limits.signed_in(GUESSED, address);
    }
    code
}

fn document(venue: SetupVenue) -> Result<Document, ApiError> {
    let name = venue.name.trim();
    if name.is_empty() {
        return Err(wrong("venue.name", "give the name of the venue"));
    }
    let zone = venue.time_zone.filter(|zone| !zone.trim().is_empty());
    let time_zone = zone.map(|zone| zone.trim().parse::<TimeZoneName>());
    let time_zone = time_zone.transpose();
    let time_zone = time_zone.map_err(|error| wrong("venue.time_zone", &error.to_string()))?;
    let mut known = BTreeSet::new();
    let zones = venue.zones.into_iter().enumerate().map(|(place, zone)| {
        let field = format!("venue.zones[{place}].id");
        let id = zone.id.parse::<Label>().map_err(|error| wrong(&field, &error.to_string()))?;
        if !known.insert(id.clone()) {
            let told = format!("there is a zone {id} already: give each zone another name");
            return Err(wrong(&field, &told));
        }
        let order = i32::try_from(place).unwrap_or(i32::MAX);
        Ok(Zone { id, name: Some(zone.name).filter(|name| !name.trim().is_empty()), order })
    });
    let venue = Some(Venue { name: Some(name.to_owned()), time_zone, ..Venue::default() });
    Ok(Document { venue, zones: zones.collect::<Result<_, ApiError>>()?, ..Document::default() })
}

/// What the staff may do, in zones that are set up with them.
fn rights(zones: Option<Vec<String>>, known: &[Zone]) -> Result<Rights, ApiError> {
    let Some(zones) = zones else { return Ok(Rights::everywhere(Role::Operator)) };
    if let Some(unknown) =
        zones.iter().find(|zone| !known.iter().any(|one| one.id.as_str() == **zone))
    {
        let told = format!("{unknown} is none of venue.zones: add it there, or leave it out");
        return Err(wrong("staff.zones", &told));
    }
    let rights = Rights::in_zones(Role::Operator, zones);
    rights.map_err(|error| wrong("staff.zones", &error.to_string()))
}

fn person(who: &str, body: &PersonBody, rights: Rights) -> Result<SetupPerson, ApiError> {
    let name = body.name.trim().parse().map_err(|_| wrong(&format!("{who}.name"), A_NAME))?;
    let pin: Result<NewPin, NewPinError> = body.pin.parse();
    let pin = pin.map_err(|error| wrong(&format!("{who}.pin"), &error.to_string()))?;
    Ok(SetupPerson { name, rights, pin })
}

fn is_same(a: &TokenName, b: &TokenName) -> bool {
    a.as_str().to_lowercase() == b.as_str().to_lowercase()
}

const A_NAME: &str = "a name has 1 to 64 characters, not only spaces, no control characters, and does not begin with \
     \"ven_\"";

fn wrong(field: &str, detail: &str) -> ApiError {
    ApiError::InvalidItem { field: field.to_owned(), detail: detail.to_owned() }
}

const fn problem(error: SetupProblem) -> ApiError {
    ApiError::Setup { error }
}

fn refused(refusal: SetupRejection) -> ApiError {
    match refusal {
        SetupRejection::Closed => problem(SetupProblem::Closed),
        SetupRejection::WrongCode => problem(SetupProblem::WrongCode),
        SetupRejection::Busy => ApiError::SignInBusy,
        SetupRejection::Store { error } => ApiError::Store { error },
        SetupRejection::Edit { error } => wrong("venue", &error.to_string()),
        SetupRejection::Issue { .. } | SetupRejection::Hashing => ApiError::Internal,
    }
}
