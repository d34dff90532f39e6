//! What is declared of an endpoint: data alone, which whoever matches, limits, describes or audits it reads.

use std::{any::type_name, time::Duration};

use http::{Method, StatusCode};
use venue_auth::Need;
use venue_domain::{EffectGroup, PortId, PortIndex};
use venue_registry::Registry;

use crate::api_error::ApiError;

/// What an endpoint counts as, against the limits of whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// Nothing.
    Free,
    /// One command.
    Command,
    /// One bulk request, however many TVs it is for; a step or key that follows another one for the same TVs
    /// counts as a command.
    Bulk,
}

/// What an endpoint is about, for those who may command some zones only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// More than ports.
    Venue,
    /// The board that the path names, with all of its ports.
    Board,
    /// The port that the path names.
    PathPort,
    /// The ports that the body names; of the device in the path, if there is one.
    BodyPorts,
    /// The batch that the path names: its owner may, where all of its ports are in their zones.
    Batch,
    /// The command that the path names: its owner may, where its port is in their zones.
    Command,
    /// The schedule that the path names: it may be run by whoever has all of its ports.
    Schedule,
    /// The schedule that is made or changed: the change itself is judged by who makes it (docs/semantics.md, rule 8.19).
    Plan,
}

/// What an `Idempotency-Key` does for an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Idempotency {
    /// Nothing: it changes nothing, however often it is asked.
    None,
    /// The request is carried out once per key, and answered each time. While the key cannot be stored it is
    /// not carried out: what it does is durable, and would be done again after a restart.
    Stored,
    /// The same; while the key cannot be stored it is kept in memory, and nothing durable is done.
    StoredOrInMemory,
}

/// A header that some endpoints look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Header {
    /// Which revision is changed: it must be said.
    IfMatch,
    /// Which file the caller has already.
    IfNoneMatch,
    /// Behind which event a stream goes on.
    LastEventId,
}

/// What an answer holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Content {
    /// JSON of a type.
    Json(Shape),
    /// Text of this media type.
    #[cfg_attr(not(test), expect(dead_code, reason = "only the description has it"))]
    Text(&'static str),
    /// No body.
    Nothing,
}

/// A type that travels as JSON.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// Its name, to tell types apart.
    pub(crate) type_name: &'static str,
    #[cfg(test)]
    pub(crate) schema: crate::openapi::SchemaOf,
}

impl Shape {
    pub(crate) fn of<T: Described>() -> Self {
        Self {
            type_name: type_name::<T>(),
            #[cfg(test)]
            schema: crate::openapi::schema_of::<T>,
        }
    }
}

/// Everything about an endpoint but its handler.
#[derive(Clone, Debug)]
pub(crate) struct Spec {
    pub(crate) method: Method,
    /// The template: `/{hostname}/command`; `{*name}` may have slashes.
    pub(crate) path: &'static str,
    /// Among which it is described.
    pub(crate) group: &'static str,
    /// Who may use it.
    pub(crate) need: Need,
    /// What it does, in a line.
    #[cfg_attr(not(test), expect(dead_code, reason = "only the description has it"))]
    pub(crate) summary: &'static str,
    /// What else a caller should know.
    pub(crate) details: &'static str,
    pub(crate) limit: Limit,
    pub(crate) scope: Scope,
    pub(crate) idempotency: Idempotency,
    /// How long it may take, where that is longer than the usual time.
    pub(crate) may_take: Option<Duration>,
    /// The headers that it looks at, beside those of all endpoints.
    pub(crate) headers: Vec<Header>,
    /// Whether its answers name a path in `Location`.
    pub(crate) located: bool,
    /// Whether its answers have an `ETag`.
    pub(crate) tagged: bool,
    /// The parameters that it takes; `None` for any.
    pub(crate) query: Option<&'static [&'static str]>,
    pub(crate) presence: Presence,
    pub(crate) size_limit: SizeLimit,
    /// Looks into a body before the handler does.
    pub(crate) inspect: fn(&[u8]) -> Option<Box<dyn Inspect>>,
    /// What it answers when nothing is wrong.
    pub(crate) answers: Vec<(StatusCode, Content)>,
    #[cfg(test)]
    pub(crate) description: crate::openapi::Description,
}

