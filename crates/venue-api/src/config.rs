//! What the venue is made of, as it travels.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One item of the configuration with what is known of it.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConfigItem {
    /// Its name within its kind.
    pub id: String,
    /// The revision in which it was last changed, as in its `ETag`; nothing for what the daemon's
    /// configuration file fixes.
    pub revision: Option<u64>,
    /// Whether the daemon's configuration file fixes it: then it can be changed only there.
    pub fixed: bool,
    /// Of a device: whether it has a Noise key. The key itself is never shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub has_key: Option<bool>,
    /// The item: what can be sent back in a PUT.
    #[cfg_attr(feature = "schema", schema(schema_with = item))]
    pub item: Value,
}

/// An item of any kind: the types are those of the registry.
#[cfg(feature = "schema")]
fn item() -> utoipa::openapi::Ref {
    utoipa::openapi::Ref::from_schema_name("AnyItem")
}

/// `GET /api/v1/config/{kind}`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConfigList {
    /// The items, ordered by id.
    pub items: Vec<ConfigItem>,
    /// The `cursor` of the next page, if there is one.
    pub next_cursor: Option<String>,
    /// The revision of the whole configuration.
    pub revision: u64,
}

/// `GET /api/v1/config`: everything that can be applied again. Keys are never in it.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConfigDocument {
    /// The revision of the whole configuration.
    pub revision: u64,
    /// The document.
    pub document: Value,
}

/// The body of `POST /api/v1/config/diff` and `/api/v1/config/apply`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApplyBody {
    /// The document.
    pub document: Value,
    /// Whether what the document does not name goes.
    #[serde(default)]
    pub prune: bool,
    /// The revision of the configuration that it was made for; another one is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
}

/// What applying a document changes.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigChanges {
    /// The changes; none if all is as the document says.
    pub changes: Vec<ConfigChange>,
    /// Whether they were made.
    pub applied: bool,
    /// The revision of the configuration now.
    pub revision: u64,
    /// How many commands were withdrawn because their device went.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub withdrawn: u64,
}

/// One change of an item.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigChange {
    /// Which: `devices/ir-dc4516`.
    pub item: String,
    /// How: `added`, `changed` or `removed`.
    pub change: String,
    /// Which fields differ.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// What each of them was and would be, down to the fields of a port.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<ConfigValue>,
}

/// One field that a document changes.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigValue {
    /// Its path in the item, such as `name` or `ports[2].zone`.
    pub field: String,
    /// What it was; null where it was not there.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub old: Value,
    /// What it would be; null where it would not be there.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub new: Value,
}

/// The revision after a change that leaves nothing to show.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigRevision {
    /// The revision of the whole configuration.
    pub revision: u64,
    /// Of a device: how many commands waited for it and were withdrawn.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub withdrawn: u64,
}

/// The body of `PUT /api/v1/config/devices/{hostname}/key`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyBody {
    /// The Noise key: 32 bytes in base64.
    pub noise_psk: String,
}

impl fmt::Debug for KeyBody {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyBody(..)")
    }
}

/// The body of `PUT /api/v1/config/devices/{hostname}/board`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoardBody {
    /// The MAC address of the board that answers in place of the one before.
    pub mac: String,
}

/// Another board was accepted for a device.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardAccepted {
    /// The device.
    pub hostname: String,
    /// The board that it is from now on.
    pub mac: String,
    /// How many commands that waited for the one before were withdrawn.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub withdrawn: u64,
}

/// The answer to a change of a key.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyChanged {
    /// Whether the device has a key now.
    pub has_key: bool,
    /// The revision of the whole configuration.
    pub revision: u64,
}
