//! What is wrong with a request before it reaches the router, or with serving it.

use std::time::Duration;

use http::StatusCode;
use snafu::Snafu;
use venue_auth::{AuthError, Denied, Exceeded, NotLocalAdmin};
use venue_domain::{BatchIdError, Status, StoreError};
use venue_registry::NoMatch;

use crate::{
    backups::{BINARY, BackupFileError},
    read::{Unreadable, causes, named, told_whole},
    setup::SetupProblem,
};

/// Why a request is not served. Its display is the problem's `detail`.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
pub(crate) enum ApiError {
    #[snafu(display("there is no such path"))]
    NotFound,
    #[snafu(display("{error}"))]
    Unauthenticated { error: AuthError },
    #[snafu(display("{denied}"))]
    Denied { denied: Denied },
    #[snafu(display("a token that is limited to zones {only}"))]
    NotOwn { only: &'static str },
    #[snafu(display(
        "this would change {screens} outside of your zones, which show the same source {source_id}"
    ))]
    ScreensOutside { source_id: String, screens: String },
    #[snafu(display("{error}"))]
    NotLocalAdmin { error: NotLocalAdmin },
    #[snafu(display("{exceeded}"))]
    TooMany { exceeded: Exceeded },
    #[snafu(display("this path supports {allow}"))]
    MethodNotAllowed { allow: String },
    #[snafu(display("send exactly one Host header, with a host and perhaps a port"))]
    HostHeader,
    #[snafu(display(
        "the Host header {host:?} is not allowed: add the name to http.allowed_hosts in the configuration"
    ))]
    HostNotAllowed { host: String },
    #[snafu(display("a page of another site may not do this"))]
    CrossSite,
    #[snafu(display(
        "a page of {origin} may not do this here, where the Host header is {host:?}; behind a proxy: have it pass \
         the Host header on, or send X-Forwarded-Host and be listed in http.trusted_proxies"
    ))]
    OtherOrigin { origin: String, host: String },
    #[snafu(display(
        "send the body with Content-Length, or with Transfer-Encoding: chunked alone"
    ))]
    TransferEncoding,
    #[snafu(display("send the body as application/json"))]
    ContentType,
    #[snafu(display("send the file as {BINARY}"))]
    UploadType,
    #[snafu(display("the body has more than {limit} bytes"))]
    BodyTooLarge { limit: usize },
    #[snafu(display("the body did not arrive within {} ms", limit.as_millis()))]
    BodyTimeout { limit: Duration },
    #[snafu(display("the body ended early"))]
    BodyBroken,
    #[snafu(display("the client disconnected before its request was started: nothing was done"))]
    ClientLeft,
    #[snafu(display("the body is not valid JSON: {reason}"))]
    InvalidJson { reason: String, line: usize, column: usize },
    #[snafu(display("the body is wrong: {}", named(field.as_deref(), reason)))]
    InvalidBody { field: Option<String>, reason: String, place: Option<(usize, usize)> },
    #[snafu(display("the query is wrong: {}", named(Some(field), reason)))]
    InvalidQuery { field: String, reason: String },
    #[snafu(display("the query is wrong: {}", named(Some(field), reason)))]
    QueryNoMatch { field: String, reason: String, kind: NoMatch },
    #[snafu(display(
        "If-Match is * or one ETag as it was read, such as \"12\" with its quotation marks, not {tag}"
    ))]
    InvalidIfMatch { tag: String },
    #[snafu(display("{error}"))]
    InvalidBatchId { error: BatchIdError },
    #[snafu(display("{}", told_whole(Some(error.field()), error)))]
    Unreadable { error: Unreadable },
    #[snafu(display("give the command_id (a UUID) or the queue_id (a number) of a command"))]
    InvalidCommandId,
    #[snafu(display("there is no {id} in {kind}"))]
    NoSuchItem { kind: &'static str, id: String },
    #[snafu(display("no other board answers for {hostname}: there is none to accept"))]
    NoOtherBoard { hostname: String },
    #[snafu(display("{hostname} learns a key already: end {id} first"))]
    LearningAlready { hostname: String, id: String },
    #[snafu(display("{hostname} has no session now: its receiver cannot be heard"))]
    NotOnline { hostname: String },
    #[snafu(display("mac: the board that answers for {hostname} is {found}, not {given}"))]
    AnotherBoard { hostname: String, found: String, given: String },
    #[snafu(display(
        "{hostname} is registered with the MAC address {registered}: change the registration instead"
    ))]
    BoardRegistered { hostname: String, registered: String },
    #[snafu(display("{field}: {detail}"))]
    InvalidItem { field: String, detail: String },
    #[snafu(display("{field}: {detail}"))]
    ItemNoMatch { field: String, detail: String, kind: NoMatch },
    #[snafu(display(
        "send the header If-Match with the ETag of the item, or with * for any revision"
    ))]
    IfMatchMissing,
    #[snafu(display("there is no batch {id}"))]
    NoSuchBatch { id: String },
    #[snafu(display("there is no command {id}"))]
    NoSuchCommand { id: String },
    #[snafu(display("there is already a batch {id}, of another request"))]
    BatchExists { id: String },
    #[snafu(display("{error}"))]
    Backup { error: BackupFileError },
    #[snafu(display("the command is in flight: it is too late to cancel it"))]
    InFlight,
    #[snafu(display("the command has already ended: it is {status}"))]
    AlreadyEnded { status: Status },
    #[snafu(display(
        "send one Idempotency-Key of 1 to 255 visible ASCII characters, without spaces"
    ))]
    InvalidKey,
    #[snafu(display("the request with this key is still running"))]
    KeyRunning,
    #[snafu(display("this key was used for another request: use a new one"))]
    KeyReused,
    #[snafu(display(
        "the request with this key was interrupted: it may have been carried out, and is not repeated"
    ))]
    KeyInterrupted,
    #[snafu(display(
        "it is unknown whether the request with this key was carried out before: nothing was sent \
         ({error})"
    ))]
    KeyUnavailable { error: StoreError },
    #[snafu(display(
        "the request with this key made the token {id}; its text was in that answer and is stored \
         nowhere: revoke that token and create another one with a new key"
    ))]
    ShownOnce { id: String },
    #[snafu(display(
        "this is the last admin, and nobody could make another one then: first make one (a person of the role admin, \
         or `venuectl token create NAME --role admin`), or set http.unix_socket, where admins of this machine need \
         no token"
    ))]
    LastAdmin,
    #[snafu(display(
        "the request with this key invited the person {id}; the invitation was in that answer and is stored nowhere: \
         invite them anew"
    ))]
    InvitedOnce { id: String },
    #[snafu(display(
        "this signs nobody in: check the name and the PIN, or the token, or ask for a new invitation"
    ))]
    WrongProof,
    #[snafu(display("{error}"))]
    Setup { error: SetupProblem },
    #[snafu(display("too many people sign in at this moment: try again in a second"))]
    SignInBusy,
    #[snafu(display("too many clients are watching events"))]
    TooManyWatchers,
    #[snafu(display(
        "too many requests with an Idempotency-Key are remembered while the store is down"
    ))]
    TooManyKeys,
    #[snafu(display("the store cannot be used: {error}"))]
    Store { error: StoreError },
    #[snafu(display(
        "this needs the database, which cannot be used now ({error}): the service runs in direct-only mode"
    ))]
    NeedsStore { error: StoreError },
    #[snafu(display("{hostname} has had no session yet: its capabilities are unknown"))]
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

