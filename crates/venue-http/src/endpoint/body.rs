//! What endpoints take as their bodies.

use std::marker::PhantomData;

use serde_json::Value;
use venue_api::{ApplyBody, AssumedStateBody, BoardBody, DiagnosticBody, KeyBody, TokenBody};
use venue_domain::{EffectGroup, PortId, PortIndex};
use venue_registry::Registry;

use crate::{api_error::ApiError, body};

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
}

/// What an endpoint takes as its body.
pub(crate) trait Body: Sized + 'static {
    const PRESENCE: Presence = Presence::Required;
    const SIZE_LIMIT: SizeLimit = SizeLimit::Usual;

    /// Reads it.
    fn read(bytes: &[u8]) -> Result<Self, ApiError>;

    /// Looks into it before its handler does, as far as it can be read: what is wrong is told by the handler.
    fn inspect(_bytes: &[u8]) -> Option<Box<dyn Inspect>> {
        None
    }
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

/// None.
impl Body for () {
    const PRESENCE: Presence = Presence::None;

    fn read(_bytes: &[u8]) -> Result<Self, ApiError> {
        Ok(())
    }
}

/// An empty body switches the signal on.
impl Body for DiagnosticBody {
    const PRESENCE: Presence = Presence::Optional;

    fn read(bytes: &[u8]) -> Result<Self, ApiError> {
        if bytes.is_empty() { Ok(Self::default()) } else { body::parse(bytes) }
    }
}

impl Body for AssumedStateBody {
    fn read(bytes: &[u8]) -> Result<Self, ApiError> {
        body::parse(bytes)
    }
}

impl Body for ApplyBody {
    const SIZE_LIMIT: SizeLimit = SizeLimit::Document;

    fn read(bytes: &[u8]) -> Result<Self, ApiError> {
        body::parse(bytes)
    }
}

impl Body for TokenBody {
    fn read(bytes: &[u8]) -> Result<Self, ApiError> {
        body::parse(bytes)
    }
}

impl Body for BoardBody {
    fn read(bytes: &[u8]) -> Result<Self, ApiError> {
        body::parse(bytes)
    }
}

impl Body for KeyBody {
    fn read(bytes: &[u8]) -> Result<Self, ApiError> {
        body::parse_secret(bytes, "noise_psk")
    }
}

/// An item of the configuration, as JSON of `T`: the registry reads it, and says what is wrong with it.
#[derive(Debug)]
pub(crate) struct Item<T>(pub(crate) Value, PhantomData<fn() -> T>);

impl<T: 'static> Body for Item<T> {
    fn read(bytes: &[u8]) -> Result<Self, ApiError> {
        Ok(Self(body::parse_value(bytes)?, PhantomData))
    }
}

/// A JSON merge patch (RFC 7396) of a `T`.
#[derive(Debug)]
pub(crate) struct MergePatch<T>(pub(crate) Value, PhantomData<fn() -> T>);

impl<T: 'static> Body for MergePatch<T> {
    fn read(bytes: &[u8]) -> Result<Self, ApiError> {
        Ok(Self(body::parse_value(bytes)?, PhantomData))
    }
}
