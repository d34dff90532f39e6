//! Commands and their answers.

use serde::{Deserialize, Serialize};

use crate::{
    CommandStatus, Evidence, Method, Mode, OrderNote, RoutingMethod, ScreenRef, SentTo, UtcTime,
    field::{named, one_port},
};

/// The body of `POST /{hostname}/command`.
///
/// Unknown fields are refused: a misspelt `port` must not become the board itself.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub struct CommandBody {
    /// The name of the action, such as `power_on`.
    #[serde(deserialize_with = "named::command")]
    #[cfg_attr(feature = "schema", schema(schema_with = crate::field::action_name))]
    pub command: String,
    /// The infrared port, 1 to 5; 0 or none for the board itself.
    #[serde(default, deserialize_with = "named::port", skip_serializing_if = "Option::is_none")]
    pub port: Option<i64>,
    /// The design document's name for `port`. If both are given they must be equal.
    #[serde(default, deserialize_with = "named::r#box", skip_serializing_if = "Option::is_none")]
    pub r#box: Option<i64>,
    /// For `channel`: 1 to 5 digits, as text, because `060` is not `60`; perhaps with a sub-channel (`5.1`).
    #[serde(default, deserialize_with = "named::channel", skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// For `number`: 0 to 9; for `diagnostic_signal`: 1 on, 0 off.
    #[serde(default, deserialize_with = "named::digit", skip_serializing_if = "Option::is_none")]
    pub digit: Option<i64>,
    /// For `input`: its name, such as `hdmi1`.
    #[serde(default, deserialize_with = "named::input", skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// For `volume_up`, `volume_down`, `channel_up` and `channel_down`: how many presses, 1 to 20; one unless given.
    #[serde(default, deserialize_with = "named::steps", skip_serializing_if = "Option::is_none")]
    pub steps: Option<i64>,
    /// The class; by default it follows from action and endpoint.
    #[serde(default, deserialize_with = "named::class", skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Priority in the queue, -10 to 10; higher is sooner.
    #[serde(
        default,
        deserialize_with = "named::priority",
        skip_serializing_if = "Option::is_none"
    )]
    pub priority: Option<i64>,
    /// Maximum number of attempts from the queue, 1 to 10.
    #[serde(
        default,
        deserialize_with = "named::max_attempts",
        skip_serializing_if = "Option::is_none"
    )]
    pub max_attempts: Option<i64>,
    /// The command waits in the queue until this time.
    #[serde(
        default,
        deserialize_with = "named::scheduled_at",
        skip_serializing_if = "Option::is_none"
    )]
    pub scheduled_at: Option<UtcTime>,
    /// For this many seconds a queued command is not tried, but waits, while its device has no session.
    #[serde(
        default,
        deserialize_with = "named::wait_for_device_s",
        skip_serializing_if = "Option::is_none"
    )]
    pub wait_for_device_s: Option<u64>,
    /// A note that is stored with the command.
    #[serde(default, deserialize_with = "named::notes", skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

impl CommandBody {
    /// The port, by either name.
    #[must_use]
    pub fn port(&self) -> Option<i64> {
        self.port.or(self.r#box)
    }
}

one_port!(CommandBody);

/// The optional body of `POST /{hostname}/diagnostic`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiagnosticBody {
    /// 1 (default): the LED blinks; 0: it stops.
    #[serde(default, deserialize_with = "named::digit", skip_serializing_if = "Option::is_none")]
    pub digit: Option<i64>,
}

