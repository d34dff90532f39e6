//! `venuectl codes import` and `adopt`: code sets from files, from the daemon and from its library folder.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use venue_api::{ConfigItem, ImportBody, ImportFinding, Imported};
use venue_domain::PortId;
use venue_registry::CodeSet;

use super::list::shown;
use crate::{
    cli::{AdoptCodesArgs, ImportCodesArgs, SetNames},
    client::{Answer, Client},
    commands::{config, document, meant},
    error::Failure,
    format::harmless,
    intent::Intent,
    output::Report,
    query::encoded,
    table,
};

const PATH: &str = "/api/v1/infrared/import";

pub(super) async fn import(client: &Client, args: &ImportCodesArgs) -> Result<Report, Failure> {
    let text = document::text(&args.file)?;
    if let Some(set) = exported(&text) {
        return put(client, args, set).await;
    }
    let path = args.file.to_str().filter(|path| *path != "-").map(ToOwned::to_owned);
    let body = ImportBody {
        text: Some(text),
        path,
        format: args.format.clone(),
        remote: args.remote.clone(),
        licence: args.licence.clone(),
        rename: args.renames.iter().cloned().collect(),
        ..named(&args.names)
    };
    if args.dry_run {
        return Ok(report(client.post(PATH, &body, Intent::Reads).await?));
    }
    let revision = if args.replace { revision(client, &body).await? } else { None };
    let body = ImportBody { apply: true, revision, ..body };
    Ok(report(client.create(PATH, &body).await?))
}

/// The body with what a person says of the set.
fn named(names: &SetNames) -> ImportBody {
    let SetNames { id, make, models, kind } = names;
    ImportBody {
        id: id.clone(),
        make: make.clone(),
        models: (!models.is_empty()).then(|| models.clone()),
        kind: kind.clone(),
        ..ImportBody::default()
    }
}

/// The revision of the set that the import would make, if it is there already.
async fn revision(client: &Client, body: &ImportBody) -> Result<Option<u64>, Failure> {
    let dry = client.post::<_, Imported>(PATH, body, Intent::Reads).await?.value;
    let id = dry.set["id"].as_str().unwrap_or_default();
    of_set(client, id).await
}

async fn of_set(client: &Client, id: &str) -> Result<Option<u64>, Failure> {
    let path = format!("/api/v1/config/codesets/{}", encoded(id));
    match client.get::<ConfigItem>(&path).await {
        Ok(found) => Ok(found.value.revision),
        Err(Failure::Problem { problem, .. }) if problem.status == 404 => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// A set that `codes export` printed.
fn exported(text: &str) -> Option<Value> {
    let value: Value = serde_json::from_str(text).ok()?;
    let has_keys = value.get("keys").is_some_and(Value::is_object);
    (has_keys && value.get("id").is_some_and(Value::is_string)).then_some(value)
}

/// Saves a set that was exported, under the name that is asked for.
async fn put(client: &Client, args: &ImportCodesArgs, mut set: Value) -> Result<Report, Failure> {
    let SetNames { id, make, models, kind } = &args.names;
    for (field, value) in [("id", id), ("make", make), ("kind", kind)] {
        if let Some(value) = value {
            set[field] = json!(value);
        }
    }
    if !models.is_empty() {
        set["models"] = json!(models);
    }
    let id = set["id"].as_str().unwrap_or_default().to_owned();
    if args.dry_run {
        let body = json!({"document": {"codesets": [set]}});
        let answer = client.post("/api/v1/config/diff", &body, Intent::Reads).await?;
        return Ok(document::changes(answer));
    }
    let known = if args.replace { of_set(client, &id).await? } else { None };
    let path = format!("/api/v1/config/codesets/{}", encoded(&id));
    match known {
        Some(revision) => config::shown(client.patch(&path, Some(revision), &set).await?),
        None => config::shown(client.create("/api/v1/config/codesets", &set).await?),
    }
}

pub(super) async fn adopt(client: &Client, args: &AdoptCodesArgs) -> Result<Report, Failure> {
    // First: a set that is saved for ports that cannot take it would be half of what was asked for.
    let mut ports = Vec::new();
    for port in &args.ports {
        ports.push(meant::place(client, port).await?);
    }
    for device in ports.iter().map(|port| &port.device).collect::<BTreeSet<_>>() {
        config::editable_device(client, device).await?;
    }
    let (id, mut report) = adopted(client, args).await?;
    for port in &ports {
        give(client, port, &id, args.emitter.as_deref()).await?;
        report.table.push_str(&format!("{port} is driven by {id}\n"));
    }
    Ok(report)
}

/// The name of the set, which is the venue's from now on if it was not before.
async fn adopted(client: &Client, args: &AdoptCodesArgs) -> Result<(String, Report), Failure> {
    let names = named(&args.names);
    if let Some(id) = args.set.as_ref().filter(|_| names == ImportBody::default()) {
        let path = format!("/api/v1/config/codesets/{}", encoded(id));
        match client.get::<ConfigItem>(&path).await {
            Ok(Answer { document, .. }) => {
                let table = format!("{id} is a code set of the venue already\n");
                return Ok((id.clone(), Report { document, table, warning: None }));
            }
            Err(Failure::Problem { problem, .. }) if problem.status == 404 => {}
            Err(failure) => return Err(failure),
        }
    }
    let from = ImportBody { starter: args.set.clone(), file: args.file.clone(), ..names };
    let dry = client.post::<_, Imported>(PATH, &from, Intent::Reads).await?;
    let id = dry.value.set["id"].as_str().unwrap_or_default().to_owned();
    if dry.value.changes.is_empty() {
        let table = format!("{id} is a code set of the venue already, and the same\n");
        return Ok((id, Report { document: dry.document, table, warning: None }));
    }
    let answer = client.create(PATH, &ImportBody { apply: true, ..from }).await?;
    Ok((id, report(answer)))
}

/// Drives a TV by the set.
async fn give(
    client: &Client,
    port: &PortId,
    id: &str,
    emitter: Option<&str>,
) -> Result<(), Failure> {
    let change = |ports: &mut Vec<Value>| {
        config::with_port(ports, port, |port| {
            port.insert("codeset".to_owned(), json!(id));
            if let Some(emitter) = emitter {
                port.insert("emitter".to_owned(), json!(emitter));
            }
            // A port has a code set or these, not both.
            port.remove("mapping");
            port.remove("discrete_power");
        });
    };
    config::edit_ports(client, port, change).await.map(drop)
}

fn report(answer: Answer<Imported>) -> Report {
    let Answer { document, value } = answer;
    let mut text = match serde_json::from_value::<CodeSet>(value.set.clone()) {
        Ok(set) => shown(&set),
        Err(_) => value.set.to_string(),
    };
    let finding = |one: &ImportFinding| {
        let line = one.line.map_or_else(|| "-".to_owned(), |line| line.to_string());
        [line, harmless(&one.what), harmless(&one.why)]
    };
    for (title, all) in [("LEFT OUT", &value.dropped), ("MAY NOT WORK", &value.warnings)] {
        if !all.is_empty() {
            text.push('\n');
            text.push_str(&table::rows(["LINE", title, "WHY"], all.iter().map(finding)));
        }
    }
    let saved = if value.applied { "saved" } else { "dry run: nothing is saved" };
    text.push_str(&format!("\n{saved}, revision {}\n", value.revision));
    Report { document, table: text, warning: None }
}
