//! The page for the staff: files, and nothing else. Whoever may reach the service may read them; what the
//! page shows it asks the API for, as whoever signs in.

use http::StatusCode;
use venue_auth::Need;

use crate::{
    api_error::ApiError,
    app::AppTypes,
    endpoint::{AnyQuery, Endpoint, Header, Request, get},
    handler::path::OfFile,
    reply::Reply,
};

pub(super) fn endpoints<S: AppTypes>() -> Vec<Endpoint<S>> {
    vec![
        get("/", Need::Public, "The page for the staff")
            .details("Anybody may load it; what it shows needs a token.")
            .query::<AnyQuery>()
            .header(Header::IfNoneMatch)
            .answers_text("text/html")
            .answers_nothing(StatusCode::NOT_MODIFIED)
            .to(page),
        get("/kiosk", Need::Public, "The page for one zone, for a tablet at the wall")
            .details("`/kiosk?zone=bar` shows the TVs and presets of that zone, and nothing else.")
            .query::<AnyQuery>()
            .header(Header::IfNoneMatch)
            .answers_text("text/html")
            .answers_nothing(StatusCode::NOT_MODIFIED)
            .to(page),
        get("/sw.js", Need::Public, "The service worker of the page")
            .details("It keeps the files of the page for a tablet without network, and no answer of the API.")
            .query::<AnyQuery>()
            .header(Header::IfNoneMatch)
            .answers_text("text/javascript")
            .answers_nothing(StatusCode::NOT_MODIFIED)
            .to(worker),
        get("/assets/{*name}", Need::Public, "A file of the page")
            .path::<OfFile>()
            .query::<AnyQuery>()
            .header(Header::IfNoneMatch)
            .answers_text("text/javascript")
            .answers_nothing(StatusCode::NOT_MODIFIED)
            .to(asset),
    ]
}

/// `GET /` and `GET /kiosk`.
async fn page<S: AppTypes>(request: Request<S, (), AnyQuery>) -> Result<Reply, ApiError> {
    let context = &*request.context;
    let (page, policy) = venue_dashboard::page().ok_or(ApiError::NotFound)?;
    Ok(Reply::file(page, Some(policy), context))
}

/// `GET /sw.js`: it works for what lies beside it, and so stands beside the page.
async fn worker<S: AppTypes>(request: Request<S, (), AnyQuery>) -> Result<Reply, ApiError> {
    let worker = venue_dashboard::asset("sw.js").ok_or(ApiError::NotFound)?;
    Ok(Reply::file(worker, Some(WORKER_POLICY), &request.context))
}

/// A service worker has a policy of its own: it asks the daemon for the files of the page, and nobody else for anything.
const WORKER_POLICY: &str = "default-src 'none'; connect-src 'self'; frame-ancestors 'none'";

/// `GET /assets/{name}`.
async fn asset<S: AppTypes>(request: Request<S, OfFile, AnyQuery>) -> Result<Reply, ApiError> {
    let (name, context) = (&*request.path.name, &*request.context);
    let asset = venue_dashboard::asset(name).ok_or(ApiError::NotFound)?;
    Ok(Reply::file(asset, None, context))
}
