use super::super::{Import, ImportSource};
use super::*;

const SAMPLE: &str = include_str!("../../../samples/acme_smartir.json");

fn import(text: &str) -> Result<Import, ImportError> {
    ImportSource::new(Format::SmartIr, text).read()
}

fn refusal(text: &str) -> String {
    import(text).unwrap_err().to_string()
}

#[test]
fn a_file_with_one_code_for_on_and_off_gives_the_toggle() {
    let import = import(SAMPLE).unwrap();
    let keys: Vec<&str> = import.keys.keys().map(KeyName::as_str).collect();
    let expected = ["channel_down", "channel_up", "input_hdmi1", "mute", "other:Power", "power"];
    assert_eq!(keys, expected);
    assert_eq!(import.make.as_deref(), Some("Acme"));
    assert_eq!(import.models, ["T1000", "T2000"]);
    let sends: Vec<_> = import.sends.iter().map(|(key, sends)| (key.as_str(), *sends)).collect();
    assert_eq!(sends, [("channel_up", 2)], "the same code twice is two sends");
}

#[test]
fn every_defect_is_reported_with_its_line() {
    let import = import(SAMPLE).unwrap();
    let dropped: Vec<String> = import.dropped.iter().map(ToString::to_string).collect();
    assert_eq!(
        dropped,
        [
            "line 11, volumeUp: the Pronto code must have 8 words by its words 3 and 4, not 7",
            "line 12, volumeDown: it is no code: give a text",
            "line 14, mute: mute is there already in line 13, with the same code",
            "line 15, info: it is a list of numbers, and the file says another encoding than Raw",
            "line 19, sources.Channel 12: it is 2 different codes in a row: import each as a key of its own",
            "line 8, on: its code is the one of the toggle: it is kept as power",
            "line 7, off: its code is the one of the toggle: it is kept as power",
        ]
    );
}

#[test]
fn the_encodings_are_those_of_the_file() {
    let file = |encoding: &str, code: &str| {
        let text = format!(r#"{{"commandsEncoding":"{encoding}","commands":{{"mute":{code}}}}}"#);
        let import = import(&text).unwrap();
        let code = import.keys.get("mute").map(ToString::to_string);
        code.unwrap_or_else(|| import.dropped[0].why.clone())
    };
    assert_eq!(file("Raw", r#""[9000, -4500, 560, -560]""#), "raw:38000:9000 -4500 560 -560");
    assert_eq!(file("Raw", "[9000, 4500, 560]"), "raw:38000:9000 -4500 560");
    assert_eq!(file("Hex", r#""2600040001020304""#), "raw:38000:30 -60 91 -121");
    assert_eq!(file("Base64", r#""JgAEAAECAwQ=""#), "raw:38000:30 -60 91 -121");
    assert_eq!(file("Raw", r#""9000 x""#), "raw times must be numbers, not \"x\"");
    assert_eq!(file("Raw", "[]"), "give 1 to 1000 timings, not 0");
    assert_eq!(file("Raw", r#"{"a": 1}"#), "it is no code: give a text");
}

#[test]
fn what_is_no_such_file_is_refused_with_the_place() {
    assert!(refusal("{\n\"commands\": {,}}").starts_with("line 2: this is no smartir file: "));
    assert!(refusal("[]").contains("it is an object with the field commands"));
    assert!(refusal(r#"{"commandsEncoding": "Base64"}"#).contains("it has no object commands"));
    assert!(refusal(r#"{"commands": {}, "commandsEncoding": "Pronto"}"#).contains("is empty"));
    let unknown = "{\"commands\": {\"on\": \"x\"},\n\"commandsEncoding\": \"Base32\"}";
    assert_eq!(
        refusal(unknown),
        "line 2: this is no smartir file: commandsEncoding is Base64, Hex, Pronto or Raw, not \"Base32\""
    );
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    assert!(refusal(&deep).contains("recursion limit"));
}
