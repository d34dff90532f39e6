//! `venuectl schedule`: what fires when, and what became of it.

use serde_json::{Map, Value, json};
use venue_api::{
    BatchAccepted, NextRun, NextRuns, OccurrenceKind, PutBack, Schedule, ScheduleList,
    SchedulePreview, ScheduleRemoved, ScheduleRuns,
};

use super::{batch_report, watch};
use crate::{
    cli::{NewSchedule, ScheduleCommand},
    client::{Answer, Client},
    error::Failure,
    format::{or_none, seconds},
    output::Report,
    progress::Progress,
    table,
};

pub(super) async fn run(
    client: &Client,
    command: &ScheduleCommand,
    progress: &mut Progress,
) -> Result<Report, Failure> {
    match command {
        ScheduleCommand::List => list(client).await,
        ScheduleCommand::Get(arg) => Ok(shown(client.get(&path(&arg.id, "")).await?)),
        ScheduleCommand::Add(new) => {
            Ok(shown(client.create("/api/v1/schedules", &body(new)).await?))
        }
        ScheduleCommand::Set { schedule, fields } => {
            let path = path(&schedule.id, "");
            let found = client.get::<Schedule>(&path).await?.value;
            let fields: Map<String, Value> = fields.fields.iter().cloned().collect();
            Ok(shown(client.patch(&path, Some(found.revision), &fields).await?))
        }
        ScheduleCommand::Remove(arg) => remove(client, &arg.id).await,
        ScheduleCommand::Next { schedule, number } => {
            let path = format!("{}?n={number}", path(&schedule.id, "/next"));
            let Answer { document, value } = client.get::<NextRuns>(&path).await?;
            let rows = value.items.iter().map(|next| {
                let skipped = if next.skipped { "skipped" } else { "" };
                let utc = seconds(next.at).to_string();
                [next.local.clone(), next.zone.clone(), utc, skipped.to_owned()]
            });
            let table = table::rows(["LOCAL", "ZONE", "UTC", ""], rows);
            Ok(Report { document, table, warning: None })
        }
        ScheduleCommand::Runs(arg) => runs(client, &arg.id).await,
        ScheduleCommand::Skip(arg) => Ok(shown(client.post_empty(&path(&arg.id, "/skip")).await?)),
        ScheduleCommand::Preview(arg) => preview(client, &arg.id).await,
        ScheduleCommand::Run { schedule, watch: watching } => {
            let answer = client.post_empty::<BatchAccepted>(&path(&schedule.id, "/run")).await?;
            match answer.value.batch_id.parse() {
                Ok(id) if *watching => watch::new(client, &id, &answer.value, progress).await,
                Ok(_) | Err(_) => Ok(batch_report::accepted_report(answer)),
            }
        }
        ScheduleCommand::Pause(arg) => {
            Ok(shown(client.post_empty(&path(&arg.id, "/pause")).await?))
        }
        ScheduleCommand::Resume(arg) => {
            Ok(shown(client.post_empty(&path(&arg.id, "/resume")).await?))
        }
    }
}

fn path(id: &str, leaf: &str) -> String {
    format!("/api/v1/schedules/{id}{leaf}")
}

fn body(new: &NewSchedule) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("id".to_owned(), json!(new.id));
    body.insert("selectors".to_owned(), json!(new.selectors));
    body.insert("steps".to_owned(), json!(new.steps));
    let texts = [
        ("cron", &new.cron),
        ("at", &new.at),
        ("put_back", &new.put_back),
        ("zone", &new.tz),
        ("name", &new.name),
        ("missed", &new.missed),
        ("overlap", &new.overlap),
    ];
    for (field, text) in texts {
        if let Some(text) = text {
            body.insert(field.to_owned(), json!(text));
        }
    }
    body
}

async fn list(client: &Client) -> Result<Report, Failure> {
    let Answer { document, value } = client.get::<ScheduleList>("/api/v1/schedules").await?;
    let row = |schedule: &Schedule| {
        let texts = |field: &str| {
            let all = schedule.item[field].as_array().into_iter().flatten();
            all.filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        };
        [schedule.id.clone(), next(schedule), texts("selectors"), texts("steps")]
    };
    let header = ["ID", "NEXT", "TVS", "STEPS"];
    let table = table::rows(header, value.items.iter().map(row));
    Ok(Report { document, table, warning: None })
}

async fn runs(client: &Client, id: &str) -> Result<Report, Failure> {
    let Answer { document, value } = client.get::<ScheduleRuns>(&path(id, "/runs")).await?;
    let rows = value.items.into_iter().map(|run| {
        let batch = or_none(run.batch_id.as_deref());
        let what = match run.kind {
            OccurrenceKind::Run => "run",
            OccurrenceKind::PutBack => "put back",
        };
        [run.occurrence, what.to_owned(), run.outcome, batch, or_none(run.detail.as_deref())]
    });
    let table = table::rows(["LOCAL", "WHAT", "OUTCOME", "BATCH", "DETAIL"], rows);
    Ok(Report { document, table, warning: None })
}

async fn preview(client: &Client, id: &str) -> Result<Report, Failure> {
    let Answer { document, value } = client.get::<SchedulePreview>(&path(id, "/preview")).await?;
    let sent = value.targets.into_iter().map(|target| {
        let port = format!("{}/{}", target.hostname, target.port);
        [port, or_none(target.name.as_deref()), target.commands.join(", ")]
    });
    let left = value.rejected.into_iter().map(|target| {
        let port = target.port.map(|port| format!("/{port}")).unwrap_or_default();
        [format!("{}{port}", target.hostname), or_none(None), format!("nothing: {}", target.detail)]
    });
    let table = table::rows(["TV", "NAME", "WOULD BE SENT"], sent.chain(left));
    Ok(Report { document, table, warning: None })
}

async fn remove(client: &Client, id: &str) -> Result<Report, Failure> {
    let path = path(id, "");
    let found = client.get::<Schedule>(&path).await?.value;
    let Answer { document, value } =
        client.remove::<ScheduleRemoved>(&path, Some(found.revision)).await?;
    Ok(Report { document, table: format!("{} was removed\n", value.id), warning: None })
}

fn shown(answer: Answer<Schedule>) -> Report {
    let Answer { document, value } = answer;
    let mut facts = vec![("schedule", value.id.clone()), ("next", next(&value))];
    if let Some(PutBack { local, skipped, .. }) = &value.put_back {
        let skipped = if *skipped { " (skipped)" } else { "" };
        facts.push(("put back", format!("{local}{skipped}")));
    }
    facts.extend(value.made_by.clone().map(|name| ("made by", name)));
    let facts = table::facts(facts);
    let item = serde_json::to_string_pretty(&value.item).unwrap_or_default();
    Report { document, table: format!("{facts}{item}\n"), warning: None }
}

fn next(schedule: &Schedule) -> String {
    match (&schedule.next, schedule.paused) {
        (_, true) => "paused".to_owned(),
        (None, false) => "no further run".to_owned(),
        (Some(NextRun { at, local, zone, skipped, put_back }), false) => {
            let skipped = if *skipped { ", skipped" } else { "" };
            let put_back = put_back.as_ref().map(|until| format!(", put back at {}", until.local));
            format!("{local} {zone} ({}{skipped}{})", seconds(*at), put_back.unwrap_or_default())
        }
    }
}
