//! What is wrong with a request before it reaches the router, or with serving it.

use std::time::Duration;

use http::StatusCode;
use snafu::Snafu;

/// Why a request is not served. Its display is the problem's `detail`.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
pub(crate) enum Fault {
    #[snafu(display("there is nothing at this path"))]
    NotFound,
    #[snafu(display("this path takes {allow}"))]
    MethodNotAllowed { allow: &'static str },
    #[snafu(display("a request has exactly one Host header, with a host and perhaps a port"))]
    HostHeader,
    #[snafu(display(
        "this service is not known as {host:?}: http.allowed_hosts in its configuration names more"
    ))]
    HostNotAllowed { host: String },
    #[snafu(display("a page of another site may not do this"))]
    CrossSite,
    #[snafu(display("a body is sent with Content-Length, not with Transfer-Encoding"))]
    TransferEncoding,
    #[snafu(display("a body is sent as application/json"))]
    ContentType,
    #[snafu(display("the body has more than {limit} bytes"))]
    BodyTooLarge { limit: usize },
    #[snafu(display("the body did not come within {} ms", limit.as_millis()))]
    BodyTimeout { limit: Duration },
    #[snafu(display("the body ended before its time"))]
    BodyBroken,
    #[snafu(display("the body is no JSON: {reason}"))]
    InvalidJson { reason: String, line: usize, column: usize },
    #[snafu(display("the body is wrong: {reason}"))]
    InvalidBody { field: Option<String>, reason: String, line: usize, column: usize },
    #[snafu(display("{hostname} has had no session yet: what it can do is not known"))]
    NeverOnline { hostname: String },
    #[snafu(display("the service is stopping: nothing was sent"))]
    Stopping,
    #[snafu(display("the service was stopped; a command may have been sent and is not repeated"))]
    CutOff,
    #[snafu(display("no answer in time; a command may have been sent and is not repeated"))]
    RequestTimeout,
    #[snafu(display("the service failed; a command may have been sent and is not repeated"))]
    Internal,
}

impl Fault {
    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::HostHeader
            | Self::TransferEncoding
            | Self::BodyBroken
            | Self::InvalidJson { .. } => StatusCode::BAD_REQUEST,
            Self::HostNotAllowed { .. } => StatusCode::MISDIRECTED_REQUEST,
            Self::CrossSite => StatusCode::FORBIDDEN,
            Self::ContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyTimeout { .. } => StatusCode::REQUEST_TIMEOUT,
            Self::InvalidBody { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::NeverOnline { .. } | Self::Stopping => StatusCode::SERVICE_UNAVAILABLE,
            Self::CutOff | Self::RequestTimeout => StatusCode::GATEWAY_TIMEOUT,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::MethodNotAllowed { .. } => "method_not_allowed",
            Self::HostHeader => "invalid_host",
            Self::HostNotAllowed { .. } => "host_not_allowed",
            Self::CrossSite => "cross_site",
            Self::TransferEncoding => "transfer_encoding",
            Self::ContentType => "unsupported_content_type",
            Self::BodyTooLarge { .. } => "body_too_large",
            Self::BodyTimeout { .. } => "body_timeout",
            Self::BodyBroken => "body_broken",
            Self::InvalidJson { .. } => "invalid_json",
            Self::InvalidBody { .. } => "invalid_body",
            Self::NeverOnline { .. } => "device_offline",
            Self::Stopping => "stopping",
            Self::CutOff | Self::RequestTimeout => "outcome_unknown",
            Self::Internal => "internal",
        }
    }

    /// When it makes sense to ask again.
    pub(crate) const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::NeverOnline { .. } | Self::Stopping => Some(Duration::from_secs(5)),
            Self::NotFound
            | Self::MethodNotAllowed { .. }
            | Self::HostHeader
            | Self::HostNotAllowed { .. }
            | Self::CrossSite
            | Self::TransferEncoding
            | Self::ContentType
            | Self::BodyTooLarge { .. }
            | Self::BodyTimeout { .. }
            | Self::BodyBroken
            | Self::InvalidJson { .. }
            | Self::InvalidBody { .. }
            | Self::CutOff
            | Self::RequestTimeout
            | Self::Internal => None,
        }
    }

    /// Whether the connection cannot carry another request: where the next one begins is not
    /// known, or is the sender's word against ours.
    pub(crate) const fn ends_connection(&self) -> bool {
        match self {
            Self::HostHeader
            | Self::TransferEncoding
            | Self::BodyTooLarge { .. }
            | Self::BodyTimeout { .. }
            | Self::BodyBroken
            | Self::Stopping
            | Self::CutOff => true,
            Self::NotFound
            | Self::MethodNotAllowed { .. }
            | Self::HostNotAllowed { .. }
            | Self::CrossSite
            | Self::ContentType
            | Self::InvalidJson { .. }
            | Self::InvalidBody { .. }
            | Self::NeverOnline { .. }
            | Self::RequestTimeout
            | Self::Internal => false,
        }
    }
}
