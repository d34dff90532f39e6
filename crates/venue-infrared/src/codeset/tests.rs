use super::*;
use crate::KeyNature as Nature;

pub(crate) fn set(keys: &[(&str, &str)]) -> CodeSet {
    let keys = keys.iter().map(|(key, code)| (key.parse().unwrap(), code.parse().unwrap()));
    CodeSet {
        id: "acme-tv".parse().unwrap(),
        make: "Acme".to_owned(),
        models: Vec::new(),
        kind: ApplianceKind::Tv,
        keys: keys.collect(),
        sends: None,
        overrides: BTreeMap::new(),
        entry: Default::default(),
        source: None,
        verified: None,
        notes: Vec::new(),
    }
}

fn problems(set: &CodeSet) -> Vec<String> {
    set.problems().iter().map(ToString::to_string).collect()
}

#[test]
fn a_set_is_json_with_codes_in_one_line() {
    let text = r#"{"id":"acme-tv","make":"Acme","models":["T1000"],"kind":"tv",
        "keys":{"power":"nec1:4,8","other:TV/Video":"raw:38000:9000 -4500 560"},
        "sends":2,"overrides":{"power":{"sends":3}},
        "source":{"format":"flipper","file":"TVs/Acme.ir","licence":"MIT","when":"2026-11-29"},
        "verified":{"by":"Kim","when":"2026-11-30"}}"#;
    let set: CodeSet = serde_json::from_str(text).unwrap();
    assert_eq!(problems(&set), Vec::<String>::new());
    assert_eq!((set.sends_of("power"), set.sends_of("other:TV/Video")), (Some(3), Some(2)));
    let again: CodeSet = serde_json::from_str(&serde_json::to_string(&set).unwrap()).unwrap();
    assert_eq!(again, set);
    let wrong = text.replace("nec1:4,8", "nec1:4,800");
    let error = serde_json::from_str::<CodeSet>(&wrong).unwrap_err().to_string();
    assert!(error.starts_with("function of nec1 must be 0 to 255, not 800"), "{error}");
}

#[test]
fn power_on_is_absolute_only_if_its_code_is_its_own() {
    let power_on = |keys: &[(&str, &str)]| set(keys).nature_of("power_on");
    let (on, off, toggle) = ("nec1:4,196", "nec1:4,197", "nec1:4,8");
    assert_eq!(
        power_on(&[("power", toggle), ("power_on", on), ("power_off", off)]),
        Nature::Absolute
    );
    assert_eq!(power_on(&[("power_on", on), ("power_off", off)]), Nature::Absolute);
    assert_eq!(power_on(&[("power_on", on), ("power_off", on)]), Nature::Toggle);
    assert_eq!(power_on(&[("power", on), ("power_on", on), ("power_off", off)]), Nature::Toggle);
    assert_eq!(power_on(&[("power_on", on)]), Nature::Toggle, "nothing shows that it differs");
    let set = set(&[("power", toggle), ("power_on", on), ("power_off", toggle)]);
    assert_eq!(set.nature_of("power_off"), Nature::Toggle);
    assert_eq!(set.nature_of("power_on"), Nature::Absolute);
    let warnings: Vec<String> = set.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "keys.power_off: its code is not shown to differ from the one of power: it is treated as the \
          toggle, and never repeated"
        ]
    );
}

#[test]
fn the_toggle_can_be_sent_although_only_the_discrete_names_have_its_code() {
    let sent = |keys: &[(&str, &str)]| {
        let set = set(keys);
        set.sent_keys().map(|(key, code)| format!("{key} {code}")).collect::<Vec<_>>()
    };
    assert_eq!(
        sent(&[("power_on", "nec1:4,8"), ("power_off", "nec1:4,8"), ("other:x", "nec1:4,9")]),
        ["power_off nec1:4,8", "power_on nec1:4,8", "power nec1:4,8"]
    );
    assert_eq!(sent(&[("power_on", "nec1:4,8"), ("power_off", "nec1:4,9")]).len(), 2);
    assert_eq!(sent(&[("mute", "nec1:4,8"), ("mute_on", "nec1:4,8")]).len(), 2);
}

