//! What the venue is made of, as it travels.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One item of the configuration, with its revision.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConfigItem {
    /// Id of the item, unique within its kind.
    pub id: String,
    /// Revision in which the item was last changed, as in its `ETag`; `null` for an item of the daemon's
    /// configuration file.
    pub revision: Option<u64>,
    /// Whether the item is in the daemon's configuration file and can be changed only there.
    pub fixed: bool,
    /// For a device: whether it has a Noise key. The key itself is never shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub has_key: Option<bool>,
    /// The item, in the form that a PUT takes.
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

/// `GET /api/v1/config/warnings`: what a person should know of the configuration, although it is in use as it is.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigWarnings {
    /// The warnings; empty if there is nothing to know.
    pub items: Vec<ConfigWarning>,
    /// The revision of the whole configuration.
    pub revision: u64,
}

/// Something that a person should know of the configuration.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigWarning {
    /// The item, such as `devices/ir-dc4516`.
    pub item: String,
    /// The field within it, such as `ports[2].platform`.
    pub field: String,
    /// What may do what nobody wants, and what would help.
    pub detail: String,
}

/// `GET /api/v1/config`: the configuration as a document that can be applied again. Keys are never included.
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
    /// Whether items that the document does not name are removed.
    #[serde(default)]
    pub prune: bool,
    /// The revision of the configuration that the document is based on; refused if the current revision differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
}

/// What applying a document changes.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigChanges {
    /// The changes; empty if the configuration already equals the document.
    pub changes: Vec<ConfigChange>,
    /// Whether the changes were applied.
    pub applied: bool,
    /// Current revision of the configuration.
    pub revision: u64,
    /// Number of waiting commands that were cancelled because their device was removed.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub withdrawn: u64,
}

/// One change of an item.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigChange {
    /// The item, such as `devices/ir-dc4516`.
    pub item: String,
    /// The change: `added`, `changed` or `removed`.
    pub change: String,
    /// Names of the fields that differ.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// Old and new value of each of these fields, down to the fields of a port.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<ConfigValue>,
}

/// One field that a document changes.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigValue {
    /// Path of the field in the item, such as `name` or `ports[2].zone`.
    pub field: String,
    /// Old value; `null` if there was none.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub old: Value,
    /// New value; `null` if there is none.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub new: Value,
}

/// The revision after an item was removed.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigRevision {
    /// The revision of the whole configuration.
    pub revision: u64,
    /// For a device: number of its waiting commands that were cancelled.
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
    /// MAC address of the board that answers in place of the previous one.
    pub mac: String,
}

/// Another board was accepted for a device.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardAccepted {
    /// The device.
    pub hostname: String,
    /// MAC address of the accepted board.
    pub mac: String,
    /// Number of commands that waited for the previous board and were cancelled.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub withdrawn: u64,
}

/// The answer to a change of a key.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyChanged {
    /// Whether the device has a Noise key now.
    pub has_key: bool,
    /// The revision of the whole configuration.
    pub revision: u64,
}
