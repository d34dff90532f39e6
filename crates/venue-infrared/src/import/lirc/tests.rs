use super::super::{Import, ImportSource};
use super::*;
use crate::KeyName;

const SAMPLE: &str = include_str!("../../../samples/acme_lircd.conf");

fn import(remote: &str) -> Import {
    ImportSource::new(Format::Lirc, SAMPLE).of_remote(remote).read().unwrap()
}

fn keys(import: &Import) -> Vec<String> {
    import.keys.iter().map(|(key, code)| format!("{key} {code}")).collect()
}

fn texts(findings: &[super::super::Finding]) -> Vec<String> {
    findings.iter().map(ToString::to_string).collect()
}

fn remote(body: &str) -> Import {
    let text = format!("begin remote\nname X\ngap 40000\nfrequency 36000\n{body}\nend remote\n");
    ImportSource::new(Format::Lirc, &text).read().unwrap()
}

#[test]
fn pulse_distance_of_a_protocol_becomes_its_code() {
    let import = import("ACME_NEC");
    let names: Vec<&str> = import.keys.keys().map(KeyName::as_str).collect();
    assert_eq!(names, ["digit_2", "power", "volume_up"]);
    // 0x20DF10EF, the first bit first.
    assert_eq!(import.keys["power"].to_string(), "nec1:4,8");
    assert_eq!(import.make.as_deref(), Some("Acme"));
    assert_eq!(import.models, ["RC-7", "T1000"]);
}

#[test]
fn bits_of_no_protocol_are_the_timings_that_lirc_would_send() {
    let import = remote(
        "bits 8\nflags SPACE_ENC|CONST_LENGTH\nheader 7000 3000\none 500 1500\nzero 500 500\nptrail 500\n\
         begin codes\nKEY_POWER 0xA5\nend codes",
    );
    let crate::Code::Raw(power) = &import.keys["power"] else { panic!("{import:?}") };
    assert_eq!((power.carrier().hz(), power.timings().len()), (36_000, 20));
    assert_eq!(&power.timings()[..6], [7_000, -3_000, 500, -1_500, 500, -500]);
    let total: i32 = power.timings().iter().map(|us| us.abs()).sum();
    assert_eq!(total, 40_000, "CONST_LENGTH: the gap counts from the start of the frame");
    let bits = power.timings()[2..18]
        .chunks(2)
        .fold(0_u32, |bits, bit| bits << 1 | u32::from(bit[1] < -1_000));
    assert_eq!(bits, 0xA5);
}

#[test]
fn every_key_that_cannot_be_used_is_reported_with_its_line() {
    assert_eq!(
        texts(&import("ACME_NEC").dropped),
        [
            "line 50, dubious: it is no field with numbers",
            "line 51, include: other files are not read: import them alone",
            "line 53, 77 88: numbers stand behind a \"name\"",
            "line 62, ACME_SERIAL: its \"end remote\" is missing",
            "line 24, KEY_MUTE: its code 0x190EF has more than the 16 bits of the remote",
            "line 25, KEY_1: it is 2 different codes in a row: import each as a key of its own",
            "line 27, KEY_3: its code must be a number such as 0x10EF, not \"8H77\"",
            "line 28, KEY_4: it has no code",
        ]
    );
}

#[test]
fn keys_with_a_toggle_bit_become_parameters() {
    assert_eq!(keys(&import("ACME_RC5")), ["other:KEY_HELP rc5:0,76", "power rc5:0,12"]);
    let rc6 = "bits 16\nflags RC6\nheader 2664 888\none 444 444\nzero 444 444\npre_data_bits 5\n\
               pre_data 0x10\nrc6_mask 0x10000\nbegin codes\nKEY_POWER 0x040C\nend codes";
    assert_eq!(keys(&remote(rc6)), ["power rc6:4,12"]);
    let mce = "bits 32\nflags RC6\nheader 2664 888\none 444 444\nzero 444 444\npre_data_bits 5\n\
               pre_data 0x1C\nbegin codes\nKEY_POWER 0x800F040C\nend codes";
    assert_eq!(keys(&remote(mce)), ["power mce:4,15,12"]);
    let sky = "bits 20\nflags RC6\nheader 2664 888\none 444 444\nzero 444 444\npre_data_bits 5\n\
               pre_data 0x1C\nbegin codes\nKEY_POWER 0x00C0C\nend codes";
    assert_eq!(keys(&remote(sky)), ["power rc6-6-20:0,12,12"]);
    let rcmm = "bits 32\nflags RCMM\nheader 417 278\nzero 167 278\none 167 444\ntwo 167 611\n\
                three 167 778\nptrail 167\nbegin codes\nKEY_POWER 0x21A0260C\nend codes";
    assert_eq!(keys(&remote(rcmm)), ["power rcmm32:33,160,12,38"]);
}

