//! `venuectl queue` and `venuectl history`: commands that wait, and commands that have ended.

use venue_api::{CommandPage, QueueStats};

use super::{command, ensure_known, paged, venue};
use crate::{
    cli::{ListArgs, QueueCommand},
    client::{Answer, Client},
    clock::Clock,
    error::Failure,
    exit::Exit,
    format::{age, or_none},
    output::{Report, Warning},
    table,
};

pub(super) async fn run(client: &Client, command: &QueueCommand) -> Result<Report, Failure> {
    match command {
        QueueCommand::Stats => {
            let answer = client.get::<QueueStats>("/api/v1/queue").await?;
            let clock = venue::shown_clock(client).await;
            let warning = unhealthy(&answer.value);
            Ok(Report { warning, ..shown(answer, clock) })
        }
        QueueCommand::List(args) => list(client, "/api/v1/queue/commands", args).await,
        QueueCommand::Pause => switch(client, "/api/v1/queue/pause", true).await,
        QueueCommand::Resume => switch(client, "/api/v1/queue/resume", false).await,
    }
}

/// `venuectl history`.
pub(super) async fn history(client: &Client, args: &ListArgs) -> Result<Report, Failure> {
    list(client, "/api/v1/history", args).await
}

async fn list(client: &Client, path: &str, args: &ListArgs) -> Result<Report, Failure> {
    let path = paged(path, args.device.as_ref(), &args.page);
    let Answer { document, value } = client.get::<CommandPage>(&path).await?;
    if let (true, Some(device)) = (value.items.is_empty(), &args.device) {
        ensure_known(client, device).await?;
    }
    let clock = venue::shown_clock(client).await;
    let table = command::list(&value.items, clock, client.view().is_wide())
        + &command::more(value.next_cursor.as_deref());
    Ok(Report { document, table, warning: None })
}

async fn switch(client: &Client, path: &str, paused: bool) -> Result<Report, Failure> {
    let answer = client.post_empty::<QueueStats>(path).await?;
    let clock = venue::shown_clock(client).await;
    let message = match (paused, answer.value.paused) {
        (true, false) => "the queue is not paused",
        (false, true) => "the queue is still paused",
        (true, true) | (false, false) => return Ok(shown(answer, clock)),
    };
    let warning = Some(Warning { exit: Exit::Failed, message: message.to_owned() });
    Ok(Report { warning, ..shown(answer, clock) })
}

fn shown(answer: Answer<QueueStats>, clock: &Clock) -> Report {
    let Answer { document, value: stats } = answer;
    let state = if stats.paused { "paused: nothing is sent from the queue" } else { "running" };
    let replaced = stats.ended_last_hour.superseded + stats.ended_last_hour.cancelled;
    let mean = |ms: Option<u64>| or_none(ms.map(age).as_deref());
    let table = table::facts([
        ("state", state.to_owned()),
        ("healthy", if stats.healthy { "yes" } else { "no" }.to_owned()),
        ("due", stats.due.to_string()),
        ("scheduled for later", stats.later.to_string()),
        ("in flight", stats.processing.to_string()),
        ("stuck", stats.stuck.to_string()),
        ("oldest due", clock.time(stats.oldest_due_at)),
        ("delivered in the last hour", stats.completed_last_hour.to_string()),
        ("not delivered in the last hour", stats.failed_last_hour.to_string()),
        ("superseded or cancelled in the last hour", replaced.to_string()),
        ("mean attempt", mean(stats.avg_execution_time_ms)),
        ("mean wait", mean(stats.avg_queue_wait_time_ms)),
        ("permits in use", percent(stats.worker_utilization)),
    ]);
    Report { document, table, warning: None }
}

/// A part of 1 in percent; a zero has no sign.
fn percent(part: f64) -> String {
    format!("{:.0} %", part.mul_add(100.0, 0.0))
}

fn unhealthy(stats: &QueueStats) -> Option<Warning> {
    let QueueStats { due, stuck, paused, .. } = stats;
    let hint = if *paused { "; it is paused" } else { "" };
    let message = format!("the queue is not healthy: {due} due, {stuck} stuck{hint}");
    (!stats.healthy).then_some(Warning { exit: Exit::Failed, message })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_told_in_percent_and_nothing_is_less_than_none() {
        let table = [(-0.0, "0 %"), (0.0, "0 %"), (0.25, "25 %"), (1.0, "100 %")];
        for (part, expected) in table {
            assert_eq!(percent(part), expected);
        }
    }
}
