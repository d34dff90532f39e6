//! Locks of zones and TVs as they travel.

use serde::{Deserialize, Serialize};

use crate::UtcTime;

/// `GET /api/v1/locks`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockList {
    /// The locks that hold now, ordered by id.
    pub items: Vec<Lock>,
}

/// A lock of a zone or of a TV.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// What is locked: `zone:ZONE` or `port:HOST:PORT`.
    pub id: String,
    /// The zone, for the lock of a zone.
    pub zone: Option<String>,
    /// The device, for the lock of a TV.
    pub hostname: Option<String>,
    /// Its port, for the lock of a TV.
    pub port: Option<u8>,
    /// Who locked it; `null` where nobody signs in.
    pub by: Option<String>,
    /// When it was locked.
    pub since: UtcTime,
    /// When the lock ends by itself; `null` if it has to be removed.
    pub until: Option<UtcTime>,
    /// Why.
    pub reason: Option<String>,
    /// How many TVs it locks now.
    pub tvs: usize,
}

/// The lock that holds for a TV: its own or that of its zone; of both the one that ends last.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortLock {
    /// Id of the lock.
    pub id: String,
    /// Who locked it; `null` where nobody signs in.
    pub by: Option<String>,
    /// When the lock ends by itself; `null` if it has to be removed.
    pub until: Option<UtcTime>,
    /// Why.
    pub reason: Option<String>,
}

/// The body of `PUT /api/v1/locks/{id}`; it may be left out.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LockBody {
    /// When the lock ends by itself; it has to be removed unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<UtcTime>,
    /// Why, at most 80 characters; whoever is refused reads it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether the commands that wait for these TVs, and are due before the lock ends, are cancelled.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub cancel_waiting: bool,
    /// Whether another lock that holds may be replaced; 409 `already_locked` unless given.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub replace: bool,
}

/// The answer to `PUT /api/v1/locks/{id}`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockSet {
    /// The lock.
    pub lock: Lock,
    /// How many commands that were accepted before still wait for these TVs and are due before the lock ends: they
    /// are sent. `null` if they could not be counted.
    pub waiting: Option<u64>,
    /// How many commands were cancelled, for `cancel_waiting`.
    pub cancelled: u64,
    /// The revision of the configuration now.
    pub revision: u64,
}

/// The answer to `DELETE /api/v1/locks/{id}`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockRemoved {
    /// Id of the lock.
    pub id: String,
    /// The revision of the configuration now.
    pub revision: u64,
}
