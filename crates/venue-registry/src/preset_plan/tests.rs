use serde_json::json;
use venue_domain::{AssumedStateChange, ItemKind};

use super::*;
use crate::{
    Base, Edit, EditError, Expected, Kind,
    registry::tests::{put, read, venue, with_sources},
};

fn preset(entries: &serde_json::Value) -> Preset {
    let value = json!({"id": "game-day", "name": "Game day", "entries": entries});
    serde_json::from_value(value).unwrap()
}

fn planned(entries: &serde_json::Value) -> Vec<String> {
    let plan = preset(entries).plan(&read(&venue()), None, |_| None);
    assert_eq!(plan.unmatched, []);
    let show = |(port, actions): &(PortId, Vec<Action>)| {
        let actions: Vec<_> = actions.iter().map(ToString::to_string).collect();
        format!("{port}: {}", actions.join(", "))
    };
    plan.targets.iter().map(show).collect()
}

fn status(port: &PortId, power: Option<bool>, channel: Option<&str>) -> PortStatus {
    PortStatus {
        port: port.clone(),
        channel: channel.map(|number| number.parse().unwrap()),
        power,
        muted: Some(false),
        input: Some("hdmi1".parse().unwrap()),
        last_command: "channel".into(),
        last_command_at: Timestamp::from_unix_ms(1),
        corrected_by: None,
    }
}

#[test]
fn each_port_is_sent_power_input_channel_and_mute_in_this_order() {
    let all = json!([{"mute": "on", "channel": "fox", "input": "hdmi1", "power": "on",
        "targets": ["zone=patio"]}]);
    assert_eq!(planned(&all), ["ir-2/1: power_on, input hdmi1, channel 501, mute_on"]);
    let number = json!([{"targets": ["ir-1/1", "ir-1/1"], "channel": "5.1", "mute": "off"}]);
    assert_eq!(planned(&number), ["ir-1/1: channel 5.1, mute_off"]);
}

#[test]
fn the_later_entry_wins_field_by_field_and_off_is_alone() {
    let entries = json!([
        {"targets": ["zone=bar"], "power": "on", "channel": "fox"},
        {"targets": ["ir-1/2"], "channel": "7"},
        {"targets": ["tag=vip"], "power": "off"},
    ]);
    let bar = ["ir-1/1: power_on, channel 501", "ir-1/2: power_on, channel 7", "ir-1/3: power_off"];
    assert_eq!(planned(&entries), bar);
    let shown_after_all = json!([
        {"targets": ["all"], "power": "off"},
        {"targets": ["zone=patio"], "channel": "7"},
    ]);
    let patio: Vec<_> = planned(&shown_after_all);
    assert_eq!(patio[3..], ["ir-2/1: channel 7", "ir-2/5: power_off"]);
}

#[test]
fn a_channel_has_the_number_of_each_ports_platform() {
    let mut configuration = venue();
    let device = r#"{"hostname":"ir-3","address":"10.0.0.3","ports":[{"index":1,"platform":"cable"},
        {"index":2,"platform":"dish"},{"index":3,"platform":"air"}]}"#;
    let espn =
        r#"{"id":"espn","name":"ESPN","number":"30","platform":"cable","numbers":{"dish":"140"}}"#;
    let changes = [put(ItemKind::Device, "ir-3", device), put(ItemKind::Channel, "espn", espn)];
    configuration.apply(&changes, 2);
    let registry = read(&configuration);
    let plan =
        preset(&json!([{"targets": ["ir-3"], "channel": "espn"}])).plan(&registry, None, |_| None);
    let sent: Vec<_> =
        plan.targets.iter().map(|(port, sent)| format!("{port} {}", sent[0])).collect();
    assert_eq!(sent, ["ir-3/1 channel 30", "ir-3/2 channel 140"]);
    assert_eq!(plan.undecided, [("ir-3/3".parse().unwrap(), "channel")]);
    let ports: Vec<PortId> = vec!["ir-3/1".parse().unwrap(), "ir-3/2".parse().unwrap()];
    let shown = |port: &PortId| {
        let number = if port.port.number() == 1 { "30" } else { "140" };
        Some(status(port, None, Some(number)))
    };
    let captured = Captured::of(&ports, shown, &registry);
    assert_eq!(captured.entries.len(), 1, "the same channel: {:?}", captured.entries);
    assert_eq!(captured.entries[0].channel.as_deref(), Some("espn"));
}

