use std::io::Write;

use super::*;

fn file(text: &str) -> (tempfile::NamedTempFile, CsvFile) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let csv = CsvFile { file: file.path().to_owned(), dry_run: false };
    (file, csv)
}

fn venue() -> Document {
    registry_of(json!({
        "zones": [{"id": "bar"}],
        "tags": [{"id": "sports"}],
        "channels": [
            {"id": "espn", "name": "ESPN", "number": "501", "favourite": true, "enabled": false}
        ],
        "devices": [{"hostname": "ir-1", "address": "10.0.0.1", "name": "Bar board", "ports": [
            {"index": 1, "name": "Left", "zone": "bar", "tags": ["sports"], "default_channel": "5"}
        ]}],
        "schedules": [],
    }))
}

fn ports(document: &mut Document, text: &str) -> Result<(), String> {
    let (_file, csv) = file(text);
    take_ports(document, &csv).map_err(|error| error.to_string())
}

fn channels(document: &mut Document, text: &str) -> Result<(), String> {
    let (_file, csv) = file(text);
    take_channels(document, &csv).map_err(|error| error.to_string())
}

#[test]
fn a_channel_gets_an_id_of_its_name() {
    let number: ChannelNumber = "060".parse().unwrap();
    assert_eq!(slug("Fox Sports 1!", &number).unwrap().as_str(), "fox-sports-1");
    assert_eq!(slug("第一", &number).unwrap().as_str(), "channel-060");
    assert!(slug(&"long name ".repeat(9), &number).is_some());
}

#[test]
fn only_columns_that_are_there_change() {
    let mut document = venue();
    ports(&mut document, "hostname;port;default_channel\nir-1;1;7\nir-1;2;9\n").unwrap();
    let device = &document.devices[0];
    let port = &device.ports[0];
    assert_eq!(port.default_channel.as_ref().map(ToString::to_string).as_deref(), Some("7"));
    let kept = (port.name.as_deref(), port.zone.as_ref().map(Label::as_str), port.tags.len());
    assert_eq!(kept, (Some("Left"), Some("bar"), 1));
    assert_eq!(device.ports.len(), 2);
    // An empty cell of a column that is there takes the value away.
    ports(&mut document, "hostname,port,name,tags\nir-1,1,,\n").unwrap();
    let port = &document.devices[0].ports[0];
    assert_eq!((port.name.as_deref(), port.tags.len()), (None, 0));
    assert_eq!(port.zone.as_ref().map(Label::as_str), Some("bar"));
}

#[test]
fn a_second_import_of_channels_keeps_what_is_hidden_and_what_is_a_favourite() {
    let mut document = venue();
    channels(&mut document, "name,number\nESPN,501\nNews,24\n").unwrap();
    let espn = &document.channels[0];
    assert_eq!((espn.favourite, espn.enabled), (true, false));
    assert_eq!(document.channels[1].id.as_str(), "news");
    let before = document.clone();
    channels(&mut document, "name,number\nESPN,501\nNews,24\n").unwrap();
    assert_eq!(document, before);
    channels(&mut document, "name,number,favourite,enabled\nESPN,777,no,yes\n").unwrap();
    let espn = &document.channels[0];
    assert_eq!(
        (espn.number.to_string().as_str(), espn.favourite, espn.enabled),
        ("777", false, true)
    );
}

#[test]
fn one_name_on_two_numbers_is_two_channels() {
    let mut document = venue();
    let lineup = "name,number\nESPN,501\nESPN,502\n";
    channels(&mut document, lineup).unwrap();
    let ids: Vec<String> = document.channels.iter().map(|one| one.id.to_string()).collect();
    assert_eq!(ids, ["espn", "espn-502"]);
    let before = document.clone();
    channels(&mut document, lineup).unwrap();
    assert_eq!(document, before, "and taken over again they are the same");
}

#[test]
fn every_wrong_row_is_named_at_once_and_nothing_is_taken_over() {
    let mut document = venue();
    let text = "hostname,port,zone,default_channel\n\
                ir-1,1,bar,5\n\
                ir-1,9,bar,5\n\
                \n\
                ir-1,1,patio,6\n\
                ir-2,1,bar,\n\
                ir-1,2,The Bar,x1\n";
    let error = ports(&mut document, text).unwrap_err();
    for words in [
        "line 3: port \"9\": ",
        "line 5: ir-1/1 is already in line 2",
        "line 6: hostname \"ir-2\": it is not registered",
        "line 7: zone \"The Bar\": ",
        "line 7: default_channel \"x1\": ",
    ] {
        assert!(error.contains(words), "{words}: {error}");
    }
}

#[test]
fn devices_come_from_a_sheet_as_well() {
    let mut document = venue();
    let (_file, csv) = file("hostname,address,mac\nir-1,10.0.0.9,\nir-2,,02:00:00:00:00:02\n");
    take_devices(&mut document, &csv).unwrap();
    let shown: Vec<_> = document
        .devices
        .iter()
        .map(|device| {
            (device.hostname.to_string(), device.address.to_string(), device.name.clone())
        })
        .collect();
    let expected = [
        ("ir-1".to_owned(), "10.0.0.9:6053".to_owned(), Some("Bar board".to_owned())),
        ("ir-2".to_owned(), "ir-2.local:6053".to_owned(), None),
    ];
    assert_eq!(shown, expected);
    assert!(document.devices[1].mac.is_some());
}

#[test]
fn a_screen_gets_its_source_and_what_has_the_sound() {
    let mut document = venue();
    ports(&mut document, "hostname,port,source,volume\nir-1,1,dtv-1,source\nir-1,2,dtv-1,\n")
        .unwrap();
    let of = |document: &Document, place: usize| {
        let port = &document.devices[0].ports[place];
        (port.source.as_ref().map(ToString::to_string), port.volume)
    };
    assert_eq!(of(&document, 0), (Some("dtv-1".to_owned()), VolumeAt::Source));
    assert_eq!(of(&document, 1), (Some("dtv-1".to_owned()), VolumeAt::Tv));
    ports(&mut document, "hostname,port,source,volume\nir-1,1,,\n").unwrap();
    assert_eq!(of(&document, 0), (None, VolumeAt::Tv));
    let wrong = ports(&mut document, "hostname,port,volume\nir-1,1,box\n").unwrap_err();
    assert!(wrong.contains("line 2: volume \"box\": volume is tv or source"), "{wrong}");
}
