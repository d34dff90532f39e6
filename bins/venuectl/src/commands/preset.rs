//! `venuectl preset`: states of the venue under a name, run as batches.

use serde::Deserialize;
use serde_json::{Map, Value};
use venue_api::{
    BatchAccepted, ConfigItem, PortLock, PresetCaptureBody, PresetCaptured, PresetList,
    PresetPreview, PresetRunBody, PresetTarget,
};
use venue_registry::Kind;

use super::{batch_report, config, source, venue, watch};
use crate::{
    cli::{PresetCapture, PresetCommand},
    client::{Answer, Client},
    clock::Clock,
    error::Failure,
    exit::Exit,
    format::or_none,
    intent::Intent,
    output::{Report, Warning},
    progress::Progress,
    table::{
        self,
        Column::{Always, Wide},
    },
};

pub(super) async fn run(
    client: &Client,
    command: &PresetCommand,
    progress: &mut Progress,
) -> Result<Report, Failure> {
    match command {
        PresetCommand::List => list(client).await,
        PresetCommand::Get(arg) => {
            let answer = client.get(&path(&arg.id, "")).await?;
            Ok(preview(answer, venue::shown_clock(client).await))
        }
        PresetCommand::Capture(wanted) => capture(client, wanted).await,
        PresetCommand::Set { preset, fields } => {
            let fields: Map<String, Value> = fields.fields.iter().cloned().collect();
            config::set_fields(client, Kind::Preset, &preset.id, &fields).await
        }
        PresetCommand::Run { preset, selectors, more, dry_run, watch: watching } => {
            let selectors =
                selectors.iter().chain(&more.selectors).map(ToString::to_string).collect();
            let body = PresetRunBody { selectors, dry_run: *dry_run, notes: None };
            let path = path(&preset.id, "/run");
            if *dry_run {
                let answer = client.post(&path, &body, Intent::Reads).await?;
                return Ok(preview(answer, venue::shown_clock(client).await));
            }
            let Answer { document, value } =
                client.post::<_, Ran>(&path, &body, Intent::Acts).await?;
            match value {
                Ran::Batch(value) => match value.batch_id.parse() {
                    Ok(id) if *watching => watch::new(client, &id, &value, progress).await,
                    Ok(_) | Err(_) => {
                        Ok(batch_report::accepted_report(Answer { document, value: *value }))
                    }
                },
                Ran::Nothing(value) => {
                    let clock = venue::shown_clock(client).await;
                    Ok(preview(Answer { document, value: *value }, clock))
                }
            }
        }
        PresetCommand::Remove(arg) => config::remove(client, Kind::Preset, &arg.id).await,
    }
}

/// The answer to a run.
#[derive(Deserialize)]
#[serde(untagged)]
enum Ran {
    /// What is sent.
    Batch(Box<BatchAccepted>),
    /// Nothing, because every TV is as it should be.
    Nothing(Box<PresetPreview>),
}

fn path(id: &str, leaf: &str) -> String {
    format!("/api/v1/presets/{id}{leaf}")
}

async fn list(client: &Client) -> Result<Report, Failure> {
    let Answer { document, value } = client.get::<PresetList>("/api/v1/presets").await?;
    let header = [
        Always("ID"),
        Always("NAME"),
        Always("TVS"),
        Wide("COLOR"),
        Wide("ORDER"),
        Always("ZONES"),
    ];
    let rows = value.items.into_iter().map(|preset| {
        let zones = preset.zones.join(", ");
        let (color, order) = (or_none(preset.color.as_deref()), preset.order.to_string());
        [preset.id, preset.name, preset.tvs.to_string(), color, order, zones]
    });
    let table = table::columns(header, rows, client.view().is_wide());
    Ok(Report { document, table, warning: None })
}

