//! `venuectl batch watch`: asks again until a batch is finished.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use venue_api::{BatchAccepted, BatchStatus, CommandRecord, StatusCounts};
use venue_domain::BatchId;

use super::{
    batch_report::{beside, facts, path},
    command, venue,
};
use crate::{
    cli::Watching,
    client::{Answer, Client},
    error::Failure,
    exit::Exit,
    format::counts,
    output::{Report, Warning},
    progress::Progress,
};

/// Watches `batch` to its end. A daemon that starts anew meanwhile is waited for: the batch is on
/// its disk.
pub(super) async fn run(
    client: &Client,
    batch: &BatchId,
    watching: Watching,
    progress: &mut Progress,
) -> Result<Report, Failure> {
    let started = Instant::now();
    let answer = to_the_end(client, batch, watching, started, progress).await;
    progress.end();
    let Answer { document, value } = answer?;
    let undelivered = undelivered(client, batch, &value).await?;
    let clock = venue::shown_clock(client).await;
    let list = match undelivered.as_slice() {
        [] => String::new(),
        commands => format!("\n{}", command::list(commands, clock, client.view().is_wide())),
    };
    let table = facts(&value, clock) + &list;
    Ok(Report { document, table, warning: warning(&value) })
}

/// As [`run`], for a batch that was just made: what only the answer says of its targets is shown as well.
pub(super) async fn new(
    client: &Client,
    batch: &BatchId,
    accepted: &BatchAccepted,
    progress: &mut Progress,
) -> Result<Report, Failure> {
    let report = run(client, batch, Watching::default(), progress).await?;
    Ok(Report { table: report.table + &beside(accepted), ..report })
}

/// The batch when it is finished, or when it has been watched for long enough.
async fn to_the_end(
    client: &Client,
    batch: &BatchId,
    watching: Watching,
    started: Instant,
    progress: &mut Progress,
) -> Result<Answer<BatchStatus>, Failure> {
    let path = path(batch, "");
    let mut last_answer: Option<Instant> = None;
    loop {
        match client.get::<BatchStatus>(&path).await {
            Ok(answer) => {
                last_answer = Some(Instant::now());
                progress.show(&answer.value);
                let waited = watching.wait.is_some_and(|wait| started.elapsed() >= wait);
                if answer.value.finished || waited {
                    return Ok(answer);
                }
            }
            Err(failure) if failure.may_pass() && last_answer.is_some_and(is_recent) => {
                progress.note(&format!("{failure}; trying again"));
            }
            Err(failure) => return Err(failure),
        }
        sleep(INTERVAL).await;
    }
}

fn is_recent(last_answer: Instant) -> bool {
    last_answer.elapsed() < PATIENCE
}

/// What was not delivered (yet), from all pages.
async fn undelivered(
    client: &Client,
    batch: &BatchId,
    status: &BatchStatus,
) -> Result<Vec<CommandRecord>, Failure> {
    if status.statuses.completed == status.total {
        return Ok(Vec::new());
    }
    let is_missing = |record: &CommandRecord| !record.delivered;
    let mut missing: Vec<_> = status.commands.iter().filter(|r| is_missing(r)).cloned().collect();
    let mut cursor = status.next_cursor.clone();
    while let Some(after) = cursor.take() {
        let path = path(batch, &format!("?limit={PAGE}&cursor={after}"));
        let page = client.get::<BatchStatus>(&path).await?.value;
        missing.extend(page.commands.into_iter().filter(is_missing));
        cursor = page.next_cursor.filter(|next| *next != after);
    }
    Ok(missing)
}

/// Done is only a batch of which everything was delivered.
fn warning(batch: &BatchStatus) -> Option<Warning> {
    let StatusCounts { completed, unknown, .. } = batch.statuses;
    let rejected = match batch.rejected {
        0 => String::new(),
        1 => ", and 1 target was rejected".to_owned(),
        count => format!(", and {count} targets were rejected"),
    };
    let counted = counts(&batch.statuses);
    if !batch.finished {
        let message =
            format!("{} is not finished, it goes on: {counted}{rejected}", batch.batch_id);
        return Some(Warning { exit: Exit::Waits, message });
    }
    let exit = match completed {
        0 if unknown > 0 => Exit::Unknown,
        0 => Exit::Failed,
        _ if completed < batch.total || batch.rejected > 0 => Exit::Partial,
        _ => return None,
    };
    let message = format!("{completed} of {} delivered: {counted}{rejected}", batch.total);
    Some(Warning { exit, message })
}

/// How long after an answer the next request is made.
const INTERVAL: Duration = Duration::from_millis(250);

/// How long requests are repeated after the daemon stopped answering.
const PATIENCE: Duration = Duration::from_secs(30);

/// The most commands that a page may have.
const PAGE: u32 = 1_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::tests::batch;

    #[test]
    fn only_a_batch_that_was_delivered_whole_is_done() {
        let none = StatusCounts::default();
        let table = [
            (StatusCounts { completed: 2, ..none }, 0, None),
            (StatusCounts { completed: 2, ..none }, 1, Some(7)),
            (StatusCounts { completed: 1, failed: 1, ..none }, 0, Some(7)),
            (StatusCounts { completed: 1, superseded: 1, ..none }, 0, Some(7)),
            (StatusCounts { completed: 1, unknown: 1, ..none }, 0, Some(7)),
            (StatusCounts { expired: 1, cancelled: 1, ..none }, 0, Some(1)),
            (StatusCounts { failed: 1, unknown: 1, ..none }, 0, Some(8)),
            (StatusCounts { completed: 1, pending: 1, ..none }, 0, Some(9)),
            (none, 1, Some(1)),
        ];
        for (counts, rejected, code) in table {
            let status = BatchStatus { rejected, ..batch(counts) };
            let found = warning(&status).map(|found| i32::from(found.exit.code()));
            assert_eq!(found, code, "{counts:?} {rejected}");
        }
    }
}
