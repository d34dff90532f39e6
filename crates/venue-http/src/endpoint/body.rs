//! What endpoints take as their bodies.

use std::marker::PhantomData;

use serde_json::Value;
use venue_api::{ApplyBody, AssumedStateBody, BoardBody, DiagnosticBody, KeyBody, TokenBody};

use crate::{
    api_error::ApiError,
    body,
    spec::{Inspect, Presence, SizeLimit},
};

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
        body::parse_optional(bytes)
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
