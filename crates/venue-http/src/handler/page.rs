//! The page for the staff: files, and nothing else. Whoever may reach the service may read them; what the
//! page shows it asks the API for, as whoever signs in.

use crate::{
    api_error::ApiError,
    reply::{Reply, RequestContext},
};

/// `GET /`.
pub(super) fn page(context: &RequestContext) -> Result<Reply, ApiError> {
    let (page, policy) = venue_dashboard::page().ok_or(ApiError::NotFound)?;
    Ok(Reply::file(page, Some(policy), context))
}

/// `GET /assets/{name}`.
pub(super) fn asset(name: &str, context: &RequestContext) -> Result<Reply, ApiError> {
    let asset = venue_dashboard::asset(name).ok_or(ApiError::NotFound)?;
    Ok(Reply::file(asset, None, context))
}
