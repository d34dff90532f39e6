//! Presets as they travel: shown, run, captured.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    PortLock, PortStatus, RejectedTarget, ScreenRef, SentTo, SharedTarget, UnmatchedSelector,
};

/// `GET /api/v1/presets`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresetList {
    /// The presets, in their order.
    pub items: Vec<PresetSummary>,
}

/// A preset in a list.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresetSummary {
    /// Id of the preset.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Colour of its button, as `#rrggbb`.
    pub color: Option<String>,
    /// Position among the presets; lower comes first.
    pub order: i32,
    /// How many TVs it sets.
    pub tvs: usize,
    /// The zones of these TVs.
    pub zones: Vec<String>,
    /// Whether the caller may run all of it. One who is limited to zones may run it for these.
    pub may_run: bool,
}

/// `GET /api/v1/presets/{id}`, a dry run, and a run that has nothing to send: what running it now would send.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresetPreview {
    /// Id of the preset.
    pub id: String,
    /// Display name.
    pub name: String,
    /// The TVs, with what would be sent to each.
    pub targets: Vec<PresetTarget>,
    /// The TVs to which nothing would be sent, because they have a toggle only and their state is not known.
    pub undecided: Vec<UndecidedTarget>,
    /// The TVs that would be rejected, such as one whose source would show two channels at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rejected: Vec<RejectedTarget>,
    /// What needs no command of its own, because the same source receives it for another TV.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared: Vec<SharedTarget>,
    /// The TVs to which nothing has to be sent: they have a toggle only, and are assumed to be as the preset says.
    pub unchanged: Vec<UnchangedTarget>,
    /// Selectors that match nothing.
    pub unmatched: Vec<UnmatchedSelector>,
}

/// What a preset would send to one TV.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresetTarget {
    /// The device.
    pub hostname: String,
    /// Its port.
    pub port: u8,
    /// Display name of the TV.
    pub name: Option<String>,
    /// Zone of the TV.
    pub zone: Option<String>,
    /// What would be sent, in this order, such as `power_on` and `channel 501`; to its source, what that receives.
    /// Nothing if the TV is locked.
    pub commands: Vec<String>,
    /// The source of the TV, if it receives any of the commands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub sent_to: Option<SentTo>,
    /// Screens that the preset does not name for it, and that show the same source: they change, too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also_changes: Vec<ScreenRef>,
    /// What is assumed of the TV now.
    pub assumed: Option<PortStatus>,
    /// Whether it differs from what is assumed now; `true` where something is not known.
    pub changes: bool,
    /// The lock of the TV: then nothing is sent, whoever runs the preset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub locked: Option<PortLock>,
    /// Which screen is locked, and the source that both show, where it is not this TV itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub locked_detail: Option<String>,
}

/// A TV that is assumed to be as a preset says, so that its toggle is not pressed.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnchangedTarget {
    /// The device.
    pub hostname: String,
    /// Its port.
    pub port: u8,
    /// Display name of the TV.
    pub name: Option<String>,
}

/// A TV to which a preset would send nothing.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndecidedTarget {
    /// The device.
    pub hostname: String,
    /// Its port.
    pub port: u8,
    /// Display name of the TV.
    pub name: Option<String>,
    /// `power`, `mute` or `channel`.
    pub field: String,
    /// `state_unknown`, `channel_not_received` or `channel_disabled`.
    pub code: String,
    /// The reason, and what would help.
    pub detail: String,
}

/// The body of `POST /api/v1/presets/{id}/run`; it may be left out.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PresetRunBody {
    /// Only for these TVs of the preset: selectors such as `zone=bar`. All of them unless given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub selectors: Vec<String>,
    /// Only say what would be sent.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
    /// Note to keep with the batch, at most 500 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

/// The body of `POST /api/v1/presets/capture`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PresetCaptureBody {
    /// Id of the preset.
    pub id: String,
    /// Display name; unless given, that of the preset that is replaced, or the id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Colour of its button, as `#rrggbb`; unless given, that of the preset that is replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// Position among the presets; lower comes first; unless given, that of the preset that is replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<i32>,
    /// The TVs: selectors such as `zone=bar`.
    pub selectors: Vec<String>,
    /// The revision of the preset that is replaced; one that exists is not replaced without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// Whether the preset is saved; otherwise the answer only says what it would be.
    #[serde(default)]
    pub apply: bool,
}

/// The answer to `POST /api/v1/presets/capture`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresetCaptured {
    /// The preset, as it is or would be saved.
    #[cfg_attr(feature = "schema", schema(schema_with = preset))]
    pub preset: Value,
    /// The TVs of which something is not known: that is left out of the preset.
    pub unknown: Vec<UnknownState>,
    /// Whether it was saved.
    pub applied: bool,
    /// The revision of the configuration now.
    pub revision: u64,
}

#[cfg(feature = "schema")]
fn preset() -> utoipa::openapi::Ref {
    utoipa::openapi::Ref::from_schema_name("PresetItem")
}

/// What is not known of a TV.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnknownState {
    /// The device.
    pub hostname: String,
    /// Its port.
    pub port: u8,
    /// Which of `power`, `input`, `channel` and `mute`.
    pub fields: Vec<String>,
}
