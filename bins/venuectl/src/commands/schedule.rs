//! `venuectl schedule`: what fires when, and what became of it.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use venue_api::{
    BatchAccepted, MoveBody, NextRun, NextRuns, OccurrenceKind, PutBack, Schedule, ScheduleList,
    SchedulePreview, ScheduleRemoved, ScheduleRuns, SkipBody, SkipReason,
};
use venue_registry::Day;

use super::{batch_report, watch};
use crate::{
    cli::{MoveArgs, NewSchedule, RunArgs, ScheduleCommand},
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
                let skipped = next.skip_reason.map_or("", skip_word);
                let utc = seconds(next.at).to_string();
                [next.local.clone(), next.zone.clone(), utc, skipped.to_owned()]
            });
            let table = table::rows(["LOCAL", "ZONE", "UTC", ""], rows);
            Ok(Report { document, table, warning: None })
        }
        ScheduleCommand::Runs(arg) => runs(client, &arg.id).await,
        ScheduleCommand::Skip(args) => marked(client, args, "/skip").await,
        ScheduleCommand::Unskip(args) => marked(client, args, "/unskip").await,
        ScheduleCommand::Move(MoveArgs { schedule, on, to, put_back }) => {
            let body = MoveBody { on: on.clone(), to: to.clone(), put_back: put_back.clone() };
            Ok(shown(client.create(&path(&schedule.id, "/move"), &body).await?))
        }
        ScheduleCommand::Except { schedule, dates, remove } => {
            except(client, &schedule.id, dates, *remove).await
        }
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
        ("holidays", &new.holidays),
    ];
    if !new.except.is_empty() {
        body.insert("except".to_owned(), json!(new.except));
    }
    for (field, text) in texts {
        if let Some(text) = text {
            body.insert(field.to_owned(), json!(text));
        }
    }
    body
}

/// Skips a run, or does after all what was skipped.
async fn marked(client: &Client, args: &RunArgs, leaf: &str) -> Result<Report, Failure> {
    let body = SkipBody { on: args.on.clone() };
    Ok(shown(client.create(&path(&args.schedule.id, leaf), &body).await?))
}

/// Adds dates to the exceptions of a schedule, or takes them away.
async fn except(client: &Client, id: &str, dates: &[Day], remove: bool) -> Result<Report, Failure> {
    let path = path(id, "");
    let found = client.get::<Schedule>(&path).await?.value;
    // What it does not know it does not send back.
    let known = serde_json::from_value::<Vec<Day>>(found.item["except"].clone());
    let mut all: BTreeSet<Day> = known.unwrap_or_default().into_iter().collect();
    for date in dates {
        if remove {
            all.remove(date);
        } else {
            all.insert(*date);
        }
    }
    Ok(shown(client.patch(&path, Some(found.revision), &json!({"except": all})).await?))
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
    facts.extend(value.put_back.as_ref().map(|it| ("put back", put_back_time(it))));
    facts.extend(value.made_by.clone().map(|name| ("made by", name)));
    let facts = table::facts(facts);
    let item = serde_json::to_string_pretty(&value.item).unwrap_or_default();
    Report { document, table: format!("{facts}{item}\n"), warning: None }
}

fn next(schedule: &Schedule) -> String {
    match (&schedule.next, schedule.paused) {
        (_, true) => "paused".to_owned(),
        (None, false) => match &schedule.put_back {
            Some(until) => format!("no further run, put back {}", put_back_time(until)),
            None => "no further run".to_owned(),
        },
        (Some(NextRun { at, local, zone, skip_reason, put_back, .. }), false) => {
            let skipped = skip_reason.map(|why| format!(", {}", skip_word(why)));
            let skipped = skipped.unwrap_or_default();
            let put_back = put_back.as_ref().map(|it| format!(", put back {}", put_back_time(it)));
            format!("{local} {zone} ({}{skipped}{})", seconds(*at), put_back.unwrap_or_default())
        }
    }
}

/// Why a run is left out.
pub(super) const fn skip_word(why: SkipReason) -> &'static str {
    match why {
        SkipReason::Skipped => "skipped",
        SkipReason::Exception => "exception",
        SkipReason::Holiday => "holiday",
    }
}

/// When something is put back; that this is another day is said.
fn put_back_time(PutBack { local, next_day, skipped, .. }: &PutBack) -> String {
    let next_day = if *next_day { "the next day " } else { "" };
    let skipped = if *skipped { " (skipped)" } else { "" };
    format!("{next_day}at {local}{skipped}")
}
