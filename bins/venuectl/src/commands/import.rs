//! `venuectl import`: devices, TVs and channels from a spreadsheet.
//!
//! A column that the file does not have leaves its field as it is. Either all rows are taken over, or
//! none, and then every wrong one is named.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use venue_api::{ApplyBody, ConfigDocument};
use venue_domain::{ChannelNumber, Hostname, PortIndex};
use venue_registry::{Channel, Device, Document, Label, Port, Tag, VolumeAt, Zone, blaster_port};

use super::document;
use crate::{
    cli::{CsvFile, ImportCommand},
    client::Client,
    error::{Failure, InputError},
    intent::Intent,
    output::Report,
    spreadsheet::{Cell, Problems, Row, Sheet, yes_or_no},
};

pub(super) async fn run(client: &Client, command: &ImportCommand) -> Result<Report, Failure> {
    let known = client.get::<ConfigDocument>("/api/v1/config").await?.value;
    let mut wanted = registry_of(known.document);
    let CsvFile { dry_run, .. } = match command {
        ImportCommand::Devices(csv) => {
            take_devices(&mut wanted, csv)?;
            csv
        }
        ImportCommand::Ports(csv) => {
            take_ports(&mut wanted, csv)?;
            csv
        }
        ImportCommand::Channels(csv) => {
            take_channels(&mut wanted, csv)?;
            csv
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

/// What a document says of all but schedules, of which a spreadsheet says nothing.
pub(super) fn registry_of(mut document: Value) -> Document {
    document.as_object_mut().and_then(|fields| fields.remove("schedules"));
    serde_json::from_value(document).unwrap_or_default()
}

fn take_devices(wanted: &mut Document, csv: &CsvFile) -> Result<(), InputError> {
    let columns = ["address", "mac", "name", "location", "notes"];
    let sheet = Sheet::read(&csv.file, &["hostname"], &columns)?;
    let (mut problems, mut seen) = (Problems::default(), BTreeMap::new());
    let mut places = places(&wanted.devices);
    for row in sheet.rows() {
        let Some(hostname) = sheet.needed::<Hostname>(row, "hostname", &mut problems) else {
            continue;
        };
        if !is_first(&mut seen, hostname.clone(), &hostname.to_string(), row, &mut problems) {
            continue;
        }
        let place = match places.get(&hostname) {
            Some(place) => *place,
            None => {
                let Ok(address) = format!("{hostname}.local").parse() else {
                    problems.row(row.line, "address is empty");
                    continue;
                };
                places.insert(hostname.clone(), wanted.devices.len());
                wanted.devices.push(Device {
                    hostname,
                    address,
                    mac: None,
                    name: None,
                    location: None,
                    notes: None,
                    ports: Vec::new(),
                });
                wanted.devices.len() - 1
            }
        };
        let device = &mut wanted.devices[place];
        if let Cell::Value(address) = sheet.cell(row, "address", &mut problems) {
            device.address = address;
        }
        sheet.cell(row, "mac", &mut problems).set(&mut device.mac);
        sheet.cell(row, "name", &mut problems).set(&mut device.name);
        sheet.cell(row, "location", &mut problems).set(&mut device.location);
        sheet.cell(row, "notes", &mut problems).set(&mut device.notes);
    }
    problems.none_or_error(&csv.file)
}

fn take_ports(wanted: &mut Document, csv: &CsvFile) -> Result<(), InputError> {
    let columns = [
        "name",
        "appliance",
        "zone",
        "tags",
        "profile",
        "default_channel",
        "platform",
        "codeset",
        "emitter",
        "source",
        "volume",
    ];
    let sheet = Sheet::read(&csv.file, &["hostname", "port"], &columns)?;
    let (mut problems, mut seen) = (Problems::default(), BTreeMap::new());
    let places = places(&wanted.devices);
    for row in sheet.rows() {
        let hostname = sheet.needed::<Hostname>(row, "hostname", &mut problems);
        let index = port_of(&sheet, row, &mut problems);
        let (Some(hostname), Some(index)) = (hostname, index) else { continue };
        let tv = format!("{hostname}/{index}");
        if !is_first(&mut seen, (hostname.clone(), index), &tv, row, &mut problems) {
            continue;
        }
        let Some(place) = places.get(&hostname).copied() else {
            let what = format!(
                "hostname \"{hostname}\": it is not registered, or only in the daemon's \
                 configuration file: `venuectl import devices` or `venuectl device adopt \
                 {hostname}` registers it"
            );
            problems.row(row.line, &what);
            continue;
        };
        let zone = sheet.cell::<Label>(row, "zone", &mut problems);
        let tags = sheet.cell_with(row, "tags", &mut problems, labels);
        imply(wanted, &zone, &tags);
        let port = port_at(&mut wanted.devices[place], index);
        zone.set(&mut port.zone);
        match tags {
            Cell::NoColumn | Cell::Wrong => {}
            Cell::Empty => port.tags = Vec::new(),
            Cell::Value(tags) => port.tags = tags,
        }
        sheet.cell(row, "name", &mut problems).set(&mut port.name);
        sheet.cell(row, "appliance", &mut problems).set(&mut port.appliance);
        sheet.cell(row, "profile", &mut problems).set(&mut port.profile);
        sheet.cell(row, "default_channel", &mut problems).set(&mut port.default_channel);
        sheet.cell(row, "platform", &mut problems).set(&mut port.platform);
        sheet.cell(row, "codeset", &mut problems).set(&mut port.codeset);
        sheet.cell(row, "emitter", &mut problems).set(&mut port.emitter);
        sheet.cell(row, "source", &mut problems).set(&mut port.source);
        match sheet.cell::<VolumeAt>(row, "volume", &mut problems) {
            Cell::NoColumn | Cell::Wrong => {}
            Cell::Empty => port.volume = VolumeAt::Tv,
            Cell::Value(volume) => port.volume = volume,
        }
    }
    problems.none_or_error(&csv.file)
}

/// Where each device stands.
fn places(devices: &[Device]) -> BTreeMap<Hostname, usize> {
    devices.iter().enumerate().map(|(place, device)| (device.hostname.clone(), place)).collect()
}

fn port_of(sheet: &Sheet, row: &Row, problems: &mut Problems) -> Option<PortIndex> {
    let read = |text: &str| {
        let number = text.parse::<i64>().map_err(|_| "give the number of the port".to_owned())?;
        let index = blaster_port(number).map_err(|error| error.to_string())?;
        if index.is_board() {
            Err("port 0 is the board itself; a TV has a port from 1 to 5".to_owned())
        } else {
            Ok(index)
        }
    };
    match sheet.cell_with(row, "port", problems, read) {
        Cell::Value(index) => Some(index),
        Cell::Wrong => None,
        Cell::NoColumn | Cell::Empty => {
            problems.row(row.line, "port is empty");
            None
        }
    }
}

/// Whether no row before this one was about the same thing.
fn is_first<K: Ord>(
    seen: &mut BTreeMap<K, u64>,
    key: K,
    what: &str,
    row: &Row,
    problems: &mut Problems,
) -> bool {
    let before = seen.insert(key, row.line);
    if let Some(before) = before {
        problems.row(row.line, &format!("{what} is already in line {before}"));
    }
    before.is_none()
}

/// Zones and tags that are named for the first time are made.
fn imply(wanted: &mut Document, zone: &Cell<Label>, tags: &Cell<Vec<Label>>) {
    if let Cell::Value(zone) = zone
        && wanted.zones.iter().all(|known| known.id != *zone)
    {
        wanted.zones.push(Zone { id: zone.clone(), name: None, order: 0 });
    }
    let Cell::Value(tags) = tags else { return };
    for tag in tags {
        if wanted.tags.iter().all(|known| known.id != *tag) {
            let id = tag.clone();
            wanted.tags.push(Tag { id, name: None, description: None, color: None });
        }
    }
}

/// The port, which is new if nothing was there.
fn port_at(device: &mut Device, index: PortIndex) -> &mut Port {
    let place = device.ports.iter().position(|port| port.index == index);
    let place = place.unwrap_or_else(|| {
        device.ports.push(Port::new(index));
        device.ports.len() - 1
    });
    &mut device.ports[place]
}

fn take_channels(wanted: &mut Document, csv: &CsvFile) -> Result<(), InputError> {
    let columns = ["id", "platform", "favourite", "enabled", "number:NAME"];
    let sheet = Sheet::read(&csv.file, &["name", "number"], &columns)?;
    let (mut problems, mut taken) = (Problems::default(), BTreeMap::new());
    let (named, mut places) = (by_name(&wanted.channels), BTreeMap::new());
    for (place, channel) in wanted.channels.iter().enumerate() {
        places.insert(channel.id.clone(), place);
    }
    for row in sheet.rows() {
        let name = sheet.needed::<String>(row, "name", &mut problems);
        let number = sheet.needed::<ChannelNumber>(row, "number", &mut problems);
        let id = sheet.cell::<Label>(row, "id", &mut problems);
        let (Some(name), Some(number)) = (name, number) else { continue };
        let id = match id {
            Cell::Value(id) => Some(id),
            Cell::Wrong => continue,
            Cell::NoColumn | Cell::Empty => id_of(&named, &taken, &name, &number),
        };
        let Some(id) = id else {
            problems.row(row.line, "id is empty, and no id can be made from this name");
            continue;
        };
        if !is_first(&mut taken, id.clone(), &format!("the channel {id}"), row, &mut problems) {
            continue;
        }
        let channel = channel_of(&mut wanted.channels, &mut places, id, &name, &number);
        (channel.name, channel.number) = (name, number);
        sheet.cell(row, "platform", &mut problems).set(&mut channel.platform);
        for platform in sheet.names_of("number") {
            match sheet.cell(row, &format!("number:{platform}"), &mut problems) {
                Cell::NoColumn | Cell::Wrong => {}
                Cell::Empty => drop(channel.numbers.remove(platform)),
                Cell::Value(number) => drop(channel.numbers.insert(platform.to_owned(), number)),
            }
        }
        let favourite = sheet.cell_with(row, "favourite", &mut problems, yes_or_no);
        channel.favourite = cell_or(favourite, channel.favourite, false);
        let enabled = sheet.cell_with(row, "enabled", &mut problems, yes_or_no);
        channel.enabled = cell_or(enabled, channel.enabled, true);
    }
    problems.none_or_error(&csv.file)
}

/// What a cell says; `empty` where nothing stands in it, `before` where it says nothing.
const fn cell_or(cell: Cell<bool>, before: bool, empty: bool) -> bool {
    match cell {
        Cell::NoColumn | Cell::Wrong => before,
        Cell::Empty => empty,
        Cell::Value(value) => value,
    }
}

/// The channels by their names and numbers, as they were before; of several the first.
fn by_name(known: &[Channel]) -> BTreeMap<(String, ChannelNumber), Label> {
    let mut named = BTreeMap::new();
    for channel in known {
        let name = (channel.name.clone(), channel.number.clone());
        named.entry(name).or_insert_with(|| channel.id.clone());
    }
    named
}

/// Which channel a row without an id is about: the one of that name and number; else the one of that
/// name, which gets another number; else a new one.
fn id_of(
    known: &BTreeMap<(String, ChannelNumber), Label>,
    taken: &BTreeMap<Label, u64>,
    name: &str,
    number: &ChannelNumber,
) -> Option<Label> {
    let same = known.get(&(name.to_owned(), number.clone()));
    if let Some(same) = same.filter(|id| !taken.contains_key(*id)) {
        return Some(same.clone());
    }
    let of_name = slug(name, number)?;
    if !taken.contains_key(&of_name) {
        return Some(of_name);
    }
    // The same name on another number is another channel.
    format!("{of_name}-{number}").parse().ok()
}

fn channel_of<'a>(
    channels: &'a mut Vec<Channel>,
    places: &mut BTreeMap<Label, usize>,
    id: Label,
    name: &str,
    number: &ChannelNumber,
) -> &'a mut Channel {
    let place = places.get(&id).copied().unwrap_or_else(|| {
        places.insert(id.clone(), channels.len());
        channels.push(Channel {
            id,
            name: name.to_owned(),
            number: number.clone(),
            platform: None,
            numbers: BTreeMap::new(),
            favourite: false,
            enabled: true,
        });
        channels.len() - 1
    });
    &mut channels[place]
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

fn labels(text: &str) -> Result<Vec<Label>, String> {
    let tags: BTreeSet<&str> =
        text.split([' ', ',', ';']).filter(|word| !word.is_empty()).collect();
    tags.into_iter().map(|word| word.parse::<Label>().map_err(|error| error.to_string())).collect()
}

#[cfg(test)]
mod tests;
