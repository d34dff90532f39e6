use venue_domain::ItemChange;

use super::*;

pub(crate) const KEY: &str = "QRTIErOb/fcE9Ukd/5qA3RGYMn0Y+p06U58SCtOXvPc=";

pub(crate) fn put(kind: ItemKind, id: &str, body: &str) -> ItemChange {
    ItemChange::Put { kind, id: id.to_owned(), body: body.to_owned() }
}

/// Two zones, two tags, two devices with five ports between them.
pub(crate) fn venue() -> Configuration {
    let mut configuration = Configuration::default();
    let first = r#"{"hostname":"ir-1","address":"10.0.0.1","name":"Bar left","ports":[
        {"index":2,"name":"Bar 2","zone":"bar","tags":["sports"]},
        {"index":1,"name":"Bar 1","zone":"bar","default_channel":"501"},
        {"index":3,"name":"VIP","zone":"bar","tags":["vip","sports"],"profile":"slow"}]}"#;
    let second = r#"{"hostname":"ir-2","address":"10.0.0.2","mac":"a1b2c3d4e5f6","ports":[
        {"index":1,"name":"Patio 1","zone":"patio","tags":["sports"]},
        {"index":5,"name":"Patio 5","timing":{"warm_up_ms":1}}]}"#;
    let changes = [
        put(ItemKind::Zone, "bar", r#"{"id":"bar","name":"Main bar","order":2}"#),
        put(ItemKind::Zone, "patio", r#"{"id":"patio","order":1}"#),
        put(ItemKind::Tag, "sports", r#"{"id":"sports"}"#),
        put(ItemKind::Tag, "vip", r##"{"id":"vip","color":"#ff0000"}"##),
        put(ItemKind::Profile, "slow", r#"{"id":"slow","timing":{"warm_up_ms":20000}}"#),
        put(ItemKind::Channel, "fox", r#"{"id":"fox","name":"Fox Sports 1","number":"501"}"#),
        put(ItemKind::Device, "ir-1", first),
        put(ItemKind::Device, "ir-2", second),
        put(ItemKind::Key, "ir-2", KEY),
    ];
    configuration.apply(&changes, 1);
    configuration
}

pub(crate) fn read(configuration: &Configuration) -> Registry {
    let (registry, problems) = Registry::read(configuration, &Base::default());
    assert_eq!(problems, []);
    registry
}

#[test]
fn everything_is_read_and_put_in_order() {
    let registry = read(&venue());
    let zones: Vec<_> = registry.zones().iter().map(|zone| zone.value.id.to_string()).collect();
    assert_eq!(zones, ["patio", "bar"], "by their order");
    let ports: Vec<_> = registry.ports().map(|(id, _)| id.to_string()).collect();
    assert_eq!(ports, ["ir-1/1", "ir-1/2", "ir-1/3", "ir-2/1", "ir-2/5"]);
    let entry = registry.entry(&registry.device(&"ir-1".parse().unwrap()).unwrap().value);
    assert_eq!(entry.ports[0].zone.as_deref(), Some("bar"));
    assert_eq!(entry.ports[0].default_channel.as_ref().unwrap().as_str(), "501");
    assert!(!registry.has_key(&"ir-1".parse().unwrap()));
    assert_eq!(registry.key(&"ir-2".parse().unwrap()), Some(KEY));
    assert!(!format!("{registry:?}").contains(KEY), "a key is not shown");
}

#[test]
fn a_port_is_paced_by_itself_then_by_its_profile_then_by_the_venue() {
    let registry = read(&venue());
    let warm_up = |port: &str| {
        let id: PortId = port.parse().unwrap();
        let (_, port) = registry.ports().find(|(found, _)| *found == id).unwrap();
        registry.timing(port).warm_up.as_millis()
    };
    assert_eq!((warm_up("ir-1/1"), warm_up("ir-1/3"), warm_up("ir-2/5")), (8_000, 20_000, 1));
}

#[test]
fn a_channel_is_found_by_what_people_call_it() {
    let mut configuration = venue();
    let registry = read(&configuration);
    assert_eq!(registry.channel_named("fox sports 1 ").unwrap().id.as_str(), "fox");
    assert_eq!(registry.channel_named("fox").unwrap().number.as_str(), "501");
    let refused = |registry: &Registry, name: &str| {
        registry.channel_named(name).err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert!(refused(&registry, "fox sports 2").contains("has no channel"));
    let other = r#"{"id":"other","name":"FOX SPORTS 1","number":"20"}"#;
    configuration.apply(&[put(ItemKind::Channel, "other", other)], 2);
    let several = refused(&read(&configuration), "Fox Sports 1");
    assert!(several.contains("give the id of one, fox or other"), "{several}");
    assert_eq!(read(&configuration).channel_named("other").unwrap().number.as_str(), "20");
}

#[test]
fn each_port_receives_a_channel_under_the_number_of_its_platform() {
    let mut configuration = venue();
    let device = r#"{"hostname":"ir-3","address":"10.0.0.3","ports":[{"index":1},
        {"index":2,"platform":"cable"},{"index":3,"platform":"satellite"},{"index":4,"platform":"air"}]}"#;
    let changes = [
        put(ItemKind::Device, "ir-3", device),
        put(
            ItemKind::Channel,
            "espn",
            r#"{"id":"espn","name":"ESPN","number":"30","platform":"cable","numbers":{"satellite":"206"}}"#,
        ),
        put(ItemKind::Channel, "old", r#"{"id":"old","name":"Old","number":"1","enabled":false}"#),
    ];
    configuration.apply(&changes, 2);
    let registry = read(&configuration);
    let entry = registry.entry(&registry.device(&"ir-3".parse().unwrap()).unwrap().value);
    let number = |port: usize, channel: &str| {
        let number = entry.ports[port - 1].line_up.number(&channel.parse().unwrap());
        number.map(ToString::to_string)
    };
    let espn = [1, 2, 3, 4].map(|port| number(port, "espn"));
    let expected = [Some("30"), Some("30"), Some("206"), None];
    assert_eq!(espn, expected.map(|number| number.map(str::to_owned)));
    assert_eq!(number(4, "fox").as_deref(), Some("501"), "of no platform in particular");
    assert_eq!(number(1, "old"), None, "not in use");
}

/// Beside [`venue`] a rack with two boxes: the first is shown by two TVs of the bar and one of the patio.
pub(crate) fn with_sources() -> Configuration {
    let mut configuration = venue();
    let rack = r#"{"hostname":"ir-rack","address":"10.0.0.9","ports":[
        {"index":1,"name":"Box 1","platform":"satellite"},{"index":2,"name":"Box 2","platform":"cable"}]}"#;
    let first = r#"{"hostname":"ir-1","address":"10.0.0.1","name":"Bar left","ports":[
        {"index":1,"name":"Bar 1","zone":"bar","default_channel":"501","source":"dtv-1"},
        {"index":2,"name":"Bar 2","zone":"bar","tags":["sports"],"source":"dtv-1","volume":"source"},
        {"index":3,"name":"VIP","zone":"bar","tags":["vip"],"source":"cable-1"}]}"#;
    let second = r#"{"hostname":"ir-2","address":"10.0.0.2","ports":[
        {"index":1,"name":"Patio 1","zone":"patio","source":"dtv-1"},{"index":5,"name":"Patio 5"}]}"#;
    let changes = [
        put(
            ItemKind::Channel,
            "espn",
            r#"{"id":"espn","name":"ESPN","number":"30","platform":"cable","numbers":{"satellite":"206"}}"#,
        ),
        put(
            ItemKind::Source,
            "dtv-1",
            r#"{"id":"dtv-1","port":{"hostname":"ir-rack","port":1},"via":"matrix output 3"}"#,
        ),
        put(
            ItemKind::Source,
            "cable-1",
            r#"{"id":"cable-1","name":"Cable","port":{"hostname":"ir-rack","port":2},"order":-1}"#,
        ),
        put(ItemKind::Device, "ir-rack", rack),
        put(ItemKind::Device, "ir-1", first),
        put(ItemKind::Device, "ir-2", second),
    ];
    configuration.apply(&changes, 2);
    configuration
}

