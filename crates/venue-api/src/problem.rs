//! Errors as they travel: RFC 9457, with the document's fields where old clients read them.

use serde::{Deserialize, Serialize};

use crate::{CommandStatus, Method, OrderNote, PortLock, RoutingMethod, ScreenRef, SentTo};

/// An error answer, `application/problem+json` (RFC 9457).
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// A URI that names the kind of problem; it ends in `code`.
    pub r#type: String,
    /// The kind of problem in a few words; the same for every problem of a kind.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong here, and what would be right.
    pub detail: String,
    /// Path of the request.
    pub instance: String,
    /// The kind of problem as a code, such as `device_offline`.
    pub code: String,
    /// The request's id, as in the header `X-Request-Id` and the daemon's log.
    pub request_id: String,
    /// The fields that are wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// The lock of the TV, for `locked`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub locked: Option<PortLock>,
    /// The command, if one had been accepted.
    #[serde(flatten)]
    pub command: Option<CommandFailure>,
    /// The fields of the design document, at its endpoints.
    #[serde(flatten)]
    pub document: Option<DocumentFailure>,
}

impl Problem {
    /// The URI of a kind of problem.
    #[must_use]
    pub fn type_of(code: &str) -> String {
        format!("urn:venue:problem:{code}")
    }
}

/// One field that is wrong.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// Its name.
    pub field: String,
    /// What is wrong with it, and what would be right.
    pub detail: String,
    /// The kind of error as a code, if it has one: `unknown_name` for a name that does not exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub code: Option<String>,
    /// Line in the body, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub line: Option<usize>,
    /// Column in the line, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub column: Option<usize>,
}

/// The outcome of an accepted command that is not known to be delivered.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandFailure {
    /// The command.
    pub command_id: String,
    /// Status of the command; the field `status` of a problem is the HTTP status.
    pub command_status: CommandStatus,
    /// Always `false`.
    pub delivered: bool,
    /// How the command was routed.
    pub routing_method: RoutingMethod,
    /// Whether the command is stored on disk.
    pub durable: bool,
    /// Present if a crash could lose the position of the command in the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub order: Option<OrderNote>,
    /// Time from acceptance to the end of the command, in milliseconds.
    pub execution_time_ms: u64,
    /// The newer command that superseded it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub superseded_by: Option<String>,
    /// The port that was to receive the command, if that is not the one that was named: its screen shows a source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub sent_to: Option<SentTo>,
    /// Other screens that show the same source: if anything was sent, it may have changed them, too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also_changes: Vec<ScreenRef>,
}

/// The fields that clients of the design document's endpoints read from an error.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentFailure {
    /// Always `false`.
    pub success: bool,
    /// How the command was tried.
    pub method: Method,
    /// The same text as `detail`.
    pub message: String,
    /// Always `null`: nothing was queued.
    pub queue_id: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem() -> Problem {
        Problem {
            r#type: Problem::type_of("unknown_device"),
            title: "Unknown device".into(),
            status: 404,
            detail: "device ir-9 not found".into(),
            instance: "/ir-9/health".into(),
            code: "unknown_device".into(),
            request_id: "r-1".into(),
            errors: Vec::new(),
            locked: None,
            command: None,
            document: None,
        }
    }

    #[test]
    fn a_plain_problem_has_no_field_of_a_command_or_of_the_document() {
        let json = serde_json::to_value(problem()).unwrap();
        let mut keys: Vec<_> = json.as_object().unwrap().keys().cloned().collect();
        keys.sort();
        let rfc_and_ours = ["code", "detail", "instance", "request_id", "status", "title", "type"];
        assert_eq!(keys, rfc_and_ours);
    }

    #[test]
    fn a_problem_reads_back_whole() {
        let whole = Problem {
            errors: vec![FieldError {
                field: "port".into(),
                detail: "a port is 1 to 5".into(),
                code: None,
                line: Some(1),
                column: None,
            }],
            command: Some(CommandFailure {
                command_id: "0190".into(),
                command_status: CommandStatus::Superseded,
                delivered: false,
                routing_method: RoutingMethod::DirectFailed,
                durable: false,
                order: None,
                execution_time_ms: 12,
                superseded_by: Some("0191".into()),
                sent_to: None,
                also_changes: Vec::new(),
            }),
            document: Some(DocumentFailure {
                success: false,
                method: Method::Direct,
                message: "device ir-9 not found".into(),
                queue_id: None,
            }),
            ..problem()
        };
        for problem in [problem(), whole] {
            let json = serde_json::to_string(&problem).unwrap();
            assert_eq!(serde_json::from_str::<Problem>(&json).unwrap(), problem, "{json}");
        }
    }
}
