//! Completions that know the venue: the shell asks the program, and the program asks the daemon.

use std::{ffi::OsStr, time::Duration};

use clap::{Arg, Command, Parser};
use clap_complete::{ArgValueCompleter, CompletionCandidate};
use serde_json::Value;
use venue_api::{DeviceList, DeviceStatus, Port};

use crate::{
    cli::{Cli, Global},
    client::Client,
    contexts::Contexts,
    error::Failure,
    format::harmless,
    place::Place,
    token_file::Credential,
    trust,
};

/// What the value of an argument names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named {
    Device,
    Tv,
    Selector,
    Zone,
    Tag,
    Preset,
    Schedule,
    Source,
    Batch,
    Context,
}

/// Longer than that nobody waits for a key.
const PATIENCE: Duration = Duration::from_secs(1);

/// `command`, of which the arguments that name something of the venue are completed with what there is.
pub(crate) fn added_to(command: Command) -> Command {
    add(command, "")
}

fn add(command: Command, path: &str) -> Command {
    let group = path.split(' ').next().unwrap_or_default().to_owned();
    let command = command.mut_args(|arg| match named(&arg, &group) {
        Some(named) => arg.add(ArgValueCompleter::new(move |typed: &OsStr| found(named, typed))),
        None => arg,
    });
    let names: Vec<String> =
        command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    names.into_iter().fold(command, |command, name| {
        let path = format!("{path} {name}").trim_start().to_owned();
        command.mut_subcommand(name, |sub| add(sub, &path))
    })
}

/// What an argument names, from what it is called in the help.
fn named(arg: &Arg, group: &str) -> Option<Named> {
    let value =
        arg.get_value_names().and_then(|names| names.first()).map_or("", |name| name.as_str());
    match (value, arg.get_id().as_str(), group) {
        ("HOST" | "HOSTNAME" | "HOST[/PORT]", ..) => Some(Named::Device),
        ("HOST/PORT", ..) => Some(Named::Tv),
        ("SELECTOR", ..) => Some(Named::Selector),
        (_, "zone" | "zones", _) => Some(Named::Zone),
        (_, "tags", _) => Some(Named::Tag),
        ("BATCH", ..) => Some(Named::Batch),
        ("SOURCE", ..) => Some(Named::Source),
        ("ID", _, "preset") => Some(Named::Preset),
        ("ID", _, "schedule") => Some(Named::Schedule),
        ("ID", _, "source") => Some(Named::Source),
        (_, "context", _) | ("NAME", _, "context") => Some(Named::Context),
        _ => None,
    }
}

/// What there is that begins like what was typed; nothing where the daemon cannot be asked.
fn found(named: Named, typed: &OsStr) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy().to_lowercase();
    let all = if named == Named::Context { contexts() } else { asked(named).unwrap_or_default() };
    let fitting = all.into_iter().filter(|(name, _)| name.to_lowercase().starts_with(&typed));
    fitting.map(|(name, help)| CompletionCandidate::new(name).help(help.map(Into::into))).collect()
}

/// A name, and what people call it.
type Candidate = (String, Option<String>);

fn contexts() -> Vec<Candidate> {
    let contexts = Contexts::load().unwrap_or_default().contexts;
    contexts.into_iter().map(|(name, context)| (name, Some(context.server))).collect()
}

fn asked(named: Named) -> Result<Vec<Candidate>, Failure> {
    let Some(global) = global() else { return Ok(Vec::new()) };
    let Place { server, token_file, ca, .. } = Place::find(&global)?;
    let token = token_file.as_deref().map(Credential::read).transpose()?;
    let tls = trust::of(&server, ca.as_deref())?;
    let client = Client::new(server, PATIENCE, token, tls);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let Ok(runtime) = runtime else { return Ok(Vec::new()) };
    let all = runtime.block_on(candidates(&client, named));
    runtime.shutdown_background();
    all
}

/// The options that every command has, as the line that is being typed has them.
fn global() -> Option<Global> {
    let typed: Vec<String> = std::env::args().skip_while(|word| word != "--").collect();
    let is_of_place =
        |word: &str| matches!(word, "--server" | "--context" | "--token-file" | "--ca");
    let pairs = typed.windows(2).filter(|pair| pair.first().is_some_and(|word| is_of_place(word)));
    let words = ["venuectl".to_owned()].into_iter().chain(pairs.flatten().cloned());
    Cli::try_parse_from(words.chain(["status".to_owned()])).ok().map(|cli| cli.global)
}