#[test]
fn a_screen_knows_its_source_and_a_source_its_screens() {
    let registry = read(&with_sources());
    let order: Vec<_> =
        registry.sources().iter().map(|source| source.value.id.to_string()).collect();
    assert_eq!(order, ["cable-1", "dtv-1"]);
    let entry =
        |device: &str| registry.entry(&registry.device(&device.parse().unwrap()).unwrap().value);
    let bar = entry("ir-1");
    let shown = bar.ports[1].source.as_ref().unwrap();
    assert_eq!((&*shown.source.id, shown.has_sound), ("dtv-1", true));
    let screens: Vec<_> =
        shown.source.screens.iter().map(|screen| screen.port.to_string()).collect();
    assert_eq!(screens, ["ir-1/1", "ir-1/2", "ir-2/1"]);
    assert!(!bar.ports[0].source.as_ref().unwrap().has_sound, "the TV has it");
    assert_eq!(entry("ir-2").ports[1].source, None);
    let rack = entry("ir-rack");
    assert_eq!(&*rack.ports[0].serves.as_ref().unwrap().id, "dtv-1");
    assert_eq!(rack.ports[0].source, None);
    let to = |port: &str, group| registry.receiver(&port.parse().unwrap(), group).to_string();
    assert_eq!(to("ir-1/1", EffectGroup::Channel), "ir-rack/1");
    assert_eq!(to("ir-1/1", EffectGroup::Mute), "ir-1/1");
    assert_eq!(to("ir-1/2", EffectGroup::Mute), "ir-rack/1");
    assert_eq!(to("ir-1/2", EffectGroup::Power), "ir-1/2");
    assert_eq!(to("ir-2/5", EffectGroup::Channel), "ir-2/5", "it has a tuner of its own");
}