#[test]
fn biphase_of_another_speed_becomes_timings_with_a_warning() {
    let slow = "bits 2\nflags RC5\none 1000 1200\nzero 1000 1200\nplead 1000\ntoggle_bit_mask 0x2\n\
                begin codes\nKEY_POWER 0x2\nend codes";
    let import = remote(slow);
    // The lead, then 1 (space first), then 0 (mark first): its mark melts into the one before.
    assert_eq!(keys(&import), ["power raw:36000:1000 -1200 2000 -41200"]);
    let warnings = texts(&import.warnings);
    assert!(warnings[0].contains("it has a toggle bit, which stays as it is"), "{warnings:?}");
}

#[test]
fn reversed_bits_a_foot_and_raw_times_are_sent_as_lirc_does() {
    let reversed = "bits 4\nflags SPACE_ENC|REVERSE\none 1 3\nzero 1 2\nptrail 9\nfoot 5 6\n\
                    begin codes\nKEY_POWER 0x1\nend codes";
    assert_eq!(keys(&remote(reversed)), ["power raw:36000:1 -3 1 -2 1 -2 1 -2 9 -6 5 -40000"]);
    let raw = import("ACME_RAW");
    assert_eq!(keys(&raw), ["power raw:38000:9000 -4500 560 -560 560 -40000"]);
    let dropped = texts(&raw.dropped);
    assert!(
        dropped
            .contains(&"line 57, KEY_MUTE: times must be numbers, not \"x\" in line 58".to_owned()),
        "{dropped:#?}"
    );
    assert!(dropped.contains(&"line 59, KEY_INFO: it has no times".to_owned()), "{dropped:#?}");
    assert!(texts(&raw.warnings)[0].contains("38000 Hz is assumed"));
}

#[test]
fn what_is_not_supported_is_said_for_every_key() {
    let serial = remote("bits 8\nflags SERIAL\nbegin codes\nKEY_POWER 1\nend codes");
    assert_eq!(
        texts(&serial.dropped),
        ["line 8, KEY_POWER: codes with the flag SERIAL are not supported: learn this key as raw"]
    );
    let none = remote("bits 8\nbegin codes\nKEY_POWER 1\nend codes");
    assert!(texts(&none.dropped)[0].contains("its flags must have SPACE_ENC, RC5"), "{none:?}");
    let repeated = remote(
        "bits 1\nflags SPACE_ENC\none 1 3\nzero 1 2\nmin_repeat 2\nbegin codes\nKEY_POWER 1\nend codes",
    );
    assert_eq!(repeated.sends["power"], 3);
    let no_bits = remote("flags SPACE_ENC\none 1 3\nzero 1 2\nbegin codes\nKEY_POWER 1\nend codes");
    assert_eq!(texts(&no_bits.dropped), ["line 9, KEY_POWER: its remote has no bits"]);
}

#[test]
fn one_remote_of_several_is_chosen() {
    let error = ImportSource::new(Format::Lirc, SAMPLE).read().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the file has 3 remotes: name one of ACME_NEC, ACME_RC5, ACME_RAW"
    );
    let error = ImportSource::new(Format::Lirc, SAMPLE).of_remote("X").read().unwrap_err();
    assert!(
        error.to_string().starts_with("the file has no remote \"X\": there are ACME_NEC"),
        "{error}"
    );
    let error = ImportSource::new(Format::Lirc, "hello").read().unwrap_err();
    assert!(error.to_string().contains("begin remote"), "{error}");
}
