//! Ports as a wall of screens shows them: what is there, its assumed state, and how sure that is.

use serde::{Deserialize, Serialize};

use crate::{CommandStatus, PortStatus, Presence, UtcTime};

/// `GET /api/v1/ports`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortList {
    /// All registered ports, ordered by hostname and number.
    pub items: Vec<PortView>,
    /// Why nothing is known of what was believed, waits and ended: the code of a problem with the
    /// store, such as `store_unavailable`. `null` where it is known.
    pub store: Option<String>,
}

/// One port with the appliance on it.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortView {
    /// The device.
    pub hostname: String,
    /// Its port, 1 to 5.
    pub port: u8,
    /// What people call the appliance.
    pub name: Option<String>,
    /// What it is: make and model.
    pub appliance: Option<String>,
    /// The zone that it belongs to.
    pub zone: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// Its timing profile, if it has one.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub profile: Option<String>,
    /// The channel that `default_channel` means, as text.
    pub default_channel: Option<String>,
    /// Whether its device has a session.
    pub presence: Presence,
    /// What delivered commands and corrections have left; `null` if nothing is known. Nobody asks a TV.
    pub believed: Option<PortStatus>,
    /// The newest command that waits or is in flight there, without those for later.
    pub waiting: Option<PortCommand>,
    /// What ended there last, apart from what was replaced or withdrawn; only the latest
    /// commands of the venue are looked through.
    pub last: Option<PortCommand>,
}

/// A command of a port, in short.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortCommand {
    /// Its name.
    pub command_id: String,
    /// The name of its action.
    pub command: String,
    /// Of `channel`.
    pub channel: Option<String>,
    /// The batch that it belongs to.
    pub batch_id: Option<String>,
    /// Where it stands.
    pub status: CommandStatus,
    /// Of what waits: until about when it is tried, if its device stays away; then it is given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub tried_until: Option<UtcTime>,
    /// Why it ended so, as a word.
    pub reason: Option<String>,
    /// When it ended; of what waits, when it was accepted.
    pub at: UtcTime,
}

/// `PUT /api/v1/ports/{hostname}/{port}/assumed-state`: what somebody who stands before the TV says of it. What is
/// not named stays as it is believed.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssumedStateBody {
    /// `on` or `off`.
    #[serde(default)]
    pub power: Option<String>,
    /// Whether it is muted.
    #[serde(default)]
    pub muted: Option<bool>,
    /// The channel that it shows, as text.
    #[serde(default)]
    pub channel: Option<String>,
}

/// `GET /api/v1/batches`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchPage {
    /// The batches, the newest first.
    pub items: Vec<BatchSummary>,
    /// What to give as `cursor` for the next page; `null` at the end.
    pub next_cursor: Option<String>,
}

/// A batch in a list.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchSummary {
    /// The batch.
    pub batch_id: String,
    /// When it was accepted.
    pub created_at: UtcTime,
    /// Who asked.
    pub created_by: Option<String>,
    /// What the caller wrote about it.
    pub notes: Option<String>,
    /// When its last command ended.
    pub finished_at: Option<UtcTime>,
    /// Whether all its commands have ended.
    pub finished: bool,
    /// The name of its first command; `null` where retention has taken it.
    pub command: Option<String>,
    /// Of `channel`.
    pub channel: Option<String>,
    /// How many ports it is for.
    pub ports: u64,
    /// How many commands it has.
    pub total: u64,
    /// How many have which status; they add up to `total`.
    pub statuses: crate::StatusCounts,
    /// The latest batch that tries it anew, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub retried_by: Option<String>,
    /// The latest batch that takes it back, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub undone_by: Option<String>,
    /// What the caller may do about it and what would do something: of `cancel`, `retry` and `undo`.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub allowed: Vec<String>,
}
