//! What is told of batches once everything is at rest.

use std::{collections::HashMap, net::SocketAddr};

use serde_json::Value;
use venue_domain::{BatchId, Status};

use super::stored::Stored;
use crate::support::get;

/// A batch as both endpoints show it.
#[derive(Debug)]
pub(super) struct Looked {
    id: BatchId,
    document: Value,
    ours: Value,
}

impl Looked {
    pub(super) async fn at(address: SocketAddr, id: &BatchId) -> Self {
        let document = get(address, &format!("/bulk/{id}/status")).await.json;
        let ours = get(address, &format!("/api/v1/batches/{id}?limit=1000")).await.json;
        Self { id: id.clone(), document, ours }
    }

    /// How it differs from a recount of its commands, by what they show and by what is stored.
    pub(super) fn wrong(&self, stored: &Stored) -> Option<String> {
        let Self { id, document, ours } = self;
        let batch = &stored.recount.batches[id];
        let counted = |status: Status| batch.counted.of(status);
        let all = Status::ALL.into_iter().all(|status| {
            let listed = |shown: &Value| {
                let commands = shown["commands"].as_array().into_iter().flatten();
                commands.filter(|command| command["status"] == status.name()).count() as u64
            };
            let told = |shown: &Value| shown["statuses"][status.name()].as_u64();
            [document, ours].into_iter().all(|shown| {
                told(shown) == Some(counted(status)) && listed(shown) == counted(status)
            })
        });
        let total = batch.counted.total();
        let completed = counted(Status::Completed);
        let is_right = all
            && ours["total"] == total
            && ours["finished"] == true
            && !ours["finished_at"].is_null()
            && (ours["rejected"] == batch.rejected && ours["duplicates"] == batch.duplicates)
            && (document["total"] == total && document["pending"] == 0)
            && (document["completed"] == completed && document["failed"] == total - completed);
        (!is_right).then(|| format!("told is not what is stored: {self:#?}: {batch:#?}"))
    }
}

/// A batch is said to be finished once at most, and once if it was not when the last run began.
pub(super) fn announced(said: &HashMap<String, usize>, left: &Stored) -> Vec<String> {
    let batches = &left.recount.batches;
    let wrong = batches.iter().filter(|(id, batch)| {
        let count = said.get(id.as_str()).copied().unwrap_or(0);
        count > 1 || (count == 0 && !batch.is_finished)
    });
    wrong.map(|(id, batch)| format!("{id} was not finished once: {said:?}: {batch:?}")).collect()
}
