use super::super::{Import, ImportSource};
use super::*;

const SAMPLE: &str = include_str!("../../../samples/acme.ir");

fn import(text: &str) -> Result<Import, ImportError> {
    ImportSource::new(Format::Flipper, text).at_path("TVs/Acme/Acme_T1000.ir").read()
}

fn parsed(protocol: &str, address: u32, command: u32) -> String {
    code(protocol, address, command).map_or_else(|why| why, |code| code.to_string())
}

#[test]
fn everything_usable_of_a_bad_file_is_imported() {
    let import = import(SAMPLE).unwrap();
    let keys: Vec<String> = import.keys.iter().map(|(key, code)| format!("{key} {code}")).collect();
    assert_eq!(
        keys,
        [
            "channel_down raw:38000:9000 -4500 560",
            "channel_up raw:36000:889 -889 1778 -889 889",
            "info rca:15,42",
            "menu sony20:26,73,21",
            "mute rc5:5,77",
            "ok panasonic:128,0,61",
            "other:Mute rc6:0,13",
            "power nec1:4,8",
            "power_off nec1:4,197",
            "source samsung32:7,7,1",
            "volume_down nec1:4,240,3",
        ]
    );
    let Import { make, models, kind, .. } = import;
    assert_eq!((make.as_deref(), models), (Some("Acme"), vec!["T1000".to_owned()]));
    assert_eq!(kind, Some(crate::ApplianceKind::Tv));
}

#[test]
fn every_defect_of_a_file_is_reported_at_once_with_its_line() {
    let import = import(SAMPLE).unwrap();
    let dropped: Vec<String> = import.dropped.iter().map(ToString::to_string).collect();
    assert_eq!(
        dropped,
        [
            "line 120, this line is nothing: it is no field such as \"name: Power\"",
            "line 126, colour: it is no field of a signal",
            "line 22, Vol_up: the second byte of its command is 00, where NEC has the complement of the first: \
             the file was converted wrongly, and no appliance reacts to it",
            "line 40, Mute_r: it is the twin of mute: the same key with the other toggle bit, which is flipped \
             here for each press",
            "line 46, Mute: mute is there already in line 34, with the same code",
            "line 76, Exit: the protocol \"Frobnicate\" is not known",
            "line 82, Back: address must be four hexadecimal bytes such as 04 00 00 00, not \"04 00 00\"",
            "line 88, Home: address must be four hexadecimal bytes such as 04 00 00 00, not \"04 0G 00 00\"",
            "line 104, Guide: data: number 2 is \"-4500\", not microseconds",
            "line 109, Up: the carrier must be 0 (unmodulated) or 10000 to 500000 Hz, such as 38000, not \"3\"",
            "line 114, Down: it has no type: give type: parsed or type: raw",
            "line 117, Left: type is parsed or raw, not \"learned\"",
            "line 10, Power_on: its code is the one of the toggle: it is kept as power",
        ]
    );
    let warnings: Vec<String> = import.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "line 52, Mute: mute is there already in line 34, with another code: this one is other:Mute",
            "line 100, Ch-: the file has no carrier: 38000 Hz is assumed; if the appliance does not react, try \
             36000, 40000 or 56000",
        ]
    );
}

#[test]
fn the_parameters_of_each_protocol_are_those_of_the_table() {
    for (protocol, address, command, expected) in [
        ("NEC", 4, 8, "nec1:4,8"),
        ("NECext", 0xFB04, 0xF708, "nec1:4,8"),
        ("NECext", 0x1234, 0x5678, "necext:0x1234,0x5678"),
        ("NEC42", 0x123, 8, "nec42:291,8"),
        ("NEC42ext", 0x1EDC << 13 | 0x123, 0xF708, "nec42:291,8"),
        ("Samsung32", 7, 2, "samsung32:7,7,2"),
        ("RC5", 0, 12, "rc5:0,12"),
        ("RC5X", 0, 12, "rc5:0,76"),
        ("RC6", 4, 12, "rc6:4,12"),
        ("SIRC", 1, 21, "sony12:1,21"),
        ("SIRC15", 151, 21, "sony15:151,21"),
        ("SIRC20", 73 << 5 | 26, 21, "sony20:26,73,21"),
        ("Kaseikyo", 0x0020_0280, 0x3D0, "panasonic:128,0,61"),
        ("RCA", 15, 0x54, "rca:15,42"),
        ("Pioneer", 165, 28, "pioneer:165,28"),
        ("NEC", 256, 1, "device of nec1 must be 0 to 255, not 256"),
        ("RCA", 16, 1, "device of rca must be 0 to 15, not 16"),
        ("Kaseikyo", 0x0020_0280, 0x400, "a Kaseikyo command has ten bits and its id two"),
    ] {
        assert_eq!(parsed(protocol, address, command), expected, "{protocol}");
    }
}

#[test]
fn kaseikyo_of_another_vendor_is_sent_as_it_was() {
    // Vendor 0xAAAA has parity 0: it can be said as parameters. 0x1234 has parity 4: only as timings.
    assert_eq!(parsed("Kaseikyo", 0x00AA_AA80, 0x3D0), "kaseikyo:8,0,61,0xAAAAD");
    let raw = parsed("Kaseikyo", 0x0012_3480, 0x3D0);
    assert!(raw.starts_with("raw:37000:3456 -1728 432 -432 432 -432 432 -1296"), "{raw}");
    assert_eq!(raw.split(' ').count(), 100);
}

#[test]
fn a_text_without_the_header_is_refused() {
    for text in ["", "name: Power\n", "Filetype: Sub-GHz\n"] {
        let error = import(text).unwrap_err();
        assert_eq!(
            error.to_string(),
            "line 1: this is no flipper file: it begins with \"Filetype: IR signals file\""
        );
    }
}