#[test]
fn a_channel_that_is_switched_off_is_sent_to_nobody_and_captured_by_its_number() {
    let mut configuration = venue();
    let off = r#"{"id":"fox","name":"Fox Sports 1","number":"501","enabled":false}"#;
    configuration.apply(&[put(ItemKind::Channel, "fox", off)], 2);
    let registry = read(&configuration);
    let port: PortId = "ir-1/1".parse().unwrap();
    let fox = preset(&json!([{"targets": ["ir-1/1"], "power": "on", "channel": "fox"}]));
    let plan = fox.plan(&registry, None, |_| None);
    assert_eq!((plan.targets, plan.undecided), (vec![], vec![(port.clone(), DISABLED_CHANNEL)]));
    let shown = |_: &PortId| Some(status(&port, Some(true), Some("501")));
    let captured = Captured::of(std::slice::from_ref(&port), shown, &registry);
    assert_eq!(captured.entries[0].channel.as_deref(), Some("501"));
}

#[test]
fn a_screen_is_captured_and_planned_with_the_channel_of_its_source() {
    let registry = read(&with_sources());
    let screen: PortId = "ir-1/2".parse().unwrap();
    let espn = json!([{"targets": ["ir-1/2", "ir-1/3"], "channel": "espn"}]);
    let plan = preset(&espn).plan(&registry, None, |_| None);
    let sent: Vec<_> =
        plan.targets.iter().map(|(port, sent)| format!("{port} {}", sent[0])).collect();
    // The number is that of the box that receives it; which port that is, the router says.
    assert_eq!(sent, ["ir-1/2 channel 206", "ir-1/3 channel 30"]);
    let assumed = |port: &PortId| match port.to_string().as_str() {
        "ir-1/2" => Some(status(port, Some(true), Some("7"))),
        "ir-rack/1" => Some(PortStatus { muted: Some(true), ..status(port, None, Some("206")) }),
        _ => None,
    };
    let captured = Captured::of(std::slice::from_ref(&screen), assumed, &registry);
    assert_eq!(captured.unknown, []);
    let entry = &captured.entries[0];
    assert_eq!(entry.channel.as_deref(), Some("espn"), "not the 7 of its own tuner");
    assert_eq!((entry.power, entry.mute), (Some(OnOff::On), Some(OnOff::On)), "the box is muted");
}

#[test]
fn a_number_is_a_number_also_where_a_channel_has_it_as_its_id() {
    let mut configuration = venue();
    let odd = r#"{"id":"7","name":"Seven","number":"9"}"#;
    configuration.apply(&[put(ItemKind::Channel, "7", odd)], 2);
    let registry = read(&configuration);
    let seven = preset(&json!([{"targets": ["ir-1/1"], "channel": "7"}]));
    let sent = seven.plan(&registry, None, |_| None).targets[0].1[0].to_string();
    assert_eq!(sent, "channel 7");
    let nine = |port: &PortId| Some(status(port, Some(true), Some("9")));
    let captured = Captured::of(&["ir-1/1".parse().unwrap()], nine, &registry);
    assert_eq!(captured.entries[0].channel.as_deref(), Some("9"), "its name would mean 7");
}

