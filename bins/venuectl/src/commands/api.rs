//! `venuectl api`: one request as it is given, for what has no command of its own.

use std::path::Path;

use hyper::body::Bytes;

use super::document;
use crate::{cli::ApiArgs, client::Client, error::Failure, output::Report};

pub(super) async fn run(client: &Client, args: &ApiArgs) -> Result<Report, Failure> {
    let body = match args.body.as_deref() {
        Some("-") => Some(Bytes::from(document::text(Path::new("-"))?)),
        Some(text) => Some(Bytes::copy_from_slice(text.as_bytes())),
        None => None,
    };
    let document = client.raw(&args.method, &args.path, &args.headers, body).await?;
    // Shown as it came: whoever asks for a raw answer wants no other.
    let text = String::from_utf8_lossy(document.trim_ascii_end());
    let table = if text.is_empty() { String::new() } else { format!("{text}\n") };
    Ok(Report { document, table, warning: None })
}
