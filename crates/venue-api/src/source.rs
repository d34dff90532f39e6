//! Sources: what screens show where that is not the tuner of the TV, and what a command for one screen does to others.

use serde::{Deserialize, Serialize};

use crate::Presence;

/// A screen, as an answer names it.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScreenRef {
    /// The device of its TV.
    pub hostname: String,
    /// Its port.
    pub port: u8,
    /// Display name of the TV.
    pub name: Option<String>,
}

/// The port that receives a command in place of the one that was named: that of the screen's source.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentTo {
    /// Id of the source.
    pub source: String,
    /// The device of its box.
    pub hostname: String,
    /// Its port.
    pub port: u8,
    /// Display name of the source.
    pub name: Option<String>,
}

/// A target that needs no command of its own: its source receives the same for another target.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedTarget {
    /// Index of the target in the request, from 0; of a preset, its position among the TVs.
    pub index: usize,
    /// The device.
    pub hostname: String,
    /// Its port.
    pub port: u8,
    /// The action.
    pub command: String,
    /// The channel, for `channel` and for `default_channel`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub channel: Option<String>,
    /// What receives the command.
    pub sent_to: SentTo,
    /// The target whose command it is.
    pub shared_with: ScreenRef,
    /// Id of that command; absent in a dry run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub command_id: Option<String>,
}

/// What a screen shows, in the list of ports.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScreenSource {
    /// Id of the source.
    pub id: String,
    /// Display name of the source.
    pub name: Option<String>,
    /// The device of its box.
    pub hostname: String,
    /// Its port.
    pub port: u8,
    /// How its picture gets to the screens, in words.
    pub via: Option<String>,
    /// The channel that it is assumed to show, as text; `null` if that is not known.
    pub channel: Option<String>,
    /// Whether its device has a session.
    pub presence: Presence,
    /// What volume and mute go to: `tv` or `source`.
    pub volume: String,
}

/// `GET /api/v1/sources`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceList {
    /// The sources, in their order.
    pub items: Vec<SourceView>,
    /// Why the assumed channels are missing: the code of a problem with the store, such as `store_unavailable`.
    /// `null` if they are known.
    pub store: Option<String>,
}

/// A source with the screens that show it.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceView {
    /// Id of the source.
    pub id: String,
    /// Display name.
    pub name: Option<String>,
    /// The device of its box.
    pub hostname: String,
    /// Its port.
    pub port: u8,
    /// How its picture gets to the screens, in words.
    pub via: Option<String>,
    /// Position among the sources; lower comes first.
    pub order: i32,
    /// The platform that it receives: its channels have the numbers of that platform.
    pub platform: Option<String>,
    /// Whether its device has a session; `null` if there is no such device.
    pub presence: Option<Presence>,
    /// The channel that it is assumed to show, as text; `null` if that is not known.
    pub channel: Option<String>,
    /// The screens that show it.
    pub screens: Vec<ScreenRef>,
}
