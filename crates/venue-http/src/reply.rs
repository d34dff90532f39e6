//! Answers and problems as HTTP responses.

mod problem;

use std::{
    any::type_name,
    fmt::{self, Write as _},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Response, StatusCode,
    header::{
        ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LENGTH,
        CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName, LOCATION, REFERRER_POLICY,
        RETRY_AFTER, SET_COOKIE, VARY, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
    },
};
use http_body_util::{Either, Full};
use serde::Serialize;
use venue_auth::{Presented, Principal, Standing};
use venue_dashboard::Asset;
use venue_domain::DirectRecord;

use self::problem::PROBLEM;
pub(crate) use self::problem::{ProblemBuilder, problem, shortened};
use crate::{
    auth::Origin,
    backups::{BINARY, BackupDownload},
    sse::{self, Body, Watching},
    surface::Surface,
    words::whole_seconds,
};

/// What a request asked for and who asked, as its answer and its log lines name it.
#[derive(Clone, Debug)]
pub(crate) struct RequestContext {
    pub(crate) request_id: String,
    /// The path.
    pub(crate) instance: String,
    /// What follows the question mark.
    pub(crate) query: Option<String>,
    pub(crate) surface: Surface,
    pub(crate) user_ip: Origin,
    /// Who asks; nobody before that is known.
    pub(crate) who: Principal,
    /// Which revision of a resource it is about.
    pub(crate) if_match: Option<String>,
    /// Behind which event a stream is to go on.
    pub(crate) last_event_id: Option<String>,
    /// Since when it is carried out, after its body was read.
    pub(crate) begun_at: Instant,
    /// Which files the caller has already.
    pub(crate) if_none_match: Option<String>,
    /// Whether it takes what is compressed.
    pub(crate) takes_gzip: bool,
    /// The session that its browser has, whether it holds or not.
    pub(crate) cookie: Option<Presented>,
    /// Whether its page was opened over HTTPS.
    pub(crate) is_https: bool,
    /// Whether nobody on the way can read it: it is encrypted, or has not left this machine.
    pub(crate) is_private: bool,
}

/// A response before it has its headers.
#[derive(Clone)]
pub(crate) struct Reply {
    status: StatusCode,
    body: Bytes,
    content_type: &'static str,
    retry_after: Option<Duration>,
    allow: Option<String>,
    location: Option<String>,
    etag: Option<u64>,
    /// What a browser is to keep of a session. Kept nowhere else.
    cookie: Option<String>,
    /// Whether a browser may keep it, and asks each time whether it is another one.
    is_kept: bool,
    /// What is left of the allowance that was taken from.
    standing: Option<Standing>,
    ends_connection: bool,
    /// What comes in place of the body, as it happens.
    streamed: Option<Arc<Mutex<Option<Streamed>>>>,
    attachment: Option<Attachment>,
    file: Option<FileHead>,
    /// The name of the type that its body is JSON of.
    shape: Option<&'static str>,
    /// What the same request is answered when it comes again, where this has a secret in it.
    repeated: Option<Box<Self>>,
    /// The direct command that it tells of: kept where the answer is kept.
    record: Option<DirectRecord>,
    /// Whether nothing was accepted: the same request may be made again with its key.
    is_without_effect: bool,
}

/// What comes in place of a body.
enum Streamed {
    Events(Watching),
    File(BackupDownload),
}

impl Streamed {
    fn into_body(self) -> Body {
        match self {
            Self::Events(watching) => sse::body(watching),
            Self::File(file) => sse::file(file),
        }
    }
}

/// What the head of a file says that is to be kept.
#[derive(Clone)]
struct Attachment {
    /// The name under which a browser keeps it.
    name: String,
    bytes: u64,
}

impl Attachment {
    fn write(&self, headers: &mut HeaderMap) {
        // What ends before that many bytes is no whole file, and every client can tell.
        headers.insert(CONTENT_LENGTH, HeaderValue::from(self.bytes));
        let disposition = format!("attachment; filename=\"{}\"", self.name);
        if let Ok(value) = HeaderValue::try_from(disposition) {
            headers.insert(CONTENT_DISPOSITION, value);
        }
    }
}

/// What the head of a file says beside its type.
#[derive(Clone, Copy, Debug)]
struct FileHead {
    etag: &'static str,
    gzip: bool,
    policy: Option<&'static str>,
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").field("status", &self.status).finish_non_exhaustive()
    }
}

impl Reply {
    /// 200 with `body`.
    pub(crate) fn ok<B: Serialize>(body: &B) -> Self {
        Self::json(StatusCode::OK, body)
    }

