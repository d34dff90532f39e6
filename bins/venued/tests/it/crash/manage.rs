//! Orders about what was asked for before, and looks at it.

use serde_json::Value;
use venue_domain::{BatchId, CommandId};

use super::request::{Message, Reply};

/// What is asked about earlier requests.
#[derive(Clone, Debug)]
pub(super) enum Order {
    Cancel(CommandId),
    CancelBatch(BatchId),
    Retry(BatchId),
    Undo(BatchId),
    Pause,
    Resume,
    /// How far a batch is: in the document's shape, or in ours.
    Look(BatchId, bool),
}

/// An order, and what was answered.
#[derive(Clone, Debug)]
pub(super) struct Managed {
    pub(super) order: Order,
    /// When it was given, in the count of the clients.
    pub(super) begun: u64,
    /// `None` where the daemon died before it answered.
    pub(super) reply: Option<Reply>,
}

impl Order {
    pub(super) fn message(&self) -> Message {
        let (method, path) = match self {
            Self::Cancel(id) => ("POST", format!("/api/v1/commands/{id}/cancel")),
            Self::CancelBatch(id) => ("POST", format!("/api/v1/batches/{id}/cancel")),
            Self::Retry(id) => ("POST", format!("/api/v1/batches/{id}/retry")),
            Self::Undo(id) => ("POST", format!("/api/v1/batches/{id}/undo")),
            Self::Pause => ("POST", "/api/v1/queue/pause".to_owned()),
            Self::Resume => ("POST", "/api/v1/queue/resume".to_owned()),
            Self::Look(id, true) => ("GET", format!("/bulk/{id}/status")),
            Self::Look(id, false) => ("GET", format!("/api/v1/batches/{id}?limit=1000")),
        };
        Message { method, path, key: None, body: None }
    }

    /// What is wrong with this answer to it, whatever the store holds.
    pub(super) fn wrong(&self, reply: &Reply) -> Option<&'static str> {
        let Reply { code, json } = reply;
        let expected: &[u16] = match self {
            Self::Cancel(_) => &[200, 409],
            Self::Retry(_) | Self::Undo(_) => &[200, 202],
            Self::CancelBatch(_) | Self::Pause | Self::Resume | Self::Look(..) => &[200],
        };
        if !expected.contains(code) {
            return Some("this answer was not expected");
        }
        match self {
            Self::Look(_, true) => bulk_status_is_wrong(json),
            Self::Look(_, false) => status_is_wrong(json),
            Self::Cancel(_)
            | Self::CancelBatch(_)
            | Self::Retry(_)
            | Self::Undo(_)
            | Self::Pause
            | Self::Resume => None,
        }
    }
}

/// What is wrong with a `GET /bulk/{id}/status`, whenever it is asked.
fn bulk_status_is_wrong(json: &Value) -> Option<&'static str> {
    let count = |name: &str| json[name].as_u64().unwrap_or(u64::MAX / 4);
    let total = count("total");
    if count("completed") + count("failed") + count("pending") != total {
        return Some("completed, failed and pending are not the total");
    }
    let commands = json["commands"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_counted = json["statuses"].as_object().into_iter().flatten().all(|(status, count)| {
        *count == commands.iter().filter(|command| command["status"] == status.as_str()).count()
    });
    let is_whole = sum(&json["statuses"]) == total && commands.len() as u64 == total;
    (!is_whole || !is_counted).then_some("the counts are not those of the commands")
}

/// What is wrong with a `GET /api/v1/batches/{id}`, whenever it is asked.
fn status_is_wrong(json: &Value) -> Option<&'static str> {
    let statuses = &json["statuses"];
    let is_finished = statuses["pending"] == 0 && statuses["processing"] == 0;
    let listed = json["commands"].as_array().map_or(0, Vec::len) as u64;
    if json["total"] != sum(statuses) || listed != sum(statuses) {
        Some("the total is another")
    } else if json["finished"] != is_finished || json["finished_at"].is_null() == is_finished {
        Some("it is not finished when all have ended")
    } else {
        None
    }
}

fn sum(statuses: &Value) -> u64 {
    statuses.as_object().into_iter().flatten().filter_map(|(_, count)| count.as_u64()).sum()
}