/// The answer to an accepted command.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandAnswer {
    /// Id of the command (a UUIDv7).
    pub command_id: String,
    /// The device, as the request names it.
    pub hostname: String,
    /// Its port, 0 to 5, as the request names it; `sent_to` says if another one received the command.
    pub port: u8,
    /// The name of the action that was sent.
    pub command: String,
    /// The channel that was sent; for `default_channel` the default channel of the port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub channel: Option<String>,
    /// The digit that was sent, or the code of the signal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub digit: Option<i64>,
    /// The input that was selected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub input: Option<String>,
    /// How many presses, if there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub steps: Option<i64>,
    /// The class of the command.
    pub class: String,
    /// Its status.
    pub status: CommandStatus,
    /// Whether the device took the command. It does not mean that the TV changed.
    pub delivered: bool,
    /// The evidence of the delivery.
    pub evidence: Option<Evidence>,
    /// How the command was sent.
    pub method: Method,
    /// How the command was routed.
    pub routing_method: RoutingMethod,
    /// Whether the command is stored on disk.
    pub durable: bool,
    /// Present if a crash could lose the position of the command in the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub order: Option<OrderNote>,
    /// The current mode.
    pub mode: Mode,
    /// The outcome, in one sentence.
    pub message: String,
    /// Time from acceptance to the end of the command, including the wait in the lane, in milliseconds.
    pub execution_time_ms: u64,
    /// Number of the command in the queue; `null` if it was sent directly.
    pub queue_id: Option<i64>,
    /// For a waiting command: until about when it is tried if its device stays offline; then it fails. If the
    /// device comes online sooner, the command is sent at once. Absent while the queue is paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub tried_until: Option<UtcTime>,
    /// When it was accepted.
    pub accepted_at: UtcTime,
    /// The port that receives the command, if that is not the one that was named: its screen shows a source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub sent_to: Option<SentTo>,
    /// Other screens that show the same source: the command changes them, too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also_changes: Vec<ScreenRef>,
}

/// A [`CommandAnswer`] of the document's endpoints.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentAnswer {
    /// The document's word for "accepted"; old clients read it. `delivered` says what is known.
    pub success: bool,
    /// The full answer.
    #[serde(flatten)]
    pub answer: CommandAnswer,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field_of;

    fn refused(json: &str) -> (Option<String>, usize, usize, String) {
        let error = serde_json::from_str::<CommandBody>(json).unwrap_err();
        (field_of(&error), error.line(), error.column(), error.to_string())
    }

    #[test]
    fn box_is_the_port_and_never_another_one() {
        let port = |fields: &str| {
            let body = format!("{{\"command\":\"power\"{fields}}}");
            serde_json::from_str::<CommandBody>(&body).unwrap().port()
        };
        assert_eq!(port(r#","box":2"#), Some(2));
        assert_eq!(port(r#","box":2,"port":2"#), Some(2));
        assert_eq!(port(r#","box":2,"port":null"#), Some(2));
        assert_eq!(port(r#","port":null"#), None);
        for (one, other) in [(1, 2), (0, 2), (2, 0)] {
            let body = format!(r#"{{"command":"power","port":{one},"box":{other}}}"#);
            let (field, .., text) = refused(&body);
            assert_eq!(field.as_deref(), Some("box"), "{text}");
            let says = format!("box is {other} and port is {one}");
            assert!(text.contains(&says), "{text}");
        }
    }

    #[test]
    fn a_body_that_sets_little_is_little() {
        let body = CommandBody { command: "mute".into(), port: Some(3), ..CommandBody::default() };
        assert_eq!(serde_json::to_string(&body).unwrap(), r#"{"command":"mute","port":3}"#);
    }

    #[test]
    fn a_refused_body_names_field_line_and_column() {
        let cases = [
            ("{\"command\":\"power\",\n \"prot\":2}", "prot", 2),
            ("{\"command\":\"power\",\n \"port\":\"2\"}", "port", 2),
            ("{\"command\":\"channel\",\"channel\":501}", "channel", 1),
            ("{\"command\":\"power\",\"box\":1.5}", "box", 1),
            ("{\"port\":2}", "command", 1),
            ("{\"command\":7}", "command", 1),
            ("{\"command\":\"power\",\"port\":1,\"port\":2}", "port", 1),
        ];
        for (json, field, line) in cases {
            let (found, at, column, text) = refused(json);
            assert_eq!(found.as_deref(), Some(field), "{json}: {text}");
            assert_eq!(at, line, "{json}: {text}");
            assert!(column > 0, "{json}: {text}");
        }
    }

    #[test]
    fn bad_syntax_is_about_no_field() {
        let (field, line, column, _) = refused("{\"command\":\"power\",}");
        assert_eq!((field, line, column), (None, 1, 20));
    }
}