    /// `status` with `body`.
    pub(crate) fn json<B: Serialize>(status: StatusCode, body: &B) -> Self {
        // Our types have no map with keys that JSON cannot have; should one ever fail, the status
        // alone is still an honest answer.
        let (status, body) = match serde_json::to_vec(body) {
            Ok(body) => (status, body.into()),
            Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, Bytes::new()),
        };
        let shape = Some(type_name::<B>());
        Self { content_type: "application/json", shape, ..Self::raw(status, body) }
    }

    /// `status` with a body that was rendered before.
    pub(crate) const fn raw(status: StatusCode, body: Bytes) -> Self {
        let is_answer = status.as_u16() < 400;
        Self {
            status,
            body,
            content_type: if is_answer { "application/json" } else { PROBLEM },
            retry_after: None,
            allow: None,
            location: None,
            etag: None,
            cookie: None,
            is_kept: false,
            standing: None,
            ends_connection: false,
            streamed: None,
            attachment: None,
            file: None,
            shape: None,
            repeated: None,
            record: None,
            is_without_effect: false,
        }
    }

    /// What may be done at a path, for whoever only asks that.
    pub(crate) fn options(allow: &str) -> Self {
        let allow =
            if allow.is_empty() { "OPTIONS".to_owned() } else { format!("{allow}, OPTIONS") };
        Self { allow: Some(allow), ..Self::raw(StatusCode::NO_CONTENT, Bytes::new()) }
    }

    /// The same, and nothing behind its request on the connection is read, if `ends`.
    pub(crate) const fn ending(mut self, ends: bool) -> Self {
        self.ends_connection |= ends;
        self
    }

    /// A file of the page, unless the caller has it.
    pub(crate) fn file(
        asset: &'static Asset,
        policy: Option<&'static str>,
        context: &RequestContext,
    ) -> Self {
        let has_it = context.if_none_match.as_deref().is_some_and(|tags| {
            tags.split(',').any(|tag| tag.trim().trim_start_matches("W/") == asset.etag)
        });
        let gzip = context.takes_gzip;
        let (status, body) = match (has_it, gzip) {
            (true, _) => (StatusCode::NOT_MODIFIED, Bytes::new()),
            (false, true) => (StatusCode::OK, Bytes::from_static(asset.gzip)),
            (false, false) => (StatusCode::OK, asset.plain().into()),
        };
        Self {
            content_type: asset.content_type,
            file: Some(FileHead { etag: asset.etag, gzip: gzip && !has_it, policy }),
            ..Self::raw(status, body)
        }
    }

    /// A picture, unless the caller has it.
    pub(crate) fn picture(
        media_type: &'static str,
        image: Bytes,
        etag: u64,
        context: &RequestContext,
    ) -> Self {
        let tag = format!("\"{etag}\"");
        let has_it = context.if_none_match.as_deref().is_some_and(|tags| {
            tags.split(',').any(|known| known.trim().trim_start_matches("W/") == tag)
        });
        let (status, body) =
            if has_it { (StatusCode::NOT_MODIFIED, Bytes::new()) } else { (StatusCode::OK, image) };
        let reply = Self::raw(status, body).tagged(Some(etag));
        Self { content_type: media_type, is_kept: true, ..reply }
    }

    /// A stream of events.
    pub(crate) fn events(watching: Watching) -> Self {
        let reply = Self::raw(StatusCode::OK, Bytes::new());
        let streamed = Some(Arc::new(Mutex::new(Some(Streamed::Events(watching)))));
        Self { content_type: "text/event-stream", streamed, ..reply }
    }

    /// A file, to be kept under this name.
    pub(crate) fn download(name: String, file: BackupDownload) -> Self {
        let reply = Self::raw(StatusCode::OK, Bytes::new());
        let attachment = Some(Attachment { name, bytes: file.bytes });
        let streamed = Some(Arc::new(Mutex::new(Some(Streamed::File(file)))));
        Self { content_type: BINARY, streamed, attachment, ..reply }
    }

    /// The text of Prometheus.
    pub(crate) fn figures(text: String) -> Self {
        let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
        Self { content_type, ..Self::raw(StatusCode::OK, text.into()) }
    }

    /// With the path at which the work that it started is shown.
    pub(crate) fn located(self, path: String) -> Self {
        Self { location: Some(path), ..self }
    }

    /// With the revision of what it shows.
    pub(crate) fn tagged(self, revision: Option<u64>) -> Self {
        Self { etag: revision, ..self }
    }

    /// Gives a browser a session, or takes it away.
    pub(crate) fn with_cookie(self, cookie: String) -> Self {
        Self { cookie: Some(cookie), ..self }
    }

    /// With what is left of an allowance.
    pub(crate) fn counted(self, standing: Option<Standing>) -> Self {
        Self { standing, ..self }
    }

    /// With a secret in it, which is kept nowhere: who asks again with the same key is answered
    /// `repeated`.
    pub(crate) fn once(self, repeated: Self) -> Self {
        Self { repeated: Some(Box::new(repeated)), ..self }
    }

    /// Telling that nothing was done and nothing waits.
    pub(crate) fn without_effect(self) -> Self {
        Self { is_without_effect: true, ..self }
    }

    /// Whether nothing was accepted.
    pub(crate) const fn is_without_effect(&self) -> bool {
        self.is_without_effect
    }

    /// Telling of a direct command that the store may not have yet.
    pub(crate) fn recording(self, record: Option<DirectRecord>) -> Self {
        Self { record, ..self }
    }

    /// The direct command that it tells of.
    pub(crate) const fn record(&self) -> Option<&DirectRecord> {
        self.record.as_ref()
    }

    /// What is answered in its place when the request comes again.
    pub(crate) fn repeated(&self) -> Option<&Self> {
        self.repeated.as_deref()
    }

    /// Where what it did is shown.
    pub(crate) fn location(&self) -> Option<&str> {
        self.location.as_deref()
    }

    /// What its head says that another answer's does not: a line `name: value` each.
    pub(crate) fn head(&self) -> String {
        let wait = self.retry_after.map(|wait| (RETRY_AFTER, whole_seconds(wait).to_string()));
        let location = self.location.clone().map(|path| (LOCATION, path));
        let etag = self.etag.map(|tag| (ETAG, tag.to_string()));
        let fields = [wait, location, etag].into_iter().flatten();
        fields.map(|(name, value)| format!("{name}: {value}\n")).collect()
    }

    /// With what [`Reply::head`] said of it once.
    pub(crate) fn with_head(self, head: &str) -> Self {
        let fields = head.lines().filter_map(|line| line.split_once(": "));
        fields.fold(self, |reply, (name, value)| match name {
            "retry-after" => {
                Self { retry_after: value.parse().ok().map(Duration::from_secs), ..reply }
            }
            "location" => reply.located(value.to_owned()),
            "etag" => reply.tagged(value.parse().ok()),
            // Of a later version.
            _ => reply,
        })
    }

    pub(crate) const fn body(&self) -> &Bytes {
        &self.body
    }

    pub(crate) fn into_response(self, context: &RequestContext) -> Response<Body> {
        let is_stream = self.streamed.is_some();
        let streamed = self.streamed.and_then(|streamed| {
            // Taken once: an answer is written once.
            streamed.lock().unwrap_or_else(PoisonError::into_inner).take()
        });
        let body = streamed.map_or_else(|| Either::Left(Full::new(self.body)), Streamed::into_body);
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        // As many as an answer mostly has.
        headers.reserve(12);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        let kept = if self.is_kept { "no-cache" } else { "no-store" };
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(kept));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(NOTHING_ACTIVE));
        if is_stream {
            // nginx would hold events back until its buffer is full.
            headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
        }
        if let Some(file) = self.file {
            file.write(headers);
        }
        if let Some(attachment) = self.attachment {
            attachment.write(headers);
        }
        if let Ok(id) = HeaderValue::from_str(&context.request_id) {
            headers.insert("x-request-id", id);
        }
        if let Some(wait) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(whole_seconds(wait)));
        }
        if let Some(Ok(allow)) = self.allow.map(HeaderValue::try_from) {
            headers.insert(ALLOW, allow);
        }
        let location = self.location.as_deref().map(HeaderValue::from_str);
        if let Some(Ok(location)) = location {
            headers.insert(LOCATION, location);
        }
        if let Some(Ok(cookie)) = self.cookie.map(HeaderValue::try_from) {
            headers.insert(SET_COOKIE, cookie);
        }
        if let Some(Ok(etag)) = self.etag.map(|tag| HeaderValue::try_from(format!("\"{tag}\""))) {
            headers.insert(ETAG, etag);
        }
        if let Some(standing) = &self.standing {
            write_limit(standing, headers);
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if self.ends_connection {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    /// The name of the type that its body is JSON of, where that is known.
    pub(crate) const fn shape(&self) -> Option<&'static str> {
        self.shape
    }

    pub(crate) const fn status(&self) -> StatusCode {
        self.status
    }
}

impl FileHead {
    /// A file is asked for again each time, and sent again only if it is another one.
    fn write(self, headers: &mut HeaderMap) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(ETAG, HeaderValue::from_static(self.etag));
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if self.gzip {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        if let Some(policy) = self.policy {
            headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
        }
    }
}

/// An answer is data: a browser that shows it runs nothing of it, and no page frames it.
const NOTHING_ACTIVE: &str = "default-src 'none'; frame-ancestors 'none'";

/// `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10).
fn write_limit(standing: &Standing, headers: &mut HeaderMap) {
    let Standing { name, limit, window, remaining, .. } = standing;
    let (name, window, reset) = (name.name(), window.as_secs(), standing.reset_seconds());
    // One text for both: a header copies what it keeps.
    let mut text = String::with_capacity(64);
    for header in [LIMIT_POLICY, LIMIT] {
        text.clear();
        let written = if header == LIMIT {
            write!(text, "\"{name}\";r={remaining};t={reset}")
        } else {
            write!(text, "\"{name}\";q={limit};w={window}")
        };
        if let (Ok(()), Ok(value)) = (written, HeaderValue::from_str(&text)) {
            headers.insert(header, value);
        }
    }
}

const LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");
