//! Bulk requests: one action for many ports.

use serde::{Deserialize, Serialize};

use crate::{
    CommandStatus, Method, ScreenRef, SentTo, SharedTarget, UtcTime,
    field::{named, one_port},
};

/// The body of `POST /bulk/command`, `POST /bulk-command` and `POST /api/v1/batches`.
///
/// The targets may be called `devices`, as in the document's first sketch.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BulkBody {
    /// The target ports. They are a set: a port that is named twice counts once.
    #[serde(default, alias = "devices", deserialize_with = "named::targets")]
    pub targets: Vec<TargetBody>,
    /// More targets, by selectors such as `zone=bar` or `ir-dc4516/2`, which are resolved once, when the request
    /// arrives.
    #[serde(default, deserialize_with = "named::selectors", skip_serializing_if = "Vec::is_empty")]
    pub selectors: Vec<String>,
    /// The name of the action, such as `power_on`.
    #[serde(deserialize_with = "named::command")]
    #[cfg_attr(feature = "schema", schema(schema_with = crate::field::action_name))]
    pub command: String,
    /// For `channel`: 1 to 5 digits, as text, because `060` is not `60`; perhaps with a sub-channel (`5.1`).
    #[serde(default, deserialize_with = "named::channel", skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// For `number`: 0 to 9.
    #[serde(default, deserialize_with = "named::digit", skip_serializing_if = "Option::is_none")]
    pub digit: Option<i64>,
    /// For `input`: its name, such as `hdmi1`.
    #[serde(default, deserialize_with = "named::input", skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// For `volume_up`, `volume_down`, `channel_up` and `channel_down`: how many presses, 1 to 20; one unless given.
    #[serde(default, deserialize_with = "named::steps", skip_serializing_if = "Option::is_none")]
    pub steps: Option<i64>,
    /// Name of the batch, chosen by the caller; it works as an idempotency key.
    #[serde(
        default,
        deserialize_with = "named::batch_id",
        skip_serializing_if = "Option::is_none"
    )]
    pub batch_id: Option<String>,
    /// Priority from -10 to 10, higher is sooner; default 5.
    #[serde(
        default,
        deserialize_with = "named::priority",
        skip_serializing_if = "Option::is_none"
    )]
    pub priority: Option<i64>,
    /// Maximum number of attempts, 1 to 10; default 3.
    #[serde(
        default,
        deserialize_with = "named::max_attempts",
        skip_serializing_if = "Option::is_none"
    )]
    pub max_attempts: Option<i64>,
    /// The commands are not sent before this time.
    #[serde(
        default,
        deserialize_with = "named::scheduled_at",
        skip_serializing_if = "Option::is_none"
    )]
    pub scheduled_at: Option<UtcTime>,
    /// For this many seconds a command is not tried, but waits, while its device has no session.
    #[serde(
        default,
        deserialize_with = "named::wait_for_device_s",
        skip_serializing_if = "Option::is_none"
    )]
    pub wait_for_device_s: Option<u64>,
    /// A note that is stored with the batch and its commands.
    #[serde(default, deserialize_with = "named::notes", skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// Dry run: nothing is queued or sent, and the answer says what would be sent.
    #[serde(
        default,
        deserialize_with = "named::dry_run",
        skip_serializing_if = "std::ops::Not::not"
    )]
    pub dry_run: bool,
}

/// One target of a bulk request.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub struct TargetBody {
    /// The device.
    #[serde(deserialize_with = "named::hostname")]
    pub hostname: String,
    /// Its port, 1 to 5.
    #[serde(default, deserialize_with = "named::port", skip_serializing_if = "Option::is_none")]
    pub port: Option<i64>,
    /// The design document's name for `port`. If both are given they must be equal.
    #[serde(default, deserialize_with = "named::r#box", skip_serializing_if = "Option::is_none")]
    pub r#box: Option<i64>,
}

impl TargetBody {
    /// The port, by either name.
    #[must_use]
    pub fn port(&self) -> Option<i64> {
        self.port.or(self.r#box)
    }
}

one_port!(TargetBody);

/// A target that was accepted.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedTarget {
    /// The device.
    pub hostname: String,
    /// Its port.
    pub port: u8,
    /// What is sent.
    pub command: String,
    /// The channel, for `channel` and for `default_channel`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub channel: Option<String>,
    /// Id of the command, a UUID.
    pub command_id: String,
    /// Number of the command in the queue.
    pub queue_id: i64,
    /// The port that receives the command, if that is not the one that was named: its screen shows a source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub sent_to: Option<SentTo>,
    /// Other screens that show the same source: the command changes them, too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also_changes: Vec<ScreenRef>,
}

/// A target that was not accepted.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedTarget {
    /// Index of the target in the request, from 0.
    pub index: usize,
    /// The device, as the request names it.
    pub hostname: String,
    /// The port, as the request names it.
    pub port: Option<i64>,
    /// The reason, as a code.
    pub code: String,
    /// The reason, and what would be right.
    pub detail: String,
}

/// A target that was named more than once.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DuplicateTarget {
    /// Index of the target in the request, from 0.
    pub index: usize,
    /// The device, as the request names it.
    pub hostname: String,
    /// The port, as the request names it.
    pub port: Option<i64>,
}

