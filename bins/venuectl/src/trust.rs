//! Who is trusted to be the daemon.

use std::path::Path;

use snafu::ResultExt;
use tokio_rustls::TlsConnector;
use venue_tls::Roots;

use crate::{
    error::{CaSnafu, Failure, FileSnafu},
    server_url::ServerUrl,
};

/// Whom the file at `ca` vouches for, or else whom this machine trusts; nothing where nothing is encrypted.
///
/// # Errors
/// The file cannot be read, or holds no authority.
pub(crate) fn of(server: &ServerUrl, ca: Option<&Path>) -> Result<Option<TlsConnector>, Failure> {
    let ServerUrl::Secure(_) = server else { return Ok(None) };
    let text = ca.map(|path| std::fs::read(path).context(FileSnafu { path })).transpose()?;
    let roots = text.as_deref().map_or(Roots::System, Roots::Only);
    let config = venue_tls::client(roots).context(CaSnafu)?;
    Ok(Some(TlsConnector::from(config)))
}
