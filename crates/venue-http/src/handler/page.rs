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
        get("/assets/{*name}", Need::Public, "A file of the page")
            .path::<OfFile>()
            .query::<AnyQuery>()
            .header(Header::IfNoneMatch)
            .answers_text("text/javascript")
            .answers_nothing(StatusCode::NOT_MODIFIED)
            .to(asset),
    ]
}

/// `GET /`.
async fn page<S: AppTypes>(request: Request<S, (), AnyQuery>) -> Result<Reply, ApiError> {
    let context = &*request.context;
    let (page, policy) = venue_dashboard::page().ok_or(ApiError::NotFound)?;
    Ok(Reply::file(page, Some(policy), context))
}

/// `GET /assets/{name}`.
async fn asset<S: AppTypes>(request: Request<S, OfFile, AnyQuery>) -> Result<Reply, ApiError> {
    let (name, context) = (&*request.path.name, &*request.context);
    let asset = venue_dashboard::asset(name).ok_or(ApiError::NotFound)?;
    Ok(Reply::file(asset, None, context))
}