#[test]
fn the_same_signal_in_another_notation_is_the_same_key() {
    let raw = "raw:38000:9050 -4400 600 -530 560";
    let near = "raw:38000:8900 -4600 540 -600 600";
    let far = "raw:38000:8900 -4600 540 -1600 600";
    let nature =
        |on: &str, off: &str| set(&[("mute_on", on), ("mute_off", off)]).nature_of("mute_on");
    assert_eq!(nature(raw, near), Nature::Toggle);
    assert_eq!(nature(raw, far), Nature::Absolute);
    assert_eq!(nature("nec1:4,8", "pronto:900A 006C 0000 0001 04FB 08F7"), Nature::Toggle);
    assert_eq!(nature("nec1:4,8", "nec2:4,8"), Nature::Toggle, "they differ in the repeat alone");
}

#[test]
fn inputs_that_share_a_code_are_gone_through() {
    let set = set(&[
        ("source", "nec1:4,11"),
        ("input_hdmi1", "nec1:4,11"),
        ("input_hdmi2", "nec1:4,204"),
        ("netflix", "nec1:4,86"),
    ]);
    assert_eq!(set.nature_of("input_hdmi1"), Nature::Relative);
    assert_eq!(set.nature_of("input_hdmi2"), Nature::Absolute);
    assert_eq!(set.nature_of("source"), Nature::Relative);
    assert_eq!(set.nature_of("netflix"), Nature::Sequence, "of a key that is not known");
    assert_eq!(set.warnings()[0].field, "keys.input_hdmi1");
}

#[test]
fn what_cannot_be_kept_names_the_field_and_what_would_be_right() {
    let mut wrong = set(&[("power", "nec1:4,8")]);
    wrong.make = " ".to_owned();
    wrong.models = vec!["a\nb".to_owned()];
    wrong.sends = Some(21);
    let own = KeyOverride { sends: Some(0), nature: Some(KeyNature::Absolute) };
    wrong.overrides =
        [("power".parse().unwrap(), own), ("mute".parse().unwrap(), KeyOverride::default())].into();
    wrong.entry = ChannelEntry { enter_key: true, min_digits: Some(6), leading_zeros: true };
    wrong.verified = Some(Verified { by: "Kim".to_owned(), when: "yesterday".to_owned() });
    assert_eq!(
        problems(&wrong),
        [
            "make: is empty: leave it out, or give a text",
            "models[0]: has control characters: give plain text",
            "overrides.power.sends: a code is sent 1 to 20 times for one press, not 0",
            "sends: a code is sent 1 to 20 times for one press, not 21",
            "overrides.mute: the set has no such key",
            "overrides.power.nature: the nature of this key follows from its name and its code: leave it out",
            "entry.min_digits: a channel has 1 to 5 digits, not 6",
            "entry.enter_key: the set has no key enter: add its code, or leave enter_key out",
            "verified.when: give a date such as 2026-11-29, not \"yesterday\"",
        ]
    );
    assert_eq!(problems(&set(&[])), ["keys: a set has 1 to 200 keys, not 0"]);
    let many: Vec<String> = (0..201).map(|number| format!("key_{number}")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|key| (key.as_str(), "nec1:4,8")).collect();
    assert_eq!(problems(&set(&many)), ["keys: a set has 1 to 200 keys, not 201"]);
    let long = format!("raw:38000:{}", "9000 -4500 ".repeat(50));
    let heavy: Vec<(&str, &str)> = many[..150].iter().map(|(key, _)| (*key, long.trim())).collect();
    assert!(
        problems(&set(&heavy))[0].contains("bytes as JSON: at most 65536"),
        "{:?}",
        problems(&set(&heavy))
    );
}

#[test]
fn a_set_is_called_as_a_path_can_be() {
    assert_eq!(SetId::from_words("LG 55UK / 2019").unwrap().as_str(), "lg-55uk-2019");
    assert_eq!(SetId::from_words(" / "), None);
    assert_eq!(SetId::from_words(&"x-".repeat(60)).unwrap().as_str().len(), 47);
    for text in ["", "Acme", "a b", &"x".repeat(49)] {
        assert!(text.parse::<SetId>().is_err(), "{text}");
    }
}
