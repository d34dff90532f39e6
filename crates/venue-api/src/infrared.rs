//! Infrared codes as they travel: files to import, and the library to choose from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ConfigChange;

/// The body of `POST /api/v1/infrared/import`: exactly one of `text`, `file` and `starter`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportBody {
    /// The text of a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// A file of the library folder, as `GET /api/v1/infrared/library` names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// A code set that comes with the daemon, by its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starter: Option<String>,
    /// The format: `flipper`, `smartir`, `broadlink`, `irdb`, `pronto`, `lirc` or `global_cache`; guessed from the
    /// text unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Which remote is meant, in a `lircd.conf` with several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<String>,
    /// The path that the file of `text` has in its database, which may say make, model and kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The licence of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    /// The id of the code set; made from make and model unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The make of the appliance; as the file says unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub make: Option<String>,
    /// The models; as the file says unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub models: Option<Vec<String>>,
    /// `tv`, `box`, `projector` or `audio`; as the file says unless given, and `tv` if it says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Keys under another name: `{"other:TV/Video": "source"}`. An empty name leaves the key out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rename: BTreeMap<String, String>,
    /// The revision of the code set that is replaced; a set that exists is not replaced without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// Whether the set is saved; otherwise the answer only says what it would be.
    #[serde(default)]
    pub apply: bool,
}

/// The answer to `POST /api/v1/infrared/import`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Imported {
    /// The code set, as it is or would be saved.
    #[cfg_attr(feature = "schema", schema(schema_with = code_set))]
    pub set: Value,
    /// What is not imported, and why.
    pub dropped: Vec<ImportFinding>,
    /// What is imported and may not work.
    pub warnings: Vec<ImportFinding>,
    /// What it changes in the configuration; nothing if the same set is there already.
    pub changes: Vec<ConfigChange>,
    /// Whether it was saved.
    pub applied: bool,
    /// The revision of the configuration now.
    pub revision: u64,
}

#[cfg(feature = "schema")]
fn code_set() -> utoipa::openapi::Ref {
    utoipa::openapi::Ref::from_schema_name("CodesetItem")
}

/// Something that was found in a file.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportFinding {
    /// The line, from 1, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub line: Option<u64>,
    /// The key as the file calls it, or another part of the file.
    pub what: String,
    /// What is wrong with it.
    pub why: String,
}

/// `GET /api/v1/infrared/library`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LibraryList {
    /// The sets that come with the daemon, then the files of the folder, ordered by path.
    pub items: Vec<LibraryItem>,
    /// The `cursor` of the next page, if there is one.
    pub next_cursor: Option<String>,
    /// How many files the folder has; nothing if no folder is configured (`infrared.library`).
    pub files: Option<u64>,
    /// Whether the folder has more files than are listed.
    pub is_cut: bool,
}

/// A code set to choose: one that comes with the daemon, or a file of the folder.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LibraryItem {
    /// The id of a set that comes with the daemon: `starter` of an import.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub starter: Option<String>,
    /// The path of a file of the folder: `file` of an import.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub file: Option<String>,
    /// The make, if it is known.
    pub make: Option<String>,
    /// The models, as far as they are known.
    pub models: Vec<String>,
    /// `tv`, `box`, `projector` or `audio`, if it is known.
    pub kind: Option<String>,
    /// The format of the file; `built_in` for a set that comes with the daemon.
    pub format: String,
}
