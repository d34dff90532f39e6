//! The command line of `venuectl api` and `explain`.

use clap::Args;
use hyper::{
    Method,
    header::{HeaderName, HeaderValue},
};

#[derive(Debug, Args)]
pub(crate) struct ApiArgs {
    /// GET, POST, PUT, PATCH or DELETE
    #[arg(value_name = "METHOD", value_parser = method)]
    pub(crate) method: Method,
    /// The path with its query, such as /api/v1/ports?selector=zone%3Dbar
    #[arg(value_name = "PATH", value_parser = path)]
    pub(crate) path: String,
    /// The body; - for standard input
    #[arg(value_name = "BODY", allow_hyphen_values = true)]
    pub(crate) body: Option<String>,
    /// A header, such as 'If-Match: "3"'; may be given several times
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = header)]
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// An item such as zone, a field of it such as port.default_channel, or the name of a field alone [default: all items]
    #[arg(value_name = "FIELD")]
    pub(crate) field: Option<String>,
}

fn method(text: &str) -> Result<Method, String> {
    let known = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    let found = known.into_iter().find(|method| method.as_str() == text.to_ascii_uppercase());
    found.ok_or_else(|| "give GET, POST, PUT, PATCH or DELETE".to_owned())
}

fn path(text: &str) -> Result<String, String> {
    let is_path = text.starts_with('/') && text.parse::<hyper::Uri>().is_ok();
    let right = "give a path such as /api/v1/devices, with what is no letter or digit in a query as %3D and the like";
    is_path.then(|| text.to_owned()).ok_or_else(|| right.to_owned())
}

fn header(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let pair = text
        .split_once(':')
        .and_then(|(name, value)| Some((name.trim().parse().ok()?, value.trim().parse().ok()?)));
    pair.ok_or_else(|| "give a name and a value, such as 'If-Match: \"3\"'".to_owned())
}
