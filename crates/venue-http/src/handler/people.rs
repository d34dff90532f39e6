//! Endpoints about people: added with an invitation, and let go with all of their sessions.

use http::StatusCode;
use qrcode::{QrCode, render::svg};
use venue_api::{
    InvitationBody, Person, PersonBody, PersonChange, PersonInvited, PersonList, SignedOut,
};
use venue_auth::{
    Need, NewToken, PersonId, PersonRecord, Principal, Rights, Role, SessionOf, TokenName,
    TokenSet, UnknownRole,
};
use venue_registry::Registry;

use super::token::{known_zones, of_calendar, rights};
use crate::{
    api_error::ApiError,
    app::{App, AppTypes},
    body,
    endpoint::{Body, Endpoint, Inspect, Presence, Request, delete, get, patch, post},
    handler::path::OfId,
    people::{Ending, PeopleRejection, RightsChange},
    reply::{self, Reply, RequestContext},
};

pub(super) fn endpoints<S: AppTypes>() -> Vec<Endpoint<S>> {
    vec![
        get("/api/v1/people", Need::People, "The people who sign in with a PIN")
            .answers::<PersonList>(StatusCode::OK)
            .to(list),
        post("/api/v1/people", Need::People, "Add a person, with an invitation")
            .details(
                "Managers add viewers and operators. Whoever opens the invitation sets the PIN; it is in this answer \
                 and nowhere else, and good for three days.",
            )
            .body::<PersonBody>()
            .answers::<PersonInvited>(StatusCode::CREATED)
            .to(add),
        patch("/api/v1/people/{id}", Need::People, "Change the role or the zones of a person")
            .details(
                "What is left out stays; `zones: null` is all zones. It holds for the person's sessions, too. Managers \
                 make viewers of operators, and operators of viewers.",
            )
            .path::<OfId>()
            .body::<PersonChange>()
            .answers::<Person>(StatusCode::OK)
            .to(change),
        post("/api/v1/people/{id}/invitation", Need::People, "Invite a person anew")
            .details("The invitation before is void; the PIN stays until another one is set.")
            .path::<OfId>()
            .body::<InvitationBody>()
            .answers::<PersonInvited>(StatusCode::CREATED)
            .to(invite),
        delete("/api/v1/people/{id}/sessions", Need::People, "Sign a person out everywhere")
            .path::<OfId>()
            .answers::<SignedOut>(StatusCode::OK)
            .to(sign_out),
        delete("/api/v1/people/{id}", Need::People, "Remove a person, with all sessions")
            .path::<OfId>()
            .answers::<Person>(StatusCode::OK)
            .to(remove),
    ]
}

/// What the audit log has of a body with a secret in it.
pub(super) struct Told(pub(super) String);

impl Inspect for Told {
    fn summary(&self) -> String {
        self.0.clone()
    }

    fn ports(&self, _of: &str, _registry: &Registry) -> Option<Vec<(String, Option<i64>)>> {
        None
    }
}

impl Body for PersonBody {
    fn read(bytes: &[u8]) -> Result<Self, ApiError> {
        body::parse(bytes)
    }

    fn inspect(bytes: &[u8]) -> Option<Box<dyn Inspect>> {
        let Self { name, role, .. } = Self::read(bytes).ok()?;
        Some(Box::new(Told(format!("add {name} as {role}"))))
    }
}

impl Body for PersonChange {
    fn read(bytes: &[u8]) -> Result<Self, ApiError> {
        body::parse(bytes)
    }

    fn inspect(bytes: &[u8]) -> Option<Box<dyn Inspect>> {
        let Self { role, zones } = Self::read(bytes).ok()?;
        let role = role.map(|role| format!("role {role}"));
        let zones = zones.map(|zones| match zones {
            Some(zones) => format!("zones {}", zones.join(", ")),
            None => "all zones".to_owned(),
        });
        let parts: Vec<String> = role.into_iter().chain(zones).collect();
        Some(Box::new(Told(format!("change to {}", parts.join(", ")))))
    }
}

/// An empty body invites without a link.
impl Body for InvitationBody {
    const PRESENCE: Presence = Presence::Optional;

    fn read(bytes: &[u8]) -> Result<Self, ApiError> {
        body::parse_optional(bytes)
    }
}

/// `GET /api/v1/people`.
///
/// # Cancel safety
/// Safe: it only reads.
async fn list<S: AppTypes>(request: Request<S>) -> Result<Reply, ApiError> {
    let app = &*request.app;
    let people = app.auth.people.people();
    Ok(Reply::ok(&PersonList { items: people.iter().map(|person| told(app, person)).collect() }))
}

