use proptest::prelude::*;

use super::*;

const NEC: &str = "type: parsed\nprotocol: NEC\naddress: 04 00 00 00\n";

/// A Flipper file of NEC keys: each a name and a function.
fn flipper(keys: &[(&str, u8)]) -> String {
    let keys = keys
        .iter()
        .map(|(name, function)| format!("name: {name}\n{NEC}command: {function:02X} 00 00 00\n"));
    format!("Filetype: IR signals file\nVersion: 1\n{}", keys.collect::<String>())
}

fn read(text: &str) -> Import {
    ImportSource::new(Format::Flipper, text).read().unwrap()
}

fn keys(import: &Import) -> Vec<String> {
    import.keys.iter().map(|(key, code)| format!("{key} {code}")).collect()
}

#[test]
fn on_and_off_with_codes_of_their_own_stay() {
    let import = read(&flipper(&[("Power", 8), ("Power_on", 196), ("Power_off", 197)]));
    assert_eq!(keys(&import), ["power nec1:4,8", "power_off nec1:4,197", "power_on nec1:4,196"]);
    assert_eq!(import.dropped, []);
}

#[test]
fn on_that_is_off_is_the_toggle_and_so_is_on_that_is_power() {
    let import = read(&flipper(&[("Power_on", 8), ("Power_off", 8), ("Mute_on", 9), ("Mute", 9)]));
    assert_eq!(keys(&import), ["mute nec1:4,9", "power nec1:4,8"]);
    let why: Vec<&str> = import.dropped.iter().map(|finding| finding.what.as_str()).collect();
    assert_eq!(why, ["Power_on", "Power_off", "Mute_on"]);
    // The toggle that is there already stays as it is.
    let import = read(&flipper(&[("Power", 7), ("Power_on", 8), ("Power_off", 8)]));
    assert_eq!(keys(&import), ["power nec1:4,7"]);
}

#[test]
fn a_name_that_comes_again_with_another_code_is_kept_for_a_person() {
    let import = read(&flipper(&[("Vol+", 1), ("Volume up", 2), ("vol_up", 3), ("vol_up", 1)]));
    assert_eq!(
        keys(&import),
        ["other:Volume up nec1:4,2", "other:vol_up nec1:4,3", "volume_up nec1:4,1"]
    );
    assert_eq!((import.warnings.len(), import.dropped.len()), (2, 1));
}

#[test]
fn a_twin_without_the_key_beside_it_is_no_twin() {
    let import = read(&flipper(&[("power_r", 8), ("mute", 9), ("MUTE_R", 10)]));
    assert_eq!(keys(&import), ["mute nec1:4,9", "other:power_r nec1:4,8"]);
}

#[test]
fn a_text_or_a_list_without_end_is_refused() {
    let text = " ".repeat(MAX_TEXT_BYTES + 1);
    let error = ImportSource::new(Format::Irdb, &text).read().unwrap_err();
    assert_eq!(error.to_string(), "the text has 2097153 bytes: at most 2097152 are read");
    let rows = "A,NEC1,4,-1,8\n".repeat(MAX_RECORDS + 1);
    let text = format!("functionname,protocol,device,subdevice,function\n{rows}");
    let error = ImportSource::new(Format::Irdb, &text).read().unwrap_err();
    assert_eq!(error.to_string(), "line 2002: there are more than 2000 keys: split the file");
    let times = "1 ".repeat(500_000);
    let text =
        format!("Filetype: IR signals file\nname: A\ntype: raw\nfrequency: 38000\ndata: {times}\n");
    let import = read(&text);
    assert_eq!(import.dropped[0].why, "give 1 to 1000 timings, not 1001");
}

#[test]
fn the_format_of_a_text_is_seen_in_its_first_lines() {
    for (text, format) in [
        ("\u{feff}Filetype: IR signals file\n", Some(Format::Flipper)),
        ("\n { \"manufacturer\": 1}", Some(Format::SmartIr)),
        ("functionname,protocol,device,subdevice,function\n", Some(Format::Irdb)),
        ("# x\n\nbegin remote\n", Some(Format::Lirc)),
        ("Power: sendir,1:1,1,38000,1,1,1,2", Some(Format::GlobalCache)),
        ("Power: 0000 006C 0001 0000 0001 0002", Some(Format::Pronto)),
        ("Power JgBQAAABKJQSEhI3", Some(Format::Broadlink)),
        ("hello there", None),
        ("", None),
    ] {
        assert_eq!(Format::guess(text), format, "{text}");
    }
    for format in Format::ALL {
        assert_eq!(format.name().parse(), Ok(format));
        assert_eq!(serde_json::to_string(&format).unwrap(), format!("{:?}", format.name()));
    }
    let error = "ini".parse::<Format>().unwrap_err().to_string();
    assert!(error.contains("flipper, smartir"), "{error}");
}

/// Words of all formats, so that random texts get past the first line.
const WORDS: [&str; 44] = [
    "\n",
    " ",
    "\n",
    " ",
    ":",
    ",",
    "\"",
    "{",
    "}",
    "[",
    "]",
    "#",
    "\u{feff}",
    "é",
    "Filetype: IR signals file\n",
    "name: Power",
    "type: parsed\n",
    "type: raw\n",
    "protocol: NECext\n",
    "protocol: Kaseikyo\n",
    "address: 04 FB 00 00\n",
    "command: 08 F7 00 00\n",
    "frequency: 38000\n",
    "data: 9000 4500",
    "functionname,protocol,device,subdevice,function\n",
    "POWER,NEC1,4,-1,8\n",
    "\"commands\":",
    "\"commandsEncoding\":\"Raw\"",
    "\"on\":",
    "\"sources\":",
    "0000 006C 0001 0000",
    "0156 00AB",
    "900A",
    "JgAEAAECAwQ=",
    "26000400",
    "sendir,1:1,1,38000,2,3,",
    "96,24,48,24",
    "begin remote\n",
    "begin codes\n",
    "end remote\n",
    "flags RC6|SPACE_ENC|REVERSE\n",
    "bits 32\none 444 444\nzero 444 444\n",
    "KEY_POWER 0x800F040C\n",
    "18446744073709551615",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_bytes_are_read_or_refused(which: u8, bytes: Vec<u8>) {
        fuzz_import(&[&[which][..], &bytes].concat());
    }

    #[test]
    fn any_mixture_of_the_words_of_the_formats_is_read_or_refused(
        which: u8,
        words in prop::collection::vec(prop::sample::select(&WORDS[..]), 0..60),
    ) {
        fuzz_import(&[&[which][..], words.concat().as_bytes()].concat());
    }
}