/// A selector that matches nothing.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnmatchedSelector {
    /// The selector.
    pub selector: String,
    /// The reason, as a code: `unknown_name`, `no_tv` or `several_tvs`.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub code: String,
    /// The reason, and what would match.
    pub detail: String,
}

/// What a bulk request with `dry_run` would do. Nothing was queued or sent.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchPlan {
    /// Always `true`.
    pub dry_run: bool,
    /// The commands that would be queued, in their order.
    pub planned: Vec<PlannedTarget>,
    /// The targets that would be rejected.
    pub rejected: Vec<RejectedTarget>,
    /// The targets that were named more than once.
    pub duplicates: Vec<DuplicateTarget>,
    /// Selectors that match nothing.
    pub unmatched: Vec<UnmatchedSelector>,
    /// The targets that need no command of their own, because their source receives the same for another target.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared: Vec<SharedTarget>,
    /// Estimated time until the last command is sent, in milliseconds from now, if every device is online and idle.
    pub estimated_ms: u64,
}

/// What would be sent to one target.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedTarget {
    /// The device; it is also the lane, unless `sent_to` names another one.
    pub hostname: String,
    /// Its port.
    pub port: u8,
    /// The action.
    pub command: String,
    /// The channel, for `channel` and for `default_channel`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub channel: Option<String>,
    /// The ESPHome action that would be called; `null` until the device's capabilities are known.
    pub action: Option<String>,
    /// The arguments of the action, by their ESPHome names.
    pub arguments: std::collections::BTreeMap<String, String>,
    /// Why the device would refuse it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub refused: Option<String>,
    /// Whether the device has a session now.
    pub online: bool,
    /// Number of commands that wait in the device's lane now.
    pub waiting: usize,
    /// When it would be sent, in milliseconds from now, if the lane is empty.
    pub starts_in_ms: u64,
    /// When its last infrared frame would end, in milliseconds from now.
    pub ends_in_ms: u64,
    /// The port that receives the command, if that is not the one that was named: its screen shows a source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub sent_to: Option<SentTo>,
    /// Other screens that show the same source: the command changes them, too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also_changes: Vec<ScreenRef>,
}

/// `POST /api/v1/batches`: what became of each target.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchAccepted {
    /// Name of the batch.
    pub batch_id: String,
    /// The targets whose commands are stored in the queue.
    pub accepted: Vec<AcceptedTarget>,
    /// The targets that were rejected.
    pub rejected: Vec<RejectedTarget>,
    /// The targets that were named more than once.
    pub duplicates: Vec<DuplicateTarget>,
    /// Selectors that match nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmatched: Vec<UnmatchedSelector>,
    /// The targets that need no command of their own, because their source receives the same for another target.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared: Vec<SharedTarget>,
    /// Whether the batch is stored on disk; always `true`.
    pub durable: bool,
}

/// `POST /bulk/command` and `POST /bulk-command`: the fields of both forms in the design document.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentBulk {
    /// Whether the request was accepted, as the design document names it.
    pub success: bool,
    /// Always `queued`.
    pub method: Method,
    /// How many commands were queued.
    pub queued_count: usize,
    /// The same number as `queued_count`.
    pub total_queued: usize,
    /// Numbers of the commands in the queue.
    pub command_ids: Vec<i64>,
    /// Always `false`: nothing has been sent yet.
    pub delivered: bool,
    /// Always `pending`.
    pub status: CommandStatus,
    /// The full answer.
    #[serde(flatten)]
    pub batch: BatchAccepted,
}

/// `POST /system/refresh-capabilities`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshQueued {
    /// Whether the request was accepted, as the design document names it.
    pub success: bool,
    /// Number of devices that are online and had no refresh waiting.
    pub queued_count: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field_of;

    #[test]
    fn both_shapes_of_the_document_are_read() {
        let target = TargetBody { hostname: "ir-1".into(), port: Some(2), r#box: None };
        for name in ["targets", "devices"] {
            let json =
                format!(r#"{{"{name}":[{{"hostname":"ir-1","port":2}}],"command":"power_on"}}"#);
            let body: BulkBody = serde_json::from_str(&json).unwrap();
            assert_eq!(body.targets, std::slice::from_ref(&target), "{name}");
        }
    }

    #[test]
    fn a_refused_body_names_its_field() {
        let table = [
            (r#"{"targets":"all","command":"mute"}"#, "targets"),
            (r#"{"targets":[],"devices":[],"command":"mute"}"#, "targets"),
            (r#"{"targets":[]}"#, "command"),
            (r#"{"targets":[{"port":1}],"command":"mute"}"#, "targets"),
            (r#"{"targets":[],"command":"mute","scheduled_at":"noon"}"#, "scheduled_at"),
            (r#"{"targets":[],"command":"mute","wait_for_device_s":-1}"#, "wait_for_device_s"),
            (r#"{"targets":[],"command":"mute","priority":"high"}"#, "priority"),
            (r#"{"targets":[],"command":"mute","dry_run":1}"#, "dry_run"),
            (r#"{"selectors":"all","command":"mute"}"#, "selectors"),
            (r#"{"targets":[],"command":"mute","dryrun":true}"#, "dryrun"),
        ];
        for (json, field) in table {
            let error = serde_json::from_str::<BulkBody>(json).unwrap_err();
            assert_eq!(field_of(&error).as_deref(), Some(field), "{json}: {error}");
        }
    }
}