/// What became of it nobody can say in time.
const NOT_KNOWN: StatusCode = StatusCode::GATEWAY_TIMEOUT;

/// The header that says which revision is changed.
pub(crate) const IF_MATCH: &str = "If-Match";

impl From<Unreadable> for ApiError {
    fn from(error: Unreadable) -> Self {
        Self::Unreadable { error }
    }
}

impl ApiError {
    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::NotFound
            | Self::NoSuchItem { .. }
            | Self::NoSuchBatch { .. }
            | Self::NoSuchCommand { .. } => StatusCode::NOT_FOUND,
            Self::IfMatchMissing => StatusCode::PRECONDITION_REQUIRED,
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::HostHeader
            | Self::TransferEncoding
            | Self::BodyBroken
            | Self::InvalidKey
            | Self::InvalidIfMatch { .. }
            | Self::InvalidJson { .. } => StatusCode::BAD_REQUEST,
            Self::HostNotAllowed { .. } => StatusCode::MISDIRECTED_REQUEST,
            Self::CrossSite
            | Self::OtherOrigin { .. }
            | Self::Denied { .. }
            | Self::NotOwn { .. }
            | Self::ScreensOutside { .. }
            | Self::NotLocalAdmin { .. } => StatusCode::FORBIDDEN,
            Self::Unauthenticated { .. } | Self::WrongProof => StatusCode::UNAUTHORIZED,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::ContentType | Self::UploadType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyTimeout { .. } | Self::ClientLeft => StatusCode::REQUEST_TIMEOUT,
            Self::BatchExists { .. }
            | Self::Backup { .. }
            | Self::NoOtherBoard { .. }
            | Self::AnotherBoard { .. }
            | Self::LearningAlready { .. }
            | Self::BoardRegistered { .. }
            | Self::InFlight
            | Self::AlreadyEnded { .. }
            | Self::ShownOnce { .. }
            | Self::InvitedOnce { .. }
            | Self::LastAdmin
            | Self::KeyRunning => StatusCode::CONFLICT,
            Self::InvalidBody { .. }
            | Self::InvalidItem { .. }
            | Self::ItemNoMatch { .. }
            | Self::InvalidQuery { .. }
            | Self::QueryNoMatch { .. }
            | Self::InvalidBatchId { .. }
            | Self::Unreadable { .. }
            | Self::InvalidCommandId
            | Self::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManyWatchers
            | Self::SignInBusy
            | Self::NeverOnline { .. }
            | Self::NotOnline { .. }
            | Self::TooManyKeys
            | Self::KeyUnavailable { .. }
            | Self::Store { .. }
            | Self::NeedsStore { .. }
            | Self::Stopping => StatusCode::SERVICE_UNAVAILABLE,
            Self::CutOff | Self::RequestTimeout | Self::KeyInterrupted => NOT_KNOWN,
            Self::Setup { error } => error.status(),
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Unauthenticated { .. } => "unauthenticated",
            Self::Denied { .. }
            | Self::NotOwn { .. }
            | Self::ScreensOutside { .. }
            | Self::NotLocalAdmin { .. } => "denied",
            Self::TooMany { .. } => "rate_limited",
            Self::MethodNotAllowed { .. } => "method_not_allowed",
            Self::HostHeader => "invalid_host",
            Self::HostNotAllowed { .. } => "host_not_allowed",
            Self::CrossSite | Self::OtherOrigin { .. } => "cross_site",
            Self::TransferEncoding => "transfer_encoding",
            Self::ContentType | Self::UploadType => "unsupported_content_type",
            Self::BodyTooLarge { .. } => "body_too_large",
            Self::BodyTimeout { .. } => "body_timeout",
            Self::BodyBroken => "body_broken",
            Self::ClientLeft => "client_left",
            Self::InvalidJson { .. } => "invalid_json",
            Self::InvalidBody { .. } => "invalid_body",
            Self::InvalidQuery { .. } | Self::QueryNoMatch { .. } => "invalid_query",
            Self::InvalidBatchId { .. } => "invalid_batch_id",
            Self::Unreadable { error } => error.code(),
            Self::InvalidCommandId => "invalid_command_id",
            Self::NoSuchItem { .. } => "unknown_item",
            Self::InvalidItem { .. } | Self::ItemNoMatch { .. } => "invalid_item",
            Self::NoOtherBoard { .. } => "no_other_board",
            Self::AnotherBoard { .. } => "another_board",
            Self::BoardRegistered { .. } => "mac_registered",
            Self::LearningAlready { .. } => "learning_already",
            Self::IfMatchMissing => "if_match_missing",
            Self::NoSuchBatch { .. } => "unknown_batch",
            Self::NoSuchCommand { .. } => "unknown_command_id",
            Self::BatchExists { .. } => "batch_exists",
            Self::Backup { error: BackupFileError::Taken { .. } } => "backup_exists",
            Self::Backup { .. } => "store_in_use",
            Self::InFlight => "in_flight",
            Self::AlreadyEnded { .. } => "already_ended",
            Self::InvalidKey => "invalid_idempotency_key",
            Self::InvalidIfMatch { .. } => "invalid_if_match",
            Self::KeyRunning => "request_running",
            Self::KeyReused => "idempotency_key_reused",
            Self::KeyUnavailable { .. } => "key_unavailable",
            Self::ShownOnce { .. } | Self::InvitedOnce { .. } => "secret_shown_once",
            Self::WrongProof => "wrong_pin",
            Self::Setup { error } => error.code(),
            Self::LastAdmin => "last_admin",
            Self::TooManyKeys | Self::TooManyWatchers | Self::SignInBusy => "overloaded",
            Self::Store { error } => error.code(),
            Self::NeedsStore { .. } => "store_unavailable",
            Self::NeverOnline { .. } | Self::NotOnline { .. } => "device_offline",
            Self::Stopping => "stopping",
            Self::CutOff | Self::RequestTimeout | Self::KeyInterrupted => "outcome_unknown",
            Self::Internal => "internal",
        }
    }

    /// When it makes sense to ask again; `None` where the same request would be answered the same.
    pub(crate) const fn retry_after(&self) -> Option<Duration> {
        if let Self::Store { error } | Self::NeedsStore { error } = self {
            return error.retry_after();
        }
        let seconds = if let Self::TooMany { exceeded } = self {
            exceeded.retry_after_seconds()
        } else if matches!(self, Self::KeyRunning | Self::SignInBusy) {
            1
        } else if matches!(
            self,
            Self::NeverOnline { .. }
                | Self::NotOnline { .. }
                | Self::KeyUnavailable { .. }
                | Self::Stopping
                | Self::TooManyWatchers
        ) {
            5
        } else if matches!(self, Self::TooManyKeys) {
            60
        } else {
            return None;
        };
        Some(Duration::from_secs(seconds))
    }

    /// The field that is wrong, where one is, and what is wrong with it.
    pub(crate) fn field(&self) -> Option<(&str, String)> {
        if let Self::InvalidBody { field: Some(field), reason, .. }
        | Self::InvalidQuery { field, reason }
        | Self::QueryNoMatch { field, reason, .. } = self
        {
            return Some((field, reason.clone()));
        }
        if let Self::Unreadable { error } = self {
            return Some((error.field(), causes(error).last().unwrap_or_default()));
        }
        if let Self::InvalidItem { field, detail } | Self::ItemNoMatch { field, detail, .. } = self
        {
            return Some((field, detail.clone()));
        }
        if let Self::InvalidJson { reason, .. } = self {
            return Some(("body", reason.clone()));
        }
        let field = if matches!(self, Self::Setup { error: SetupProblem::WrongCode }) {
            "code"
        } else if matches!(self, Self::InvalidBatchId { .. } | Self::BatchExists { .. }) {
            "batch_id"
        } else if matches!(self, Self::InvalidIfMatch { .. } | Self::IfMatchMissing) {
            IF_MATCH
        } else if matches!(self, Self::InvalidKey) {
            "Idempotency-Key"
        } else {
            return None;
        };
        Some((field, self.to_string()))
    }

    /// The kind of what is wrong with the field, where it has a name.
    pub(crate) const fn field_code(&self) -> Option<&'static str> {
        if let Self::QueryNoMatch { kind, .. } | Self::ItemNoMatch { kind, .. } = self {
            Some(kind.name())
        } else if let Self::Unreadable { error } = self {
            Some(error.code())
        } else {
            None
        }
    }

    /// Whether the connection cannot carry another request: where the next one begins is not
    /// known, or is the sender's word against ours.
    pub(crate) const fn ends_connection(&self) -> bool {
        matches!(
            self,
            Self::HostHeader
                | Self::TransferEncoding
                | Self::UploadType
                | Self::BodyTooLarge { .. }
                | Self::BodyTimeout { .. }
                | Self::BodyBroken
                | Self::ClientLeft
                | Self::Stopping
                | Self::CutOff
        )
    }
}
