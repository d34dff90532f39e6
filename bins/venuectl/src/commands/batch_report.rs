//! How a batch is shown, whichever command made it.

use venue_api::{AcceptedTarget, BatchAccepted, BatchStatus, DuplicateTarget, RejectedTarget};
use venue_domain::BatchId;

use super::source;
use crate::{
    client::Answer,
    clock::Clock,
    exit::Exit,
    format::{counts, or_none},
    output::{Report, Warning},
    table,
};

/// Where a batch is found, or what is done with it (`leaf` with its `/`).
pub(super) fn path(batch: &BatchId, leaf: &str) -> String {
    format!("/api/v1/batches/{batch}{leaf}")
}

pub(super) fn accepted_report(answer: Answer<BatchAccepted>) -> Report {
    let Answer { document, value } = answer;
    let facts = table::facts([
        ("batch", value.batch_id.clone()),
        ("queued", format!("{}, nothing is delivered yet", value.accepted.len())),
        ("rejected", value.rejected.len().to_string()),
        ("duplicates", value.duplicates.len().to_string()),
    ]);
    let table = format!("{facts}\n{}", targets(&value));
    Report { document, table, warning: rejected(&value) }
}

fn at(hostname: &str, port: Option<i64>) -> String {
    match port {
        Some(port) => format!("{hostname}/{port}"),
        None => hostname.to_owned(),
    }
}

type Row = [String; 3];

/// What has no command of its own in the batch: what shares that of another target, what was rejected, and selectors
/// that match nothing.
fn left_out(batch: &BatchAccepted) -> (Vec<Row>, Vec<Row>, Vec<Row>) {
    let shared = batch.shared.iter().map(|one| {
        let (target, why) = source::shared(one);
        [target, "shared".to_owned(), why]
    });
    let rejected = batch.rejected.iter().map(|one| {
        let RejectedTarget { hostname, port, detail, .. } = one;
        [at(hostname, *port), "rejected".to_owned(), detail.clone()]
    });
    let unmatched = batch
        .unmatched
        .iter()
        .map(|one| [one.selector.clone(), "matches nothing".to_owned(), one.detail.clone()]);
    (shared.collect(), rejected.collect(), unmatched.collect())
}

/// What the answer to a new batch says and the batch does not keep: the targets without a command, and why, and which
/// screens change as well. Nothing, if there is nothing to say.
pub(super) fn beside(batch: &BatchAccepted) -> String {
    let (shared, rejected, unmatched) = left_out(batch);
    let rows: Vec<Row> = shared.into_iter().chain(rejected).chain(unmatched).collect();
    let also = source::also_changes(batch.accepted.iter().flat_map(|one| &one.also_changes));
    match rows.as_slice() {
        [] => also,
        _ => format!("\n{}{also}", table::rows(["TARGET", "RESULT", "WHY"], rows)),
    }
}

/// Each target, and what became of it.
pub(super) fn targets(batch: &BatchAccepted) -> String {
    let (shared, rejected, unmatched) = left_out(batch);
    let accepted = batch.accepted.iter().map(|one| {
        let AcceptedTarget { hostname, port, command_id, sent_to, .. } = one;
        let target = source::sent(at(hostname, Some((*port).into())), sent_to.as_ref());
        [target, "queued".to_owned(), command_id.clone()]
    });
    let duplicates = batch.duplicates.iter().map(|one| {
        let DuplicateTarget { hostname, port, .. } = one;
        let result = "named more than once, queued once";
        [at(hostname, *port), "duplicate".to_owned(), result.to_owned()]
    });
    let rows = accepted.chain(shared).chain(rejected).chain(duplicates).chain(unmatched);
    let also = source::also_changes(batch.accepted.iter().flat_map(|one| &one.also_changes));
    format!("{}{also}", table::rows(["TARGET", "RESULT", "ID OR WHY"], rows))
}

fn rejected(batch: &BatchAccepted) -> Option<Warning> {
    let (accepted, rejected) = (batch.accepted.len(), batch.rejected.len() + batch.unmatched.len());
    let exit = match (accepted, rejected) {
        (1.., 0) => return None,
        // The daemon refuses such a batch as a whole.
        (0, _) => Exit::Failed,
        (1.., 1..) => Exit::Partial,
    };
    let message = format!("{rejected} of {} targets were rejected", accepted + rejected);
    Some(Warning { exit, message })
}

/// How far a batch is.
pub(super) fn facts(batch: &BatchStatus, clock: &Clock) -> String {
    let state = match batch.finished {
        true => format!("finished {}", clock.time(batch.finished_at)),
        false => "not finished".to_owned(),
    };
    table::facts([
        ("batch", batch.batch_id.clone()),
        ("state", state),
        ("commands", format!("{}: {}", batch.total, counts(&batch.statuses))),
        ("rejected", batch.rejected.to_string()),
        ("duplicates", batch.duplicates.to_string()),
        ("accepted", clock.time(Some(batch.created_at))),
        ("by", or_none(batch.created_by.as_deref())),
        ("from", or_none(batch.user_ip.as_deref())),
        ("notes", or_none(batch.notes.as_deref())),
    ])
}
