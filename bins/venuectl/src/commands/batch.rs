//! `venuectl batch`: one command for many TVs, queued, shown, watched and withdrawn.

use venue_api::{BatchCancelled, BatchPage, BatchStatus, BatchSummary, BulkBody, TargetBody};
use venue_domain::{BatchId, Parameters, PortId};

use super::{
    batch_report::{accepted_report, facts, path},
    command, new_batch, paged, plan, redo, tv, venue, watch,
};
use crate::{
    cli::{BatchCommand, BatchOptions, NamedPage, TvCommand, TvsArg},
    client::{Answer, Client},
    error::Failure,
    exit::Exit,
    format::{counts, or_none},
    output::{Report, Warning},
    progress::Progress,
    table::{
        self,
        Column::{Always, Wide},
    },
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
            let created = new_batch::create(client, &id, &body(&id, options, command)).await?;
            if options.watch {
                return watch::new(client, &id, &created.value, progress).await;
            }
            Ok(accepted_report(created))
        }
        BatchCommand::List { page } => list(client, page).await,
        BatchCommand::Get { batch, page } => {
            let path = paged(&path(&batch.id, ""), None, page);
            let Answer { document, value } = client.get::<BatchStatus>(&path).await?;
            let clock = venue::shown_clock(client).await;
            let list = command::list(&value.commands, clock, client.view().is_wide());
            let more = command::more(value.next_cursor.as_deref());
            let table = format!("{}\n{list}{more}", facts(&value, clock));
            Ok(Report { document, table, warning: None })
        }
        BatchCommand::Watch { batch, watching } => {
            watch::run(client, &batch.id, *watching, progress).await
        }
        BatchCommand::Cancel(batch) => cancel(client, &batch.id).await,
        BatchCommand::Retry(batch) => redo::retry(client, &batch.id).await,
        BatchCommand::Undo { batch, selectors, more } => {
            let selectors = [&selectors[..], &more.selectors].concat();
            redo::undo(client, &batch.id, &selectors).await
        }
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
    let clock = venue::shown_clock(client).await;
    let row = |batch: &BatchSummary| {
        [
            batch.batch_id.clone(),
            clock.time(Some(batch.created_at)),
            or_none(batch.created_by.as_deref()),
            format!(
                "{} {}",
                or_none(batch.command.as_deref()),
                batch.channel.as_deref().unwrap_or_default()
            ),
            batch.ports.to_string(),
            clock.time(batch.finished_at),
            or_none(batch.notes.as_deref()),
            counts(&batch.statuses),
        ]
    };
    let header = [
        Always("BATCH"),
        Always("CREATED"),
        Always("BY"),
        Always("COMMAND"),
        Always("TVS"),
        Wide("FINISHED"),
        Wide("NOTES"),
        Always("STATUS"),
    ];
    let rows = table::columns(header, value.items.iter().map(row), client.view().is_wide());
    let more = command::more(value.next_cursor.as_deref());
    Ok(Report { document, table: format!("{rows}{more}"), warning: None })
}

fn body(id: &BatchId, options: &BatchOptions, command: &TvCommand<TvsArg>) -> BulkBody {
    let (tv::Wish { command, parameters }, TvsArg { targets, more }) = tv::wish_of(command);
    let Parameters { channel, digit, input, steps } = parameters;
    // A port that is named is no question of the registry.
    let texts = targets.iter().chain(&more.selectors).map(ToString::to_string);
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
        command,
        channel,
        digit,
        input,
        steps,
        batch_id: Some(id.to_string()),
        priority: options.priority,
        scheduled_at: options.at,
        notes: options.notes.clone(),
        dry_run: options.dry_run,
        ..BulkBody::default()
    }
}

async fn cancel(client: &Client, id: &BatchId) -> Result<Report, Failure> {
    let answer = client.post_empty::<BatchCancelled>(&path(id, "/cancel")).await?;
    let Answer { document, value } = answer;
    let BatchCancelled { batch_id, cancelled, in_flight } = value;
    let exit = match (cancelled, in_flight) {
        (_, 0) => None,
        (0, _) => Some(Exit::Failed),
        (1.., _) => Some(Exit::Partial),
    };
    let message = format!("{in_flight} in flight: too late to cancel");
    let warning = exit.map(|exit| Warning { exit, message });
    let table = table::facts([
        ("batch", batch_id),
        ("cancelled", cancelled.to_string()),
        ("in flight", in_flight.to_string()),
    ]);
    Ok(Report { document, table, warning })
}
