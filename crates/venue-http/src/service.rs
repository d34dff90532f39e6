//! One request from its head to its response.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{
    HeaderMap, Method, Request, Response,
    header::{ACCEPT_ENCODING, HeaderName, IF_MATCH, IF_NONE_MATCH, TRANSFER_ENCODING},
    uri::Authority,
};
use hyper::body::{Body as _, Incoming};
use tokio::{select, time::timeout};
use uuid::Uuid;
use venue_auth::{Need, Principal};
use venue_domain::Clock;

use crate::{
    access,
    api_error::ApiError,
    app::{App, AppTypes},
    audit::{self, Entry},
    auth::{Auth, Peer},
    backups::BackupUpload,
    body,
    config::Config,
    cookie,
    endpoint::{Call, Endpoint},
    handler, idempotency, origin_check, own,
    parameters::PathValues,
    proxy,
    reply::{self, Reply, RequestContext},
    routes::{Routed, Routes},
    run_on::RunOn,
    spec::{SizeLimit, Spec},
    sse::Body,
    stream::Traffic,
    surface::surface,
};

/// What a server answers with: what its requests share, and the endpoints that handle them.
pub(crate) struct Site<S: AppTypes> {
    pub(crate) app: Arc<App<S>>,
    routes: Routes<S>,
}

impl<S: AppTypes> Site<S> {
    /// `app` behind every endpoint.
    pub(crate) fn new(app: Arc<App<S>>) -> Self {
        Self { app, routes: Routes::new(handler::endpoints()) }
    }

    /// The endpoint that was found, and what the path says.
    fn endpoint(&self, routed: Routed) -> Result<(&Endpoint<S>, PathValues), ApiError> {
        match routed {
            Routed::Endpoint(place, path) => {
                Ok((self.routes.at(place).ok_or(ApiError::NotFound)?, path))
            }
            Routed::NotFound => Err(ApiError::NotFound),
            Routed::MethodNotAllowed { allow } => Err(ApiError::MethodNotAllowed { allow }),
        }
    }

    /// How long the request that was found may take.
    fn patience(&self, routed: &Routed) -> Duration {
        let endpoint = match routed {
            Routed::Endpoint(place, _) => self.routes.at(*place),
            Routed::NotFound | Routed::MethodNotAllowed { .. } => None,
        };
        let own = endpoint.and_then(|endpoint| endpoint.spec.may_take);
        own.unwrap_or(self.app.config.request_timeout)
    }
}

/// Serves one request.
///
/// # Cancel safety
/// It runs on: a client that hangs up does not cancel the command that it sent, once that is
/// begun.
pub(crate) async fn serve_request<S: AppTypes>(
    site: Arc<Site<S>>,
    (peer, is_encrypted): (Arc<Peer>, bool),
    traffic: Arc<Traffic>,
    request: Request<Incoming>,
) -> Response<Body> {
    let app = &site.app;
    let mut told = proxy::told(request.headers(), &peer, &app.config.trusted_proxies);
    let asked = told.as_mut().and_then(|told| told.host.take());
    // What anybody says, as with `Origin`, does not count.
    let is_https = is_encrypted || told.as_ref().is_some_and(|told| told.is_https);
    let peer = told.map_or(peer, |told| Arc::new(told.peer));
    let ends_connection = request.headers().contains_key(TRANSFER_ENCODING);
    let context = Arc::new(RequestContext {
        request_id: request_id(request.headers()),
        instance: reply::shortened(request.uri().path().to_owned()),
        query: request.uri().query().map(str::to_owned),
        surface: surface(request.uri().path()),
        user_ip: peer.origin(),
        who: Principal::Anonymous,
        if_match: only(request.headers(), &IF_MATCH),
        last_event_id: only(request.headers(), &LAST_EVENT_ID),
        if_none_match: only(request.headers(), &IF_NONE_MATCH),
        begun_at: app.router.clock().instant(),
        takes_gzip: takes_gzip(request.headers()),
        cookie: cookie::session(request.headers()),
        is_https,
        is_private: is_https || stays_here(&peer),
    });
    let method = request.method().clone();
    let routed = site.routes.find(request.method(), request.uri().path());
    let patience = site.patience(&routed);
    // Counted by the server's tracker: a stop waits for it, and cuts it off after the grace.
    let work =
        run(Arc::clone(&site), Arc::clone(&context), (peer, asked), traffic, request, routed);
    let reply = match timeout(patience, RunOn::new(&app.stop.tasks, work)).await {
        Ok(Ok(reply)) => reply,
        Ok(Err(_panic)) => reply::problem(&panicked(&context), &context),
        Err(_) => reply::problem(&ApiError::RequestTimeout, &context),
    };
    tracing::debug!(
        %method,
        path = ?context.instance,
        status = reply.status().as_u16(),
        user_ip = %context.user_ip,
        request_id = context.request_id,
        "request served"
    );
    app.watch.metrics.answered(reply.status().as_u16());
    reply.ending(ends_connection).into_response(&context)
}

static LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

async fn run<S: AppTypes>(
    site: Arc<Site<S>>,
    context: Arc<RequestContext>,
    (peer, asked): (Arc<Peer>, Asked),
    traffic: Arc<Traffic>,
    request: Request<Incoming>,
    routed: Routed,
) -> Reply {
    let app = &site.app;
    let mut entry = Entry::new(&context, request.method());
    let asked = (&*peer, asked);
    let answered = select! {
        answered = checked(&site, &context, asked, &traffic, &mut entry, request, routed) => answered,
        () = app.stop.cut_off.cancelled() => Err(ApiError::CutOff),
    };
    let (reply, error) = match answered {
        Ok(reply) => (reply, None),
        Err(error) => (reply::problem(&error, &context), Some(error)),
    };
    entry.note(app, &reply, error.as_ref());
    reply
}

async fn checked<S: AppTypes>(
    site: &Site<S>,
    context: &RequestContext,
    (peer, asked): (&Peer, Asked),
    traffic: &Arc<Traffic>,
    entry: &mut Entry,
    request: Request<Incoming>,
    routed: Routed,
) -> Result<Reply, ApiError> {
    let app = &site.app;
    let (head, body) = request.into_parts();
    if body.is_end_stream() {
        traffic.request_was_read();
    }
    origin_check::check(&head, asked, &app.hosts).inspect_err(|error| refused(context, error))?;
    let only_asks = head.method == Method::OPTIONS;
    let (endpoint, path) = match site.endpoint(routed) {
        Err(ApiError::MethodNotAllowed { allow }) if only_asks => {
            return Ok(Reply::options(&allow));
        }
        Err(_) if only_asks && head.uri.path() == "*" => return Ok(Reply::options("")),
        found => found?,
    };
    let spec = &endpoint.spec;
    entry.acts = spec.acts();
    // The end of a token is a wish for a wall time.
    let (now, instant) = (app.calendar(), app.router.clock().instant());
    let need = access::need(spec, &path);
    let who = if need == Need::Public {
        Principal::Anonymous
    } else {
        let who = app.auth.who(peer, &head.method, &head.headers, (now, instant))?;
        entry.who = who.clone();
        Auth::may(&who, need)?;
        who
    };
    let (body, upload) = received(spec, &head.headers, body, &app.config, traffic).await?;
    let inspected = (spec.inspect)(&body);
    let inspected = inspected.as_deref();
    entry.summary = inspected.map(|body| audit::shortened(&body.summary()));
    if who.zones().is_some() {
        let registry = app.venue.registry();
        let scope = access::scope_there(spec, &path, inspected, &registry)?;
        access::screens_within(&who, &path, inspected, &registry)?;
        let may = Auth::may_there(&who, need, &scope);
        own_or(may, app, &who, spec, path.get("id")).await?;
    }
    // It may have lain in the socket for any time while this process was suspended: whoever waited
    // for its answer has given up, and perhaps wished for something else since.
    if spec.acts() && traffic.has_ended() {
        return Err(left(context));
    }
    let context =
        Arc::new(RequestContext { who, begun_at: app.router.clock().instant(), ..context.clone() });
    let app = Arc::clone(app);
    let call = Call { app, context, path, body, upload, key_in_memory: false };
    idempotency::serve(endpoint, &head.headers, inspected, call).await
}

