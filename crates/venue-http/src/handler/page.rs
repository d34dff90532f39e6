//! The page for the staff: files, and nothing else. Whoever may reach the service may read them; what the
//! page shows it asks the API for, as whoever signs in.

use crate::{
    fault::Fault,
    reply::{Asked, Reply},
};

/// `GET /`.
pub(super) fn page(asked: &Asked) -> Result<Reply, Fault> {
    let (page, policy) = venue_dashboard::page().ok_or(Fault::NotFound)?;
    Ok(Reply::file(page, Some(policy), asked))
}

/// `GET /assets/{name}`.
pub(super) fn asset(name: &str, asked: &Asked) -> Result<Reply, Fault> {
    let asset = venue_dashboard::asset(name).ok_or(Fault::NotFound)?;
    Ok(Reply::file(asset, None, asked))
}
