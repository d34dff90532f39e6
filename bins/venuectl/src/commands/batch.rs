//! `venuectl batch`: one command for many TVs, queued, shown, watched and withdrawn.

use venue_api::{
    AcceptedTarget, BatchAccepted, BatchCancelled, BatchPage, BatchStatus, BatchSummary, BulkBody,
    DuplicateTarget, RejectedTarget, TargetBody,
};
use venue_domain::{BatchId, Parameters, PortId};

use super::{
    paged, plan, record,
    redo::{self, Redo},
    tv, watch,
};
use crate::{
    cli::{BatchCommand, BatchOptions, NamedPage, TvCommand, TvsArg, Watching},
    client::{Answer, Client, Intent},
    error::Failure,
    exit::Exit,
    output::{Report, Shortfall},
    progress::Progress,
    table,
    words::{counts, or_none, time},
};

pub(super) async fn run(
    client: &Client,
    command: &BatchCommand,
    progress: &mut Progress,
) -> Result<Report, Failure> {
    match command {
        BatchCommand::Create { options, command } => {
            let id = options.id.clone().unwrap_or_else(BatchId::generate);
            if options.dry_run {
                return plan::run(client, &body(&id, options, command)).await;
            }
            let created = create(client, &id, options, command).await?;
            if options.watch {
                return watch::run(client, &id, Watching::default(), progress).await;
            }
            Ok(accepted_report(created))
        }
        BatchCommand::List { page } => list(client, page).await,
        BatchCommand::Get { batch, page } => {
            let path = paged(&path(&batch.id, ""), None, page);
            let Answer { document, value } = client.get::<BatchStatus>(&path).await?;
            let list = record::list(&value.commands);
            let more = record::more(value.next_cursor.as_deref());
            let table = format!("{}\n{list}{more}", facts(&value));
            Ok(Report { document, table, shortfall: None })
        }
        BatchCommand::Watch { batch, watching } => {
            watch::run(client, &batch.id, *watching, progress).await
        }
        BatchCommand::Cancel(batch) => cancel(client, &batch.id).await,
        BatchCommand::Retry(batch) => redo::run(client, &batch.id, Redo::Retry).await,
        BatchCommand::Undo(batch) => redo::run(client, &batch.id, Redo::Undo).await,
    }
}

async fn list(client: &Client, page: &NamedPage) -> Result<Report, Failure> {
    let parts = [
        page.limit.map(|limit| format!("limit={limit}")),
        page.cursor.as_ref().map(|cursor| format!("cursor={cursor}")),
    ];
    let query = parts.into_iter().flatten().collect::<Vec<_>>().join("&");
    let path = format!("/api/v1/batches?{query}");
    let Answer { document, value } = client.get::<BatchPage>(&path).await?;
    let row = |batch: &BatchSummary| {
        [
            batch.batch_id.clone(),
            time(Some(batch.created_at)),
            or_none(batch.created_by.as_deref()),
            format!(
                "{} {}",
                or_none(batch.command.as_deref()),
                batch.channel.as_deref().unwrap_or_default()
            ),
            batch.ports.to_string(),
            counts(&batch.statuses),
        ]
    };
    let header = ["BATCH", "CREATED", "BY", "COMMAND", "TVS", "STATUS"];
    let rows = table::rows(header, value.items.iter().map(row));
    let more = record::more(value.next_cursor.as_deref());
    Ok(Report { document, table: format!("{rows}{more}"), shortfall: None })
}

/// Where a batch is found, or what is done with it (`leaf` with its `/`).
pub(super) fn path(batch: &BatchId, leaf: &str) -> String {
    format!("/api/v1/batches/{batch}{leaf}")
}

/// The batch gets its name here, so that it can be found whatever becomes of the answer.
async fn create(
    client: &Client,
    id: &BatchId,
    options: &BatchOptions,
    command: &TvCommand<TvsArg>,
) -> Result<Answer<BatchAccepted>, Failure> {
    let body = body(id, options, command);
    let created = client.post("/api/v1/batches", &body, Intent::Manages).await;
    created.map_err(|failure| {
        if failure.has_unknown_outcome() {
            Failure::Batch { batch: id.clone(), source: Box::new(failure) }
        } else {
            failure
        }
    })
}

