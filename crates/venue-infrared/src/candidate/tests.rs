use super::*;
use crate::{Code, Press, Recording, decode, encode};

fn sent(text: &str, sends: u8) -> Vec<i32> {
    let code: Code = text.parse().unwrap();
    encode(&code, Press { toggle: true, sends }).unwrap().into_timings()
}

/// Code, sends and whether all was read, for each candidate.
fn read(timings: &[i32], hz: Option<u32>) -> Vec<(String, u8, bool)> {
    let carrier = hz.map(|hz| Carrier::from_hz(hz).unwrap());
    let candidates = decode(timings, carrier);
    let shown = |c: Candidate| (c.code.to_string(), c.sends, c.is_complete);
    candidates.into_iter().map(shown).collect()
}

fn named(code: &str, sends: u8, is_complete: bool) -> (String, u8, bool) {
    (code.to_owned(), sends, is_complete)
}

#[test]
fn a_nec_frame_is_ranked_by_its_repeats_and_its_carrier() {
    let once = read(&sent("nec1:4,8", 1), None);
    let all = ["nec1:4,8", "nec2:4,8", "pioneer:4,8", "necext:0xFB04,0xF708"];
    assert_eq!(once, all.map(|code| named(code, 1, true)));
    let held = read(&sent("nec1:4,8", 3), Some(38_000));
    assert_eq!(held[..2], [named("nec1:4,8", 3, true), named("necext:0xFB04,0xF708", 3, true)]);
    assert_eq!(held[2], named("nec2:4,8", 1, false));
    assert_eq!(read(&sent("nec2:4,8", 2), None)[0], named("nec2:4,8", 2, true));
    assert_eq!(read(&sent("pioneer:165,28", 2), None)[0], named("pioneer:165,28", 2, true));
    assert_eq!(read(&sent("pioneer:4,8", 1), Some(40_000))[0], named("pioneer:4,8", 2, true));
    assert_eq!(read(&sent("necext:0x04FB,0x0001", 1), None)[0].0, "necext:0x04FB,0x0001");
    assert_eq!(read(&sent("tivo:133,48,16,2", 1), None)[0].0, "tivo:133,48,16,2");
}

#[test]
fn every_protocol_is_read_back_with_its_toggle_bit() {
    for code in [
        "nec42:4660,8",
        "samsung32:7,7,2",
        "necx1:7,248,2",
        "samsung36:0,4,241,14",
        "lg:0x88,0xC005",
        "rc5:5,101",
        "rc5x:5,70,12",
        "rc6:4,12",
        "rc6-6-20:0,12,204,1",
        "mce:15,4,12",
        "sony12:1,21",
        "sony15:151,21",
        "sony20:26,73,21",
        "kaseikyo:8,0,61,0x54320",
        "panasonic:128,0,61",
        "jvc:3,23",
        "sharp:1,22",
        "denon:2,1",
        "rca:15,42",
        "rcmm32:33,160,12,38",
        "directv:12,16",
        "dish:0,3,2",
        "gicable:0,10",
        "xmp:62,16,15",
        "panasonic_old:27,12",
    ] {
        let parsed = code.parse::<Code>().unwrap().parsed().unwrap();
        let timings = sent(code, 2);
        let best = decode(&timings, None)[0];
        assert_eq!(best.code, parsed, "{code}");
        assert_eq!(best.sends, parsed.protocol().min_sends().max(2), "{code}");
        assert!(best.is_complete, "{code}");
        assert_eq!(best.deviation_permille, 0, "{code}");
        let is_fixed = parsed.protocol() == Protocol::Rc6Mode6Bits20;
        let toggle = (parsed.has_toggle_bit() || is_fixed).then_some(true);
        assert_eq!(best.toggle, toggle, "{code}");
    }
}

/// Events as a receiver with an idle time of 10 ms sends them.
#[test]
fn bursts_of_a_receiver_are_one_press_whatever_silence_ends_them() {
    for (code, bursts) in [
        ("nec1:4,8", 3),
        ("xmp:62,16,15", 6),
        ("sharp:1,22", 7),
        ("dish:0,3,2", 1),
        ("jvc:3,23", 3),
    ] {
        let timings = sent(code, 3);
        let events: Vec<_> = timings.split_inclusive(|timing| *timing <= -10_000).collect();
        assert_eq!(events.len(), bursts, "{code}");
        let mut press: Option<Recording> = None;
        for event in events {
            let mut event = event.to_vec();
            *event.last_mut().unwrap() = -10_000;
            let burst = Recording::new(&event).unwrap();
            match &mut press {
                Some(press) => press.extend(&burst),
                None => press = Some(burst),
            }
        }
        let best = press.unwrap().decode(None)[0];
        assert_eq!((best.code.to_string().as_str(), best.is_complete), (code, true));
        assert_eq!(best.sends, best.code.protocol().min_sends().max(3), "{code}");
    }
}

#[test]
fn what_is_no_whole_frame_is_nothing() {
    let frame = sent("nec1:4,8", 1);
    assert_eq!(read(&frame[..40], None), []);
    assert_eq!(read(&frame[2..], None), []);
    // A repeat frame alone.
    assert_eq!(read(&[9_000, -2_250, 560, -10_000], None), []);
    let mut wrong = frame;
    wrong[21] = -1_100;
    assert_eq!(read(&wrong, None), []);
    assert_eq!(read(&[], None), []);
}