/// What a preset would send, TV by TV.
fn preview(answer: Answer<PresetPreview>, clock: &Clock) -> Report {
    let Answer { document, value } = answer;
    let sent = value.targets.iter().map(|target| {
        let (sent, note) = match &target.locked {
            Some(lock) => {
                let detail = target.locked_detail.clone();
                ("nothing".to_owned(), detail.unwrap_or_else(|| locked(lock, clock)))
            }
            None if target.changes => (target.commands.join(", "), String::new()),
            None => (target.commands.join(", "), "as assumed".to_owned()),
        };
        let at = source::sent(at(target), target.sent_to.as_ref());
        [at, or_none(target.name.as_deref()), sent, note]
    });
    let rejected = value.rejected.iter().map(|one| {
        let port = one.port.map(|port| format!("/{port}")).unwrap_or_default();
        let at = format!("{}{port}", one.hostname);
        [at, "-".to_owned(), "nothing".to_owned(), one.detail.clone()]
    });
    let same = value.unchanged.iter().map(|one| {
        let at = format!("{}/{}", one.hostname, one.port);
        [at, or_none(one.name.as_deref()), "nothing".to_owned(), "as assumed".to_owned()]
    });
    let left = value.undecided.iter().map(|one| {
        let at = format!("{}/{}", one.hostname, one.port);
        [at, or_none(one.name.as_deref()), "nothing".to_owned(), one.detail.clone()]
    });
    let unmatched = value.unmatched.iter().map(|one| {
        [one.selector.clone(), "-".to_owned(), "nothing".to_owned(), one.detail.clone()]
    });
    let rows = sent.chain(same).chain(rejected).chain(left).chain(unmatched);
    let also = source::also_changes(value.targets.iter().flat_map(|one| &one.also_changes));
    let table = format!("{}{also}", table::rows(["TV", "NAME", "SENT", ""], rows));
    let locked = value.targets.iter().filter(|target| target.locked.is_some()).count();
    let others = value.rejected.len() + value.undecided.len() + value.unmatched.len();
    let (left, all) = (others + locked, others + value.targets.len() + value.unchanged.len());
    let warning = (left > 0).then(|| Warning {
        exit: Exit::Partial,
        message: format!("{left} of {all} targets are left out"),
    });
    Report { document, table, warning }
}

/// Who has a TV, and until when.
fn locked(lock: &PortLock, clock: &Clock) -> String {
    let by = lock.by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    let until =
        lock.until.map(|until| format!(" until {}", clock.seconds(until))).unwrap_or_default();
    let reason = lock.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    format!("locked{by}{until}{reason}")
}

fn at(target: &PresetTarget) -> String {
    format!("{}/{}", target.hostname, target.port)
}

async fn capture(client: &Client, wanted: &PresetCapture) -> Result<Report, Failure> {
    let id = wanted.id.to_string();
    let revision = if wanted.replace {
        let path = format!("/api/v1/config/{}/{id}", Kind::Preset);
        client.get::<ConfigItem>(&path).await?.value.revision
    } else {
        None
    };
    let body = PresetCaptureBody {
        id,
        name: wanted.name.clone(),
        color: wanted.color.clone(),
        order: wanted.order,
        selectors: wanted.selectors.iter().map(ToString::to_string).collect(),
        revision,
        apply: !wanted.dry_run,
    };
    let intent = if wanted.dry_run { Intent::Reads } else { Intent::Manages };
    let path = "/api/v1/presets/capture";
    let answer = client.post::<_, PresetCaptured>(path, &body, intent).await?;
    let Answer { document, value } = answer;
    let unknown = value.unknown.iter().map(|one| {
        let fields = one.fields.join(", ");
        [format!("{}/{}", one.hostname, one.port), format!("not known: {fields}")]
    });
    let item = serde_json::to_string_pretty(&value.preset).unwrap_or_default();
    let unknown = table::rows(["TV", "LEFT OUT"], unknown);
    let table =
        if value.unknown.is_empty() { format!("{item}\n") } else { format!("{item}\n{unknown}") };
    Ok(Report { document, table, warning: None })
}
