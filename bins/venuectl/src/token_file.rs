//! The file that holds the caller's token.

use std::path::Path;

use hyper::header::HeaderValue;
use snafu::{OptionExt, ResultExt};

use crate::error::{Failure, FileSnafu, TokenSnafu};

/// The value of the `Authorization` header for the token in the file at `path`.
///
/// # Errors
/// The file cannot be read, or holds no token.
pub(crate) fn authorization(path: &Path) -> Result<HeaderValue, Failure> {
    let text = std::fs::read_to_string(path).context(FileSnafu { path })?;
    let header = HeaderValue::try_from(format!("Bearer {}", text.trim()));
    let mut header = header.ok().context(TokenSnafu { path })?;
    header.set_sensitive(true);
    Ok(header)
}
