//! Endpoints about sessions: begun with a PIN, a token or an invitation, and ended.

use http::StatusCode;
use venue_api::{AcceptBody, Session, SignInBody, SignedOut};
use venue_auth::{AuthError, Need, NewPin, NewPinError, NewToken, Presented, TokenRecord};
use venue_domain::Clock;

use super::{
    people::{Told, refused},
    token::of_calendar,
};
use crate::{
    api_error::ApiError,
    app::{App, AppTypes},
    body, cookie,
    endpoint::{Body, Endpoint, Inspect, Request, delete, post},
    people::{Ending, PeopleRejection, Proof, Typed},
    reply::{Reply, RequestContext},
};

pub(super) fn endpoints<S: AppTypes>() -> Vec<Endpoint<S>> {
    vec![
        post("/api/v1/session", Need::Public, "Sign in with a name and its PIN, or with a token")
            .details(
                "Answers a cookie, in place of a session that the browser had. The fifth wrong PIN for a name from an \
                 address has to wait, and each further one twice as long: 429 with Retry-After.",
            )
            .body::<SignInBody>()
            .changes_nothing()
            .answers::<Session>(StatusCode::CREATED)
            .to(sign_in),
        post("/api/v1/invitation", Need::Public, "Take an invitation: set a PIN, and sign in")
            .details("It is good once. Whoever was signed in by that name is signed out.")
            .body::<AcceptBody>()
            .changes_nothing()
            .answers::<Session>(StatusCode::CREATED)
            .to(accept),
        delete("/api/v1/session", Need::Read, "Sign out of this browser")
            .answers::<SignedOut>(StatusCode::OK)
            .to(sign_out),
        delete("/api/v1/sessions", Need::Read, "Sign out of every browser")
            .answers::<SignedOut>(StatusCode::OK)
            .to(sign_out_everywhere),
    ]
}

impl Body for SignInBody {
    fn read(bytes: &[u8]) -> Result<Self, ApiError> {
        body::parse_secret(bytes, "name and pin, or token")
    }

    fn inspect(bytes: &[u8]) -> Option<Box<dyn Inspect>> {
        let Self { name, .. } = Self::read(bytes).ok()?;
        // Somebody pastes a token where the name belongs.
        let name = name.filter(|name| name.chars().count() <= 64 && !name.contains("ven_"));
        let who = name.map_or_else(|| "a token".to_owned(), |name| format!("the name {name}"));
        Some(Box::new(Told(format!("sign in with {who}"))))
    }
}

impl Body for AcceptBody {
    fn read(bytes: &[u8]) -> Result<Self, ApiError> {
        body::parse_secret(bytes, "invitation and pin")
    }
}

/// `POST /api/v1/session`.
///
/// # Cancel safety
/// It may have been begun, and nobody has its cookie.
async fn sign_in<S: AppTypes>(request: Request<S, (), (), SignInBody>) -> Result<Reply, ApiError> {
    let (app, context) = (&*request.app, &*request.context);
    match request.body()? {
        SignInBody { name: Some(name), pin: Some(pin), token: None } => {
            let (address, now) = (context.user_ip.address(), app.router.clock().instant());
            let counted = app.auth.limits.sign_in(&name, address, now);
            counted.map_err(|exceeded| ApiError::TooMany { exceeded })?;
            let proof = Proof::Pin { name: name.clone(), pin: Typed(pin) };
            let begun = begin(app, proof, context).await?;
            app.auth.limits.signed_in(&name, address);
            Ok(answered(&begun, context))
        }
        SignInBody { name: None, pin: None, token: Some(token) } => {
            let presented = Presented::token(token.trim());
            let begun = known(app, presented, Proof::Token, context).await?;
            Ok(answered(&begun, context))
        }
        _ => {
            let (field, detail) = ("name".to_owned(), "give name and pin, or token".to_owned());
            Err(ApiError::InvalidItem { field, detail })
        }
    }
}