async fn candidates(client: &Client, named: Named) -> Result<Vec<Candidate>, Failure> {
    let path = match named {
        Named::Device => "/api/v1/devices",
        Named::Tv => return tvs(client).await,
        Named::Selector => return selectors(client).await,
        Named::Zone => ZONES,
        Named::Tag => TAGS,
        Named::Preset => "/api/v1/presets",
        Named::Schedule => "/api/v1/schedules",
        Named::Source => "/api/v1/sources",
        Named::Batch => "/api/v1/batches?limit=50",
        Named::Context => return Ok(contexts()),
    };
    listed(client, path, "").await
}

const ZONES: &str = "/api/v1/config/zones?limit=1000";

const TAGS: &str = "/api/v1/config/tags?limit=1000";

async fn tvs(client: &Client) -> Result<Vec<Candidate>, Failure> {
    let devices = client.get::<DeviceList>("/api/v1/devices").await?.value.items;
    let of_device = |device: DeviceStatus| {
        let tv = move |port: Port| (format!("{}/{}", device.hostname, port.port), help(port.name));
        device.ports.into_iter().map(tv)
    };
    Ok(devices.into_iter().flat_map(of_device).collect())
}

/// What one types most first.
async fn selectors(client: &Client) -> Result<Vec<Candidate>, Failure> {
    let mut all = listed(client, ZONES, "zone=").await?;
    all.extend(listed(client, TAGS, "tag=").await?);
    all.push(("all".to_owned(), None));
    all.extend(tvs(client).await?);
    Ok(all)
}

/// The items of a list.
async fn listed(client: &Client, path: &str, prefix: &str) -> Result<Vec<Candidate>, Failure> {
    let document = client.get::<Value>(path).await?.value;
    let items = document["items"].as_array().into_iter().flatten();
    Ok(items.filter_map(|item| candidate(item, prefix)).collect())
}

fn candidate(item: &Value, prefix: &str) -> Option<Candidate> {
    let text = |field: &str| item[field].as_str();
    let name = text("name").or_else(|| item["item"]["name"].as_str());
    let id = text("id").or_else(|| text("batch_id")).or_else(|| text("hostname"))?;
    Some((format!("{prefix}{id}"), help(name.map(str::to_owned))))
}

/// A name as it is shown beside what is completed.
fn help(name: Option<String>) -> Option<String> {
    name.map(|name| harmless(&name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_an_argument_names_is_known_wherever_it_stands() {
        let command = Cli::described();
        let of = |path: &str, id: &str| {
            let mut found = &command;
            for name in path.split(' ') {
                found = found.find_subcommand(name).unwrap();
            }
            let group = path.split(' ').next().unwrap();
            let arg = found.get_arguments().find(|arg| arg.get_id().as_str() == id);
            named(arg.unwrap(), group)
        };
        let table = [
            ("tv on", "place", Some(Named::Tv)),
            ("tv on", "selector", Some(Named::Selector)),
            ("batch create on", "targets", Some(Named::Selector)),
            ("device get", "device", Some(Named::Device)),
            ("device adopt", "zone", Some(Named::Zone)),
            ("token create", "zones", Some(Named::Zone)),
            ("preset run", "id", Some(Named::Preset)),
            ("schedule run", "id", Some(Named::Schedule)),
            ("schedule add", "tz", None),
            ("venue set", "tz", None),
            ("source remove", "id", Some(Named::Source)),
            ("port set", "source", Some(Named::Source)),
            ("batch get", "id", Some(Named::Batch)),
            ("context use", "name", Some(Named::Context)),
            ("token create", "name", None),
        ];
        for (path, id, expected) in table {
            assert_eq!(of(path, id), expected, "{path} {id}");
        }
    }

    #[test]
    fn an_item_is_offered_as_it_is_typed_with_its_name_beside_it() {
        let left = candidate(&json!({"hostname": "ir-1", "name": "L\u{1b}eft"}), "").unwrap();
        assert_eq!(left, ("ir-1".to_owned(), Some("L\u{fffd}eft".to_owned())));
        let bar = candidate(&json!({"id": "bar", "item": {"name": "Main bar"}}), "zone=").unwrap();
        assert_eq!(bar, ("zone=bar".to_owned(), Some("Main bar".to_owned())));
        assert_eq!(candidate(&json!({"at": 1}), ""), None);
    }
}