/// `POST /api/v1/people`. The invitation is in this answer and nowhere else.
///
/// # Cancel safety
/// They may have been added, and nobody knows the invitation.
async fn add<S: AppTypes>(request: Request<S, (), (), PersonBody>) -> Result<Reply, ApiError> {
    let (app, context) = (&*request.app, &*request.context);
    let body = request.body()?;
    let name: TokenName = body.name.parse().map_err(|_| wrong("name", A_NAME.to_owned()))?;
    let role: Role =
        body.role.parse().map_err(|error: UnknownRole| wrong("role", error.to_string()))?;
    let rights: Rights = rights(app, role, body.zones)?;
    let by = may_manage(context, role)?;
    let made = app.auth.people.add(name, rights, by).await;
    let (text, person) = made.map_err(|error| refused(error, &body.name))?;
    log(&person, "added", context);
    invited(app, &text, &person, body.address.as_deref(), context)
}

/// `PATCH /api/v1/people/{id}`.
///
/// # Cancel safety
/// It may have been changed.
async fn change<S: AppTypes>(
    request: Request<S, OfId, (), PersonChange>,
) -> Result<Reply, ApiError> {
    let (app, context) = (&*request.app, &*request.context);
    let (id, PersonChange { role, zones }) = (id(&request.path.id)?, request.body()?);
    if role.is_none() && zones.is_none() {
        return Err(wrong("role", "give role, or zones, or both".to_owned()));
    }
    let by = own_role(context)?;
    let role = role.map(|role| role.parse::<Role>()).transpose();
    let role = role.map_err(|error: UnknownRole| wrong("role", error.to_string()))?;
    // Nobody is made what who asks could not add.
    if let Some(role) = role {
        may_manage(context, role)?;
    }
    if let Some(Some(zones)) = &zones {
        known_zones(app, zones)?;
    }
    let changed = app.auth.people.change(id, RightsChange { role, zones }, by).await;
    let person = changed.map_err(|error| refused(error, &id.to_string()))?;
    log(&person, "changed", context);
    Ok(Reply::ok(&told(app, &person)))
}

/// `POST /api/v1/people/{id}/invitation`.
///
/// # Cancel safety
/// The invitation before may be void, and nobody knows the new one.
async fn invite<S: AppTypes>(
    request: Request<S, OfId, (), InvitationBody>,
) -> Result<Reply, ApiError> {
    let (app, context) = (&*request.app, &*request.context);
    let (id, body) = (id(&request.path.id)?, request.body()?);
    let by = own_role(context)?;
    let made = app.auth.people.invite(id, by).await;
    let (text, person) = made.map_err(|error| refused(error, &id.to_string()))?;
    log(&person, "invited", context);
    invited(app, &text, &person, body.address.as_deref(), context)
}

/// `DELETE /api/v1/people/{id}/sessions`.
///
/// # Cancel safety
/// The sessions may have ended.
async fn sign_out<S: AppTypes>(request: Request<S, OfId>) -> Result<Reply, ApiError> {
    let (app, context, id) = (&*request.app, &*request.context, id(&request.path.id)?);
    let people = app.auth.people.people();
    let person = people.iter().find(|person| person.id == id);
    let person = person.ok_or_else(|| unknown(&id.to_string()))?;
    may_manage(context, person.rights.role())?;
    let ended = app.auth.people.end(Ending::All(SessionOf::Person(id))).await;
    let ended = ended.map_err(|error| refused(error, &id.to_string()))?;
    log(person, "signed out everywhere", context);
    Ok(Reply::ok(&SignedOut { ended }))
}

/// `DELETE /api/v1/people/{id}`.
///
/// # Cancel safety
/// They may be gone.
async fn remove<S: AppTypes>(request: Request<S, OfId>) -> Result<Reply, ApiError> {
    let (app, context, id) = (&*request.app, &*request.context, id(&request.path.id)?);
    let removed = app.auth.people.remove(id, own_role(context)?).await;
    let person = removed.map_err(|error| refused(error, &id.to_string()))?;
    log(&person, "removed", context);
    Ok(Reply::ok(&told(app, &person)))
}

fn id(text: &str) -> Result<PersonId, ApiError> {
    text.parse().map_err(|_| unknown(text))
}

/// The role of who asks; nobody is let in without one here.
fn own_role(context: &RequestContext) -> Result<Role, ApiError> {
    let is_open = matches!(context.who, Principal::Open);
    match context.who.role().filter(|_| !is_open) {
        Some(role) => Ok(role),
        // From the first person on nobody would be let in without signing in, and nobody could add an admin.
        None => Err(wrong("role", FIRST.to_owned())),
    }
}

/// Whether who asks may have to do with somebody of this role: a manager with those below.
fn may_manage(context: &RequestContext, role: Role) -> Result<Role, ApiError> {
    let by = own_role(context)?;
    if by == Role::Admin || role < by { Ok(by) } else { Err(wrong("role", not_below(role))) }
}

