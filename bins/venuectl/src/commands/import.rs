//! `venuectl import`: TVs and channels from a spreadsheet, as CSV.

use std::{collections::BTreeSet, path::Path};

use serde::Deserialize;
use serde_json::{Value, json};
use snafu::{OptionExt, ensure};
use venue_api::{ApplyBody, ConfigDocument};
use venue_domain::{ChannelNumber, Hostname, PortIndex};
use venue_registry::{Channel, Document, Label, Port, Tag, Timing, Zone};

use super::document;
use crate::{
    cli::ImportCommand,
    client::{Client, Intent},
    error::{CsvSnafu, Failure, InputError, NotRegisteredSnafu},
    output::Report,
};

/// One line of a file of ports.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PortRow {
    hostname: Hostname,
    port: i64,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    appliance: Option<String>,
    #[serde(default)]
    zone: Option<Label>,
    #[serde(default)]
    tags: Option<String>,
    #[serde(default)]
    profile: Option<Label>,
    #[serde(default)]
    default_channel: Option<ChannelNumber>,
}

/// One line of a file of channels.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChannelRow {
    name: String,
    number: ChannelNumber,
    #[serde(default)]
    platform: Option<String>,
    #[serde(default)]
    favourite: Option<String>,
    #[serde(default)]
    id: Option<Label>,
}

pub(super) async fn run(client: &Client, command: &ImportCommand) -> Result<Report, Failure> {
    let known = client.get::<ConfigDocument>("/api/v1/config").await?.value;
    let mut wanted: Document = serde_json::from_value(known.document).unwrap_or_default();
    let dry_run = match command {
        ImportCommand::Ports(csv) => {
            for (line, row) in rows::<PortRow>(&csv.file)? {
                take_port(&mut wanted, row, &csv.file, line)?;
            }
            csv.dry_run
        }
        ImportCommand::Channels(csv) => {
            for (line, row) in rows::<ChannelRow>(&csv.file)? {
                take_channel(&mut wanted, row, &csv.file, line)?;
            }
            csv.dry_run
        }
    };
    let document: Value = serde_json::to_value(&wanted).unwrap_or_else(|_| json!({}));
    // What was read is what is changed: another edit meanwhile is told.
    let body = ApplyBody { document, prune: false, revision: Some(known.revision) };
    let (path, intent) = match dry_run {
        true => ("/api/v1/config/diff", Intent::Reads),
        false => ("/api/v1/config/apply", Intent::Manages),
    };
    Ok(document::changes(client.post(path, &body, intent).await?))
}

/// The rows with their lines, counted from 1.
fn rows<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<Vec<(u64, T)>, InputError> {
    let text = document::text(path)?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for row in reader.deserialize() {
        let row = row.map_err(|error: csv::Error| {
            let line = error.position().map_or(0, csv::Position::line);
            CsvSnafu { path, line, reason: error.to_string() }.build()
        })?;
        rows.push((rows.len() as u64 + 2, row));
    }
    Ok(rows)
}

fn take_port(
    wanted: &mut Document,
    row: PortRow,
    path: &Path,
    line: u64,
) -> Result<(), InputError> {
    let index = PortIndex::try_from(row.port)
        .map_err(|error| CsvSnafu { path, line, reason: error.to_string() }.build())?;
    ensure!(!index.is_board(), CsvSnafu { path, line, reason: "a TV is at a port from 1 to 5" });
    let tags = labels(row.tags.as_deref(), path, line)?;
    for tag in &tags {
        let implied = || Tag { id: tag.clone(), name: None, description: None, color: None };
        if wanted.tags.iter().all(|known| known.id != *tag) {
            wanted.tags.push(implied());
        }
    }
    if let Some(zone) = &row.zone
        && wanted.zones.iter().all(|known| known.id != *zone)
    {
        wanted.zones.push(Zone { id: zone.clone(), name: None, order: 0 });
    }
    let mut devices = wanted.devices.iter_mut();
    let device = devices.find(|device| device.hostname == row.hostname);
    let device = device.with_context(|| NotRegisteredSnafu { device: row.hostname.to_string() })?;
    let before = device.ports.iter().position(|port| port.index == index);
    let timing = before.map_or_else(Timing::default, |place| device.ports[place].timing);
    let port = Port {
        index,
        name: row.name,
        appliance: row.appliance,
        zone: row.zone,
        tags,
        profile: row.profile,
        timing,
        default_channel: row.default_channel,
    };
    match before {
        Some(place) => device.ports[place] = port,
        None => device.ports.push(port),
    }
    Ok(())
}

fn take_channel(
    wanted: &mut Document,
    row: ChannelRow,
    path: &Path,
    line: u64,
) -> Result<(), InputError> {
    let made_up = || slug(&row.name, &row.number);
    let id = row.id.clone().or_else(made_up);
    let reason = "give an id: none can be made of this name";
    let id = id.ok_or_else(|| CsvSnafu { path, line, reason }.build())?;
    let favourite = match row.favourite.as_deref().map(str::to_lowercase).as_deref() {
        None | Some("" | "no" | "false" | "0") => false,
        Some("yes" | "true" | "1" | "x") => true,
        Some(_) => {
            return CsvSnafu { path, line, reason: "favourite is yes or no" }.fail();
        }
    };
    let channel = Channel {
        id,
        name: row.name,
        number: row.number,
        platform: row.platform,
        favourite,
        enabled: true,
    };
    match wanted.channels.iter_mut().find(|known| known.id == channel.id) {
        Some(known) => *known = channel,
        None => wanted.channels.push(channel),
    }
    Ok(())
}

/// A label of a name: `Fox Sports 1` is `fox-sports-1`.
fn slug(name: &str, number: &ChannelNumber) -> Option<Label> {
    let parts = name.to_lowercase();
    let parts: Vec<&str> =
        parts.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty()).collect();
    let mut text = parts.join("-");
    text.truncate(40);
    if text.is_empty() {
        text = format!("channel-{number}");
    }
    text.trim_end_matches('-').parse().ok()
}

fn labels(text: Option<&str>, path: &Path, line: u64) -> Result<Vec<Label>, InputError> {
    let words = text.unwrap_or_default().split_whitespace().collect::<BTreeSet<_>>();
    let label = |word: &str| {
        word.parse::<Label>()
            .map_err(|error| CsvSnafu { path, line, reason: error.to_string() }.build())
    };
    words.into_iter().map(label).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_gets_an_id_of_its_name() {
        let number: ChannelNumber = "060".parse().unwrap();
        assert_eq!(slug("Fox Sports 1!", &number).unwrap().as_str(), "fox-sports-1");
        assert_eq!(slug("第一", &number).unwrap().as_str(), "channel-060");
        assert!(slug(&"long name ".repeat(9), &number).is_some());
    }
}