#[test]
fn what_does_not_fit_about_a_source_is_told_by_its_field() {
    let told = |kind, id: &str, body: &str| {
        let mut configuration = with_sources();
        configuration.apply(&[put(kind, id, body)], 3);
        let (_, problems) = Registry::read(&configuration, &Base::default());
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    };
    let port = |fields: &str| {
        let body = format!(
            r#"{{"hostname":"ir-2","address":"10.0.0.2","ports":[{{"index":5,{fields}}}]}}"#
        );
        told(ItemKind::Device, "ir-2", &body)
    };
    let source = |port: &str| {
        let body = format!(r#"{{"id":"new","port":{port}}}"#);
        told(ItemKind::Source, "new", &body)
    };
    assert_eq!(port(r#""source":"cable-1""#), "");
    let table = [
        (port(r#""source":"dtv-9""#), "devices/ir-2, ports[0].source", "there are cable-1, dtv-1"),
        (port(r#""volume":"source""#), "devices/ir-2, ports[0].volume", "name the source"),
        (source(r#"{"hostname":"ir-9","port":1}"#), "sources/new, port.hostname", "no device ir-9"),
        (source(r#"{"hostname":"ir-rack","port":3}"#), "sources/new, port", "register the box"),
        (source(r#"{"hostname":"ir-rack","port":0}"#), "sources/new, port.port", "1 to 5"),
        (source(r#"{"hostname":"ir-rack","port":1}"#), "sources/new, port", "dtv-1 already"),
    ];
    for (told, field, right) in table {
        assert!(told.contains(field) && told.contains(right), "{field}: {told}");
    }
    // The port of a source shows nothing itself: neither itself nor another source.
    for (shows, right) in [("dtv-1", "this very port"), ("cable-1", "no source itself")] {
        let body = format!(
            r#"{{"hostname":"ir-rack","address":"10.0.0.9","ports":[{{"index":1,"source":"{shows}"}},{{"index":2}}]}}"#
        );
        let told = told(ItemKind::Device, "ir-rack", &body);
        assert!(told.contains("ports[0].source") && told.contains(right), "{told}");
    }
}

#[test]
fn the_configuration_file_wins_and_its_zones_exist_thereby() {
    let device = r#"{"hostname":"ir-1","address":"10.9.9.9","ports":[
        {"index":1,"zone":"roof","tags":["new"]},{"index":2,"zone":"bar"}]}"#;
    let base = Base {
        devices: vec![Arc::new(serde_json::from_str(device).unwrap())],
        with_key: ["ir-1".parse().unwrap()].into(),
        ..Base::default()
    };
    let (registry, problems) = Registry::read(&venue(), &base);
    let texts: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(texts, ["devices/ir-1: it is in the configuration file as well, which holds"]);
    let listed = registry.device(&"ir-1".parse().unwrap()).unwrap();
    assert_eq!((listed.value.address.as_str(), listed.revision), ("10.9.9.9:6053", None));
    assert!(registry.has_key(&"ir-1".parse().unwrap()));
    let zone = |id: &str| {
        let zones = registry.zones();
        let found = zones.iter().find(|zone| zone.value.id.as_str() == id).unwrap();
        (found.value.name.clone(), found.revision)
    };
    assert_eq!(zone("roof"), (None, None));
    assert_eq!(zone("bar"), (Some("Main bar".to_owned()), Some(1)), "the stored one has a name");
}

#[test]
fn what_does_not_fit_is_named_and_the_rest_is_used() {
    let mut configuration = venue();
    let device = r#"{"hostname":"ir-3","address":"10.0.0.3","mac":"a1:b2:c3:d4:e5:f6","name":" ",
        "ports":[{"index":0},{"index":1,"zone":"bra","tags":["sprots"],"profile":"fast"},
        {"index":1,"name":"\u001b[0m","timing":{"frame_ms":70000}}]}"#;
    let changes = [
        put(ItemKind::Device, "ir-3", device),
        put(ItemKind::Device, "ir-4", r#"{"hostname":"ir-4"}"#),
        put(ItemKind::Key, "ir-9", KEY),
        put(ItemKind::Key, "ir-1", "not-a-key"),
        put(ItemKind::Tag, "loud", r#"{"id":"loud","color":"red"}"#),
    ];
    configuration.apply(&changes, 2);
    let (registry, problems) = Registry::read(&configuration, &Base::default());
    let places: Vec<_> = problems.iter().map(|p| format!("{} {}", p.item, p.field)).collect();
    for place in [
        "devices/ir-3 ports[0].index",
        "devices/ir-3 name",
        "devices/ir-3 mac",
        "devices/ir-3 ports[1].zone",
        "devices/ir-3 ports[1].tags[0]",
        "devices/ir-3 ports[1].profile",
        "devices/ir-3 ports[2].index",
        "devices/ir-3 ports[2].name",
        "devices/ir-3 ports[2].timing.frame_ms",
        "devices/ir-4 ",
        "keys/ir-9 ",
        "keys/ir-1 ",
        "tags/loud color",
    ] {
        assert!(places.contains(&place.to_owned()), "{place} in {places:?}");
    }
    assert!(problems.iter().all(|problem| !problem.detail.contains("not-a-key")));
    assert!(registry.device(&"ir-4".parse().unwrap()).is_none());
    assert_eq!(registry.ports().filter(|(id, _)| id.device.as_str() == "ir-2").count(), 2);
}

const SET: &str = r#"{"id":"acme-tv","make":"Acme","kind":"tv",
    "keys":{"power_on":"nec1:4,8","power_off":"nec1:4,8","netflix":"nec1:4,9"}}"#;

#[test]
fn a_port_is_driven_by_its_code_set_its_mapping_or_its_board() {
    let mut configuration = venue();
    let device = r#"{"hostname":"ir-3","address":"10.0.0.3","ports":[
        {"index":1,"codeset":"acme-tv","emitter":"TV 1","typing":"frames"},
        {"index":2,"mapping":{"power_on":{"button":"TV"},"power_off":{"button":"TV"}}},
        {"index":3,"discrete_power":"no"},{"index":4}]}"#;
    let changes = [put(ItemKind::CodeSet, "acme-tv", SET), put(ItemKind::Device, "ir-3", device)];
    configuration.apply(&changes, 2);
    let registry = read(&configuration);
    let device = &registry.device(&"ir-3".parse().unwrap()).unwrap().value;
    let driven: Vec<Driven<'_>> = device.ports.iter().map(|port| registry.driven(port)).collect();
    let Driven::CodeSet { set: Some(set), emitter, typing } = driven[0] else {
        panic!("{driven:?}")
    };
    assert_eq!((set.id.as_str(), emitter, typing), ("acme-tv", Some("TV 1"), Some(Typing::Frames)));
    assert!(matches!(driven[1], Driven::Mapping { mapping } if mapping.len() == 2));
    let actions = |discrete_power| Driven::Actions { discrete_power };
    assert_eq!(driven[2..], [actions(DiscretePower::No), actions(DiscretePower::Unknown)]);
    let entry = registry.entry(device);
    let power_on: Vec<_> = entry
        .ports
        .iter()
        .map(|port| port.actions.nature(&venue_domain::Action::PowerOn))
        .collect();
    use venue_domain::Nature::{Absolute, Toggle};
    assert_eq!(power_on, [Toggle, Toggle, Toggle, Absolute]);
    assert!(registry.has_own_action("netflix"));
    assert!(!registry.has_own_action("youtube") && !registry.has_own_action("power"));
}

#[test]
fn what_a_port_says_of_its_driving_has_to_fit() {
    let mut configuration = venue();
    let device = r#"{"hostname":"ir-3","address":"10.0.0.3","ports":[
        {"index":1,"codeset":"acme-vt","discrete_power":"yes"},
        {"index":2,"emitter":"TV 2","typing":"frames"},
        {"index":3,"codeset":"acme-tv","mapping":{"power":{}}}]}"#;
    let heavy = SET.replace("acme-tv", "other").replace(r#""make":"Acme""#, r#""make":"""#);
    let changes = [
        put(ItemKind::CodeSet, "acme-tv", SET),
        put(ItemKind::CodeSet, "other", &heavy),
        put(ItemKind::CodeSet, "broken", &SET.replace("nec1:4,9", "nec1:4,900")),
        put(ItemKind::Device, "ir-3", device),
    ];
    configuration.apply(&changes, 2);
    let (_, problems) = Registry::read(&configuration, &Base::default());
    let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
    let only = "only a port with a codeset has it: leave it out, or name the codeset";
    for expected in [
        "devices/ir-3, ports[0].codeset: there is no code set acme-vt: there are acme-tv, other".to_owned(),
        "devices/ir-3, ports[0].discrete_power: follows from the codes or the mapping of the port: leave it out"
            .to_owned(),
        format!("devices/ir-3, ports[1].emitter: {only}"),
        format!("devices/ir-3, ports[1].typing: {only}"),
        "devices/ir-3, ports[2].mapping: a port has a codeset or a mapping, not both".to_owned(),
        "devices/ir-3, ports[2].mapping.power: give exactly one of action, button and switch".to_owned(),
        "codesets/other, make: is empty: leave it out, or give a text".to_owned(),
    ] {
        assert!(texts.contains(&expected), "{expected} in {texts:#?}");
    }
    let broken = texts.iter().find(|text| text.starts_with("codesets/broken")).unwrap();
    assert!(broken.contains("function of nec1 must be 0 to 255, not 900"), "{broken}");
}

#[test]
fn a_key_that_is_too_long_for_a_board_that_times_by_software_is_told_with_the_port() {
    let mut configuration = venue();
    let set = |sends: u8| {
        let keys = r#""keys":{"power":"nec1:4,8","mute":"nec1:4,9"}"#;
        let own = format!(r#""overrides":{{"power":{{"sends":{sends}}}}}"#);
        put(
            ItemKind::CodeSet,
            "acme",
            &format!(r#"{{"id":"acme","make":"Acme","kind":"tv",{keys},{own}}}"#),
        )
    };
    let device = r#"{"hostname":"ir-3","address":"10.0.0.3","ports":[
        {"index":1,"codeset":"acme"},{"index":2,"codeset":"acme","typing":"frames"},
        {"index":3,"codeset":"acme","typing":"one_message"}]}"#;
    configuration.apply(&[set(3), put(ItemKind::Device, "ir-3", device)], 2);
    read(&configuration);
    configuration.apply(&[set(4)], 3);
    let (_, problems) = Registry::read(&configuration, &Base::default());
    assert_eq!(problems.len(), 1, "{problems:?}");
    let words = problems[0].to_string();
    assert!(
        words.starts_with("devices/ir-3, ports[1].typing: the key power of the code set acme"),
        "{words}"
    );
    assert!(words.contains("432 ms") && words.contains("250 ms"), "{words}");
}

#[test]
fn two_makes_at_one_board_that_answer_to_the_same_device_code_are_warned_of() {
    let mut configuration = venue();
    let set = |id: &str, make: &str, power: &str| {
        let keys = format!(r#""keys":{{"power":"{power}","mute":"nec1:4,9"}}"#);
        let body = format!(r#"{{"id":"{id}","make":"{make}","kind":"tv",{keys}}}"#);
        put(ItemKind::CodeSet, id, &body)
    };
    let device = r#"{"hostname":"ir-3","address":"10.0.0.3","ports":[
        {"index":1,"codeset":"acme"},{"index":2,"codeset":"acme"},{"index":3,"codeset":"acme-2"},
        {"index":4,"codeset":"other"},{"index":5}]}"#;
    let other_board =
        r#"{"hostname":"ir-4","address":"10.0.0.4","ports":[{"index":1,"codeset":"other"}]}"#;
    configuration.apply(
        &[
            set("acme", "Acme", "nec1:4,8"),
            set("acme-2", "ACME", "nec1:4,8"),
            set("other", "Other", "nec1:7,8"),
            put(ItemKind::Device, "ir-3", device),
            put(ItemKind::Device, "ir-4", other_board),
        ],
        2,
    );
    let warnings = read(&configuration).warnings();
    // TVs of one make obey the same codes, as everybody expects.
    let fields: Vec<_> = warnings.iter().map(|warning| warning.field.as_str()).collect();
    assert_eq!(fields, ["ports[3].codeset"; 3], "{warnings:?}");
    assert!(warnings[0].to_string().starts_with(
        "devices/ir-3, ports[3].codeset: other and acme at port 1 answer to the same device code (nec1:4)"
    ));
}
