//! `venuectl batch retry` and `undo`: a batch from a batch.

use venue_api::{BatchRetried, BatchUndoBody, SkippedPort};
use venue_domain::BatchId;
use venue_registry::Selector;

use super::batch_report::{path, targets};
use crate::{
    client::{Answer, Client},
    error::Failure,
    exit::Exit,
    intent::Intent,
    output::{Report, Warning},
    table,
};

/// What is done with a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Redo {
    Retry,
    Undo,
}

pub(super) async fn retry(client: &Client, id: &BatchId) -> Result<Report, Failure> {
    let answer = client.post_empty::<BatchRetried>(&path(id, "/retry")).await?;
    Ok(report(answer, Redo::Retry))
}

/// Takes a batch back, or the part of it for `selectors`.
pub(super) async fn undo(
    client: &Client,
    id: &BatchId,
    selectors: &[Selector],
) -> Result<Report, Failure> {
    let selectors = selectors.iter().map(ToString::to_string).collect();
    let (path, body) = (path(id, "/undo"), BatchUndoBody { selectors });
    let answer = client.post::<_, BatchRetried>(&path, &body, Intent::Manages).await?;
    Ok(report(answer, Redo::Undo))
}

fn report(Answer { document, value }: Answer<BatchRetried>, redo: Redo) -> Report {
    Report { document, table: table_of(&value, redo), warning: warning(&value) }
}

fn table_of(redone: &BatchRetried, redo: Redo) -> String {
    let batch = match &redone.batch {
        Some(batch) => batch.batch_id.clone(),
        None => "none: there was nothing to queue".to_owned(),
    };
    let queued = match queued(redone) {
        0 => "0".to_owned(),
        count => format!("{count}, nothing is delivered yet"),
    };
    let in_part = redone.skipped.iter().filter(|port| port.code == IN_PART).count();
    let skipped = (redone.skipped.len() - in_part).to_string();
    let of = redone.of_batch.clone();
    let mut table = match redo {
        Redo::Retry => table::facts([
            ("retry of", of),
            ("batch", batch),
            ("queued", queued),
            ("skipped", skipped),
        ]),
        Redo::Undo => table::facts([
            ("undo of", of),
            ("cancelled before they were sent", redone.withdrawn.to_string()),
            ("batch", batch),
            ("queued", queued),
            ("skipped", skipped),
        ]),
    };
    if let Some(batch) = &redone.batch {
        table = format!("{table}\n{}", targets(batch));
    }
    if !redone.skipped.is_empty() {
        let heading = match redo {
            Redo::Retry => "SKIPPED",
            Redo::Undo => "NOT SET BACK",
        };
        let row = |port: &SkippedPort| {
            let SkippedPort { hostname, port, detail, .. } = port;
            [format!("{hostname}/{port}"), detail.clone()]
        };
        let rows = table::rows([heading, "WHY"], redone.skipped.iter().map(row));
        table = format!("{table}\n{rows}");
    }
    table
}

/// What could not be tried anew or taken back. A TV that nothing reached needs no undo.
fn warning(redone: &BatchRetried) -> Option<Warning> {
    let in_part = redone.skipped.iter().filter(|port| port.code == IN_PART).count();
    let left = redone.skipped.iter().filter(|port| port.code != NOT_CHANGED).count() - in_part;
    let left = left + redone.batch.as_ref().map_or(0, |batch| batch.rejected.len());
    let done = queued(redone) as u64 + redone.withdrawn;
    let exit = if done == 0 { Exit::Failed } else { Exit::Partial };
    let message = match (left, in_part) {
        (0, 0) => return None,
        (left, 0) => format!("{left} skipped"),
        (0, in_part) => format!("{in_part} set back in part"),
        (left, in_part) => format!("{left} skipped, {in_part} set back in part"),
    };
    Some(Warning { exit, message })
}

fn queued(redone: &BatchRetried) -> usize {
    redone.batch.as_ref().map_or(0, |batch| batch.accepted.len())
}

/// The word for a port that no command of the batch has reached.
const NOT_CHANGED: &str = "not_changed";

/// The word for a port that is set back but for what nobody knows how it was.
const IN_PART: &str = "in_part";

#[cfg(test)]
mod tests {
    use super::*;
    use venue_api::{AcceptedTarget, BatchAccepted};

    fn redone(queued: usize, withdrawn: u64, skipped: &[&str]) -> BatchRetried {
        let accepted = AcceptedTarget {
            command: "channel".to_owned(),
            hostname: "ir-1".into(),
            port: 2,
            channel: None,
            command_id: "c".into(),
            queue_id: 7,
            sent_to: None,
            also_changes: Vec::new(),
        };
        let batch = BatchAccepted {
            batch_id: "batch_2".into(),
            accepted: vec![accepted; queued],
            rejected: Vec::new(),
            duplicates: Vec::new(),
            unmatched: Vec::new(),
            shared: Vec::new(),
            durable: true,
        };
        let skip = |code: &&str| SkippedPort {
            hostname: "ir-2".into(),
            port: 1,
            code: (*code).to_owned(),
            detail: "for a reason".into(),
        };
        BatchRetried {
            of_batch: "batch_1".into(),
            batch: (queued > 0).then_some(batch),
            skipped: skipped.iter().map(skip).collect(),
            withdrawn,
        }
    }

    #[test]
    fn what_is_left_alone_is_partial_or_nothing_unless_nothing_had_reached_it() {
        let table: [(_, _, &[&str], _); 7] = [
            (2, 0, &[], None),
            (0, 0, &[], None),
            (1, 0, &["newer_wish"], Some(Exit::Partial)),
            (0, 0, &["newer_wish"], Some(Exit::Failed)),
            (0, 3, &["not_known"], Some(Exit::Partial)),
            (0, 3, &["not_changed"], None),
            (1, 0, &["not_changed", "open"], Some(Exit::Partial)),
        ];
        for (queued, withdrawn, skipped, exit) in table {
            let found = warning(&redone(queued, withdrawn, skipped));
            assert_eq!(found.map(|found| found.exit), exit, "{queued} {withdrawn} {skipped:?}");
        }
    }
}
