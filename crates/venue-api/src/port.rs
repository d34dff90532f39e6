//! Ports as a wall of screens shows them: what is there, its assumed state, and how sure that is.

use serde::{Deserialize, Serialize};

use crate::{
    CommandStatus, DrivenBy, Maintenance, PortLock, PortStatus, Presence, ScreenRef, ScreenSource,
    UtcTime,
};

/// `GET /api/v1/ports`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortList {
    /// All registered ports, ordered by hostname and number.
    pub items: Vec<PortView>,
    /// Why the assumed states and commands are missing: the code of a problem with the store, such as
    /// `store_unavailable`. `null` if they are known.
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
    /// Display name of the appliance.
    pub name: Option<String>,
    /// Make and model of the appliance.
    pub appliance: Option<String>,
    /// Zone of the port.
    pub zone: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// Its timing profile, if it has one.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub profile: Option<String>,
    /// The channel that `default_channel` selects, as text; of a screen with a source, that of the source.
    pub default_channel: Option<String>,
    /// The platform that its tuner or box receives.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub platform: Option<String>,
    /// What the TV shows, if that is not its own tuner: channels and keys go there.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub source: Option<ScreenSource>,
    /// Id of the source whose own port this is, if it is one; then it is no screen.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub port_of_source: Option<String>,
    /// Of the port of a source: the screens that show it.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub feeds: Vec<ScreenRef>,
    /// What drives it.
    pub driven_by: DrivenBy,
    /// The code set that drives it, if one does.
    pub codeset: Option<String>,
    /// Whether its device has a session.
    pub presence: Presence,
    /// The lock that holds for the TV; `null` if it is not locked.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub locked: Option<PortLock>,
    /// The maintenance of its board or of its zone; `null` if nobody works there.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub maintenance: Option<Maintenance>,
    /// The assumed state, from delivered commands and corrections; `null` if nothing is known. A TV cannot be asked.
    /// Of a screen with a source, the channel is that of the source.
    pub assumed: Option<PortStatus>,
    /// The newest command that waits or is in flight for the port, without those scheduled for later.
    pub waiting: Option<PortCommand>,
    /// The last command of the port that ended, without superseded and cancelled ones; only the latest commands of the
    /// venue are searched.
    pub last: Option<PortCommand>,
}

/// A command of a port, in short form.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortCommand {
    /// Its name.
    pub command_id: String,
    /// Name of the action.
    pub command: String,
    /// The channel, for `channel`.
    pub channel: Option<String>,
    /// The batch of the command.
    pub batch_id: Option<String>,
    /// Status of the command.
    pub status: CommandStatus,
    /// For a waiting command: until about when it is tried if its device stays offline; then it fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub tried_until: Option<UtcTime>,
    /// Why it ended with this status, as a code.
    pub reason: Option<String>,
    /// When it ended; for a waiting command, when it was accepted.
    pub at: UtcTime,
}

/// `PUT /api/v1/ports/{hostname}/{port}/assumed-state`: what a person sees on the TV. Fields that are not given keep
/// their assumed value.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssumedStateBody {
    /// `on` or `off`.
    #[serde(default)]
    pub power: Option<String>,
    /// Whether the TV is muted.
    #[serde(default)]
    pub muted: Option<bool>,
    /// The channel that the TV shows, as text.
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
    /// Who made the request.
    pub created_by: Option<String>,
    /// The note that the caller gave.
    pub notes: Option<String>,
    /// When its last command ended.
    pub finished_at: Option<UtcTime>,
    /// Whether all its commands have ended.
    pub finished: bool,
    /// Action of the first command; `null` if retention has deleted it.
    pub command: Option<String>,
    /// The channel, for `channel`.
    pub channel: Option<String>,
    /// Number of ports of the batch.
    pub ports: u64,
    /// Number of commands of the batch.
    pub total: u64,
    /// Number of commands by status; they add up to `total`.
    pub statuses: crate::StatusCounts,
    /// The latest batch that retries this one, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub retried_by: Option<String>,
    /// The latest batch that undoes this one, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub undone_by: Option<String>,
    /// Which of `cancel`, `retry` and `undo` the caller may use, and would have an effect.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub allowed: Vec<String>,
}