/// The whole body, or a file that its endpoint reads while it arrives.
async fn received(
    spec: &Spec,
    headers: &HeaderMap,
    body: Incoming,
    config: &Config,
    traffic: &Arc<Traffic>,
) -> Result<(Bytes, Option<BackupUpload>), ApiError> {
    let limit = config.body_limit(spec.size_limit);
    if spec.size_limit == SizeLimit::Backup {
        let upload = body::upload(headers, body, limit, config, traffic)?;
        return Ok((Bytes::new(), Some(upload)));
    }
    Ok((body::read(headers, body, limit, config, traffic).await?, None))
}

fn left(context: &RequestContext) -> ApiError {
    tracing::info!(
        path = ?context.instance,
        user_ip = %context.user_ip,
        request_id = context.request_id,
        "a client left before its request was begun: nothing was done"
    );
    ApiError::ClientLeft
}

/// Whether a request never leaves this machine.
fn stays_here(peer: &Peer) -> bool {
    peer.origin().address().is_none_or(|address| address.is_loopback())
}

/// What is wrong behind a proxy, an admin finds in the log.
fn refused(context: &RequestContext, error: &ApiError) {
    if matches!(error, ApiError::OtherOrigin { .. } | ApiError::HostNotAllowed { .. }) {
        tracing::info!(user_ip = %context.user_ip, request_id = context.request_id, "refused: {error}");
    }
}

/// The host that a trusted proxy says was asked for; an error where it is none.
type Asked = Option<Result<Authority, ()>>;

/// Lets through what is outside of the caller's zones where it is the caller's own.
async fn own_or<S: AppTypes>(
    may_there: Result<(), ApiError>,
    app: &App<S>,
    who: &Principal,
    spec: &Spec,
    id: &str,
) -> Result<(), ApiError> {
    let Err(denied) = may_there else { return Ok(()) };
    if own::is_own(app, who, spec.scope, id).await? {
        return Ok(());
    }
    Err(own::explain(denied, spec.scope))
}

fn panicked(context: &RequestContext) -> ApiError {
    // Its message went to the panic hook; it may quote anything, so it is not repeated here.
    tracing::error!(
        path = ?context.instance,
        request_id = context.request_id,
        "a request failed inside the service"
    );
    ApiError::Internal
}

/// The one value of a header; several say nothing.
fn only(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let mut all = headers.get_all(name).into_iter();
    let only = all.next().filter(|_| all.next().is_none())?;
    only.to_str().ok().map(str::to_owned)
}

/// Whether gzip is among what is accepted, and not refused with a weight of zero.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let refused = weight.trim().strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0));
        name.trim().eq_ignore_ascii_case("gzip") && !refused
    })
}

/// The caller's own id if it can be logged and echoed as it is, otherwise a new one.
fn request_id(headers: &HeaderMap) -> String {
    let given = headers.get("x-request-id").and_then(|id| id.to_str().ok());
    match given.filter(|id| is_sane_id(id)) {
        Some(id) => id.to_owned(),
        None => Uuid::now_v7().to_string(),
    }
}

fn is_sane_id(id: &str) -> bool {
    let sane = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    (1..=64).contains(&id.len()) && id.bytes().all(sane)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_taken_where_it_is_named_and_not_refused() {
        for (value, taken) in [
            ("gzip, deflate, br", true),
            ("br;q=1.0, GZIP;q=0.5", true),
            ("gzip;q=0", false),
            ("identity", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, value.parse().unwrap());
            assert_eq!(takes_gzip(&headers), taken, "{value}");
        }
    }

    #[test]
    fn only_a_sane_request_id_is_kept() {
        let mut headers = HeaderMap::new();
        headers.insert("x-request-id", "job-7.2_a".parse().unwrap());
        assert_eq!(request_id(&headers), "job-7.2_a");
        for bad in ["", "a b", "a\"b", &"x".repeat(65)] {
            headers.insert("x-request-id", bad.parse().unwrap());
            assert_eq!(request_id(&headers).len(), 36, "{bad:?}");
        }
    }
}