/// `POST /api/v1/invitation`.
///
/// # Cancel safety
/// The PIN may have been set, and nobody has the cookie.
async fn accept<S: AppTypes>(request: Request<S, (), (), AcceptBody>) -> Result<Reply, ApiError> {
    let (app, context) = (&*request.app, &*request.context);
    let AcceptBody { invitation, pin } = request.body()?;
    let pin: NewPin = pin.parse().map_err(|error: NewPinError| ApiError::InvalidItem {
        field: "pin".to_owned(),
        detail: error.to_string(),
    })?;
    let presented = Presented::invitation(invitation.trim());
    let proof = |presented| Proof::Invitation { presented, pin };
    Ok(answered(&known(app, presented, proof, context).await?, context))
}

/// `DELETE /api/v1/session`.
///
/// # Cancel safety
/// It may have ended.
async fn sign_out<S: AppTypes>(request: Request<S>) -> Result<Reply, ApiError> {
    let session = request.context.who.session();
    end(&request.app, session.map(|(id, _)| Ending::One(id)), &request.context).await
}

/// `DELETE /api/v1/sessions`.
///
/// # Cancel safety
/// They may have ended.
async fn sign_out_everywhere<S: AppTypes>(request: Request<S>) -> Result<Reply, ApiError> {
    let session = request.context.who.session();
    end(&request.app, session.map(|(_, of)| Ending::All(of)), &request.context).await
}

async fn end<S: AppTypes>(
    app: &App<S>,
    ending: Option<Ending>,
    context: &RequestContext,
) -> Result<Reply, ApiError> {
    let ended = match ending {
        Some(ending) => {
            let ended = app.auth.people.end(ending).await;
            ended.map_err(|error| refused(error, "the session"))?
        }
        None => 0,
    };
    Ok(Reply::ok(&SignedOut { ended }).with_cookie(cookie::gone(context.is_https)))
}

/// Begins the session of whoever has a secret of 256 bits. Wrong ones count as wrong tokens do.
async fn known<S: AppTypes>(
    app: &App<S>,
    presented: Option<Presented>,
    proof: impl FnOnce(Presented) -> Proof,
    context: &RequestContext,
) -> Result<(NewToken, TokenRecord), ApiError> {
    let (address, now) = (context.user_ip.address(), app.router.clock().instant());
    let begun = match presented {
        Some(presented) => begin(app, proof(presented), context).await,
        None => Err(ApiError::WrongProof),
    };
    if let (Err(ApiError::WrongProof), Some(address)) = (&begun, address) {
        let limits = &app.auth.limits;
        let told = limits.may_authenticate(address, presented.as_ref(), now);
        told.map_err(|exceeded| ApiError::TooMany { exceeded })?;
        limits.failed(address, presented.as_ref(), &AuthError::Unknown, now);
    }
    begun
}

async fn begin<S: AppTypes>(
    app: &App<S>,
    proof: Proof,
    context: &RequestContext,
) -> Result<(NewToken, TokenRecord), ApiError> {
    let begun = app.auth.people.sign_in(proof, context.cookie).await;
    if let Err(PeopleRejection::Wrong) = &begun {
        let (user_ip, request_id) = (&context.user_ip, &context.request_id);
        tracing::info!(%user_ip, request_id, "somebody was not signed in");
    }
    begun.map_err(|error| refused(error, "the session"))
}

pub(super) fn answered(
    (text, record): &(NewToken, TokenRecord),
    context: &RequestContext,
) -> Reply {
    tracing::info!(
        session = %record.id,
        name = %record.name,
        user_ip = %context.user_ip,
        request_id = context.request_id,
        "somebody signed in"
    );
    let session = Session {
        name: record.name.to_string(),
        role: record.rights.role().name().to_owned(),
        zones: record.rights.zones().map(|zones| zones.iter().cloned().collect()),
        expires_at: record.expires_at.map(of_calendar),
    };
    let cookie = cookie::set(text.reveal(), context.is_https);
    Reply::json(StatusCode::CREATED, &session).with_cookie(cookie)
}