#[test]
fn where_a_remote_has_a_toggle_alone_it_is_pressed_when_the_tv_is_known_to_be_otherwise() {
    let mut configuration = venue();
    let set =
        r#"{"id":"old-tv","make":"Old","kind":"tv","keys":{"power":"nec1:4,8","mute":"nec1:4,9"}}"#;
    let device =
        r#"{"hostname":"ir-3","address":"10.0.0.3","ports":[{"index":1,"codeset":"old-tv"}]}"#;
    let changes = [put(ItemKind::CodeSet, "old-tv", set), put(ItemKind::Device, "ir-3", device)];
    configuration.apply(&changes, 2);
    let registry = read(&configuration);
    let quiet = preset(&json!([{"targets": ["ir-3/1"], "power": "on", "mute": "on"}]));
    let port: PortId = "ir-3/1".parse().unwrap();
    // It is not muted.
    let plan = quiet.plan(&registry, None, |port| Some(status(port, Some(false), None)));
    assert_eq!(plan.targets, [(port.clone(), vec![Action::Power, Action::Mute])]);
    let plan = quiet.plan(&registry, None, |port| Some(status(port, Some(true), None)));
    assert_eq!(plan.targets, [(port.clone(), vec![Action::Mute])]);
    let plan = quiet.plan(&registry, None, |_| None);
    assert_eq!(plan.undecided, [(port, "power")]);
}

#[test]
fn a_part_of_it_can_be_run() {
    let both = preset(&json!([{"targets": ["all"], "power": "on"}]));
    let registry = read(&venue());
    let patio = BTreeSet::from(["ir-2/1".parse().unwrap()]);
    let plan = both.plan(&registry, Some(&patio), |_| None);
    assert_eq!(plan.targets, [("ir-2/1".parse().unwrap(), vec![Action::PowerOn])]);
}

#[test]
fn what_can_only_be_toggled_is_toggled_when_it_is_known_to_be_otherwise() {
    let mut configuration = venue();
    let device =
        r#"{"hostname":"ir-3","address":"10.0.0.3","ports":[{"index":1,"discrete_power":"no"}]}"#;
    configuration.apply(&[put(ItemKind::Device, "ir-3", device)], 2);
    let registry = read(&configuration);
    let on = preset(&json!([{"targets": ["ir-3/1"], "power": "on", "channel": "7"}]));
    let port: PortId = "ir-3/1".parse().unwrap();
    let channel = Action::Channel("7".parse().unwrap());
    for (known, expected) in [
        (Some(false), vec![Action::PowerOn, channel.clone()]),
        (Some(true), vec![channel]),
        (None, vec![]),
    ] {
        let plan = on.plan(&registry, None, |port| Some(status(port, known, None)));
        let undecided = if known.is_none() { vec![(port.clone(), "power")] } else { vec![] };
        assert_eq!(plan.undecided, undecided, "{known:?}");
        let sent = plan.targets.first().map(|(_, actions)| actions.clone()).unwrap_or_default();
        assert_eq!(sent, expected, "{known:?}");
    }
}

#[test]
fn what_does_not_fit_is_named_by_its_field() {
    let refused = |entry: serde_json::Value| {
        let value = json!({"id": "x", "name": "X", "entries": [entry]});
        let edit = Edit::Create { kind: Kind::Preset, value };
        let error = edit.decide(&venue(), &Base::default()).unwrap_err();
        if let EditError::Unfit { problems } = error {
            return problems[0].to_string();
        }
        let EditError::Shape { field, .. } = error else { panic!("{error}") };
        field
    };
    for (entry, starts) in [
        (json!({"targets": [], "power": "on"}), "presets/x, entries[0].targets: names no TV"),
        (
            json!({"targets": ["zone=bra"], "power": "on"}),
            "presets/x, entries[0].targets[0]: there is no zone bra",
        ),
        (json!({"targets": ["zone bar"], "power": "on"}), "entries[0].targets[0]"),
        (json!({"targets": ["all"]}), "presets/x, entries[0]: sets nothing"),
        (
            json!({"targets": ["all"], "power": "off", "mute": "on"}),
            "presets/x, entries[0].power: off sets nothing else",
        ),
        (
            json!({"targets": ["all"], "channel": "espn"}),
            "presets/x, entries[0].channel: \"espn\" is neither",
        ),
        (json!({"targets": ["all"], "input": "HDMI 1"}), "entries[0].input"),
    ] {
        assert!(refused(entry.clone()).starts_with(starts), "{entry}: {}", refused(entry.clone()));
    }
}

