//! Presses of remote controls whose protocols are known.

use super::*;
use crate::{Press, encode};

/// What a remote control sends for one press.
fn sent(code: &str, toggle: bool, sends: u8) -> Vec<i32> {
    encode(&code.parse().unwrap(), Press { toggle, sends }).unwrap().timings().to_vec()
}

/// Three presses with a toggle bit that flips; the second one is held for longer.
fn learned(code: &str) -> LearnedKey {
    let presses =
        [(false, 1), (true, 3), (false, 2)].map(|(toggle, sends)| sent(code, toggle, sends));
    let [first, second, third] = &presses;
    Eye::new(36_000).learns([first, second, third])
}

fn code_of(key: &LearnedKey) -> String {
    key.code().to_string()
}

#[test]
fn every_protocol_is_learned_as_what_was_sent() {
    for code in [
        "nec1:4,8",
        "nec2:4,8",
        "necext:0x0033,0x1234",
        "samsung32:7,7,2",
        "necx1:7,7,2",
        "pioneer:165,28",
        "kaseikyo:3,5,9,0x12345",
        "nec42:100,8",
        "samsung36:0,4,241,14",
        "lg:136,0x1003",
        "rc5:0,12",
        "rc5:5,99",
        "rc5x:6,12,5",
        "rc6:4,12",
        "mce:15,4,12",
        "sony12:1,21",
        "sony15:151,21",
        "sony20:26,73,21",
        "panasonic:128,0,61",
        "jvc:3,23",
        "sharp:1,22",
        "denon:2,1",
        "rca:15,42",
        "rcmm32:33,160,12,38",
        "directv:12,16",
        "dish:0,0,2",
        "gicable:0,10",
        "xmp:62,16,15",
        "panasonic-old:27,5",
        "tivo:133,48,20",
        "rc6-6-20:0,12,204,2",
    ] {
        let key = learned(code);
        let expected: Code = code.parse().unwrap();
        assert_eq!(code_of(&key), expected.to_string(), "and perhaps {:?}", key.alternatives);
        assert_eq!(key.carrier_from, CarrierSource::Protocol);
        assert_eq!(key.raw.carrier(), key.decoded.unwrap().protocol().carrier());
        assert_eq!(key.toggled, None, "{code} knows its toggle bit");
    }
}

#[test]
fn protocols_of_the_same_frame_are_told_as_alternatives() {
    let frame = sent("nec1:4,8", false, 1);
    let key = Eye::new(38_000).learns([&frame, &frame, &frame]);
    assert_eq!(code_of(&key), "nec1:4,8");
    let alternatives: Vec<_> = key.alternatives.iter().map(|code| code.protocol().name()).collect();
    assert!(
        alternatives.contains(&"nec2") && alternatives.contains(&"pioneer"),
        "{alternatives:?}"
    );
}

#[test]
fn a_sony_remote_control_sends_three_frames() {
    let press = sent("sony12:1,21", false, 3);
    assert_eq!(Eye::bursts(&press).len(), 3);
    let key = Eye::new(40_000).learns([&press, &press, &press]);
    assert_eq!((code_of(&key).as_str(), key.sends), ("sony12:1,21", 3));
    assert_eq!(key.raw.timings().len(), 25, "one frame is kept");
}

#[test]
fn an_inverted_receiver_hears_protocols_too() {
    let press = sent("samsung32:7,7,2", false, 1);
    let mut eye = Eye::new(38_000);
    eye.is_inverted = true;
    assert_eq!(code_of(&eye.learns([&press, &press, &press])), "samsung32:7,7,2");
}

#[test]
fn what_a_press_was_taken_for_is_said() {
    let mut eye = Eye::new(38_000);
    let progress = eye.press(&sent("rc5:0,12", true, 1)).unwrap();
    assert_eq!(progress.to_string(), "press 1 of 3 (rc5:0,12)");
    let progress = eye.press(&sent("rc5:0,13", false, 1)).unwrap();
    assert_eq!(
        progress.to_string(),
        "this press (rc5:0,13) differs from the first: press the same key again"
    );
    assert!(eye.press(&sent("rc5:0,12", true, 1)).is_some(), "pressed so fast that T is equal");
    let learned = eye.press(&sent("rc5:0,12", false, 2)).unwrap();
    assert_eq!(learned.to_string(), "learned rc5:0,12");
}

#[test]
fn a_toggle_that_never_flips_is_kept_where_the_protocol_leaves_it_open() {
    let press = sent("rc6-6-20:0,12,204,1", false, 1);
    let key = Eye::new(0).learns([&press, &press, &press]);
    assert_eq!(code_of(&key), "rc6-6-20:0,12,204,1");
}

#[test]
fn a_frame_that_was_heard_in_part_does_not_count() {
    let whole = sent("nec1:4,8", false, 1);
    let mut eye = Eye::new(38_000);
    assert!(eye.press(&whole).is_some());
    assert_eq!(eye.press(&whole[..31]), Some(Progress::Differs { decoded: None }));
    assert!(matches!(eye.press(&whole), Some(Progress::Press { number: 2, .. })));
}