impl Spec {
    /// Whether it does something, which must not be done twice for one request.
    pub(crate) fn acts(&self) -> bool {
        self.method != Method::GET
    }

    /// The names in its path, in their order.
    pub(crate) fn path_names(&self) -> impl Iterator<Item = &'static str> + use<> {
        let names = |part: &'static str| part.strip_prefix('{')?.strip_suffix('}');
        self.path.split('/').filter_map(names).map(|name| name.trim_start_matches('*'))
    }

    /// Whether it may answer `status` with JSON of the type of this name.
    pub(crate) fn answers_with(&self, status: StatusCode, body: &str) -> bool {
        self.answers.iter().any(|(declared, content)| {
            let same_type =
                matches!(content, Content::Json(Shape { type_name, .. }) if *type_name == body);
            *declared == status && same_type
        })
    }
}

/// What has a schema; those are made by tests alone, and are no part of the program.
#[cfg(test)]
pub(crate) trait Described: utoipa::ToSchema {}
#[cfg(test)]
impl<T: utoipa::ToSchema> Described for T {}
#[cfg(not(test))]
pub(crate) trait Described {}
#[cfg(not(test))]
impl<T> Described for T {}

/// Whether an endpoint takes a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    /// It takes none: one that says something is refused.
    None,
    /// It may be left out.
    Optional,
    /// It must be there.
    Required,
}

/// Which of the limits of [`Config`](crate::Config) a body has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SizeLimit {
    /// [`Config::max_body_bytes`](crate::Config::max_body_bytes).
    Usual,
    /// [`Config::max_bulk_body_bytes`](crate::Config::max_bulk_body_bytes).
    Bulk,
    /// [`Config::max_document_bytes`](crate::Config::max_document_bytes).
    Document,
    /// [`Config::max_backup_bytes`](crate::Config::max_backup_bytes), of a file that is no JSON: its endpoint reads it
    /// while it arrives.
    Backup,
}

/// What access, limits, keys and the audit log ask a body before its handler reads it.
pub(crate) trait Inspect: Send + Sync {
    /// What it asks for, in a few words for the audit log.
    fn summary(&self) -> String;

    /// Whether it changes nothing, although its endpoint could: then it takes no key.
    fn is_dry_run(&self) -> bool {
        false
    }

    /// The name that it gives to a new batch, which is as good as a key.
    fn batch_name(&self) -> Option<&str> {
        None
    }

    /// Whether it presses what must not be pressed twice: a toggle, a step or a key.
    fn presses_once(&self) -> bool {
        false
    }

    /// What stands for its TVs, if it is a step or a key: pressed again and again, it is one operation.
    fn step(&self, _registry: &Registry) -> Option<u64> {
        None
    }

    /// Whether it may reach other ports of the board than the one in its path.
    fn concerns_board(&self) -> bool {
        false
    }

    /// The ports to which it sends something, with the effect groups of that: a source that receives it may show on
    /// more screens than the one that is named. Those of [`Inspect::ports`], if it sends anything.
    fn reached(&self, _of: &str, _registry: &Registry) -> Vec<(PortId, Vec<EffectGroup>)> {
        Vec::new()
    }

    /// What it is for, if that is not there: whoever may do it nowhere is told so all the same, as anybody who reads
    /// the list can see it.
    fn missing(&self, _of: &str, _registry: &Registry) -> Option<ApiError> {
        None
    }

    /// The ports that it names, of the device or preset `of` if its path has one; `None` if that cannot be told.
    fn ports(&self, of: &str, registry: &Registry) -> Option<Vec<(String, Option<i64>)>>;
}

/// The named ports that can be read, each with `groups`.
pub(crate) fn each_reached(
    named: Option<Vec<(String, Option<i64>)>>,
    groups: &[EffectGroup],
) -> Vec<(PortId, Vec<EffectGroup>)> {
    let read = |(hostname, port): (String, Option<i64>)| {
        let (device, port) = (hostname.parse().ok()?, PortIndex::try_from(port?).ok()?);
        Some((PortId { device, port }, groups.to_vec()))
    };
    named.into_iter().flatten().filter_map(read).collect()
}
