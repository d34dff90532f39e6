use serde_json::json;

use super::*;

fn set(keys: &serde_json::Value) -> CodeSet {
    let set = json!({"id": "acme-tv", "make": "Acme", "kind": "tv", "keys": keys});
    serde_json::from_value(set).unwrap()
}

fn mapping(value: serde_json::Value) -> BTreeMap<KeyName, MappedAction> {
    serde_json::from_value(value).unwrap()
}

fn own(name: &str) -> Action {
    CustomAction::new(name, Nature::Sequence, EffectGroup::Other).unwrap().into()
}

#[test]
fn a_set_whose_power_on_is_the_toggle_has_no_discrete_power() {
    let discrete = of_set(&set(&json!({
        "power": "nec1:4,8", "power_on": "nec1:4,196", "power_off": "nec1:4,197"})));
    assert_eq!(discrete.resolve(Action::PowerOn), Ok(Action::PowerOn));
    let toggle = of_set(&set(&json!({"power_on": "nec1:4,8", "power_off": "nec1:4,8"})));
    assert_eq!(toggle.resolve(Action::PowerOn), Ok(Action::Power));
    assert_eq!(toggle.resolve(Action::PowerOff), Ok(Action::Power));
}

#[test]
fn the_keys_of_a_set_that_are_no_actions_of_the_table_can_be_sent() {
    let port = of_set(&set(&json!({
        "netflix": "nec1:4,1", "source": "nec1:4,2", "input_hdmi1": "nec1:4,2", "input_hdmi2": "nec1:4,3",
        "enter": "nec1:4,4", "digit_5": "nec1:4,5", "volume_up": "nec1:4,6", "other:TV": "nec1:4,7"})));
    let names: Vec<&str> = port.own_names().collect();
    assert_eq!(names, ["enter", "input_hdmi1", "input_hdmi2", "netflix", "source"]);
    let spec = |name: &str| {
        let action = port.resolve(own(name)).unwrap();
        (action.nature(), action.effect_group().unwrap())
    };
    assert_eq!(spec("netflix"), (Nature::Sequence, EffectGroup::Other));
    assert_eq!(spec("enter"), (Nature::Sequence, EffectGroup::Channel));
    assert_eq!(spec("source"), (Nature::Relative, EffectGroup::Input));
    assert_eq!(
        spec("input_hdmi1"),
        (Nature::Relative, EffectGroup::Input),
        "it has the code of source"
    );
    let hdmi2 = Action::Input("hdmi2".parse().unwrap());
    assert_eq!(port.resolve(own("input_hdmi2")), Ok(hdmi2));
    assert!(port.resolve(own("youtube")).is_err());
}

#[test]
fn a_mapping_says_what_its_actions_are() {
    let port = of_mapping(&mapping(json!({
        "power": {"button": "Power"},
        "power_on": {"button": "Power"},
        "power_off": {"switch": "TV", "on": false},
        "mute_on": {"action": "mute", "nature": "toggle"},
        "source": {"button": "Source"},
        "news": {"action": "run_news", "arguments": {"port": "{port}"}, "nature": "absolute"},
        "weather": {"button": "Weather"}})));
    assert_eq!(port.resolve(Action::PowerOn), Ok(Action::Power), "it presses the same button");
    assert_eq!(port.resolve(Action::PowerOff), Ok(Action::PowerOff));
    assert_eq!(port.resolve(Action::MuteOn), Ok(Action::Mute), "its author says so");
    let nature = |name: &str| port.resolve(own(name)).unwrap().nature();
    assert_eq!((nature("news"), nature("weather")), (Nature::Absolute, Nature::Sequence));
    assert_eq!(nature("source"), Nature::Relative);
}

#[test]
fn the_toggle_of_a_mapping_can_be_sent_under_its_own_name() {
    let sent = |value| {
        let mapping = mapping(value);
        sent_actions(&mapping).into_keys().map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    let same = json!({"power_on": {"button": "A"}, "power_off": {"button": "A"}});
    assert_eq!(sent(same), ["power", "power_off", "power_on"]);
    let own = json!({"power_on": {"button": "A"}, "power_off": {"button": "B"}});
    assert_eq!(sent(own), ["power_off", "power_on"]);
}

#[test]
fn a_board_without_discrete_power_gets_toggles() {
    let resolve = |power| of_board(power).resolve(Action::PowerOn).unwrap();
    assert_eq!(resolve(DiscretePower::No), Action::Power);
    assert_eq!(resolve(DiscretePower::Yes), Action::PowerOn);
    assert_eq!(resolve(DiscretePower::Unknown), Action::PowerOn);
    assert_eq!(
        of_board(DiscretePower::No).resolve(own("news")),
        Ok(own("news")),
        "its board may have it"
    );
}

#[test]
fn a_mapping_that_cannot_be_sent_names_the_field() {
    let wrong = mapping(json!({
        "power": {},
        "power_on": {"button": "A", "switch": "B", "on": true},
        "power_off": {"switch": "B"},
        "mute": {"button": "A", "on": true},
        "mute_on": {"button": "A", "arguments": {"port": "1"}},
        "volume_up": {"button": "A", "nature": "absolute"},
        "volume_down": {"action": "x", "arguments": {"port": "{prot}"}},
        "other:x": {"button": "A"},
        "menu": {"button": ""},
        "netflix": {"button": "A", "nature": "absolute"}}));
    let problems: Vec<String> = mapping_problems(&wrong)
        .into_iter()
        .map(|(field, detail)| format!("{field}: {detail}"))
        .collect();
    assert_eq!(
        problems,
        [
            ".menu: names and arguments have 1 to 120 characters in one line",
            ".mute.on: a switch, and nothing else, needs on: true or false",
            ".mute_on.arguments: only an action has arguments",
            ".other:x: call it as the action that it does",
            ".power: give exactly one of action, button and switch",
            ".power_off.on: a switch, and nothing else, needs on: true or false",
            ".power_on: give exactly one of action, button and switch",
            ".volume_down.arguments: {prot} stands for nothing: there are {port}, {channel}, {digit}, {input}, {code}",
            ".volume_up.nature: the nature of volume_up follows from its name: leave it out",
        ]
    );
}