fn body(id: &BatchId, options: &BatchOptions, command: &TvCommand<TvsArg>) -> BulkBody {
    let (action, TvsArg { targets }) = tv::order(command);
    let Parameters { channel, digit, input } = tv::parameters(&action);
    // A port that is named is no question of the registry.
    let texts = targets.iter().map(ToString::to_string);
    let (ports, selectors): (Vec<_>, Vec<_>) =
        texts.partition(|text| text.parse::<PortId>().is_ok());
    let port = |text: &String| text.parse::<PortId>().ok();
    let target = |port: PortId| TargetBody {
        hostname: port.device.to_string(),
        port: Some(port.port.into()),
        r#box: None,
    };
    BulkBody {
        targets: ports.iter().filter_map(port).map(target).collect(),
        selectors,
        command: action.name().to_owned(),
        channel,
        digit,
        input,
        batch_id: Some(id.to_string()),
        priority: options.priority,
        scheduled_at: options.at,
        notes: options.notes.clone(),
        dry_run: options.dry_run,
        ..BulkBody::default()
    }
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
    Report { document, table, shortfall: rejected(&value) }
}

/// Each target, and what became of it.
pub(super) fn targets(batch: &BatchAccepted) -> String {
    let at = |hostname: &str, port: Option<i64>| match port {
        Some(port) => format!("{hostname}/{port}"),
        None => hostname.to_owned(),
    };
    let accepted = batch.accepted.iter().map(|one| {
        let AcceptedTarget { hostname, port, command_id, .. } = one;
        [at(hostname, Some((*port).into())), "queued".to_owned(), command_id.clone()]
    });
    let rejected = batch.rejected.iter().map(|one| {
        let RejectedTarget { hostname, port, detail, .. } = one;
        [at(hostname, *port), "rejected".to_owned(), detail.clone()]
    });
    let duplicates = batch.duplicates.iter().map(|one| {
        let DuplicateTarget { hostname, port, .. } = one;
        let words = "named before, counts once";
        [at(hostname, *port), "duplicate".to_owned(), words.to_owned()]
    });
    let unmatched = batch
        .unmatched
        .iter()
        .map(|one| [one.selector.clone(), "matches nothing".to_owned(), one.detail.clone()]);
    let rows = accepted.chain(rejected).chain(duplicates).chain(unmatched);
    table::rows(["TARGET", "RESULT", "ID OR WHY"], rows)
}

fn rejected(batch: &BatchAccepted) -> Option<Shortfall> {
    let (accepted, rejected) = (batch.accepted.len(), batch.rejected.len() + batch.unmatched.len());
    let exit = match (accepted, rejected) {
        (1.., 0) => return None,
        // The daemon refuses such a batch as a whole.
        (0, _) => Exit::Failed,
        (1.., 1..) => Exit::Partial,
    };
    let words = format!("{rejected} of {} targets were rejected", accepted + rejected);
    Some(Shortfall { exit, words })
}

/// How far a batch is.
pub(super) fn facts(batch: &BatchStatus) -> String {
    let state = match batch.finished {
        true => format!("finished {}", time(batch.finished_at)),
        false => "not finished".to_owned(),
    };
    table::facts([
        ("batch", batch.batch_id.clone()),
        ("state", state),
        ("commands", format!("{}: {}", batch.total, counts(&batch.statuses))),
        ("rejected", batch.rejected.to_string()),
        ("duplicates", batch.duplicates.to_string()),
        ("accepted", time(Some(batch.created_at))),
        ("by", or_none(batch.created_by.as_deref())),
        ("from", or_none(batch.user_ip.as_deref())),
        ("notes", or_none(batch.notes.as_deref())),
    ])
}

async fn cancel(client: &Client, id: &BatchId) -> Result<Report, Failure> {
    let answer = client.order::<BatchCancelled>(&path(id, "/cancel")).await?;
    let Answer { document, value } = answer;
    let BatchCancelled { batch_id, cancelled, in_flight } = value;
    let exit = match (cancelled, in_flight) {
        (_, 0) => None,
        (0, _) => Some(Exit::Failed),
        (1.., _) => Some(Exit::Partial),
    };
    let words = format!("{in_flight} in flight: too late to withdraw");
    let shortfall = exit.map(|exit| Shortfall { exit, words });
    let table = table::facts([
        ("batch", batch_id),
        ("withdrawn", cancelled.to_string()),
        ("in flight", in_flight.to_string()),
    ]);
    Ok(Report { document, table, shortfall })
}