#[test]
fn what_a_preset_names_is_in_use() {
    let mut configuration = venue();
    let body = r#"{"id":"a","name":"A","entries":[{"targets":["zone=patio"],"channel":"fox"}]}"#;
    configuration.apply(&[put(ItemKind::Preset, "a", body)], 2);
    read(&configuration);
    let removed = Edit::Remove { kind: Kind::Channel, id: "fox".into(), expected: Expected::Any };
    let error = removed.decide(&configuration, &Base::default()).unwrap_err();
    assert!(
        matches!(&error, EditError::InUse { problems } if problems[0].item == "presets/a"),
        "{error}"
    );
}

#[test]
fn what_is_captured_sets_the_assumed_state_and_says_what_is_not_known() {
    let registry = read(&venue());
    let assumed = |port: &PortId| match port.to_string().as_str() {
        "ir-1/1" | "ir-1/2" => Some(status(port, Some(true), Some("501"))),
        "ir-1/3" => Some(status(port, Some(false), Some("501"))),
        "ir-2/1" => Some(status(port, None, Some("7"))),
        _ => None,
    };
    let ports: Vec<PortId> = registry.ports().map(|(port, _)| port).collect();
    let Captured { entries, unknown } = Captured::of(&ports, assumed, &registry);
    let expected = json!([
        {"targets": ["ir-2/1"], "input": "hdmi1", "channel": "7", "mute": "off"},
        {"targets": ["ir-1/3"], "power": "off"},
        {"targets": ["ir-1/1", "ir-1/2"], "power": "on", "input": "hdmi1", "channel": "fox",
            "mute": "off"},
    ]);
    assert_eq!(serde_json::to_value(&entries).unwrap(), expected);
    let nothing = vec!["power", "input", "channel", "mute"];
    let missing = [("ir-2/1", vec!["power"]), ("ir-2/5", nothing)];
    assert_eq!(unknown, missing.map(|(port, fields)| (port.parse().unwrap(), fields)));
}

#[test]
fn the_volume_is_changed_by_steps_behind_all_else() {
    let entries = json!([
        {"targets": ["zone=bar"], "volume": -3, "mute": "off"},
        {"targets": ["ir-1/2"], "volume": 20},
        {"targets": ["tag=vip"], "power": "off"},
    ]);
    let sent =
        ["ir-1/1: mute_off, volume_down 3", "ir-1/2: mute_off, volume_up 20", "ir-1/3: power_off"];
    assert_eq!(planned(&entries), sent);
    let registry = read(&venue());
    for (volume, is_wrong) in [(0, true), (21, true), (-21, true), (i64::MIN, true), (1, false)] {
        let preset = preset(&json!([{"targets": ["all"], "volume": volume}]));
        let problems = problems(&preset.entries[0], &registry);
        assert_eq!(problems.iter().any(|(field, _)| *field == "volume"), is_wrong, "{volume}");
    }
}

#[test]
fn what_was_accepted_after_what_is_known_is_not_known() {
    let at = Timestamp::from_unix_ms;
    let port: PortId = "ir-1/1".parse().unwrap();
    let known = |ms| {
        let on = AssumedStateChange {
            power: Some(Some(true)),
            muted: Some(Some(false)),
            ..AssumedStateChange::default()
        };
        vec![PortStatus::corrected(None, &port, &on, None, at(ms))]
    };
    let slot = |group| Slot { port: port.clone(), group };
    for (group, accepted, power, muted) in [
        (EffectGroup::Power, 501, None, Some(false)),
        (EffectGroup::Mute, 501, Some(true), None),
        (EffectGroup::Volume, 501, Some(true), Some(false)),
        // It is what is known, or older.
        (EffectGroup::Power, 499, Some(true), Some(false)),
    ] {
        let mut assumed = known(500);
        forget_accepted(&mut assumed, &[(slot(group), at(accepted))]);
        assert_eq!((assumed[0].power, assumed[0].muted), (power, muted), "{group:?} {accepted}");
    }
}
