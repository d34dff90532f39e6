//! `venuectl command` and `venuectl why`, and how stored commands are shown everywhere.

use venue_api::{
    Attempt, CommandCancelled, CommandRecord, CommandStatus, CommandWithAttempts, Evidence, Why,
};

use super::venue;
use crate::{
    cli::StoredCommand,
    client::{Answer, Client},
    clock::Clock,
    error::Failure,
    exit::Exit,
    format::{action, age, harmless, or_none, plain, standing},
    output::{Report, Warning},
    table::{
        self,
        Column::{Always, Wide},
    },
};

pub(super) async fn run(client: &Client, command: &StoredCommand) -> Result<Report, Failure> {
    match command {
        StoredCommand::Get(arg) => get(client, &arg.id).await,
        StoredCommand::Cancel(arg) => cancel(client, &arg.id).await,
    }
}

async fn get(client: &Client, id: &str) -> Result<Report, Failure> {
    let path = format!("/api/v1/commands/{id}");
    let Answer { document, value } = client.get::<CommandWithAttempts>(&path).await?;
    let clock = venue::shown_clock(client).await;
    let table = facts(&value.record, clock) + &attempts(&value.attempt_log, clock);
    Ok(Report { document, table, warning: None })
}

async fn cancel(client: &Client, id: &str) -> Result<Report, Failure> {
    let path = format!("/api/v1/commands/{id}/cancel");
    let Answer { document, value } = client.post_empty::<CommandCancelled>(&path).await?;
    let CommandCancelled { command_id, status } = value;
    let (result, warning) = match status {
        CommandStatus::Cancelled => ("cancelled: it was not delivered", None),
        CommandStatus::Unknown => {
            let message = "cancelled, but an earlier attempt may have been sent";
            (message, Some(Warning { exit: Exit::Unknown, message: message.to_owned() }))
        }
        CommandStatus::Pending
        | CommandStatus::Processing
        | CommandStatus::Completed
        | CommandStatus::Failed
        | CommandStatus::Expired
        | CommandStatus::Superseded => {
            let message = format!("the command was not cancelled: it is {status}");
            (status.name(), Some(Warning { exit: Exit::Conflict, message }))
        }
    };
    let table = table::rows(["ID", "RESULT"], [[command_id, result.to_owned()]]);
    Ok(Report { document, table, warning })
}

/// `venuectl why`: the daemon's sentence, and the attempts that it rests on.
pub(super) async fn why(client: &Client, id: &str) -> Result<Report, Failure> {
    let path = format!("/api/v1/commands/{id}/why");
    let Answer { document, value } = client.get::<Why>(&path).await?;
    let clock = venue::shown_clock(client).await;
    let table = format!("{}\n{}", harmless(&value.why), attempts(&value.attempt_log, clock));
    Ok(Report { document, table, warning: None })
}

fn facts(record: &CommandRecord, clock: &Clock) -> String {
    let number = record.queue_id.map(|number| number.to_string());
    let tried = format!("{} of {} at most", record.attempts, record.max_attempts);
    let may_have_acted = if record.unknown_seen { "yes, without evidence" } else { "-" };
    let took = record.execution_time_ms.map(age);
    table::facts([
        ("id", record.command_id.clone()),
        ("number in the queue", or_none(number.as_deref())),
        ("target", target(record)),
        ("command", action(record)),
        ("class", record.class.clone()),
        ("batch", or_none(record.batch_id.as_deref())),
        ("status", standing(record.status, record.delivered).to_owned()),
        ("why", reason(record)),
        ("evidence", or_none(record.evidence.map(Evidence::name))),
        ("may have acted", may_have_acted.to_owned()),
        ("superseded by", or_none(record.superseded_by.as_deref())),
        ("routed", plain(record.routing_method.name())),
        ("priority", record.priority.to_string()),
        ("attempts from the queue", tried),
        ("accepted", clock.time(Some(record.created_at))),
        ("scheduled for", clock.time(record.scheduled_at)),
        ("due", clock.time(Some(record.due_at))),
        ("expires", clock.time(Some(record.expires_at))),
        ("ended", clock.time(record.completed_at)),
        ("last attempt took", or_none(took.as_deref())),
        ("by", or_none(record.created_by.as_deref())),
        ("from", or_none(record.user_ip.as_deref())),
        ("notes", or_none(record.notes.as_deref())),
    ])
}

/// Nothing where there were none.
fn attempts(log: &[Attempt], clock: &Clock) -> String {
    if log.is_empty() {
        return String::new();
    }
    let row = |attempt: &Attempt| {
        let what = match &attempt.detail {
            Some(detail) => format!("{} ({detail})", attempt.meaning),
            None => attempt.meaning.clone(),
        };
        let sent = if attempt.may_have_acted { "yes" } else { "-" };
        [clock.seconds(attempt.started_at), age(attempt.took_ms), sent.to_owned(), what]
    };
    let header = ["ATTEMPT AT", "TOOK", "MAY HAVE ACTED", "RESULT"];
    format!("\n{}", table::rows(header, log.iter().map(row)))
}

/// Commands, one a line.
pub(super) fn list<'r>(
    records: impl IntoIterator<Item = &'r CommandRecord>,
    clock: &Clock,
    is_wide: bool,
) -> String {
    let row = |record: &CommandRecord| {
        let at = record.completed_at.or(Some(record.due_at));
        [
            record.command_id.clone(),
            target(record),
            action(record),
            standing(record.status, record.delivered).to_owned(),
            record.attempts.to_string(),
            record.class.clone(),
            or_none(record.batch_id.as_deref()),
            or_none(record.evidence.map(Evidence::name)),
            or_none(record.created_by.as_deref()),
            clock.time(at),
            reason(record),
        ]
    };
    // The reason comes last: with its detail it may be long, and only its own line then is.
    let header = [
        Always("ID"),
        Always("TARGET"),
        Always("COMMAND"),
        Always("STATUS"),
        Always("ATTEMPTS"),
        Wide("CLASS"),
        Wide("BATCH"),
        Wide("EVIDENCE"),
        Wide("BY"),
        Always("ENDED OR DUE"),
        Always("WHY"),
    ];
    table::columns(header, records.into_iter().map(row), is_wide)
}

/// How to see the rest of a long list.
pub(super) fn more(cursor: Option<&str>) -> String {
    cursor.map(|cursor| format!("\nmore with --cursor {}\n", harmless(cursor))).unwrap_or_default()
}

fn target(record: &CommandRecord) -> String {
    format!("{}/{}", record.hostname, record.port)
}

/// Why it is not delivered, with the details that are known.
fn reason(record: &CommandRecord) -> String {
    let reason = record.reason.as_deref().filter(|_| !record.delivered).map(plain);
    match (reason, &record.detail) {
        (Some(reason), Some(detail)) => format!("{reason} ({detail})"),
        (Some(reason), None) => reason,
        (None, detail) => or_none(detail.as_deref()),
    }
}