fn not_below(role: Role) -> String {
    format!(
        "a manager makes and changes viewers and operators only; who is {role}, or becomes it, is for an admin to change"
    )
}

pub(super) fn refused(error: PeopleRejection, who: &str) -> ApiError {
    match error {
        PeopleRejection::Exists => {
            let told = format!("somebody or a token is called {who} already: choose another name");
            wrong("name", told)
        }
        PeopleRejection::NotFound => unknown(who),
        PeopleRejection::NotBelow { role } => wrong("role", not_below(role)),
        PeopleRejection::Rights { error } => wrong("zones", error.to_string()),
        PeopleRejection::Full => {
            wrong("name", "there are 200 people: remove somebody first".to_owned())
        }
        PeopleRejection::Wrong => ApiError::WrongProof,
        PeopleRejection::LastAdmin => ApiError::LastAdmin,
        PeopleRejection::Busy => ApiError::SignInBusy,
        PeopleRejection::Issue { .. } | PeopleRejection::Hashing => ApiError::Internal,
        PeopleRejection::Store { error } => ApiError::Store { error },
    }
}

fn unknown(id: &str) -> ApiError {
    ApiError::NoSuchItem { kind: "people", id: id.to_owned() }
}

fn wrong(field: &str, detail: String) -> ApiError {
    ApiError::InvalidItem { field: field.to_owned(), detail }
}

fn invited<S: AppTypes>(
    app: &App<S>,
    text: &NewToken,
    person: &PersonRecord,
    address: Option<&str>,
    context: &RequestContext,
) -> Result<Reply, ApiError> {
    let path = format!("/#/join/{}", text.reveal());
    let link = address.map(|address| link(address, &path)).transpose()?;
    let qr = link.as_ref().and_then(|link| {
        let code = QrCode::new(link).ok()?;
        Some(code.render::<svg::Color<'_>>().min_dimensions(240, 240).build())
    });
    let invited = PersonInvited {
        invitation: text.reveal().to_owned(),
        path,
        link,
        qr,
        person: told(app, person),
    };
    let shown_once = ApiError::InvitedOnce { id: person.id.to_string() };
    Ok(Reply::json(StatusCode::CREATED, &invited).once(reply::problem(&shown_once, context)))
}

/// The link at `address`. What comes after a `#` is sent to no server, and so stands in no log.
fn link(address: &str, path: &str) -> Result<String, ApiError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/[]".contains(c);
    let rest = address.strip_prefix("http://").or_else(|| address.strip_prefix("https://"));
    let fits = rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(plain));
    if fits && address.len() <= 200 {
        return Ok(format!("{}{path}", address.trim_end_matches('/')));
    }
    let detail = "give where the page is opened, such as http://192.168.1.10:8080";
    Err(wrong("address", detail.to_owned()))
}

fn told<S: AppTypes>(app: &App<S>, person: &PersonRecord) -> Person {
    let (of, now) = (Some(SessionOf::Person(person.id)), app.calendar());
    let records = app.auth.tokens.current().records();
    let own =
        records.iter().filter(|record| record.session == of && !TokenSet::is_over(record, now));
    let used: Vec<_> = own.map(|record| record.last_used.unwrap_or(record.created_at)).collect();
    Person {
        id: person.id.to_string(),
        name: person.name.to_string(),
        role: person.rights.role().name().to_owned(),
        zones: person.rights.zones().map(|zones| zones.iter().cloned().collect()),
        created_at: of_calendar(person.created_at),
        can_sign_in: person.secret.is_some(),
        invited_until: person.invitation.as_ref().map(|one| of_calendar(one.expires_at)),
        sessions: used.len() as u64,
        last_used: used.into_iter().max().map(of_calendar),
    }
}

const A_NAME: &str = "a name has 1 to 64 characters, not only spaces, no control characters, and does not begin with \
     \"ven_\"";

const FIRST: &str = "first make a token of an admin, because from the first person on nobody is let in without signing \
     in: `venuectl token create NAME --role admin`";

fn log(person: &PersonRecord, what: &'static str, context: &RequestContext) {
    tracing::info!(
        person = %person.id,
        name = %person.name,
        user_ip = %context.user_ip,
        request_id = context.request_id,
        "a person was {what}"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_the_address_that_was_given_and_no_other_text() {
        let made = |address| link(address, "/#/join/inv_x").ok();
        assert_eq!(
            made("http://10.0.0.5:8080/").as_deref(),
            Some("http://10.0.0.5:8080/#/join/inv_x")
        );
        assert!(
            made("https://venue.example/tv").is_some() && made("http://[fd00::1]:80").is_some()
        );
        for address in
            ["", "http://", "venue", "javascript:alert(1)", "http://a/?q=1", "http://a b"]
        {
            assert!(made(address).is_none(), "{address}");
        }
    }
}
