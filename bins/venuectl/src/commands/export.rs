//! `venuectl export`: the configuration as one document, or a part of it for a spreadsheet.

use std::collections::BTreeSet;

use snafu::ResultExt;
use venue_api::ConfigDocument;
use venue_registry::Document;

use super::import::registry_of;
use crate::{
    cli::Spreadsheet,
    client::{Answer, Client},
    error::{Failure, WriteYamlSnafu},
    output::Report,
};

pub(super) async fn run(client: &Client, part: Option<Spreadsheet>) -> Result<Report, Failure> {
    let Answer { document, value } = client.get::<ConfigDocument>("/api/v1/config").await?;
    let table = match part {
        None => serde_saphyr::to_string(&value.document).context(WriteYamlSnafu)?,
        Some(part) => csv(part, &registry_of(value.document)),
    };
    Ok(Report { document, table, warning: None })
}

/// With the columns that `venuectl import` reads.
fn csv(part: Spreadsheet, document: &Document) -> String {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let header: &[&str] = match part {
        Spreadsheet::Devices => {
            rows.extend(document.devices.iter().map(|device| {
                vec![
                    device.hostname.to_string(),
                    device.address.to_string(),
                    text(device.mac.as_ref()),
                    text(device.name.as_ref()),
                    text(device.location.as_ref()),
                    text(device.notes.as_ref()),
                ]
            }));
            &["hostname", "address", "mac", "name", "location", "notes"]
        }
        Spreadsheet::Ports => {
            for device in &document.devices {
                rows.extend(device.ports.iter().map(|port| {
                    let tags: Vec<&str> =
                        port.tags.iter().map(venue_registry::Label::as_str).collect();
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
                    ]
                }));
            }
            let columns = &["hostname", "port", "name", "appliance", "zone", "tags", "profile"];
            return written(
                &[columns.as_slice(), &["default_channel", "platform", "codeset", "emitter"]]
                    .concat(),
                &rows,
            );
        }
        Spreadsheet::Channels => {
            let word = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
            let platforms: BTreeSet<&String> =
                document.channels.iter().flat_map(|channel| channel.numbers.keys()).collect();
            rows.extend(document.channels.iter().map(|channel| {
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
            }));
            let own = ["id", "name", "number", "platform", "favourite", "enabled"];
            let numbers = platforms.iter().map(|name| format!("number:{name}"));
            let header: Vec<String> = own.map(str::to_owned).into_iter().chain(numbers).collect();
            return written(&header.iter().map(String::as_str).collect::<Vec<_>>(), &rows);
        }
    };
    written(header, &rows)
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
                 "emitter": "TV 2"}]}],
        }));
        let channels = "id,name,number,platform,favourite,enabled,number:dish\nespn,\"ESPN, HD\",060,,yes,yes,140\n";
        assert_eq!(csv(Spreadsheet::Channels, &document), channels);
        let ports = "hostname,port,name,appliance,zone,tags,profile,default_channel,platform,codeset,emitter\n\
                     ir-1,2,Left,,bar,a b,,,,acme-tv,TV 2\n";
        assert_eq!(csv(Spreadsheet::Ports, &document), ports);
        let devices = "hostname,address,mac,name,location,notes\nir-1,10.0.0.1:6053,,,,\n";
        assert_eq!(csv(Spreadsheet::Devices, &document), devices);
    }
}
