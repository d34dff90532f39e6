//! `venuectl export`: the configuration as one document, or a part of it for a spreadsheet.

use std::collections::BTreeSet;

use snafu::ResultExt;
use venue_api::ConfigDocument;
use venue_registry::{Channel, Device, Document, Label, Port};

use super::import::registry_of;
use crate::{
    cli::Spreadsheet,
    client::{Answer, Client},
    error::{Failure, RequestBodySnafu, WriteYamlSnafu},
    output::Report,
};

pub(super) async fn run(client: &Client, part: Option<Spreadsheet>) -> Result<Report, Failure> {
    let Answer { document, value } = client.get::<ConfigDocument>("/api/v1/config").await?;
    // So that `-o yaml` is what `apply` takes, too.
    let document = match part {
        None if client.view().is_yaml() => {
            serde_json::to_vec(&value.document).context(RequestBodySnafu)?.into()
        }
        None | Some(_) => document,
    };
    let table = match part {
        None => serde_saphyr::to_string(&value.document).context(WriteYamlSnafu)?,
        Some(part) => csv(part, &registry_of(value.document)),
    };
    Ok(Report { document, table, warning: None })
}

/// With the columns that `venuectl import` reads.
fn csv(part: Spreadsheet, document: &Document) -> String {
    match part {
        Spreadsheet::Devices => devices(document),
        Spreadsheet::Ports => ports(document),
        Spreadsheet::Channels => channels(document),
    }
}

fn devices(document: &Document) -> String {
    let row = |device: &Device| {
        vec![
            device.hostname.to_string(),
            device.address.to_string(),
            text(device.mac.as_ref()),
            text(device.name.as_ref()),
            text(device.location.as_ref()),
            text(device.notes.as_ref()),
        ]
    };
    let rows: Vec<_> = document.devices.iter().map(row).collect();
    written(&["hostname", "address", "mac", "name", "location", "notes"], &rows)
}

fn ports(document: &Document) -> String {
    let row = |(device, port): (&Device, &Port)| {
        let tags: Vec<&str> = port.tags.iter().map(Label::as_str).collect();
        vec![
            device.hostname.to_string(),
            port.index.to_string(),
            text(port.name.as_ref()),
            text(port.appliance.as_ref()),
            text(port.zone.as_ref()),
            tags.join(" "),
            text(port.profile.as_ref()),
            text(port.default_channel.as_ref()),
            text(port.platform.as_ref()),
            text(port.codeset.as_ref()),
            text(port.emitter.as_ref()),
            text(port.source.as_ref()),
            // Where there is no source, the TV has the sound: nothing to say.
            text(port.source.as_ref().map(|_| port.volume.name()).as_ref()),
        ]
    };
    let mut rows = Vec::new();
    for device in &document.devices {
        rows.extend(device.ports.iter().map(|port| row((device, port))));
    }
    let names = ["hostname", "port", "name", "appliance", "zone", "tags", "profile"];
    let more = ["default_channel", "platform", "codeset", "emitter", "source", "volume"];
    written(&[&names[..], &more[..]].concat(), &rows)
}

/// A channel has a number for each platform of the line-up.
fn channels(document: &Document) -> String {
    let word = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    let all = &document.channels;
    let platforms: BTreeSet<&String> =
        all.iter().flat_map(|channel| channel.numbers.keys()).collect();
    let row = |channel: &Channel| {
        let own = [
            channel.id.to_string(),
            channel.name.clone(),
            channel.number.to_string(),
            text(channel.platform.as_ref()),
            word(channel.favourite),
            word(channel.enabled),
        ];
        let numbers = platforms.iter().map(|name| text(channel.numbers.get(*name)));
        own.into_iter().chain(numbers).collect()
    };
    let own = ["id", "name", "number", "platform", "favourite", "enabled"].map(str::to_owned);
    let numbers = platforms.iter().map(|name| format!("number:{name}"));
    let header: Vec<String> = own.into_iter().chain(numbers).collect();
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    written(&header, &all.iter().map(row).collect::<Vec<_>>())
}

fn text(value: Option<&impl ToString>) -> String {
    value.map(ToString::to_string).unwrap_or_default()
}

fn written(header: &[&str], rows: &[Vec<String>]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // To write into memory cannot fail, and all rows are as long as the header.
    let _ = writer.write_record(header);
    for row in rows {
        let _ = writer.write_record(row);
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_part_has_the_columns_that_import_reads() {
        let document = registry_of(json!({
            "channels": [{"id": "espn", "name": "ESPN, HD", "number": "060", "favourite": true,
                "numbers": {"dish": "140"}}],
            "devices": [{"hostname": "ir-1", "address": "10.0.0.1", "ports": [
                {"index": 2, "name": "Left", "zone": "bar", "tags": ["a", "b"], "codeset": "acme-tv",
                 "emitter": "TV 2"},
                {"index": 3, "source": "dtv-1", "volume": "source"}]}],
        }));
        let channels = "id,name,number,platform,favourite,enabled,number:dish\nespn,\"ESPN, HD\",060,,yes,yes,140\n";
        assert_eq!(csv(Spreadsheet::Channels, &document), channels);
        let ports = "hostname,port,name,appliance,zone,tags,profile,default_channel,platform,codeset,emitter,source,volume\n\
                     ir-1,2,Left,,bar,a b,,,,acme-tv,TV 2,,\n\
                     ir-1,3,,,,,,,,,,dtv-1,source\n";
        assert_eq!(csv(Spreadsheet::Ports, &document), ports);
        let devices = "hostname,address,mac,name,location,notes\nir-1,10.0.0.1:6053,,,,\n";
        assert_eq!(csv(Spreadsheet::Devices, &document), devices);
    }
}
