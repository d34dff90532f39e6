//! The firmware's own decoders name what was sent: frames written out by hand, and what the encoders of the
//! product make of the same codes.
//!
//! It has none that reads Sharp, Denon, MCE, DirecTV, GI Cable, XMP or RC-MM, and its Dish decoder wants one
//! bit more than a frame of Dish has.

use std::collections::BTreeSet;

use esphome_pool::{CallEnd, EvidenceWanted::Barrier};
use venue_infrared::{Press, encode};

use super::{
    Board, Client, board_with_client,
    frames::{JVC, LG, NEC, PANASONIC, SAMSUNG, nec_held, rc5, rc6, samsung36, sony},
};

/// One transmission, and all that the decoders of the firmware say of it.
struct Case {
    /// The code; one press later than the case before it, where the code is the same.
    code: &'static str,
    carrier_hz: u32,
    timings: Vec<i32>,
    /// In the order of the log; a frame that several protocols fit is named by several.
    named: &'static [&'static str],
}

fn cases() -> Vec<Case> {
    let case = |code, carrier_hz, timings, named| Case { code, carrier_hz, timings, named };
    vec![
        case(
            "nec1:4,8",
            38_000,
            nec_held(0x20DF_10EF),
            &[
                "JVC: data=0x20DF",
                "LG: data=0x20DF10EF, nbits=32",
                "NEC: address=0xFB04, command=0xF708 command_repeats=1",
                "Pioneer: rc_code_X=0x2008",
            ],
        ),
        case(
            "samsung32:7,7,2",
            38_000,
            SAMSUNG.frame(0xE0E0_40BF, 32),
            &["Samsung: data=0xE0E040BF, nbits=32"],
        ),
        case(
            "samsung36:0,4,1,0",
            38_000,
            samsung36(0x0020, 0x0_807F),
            &["Samsung36: address=0x0020, command=0x0000807F"],
        ),
        case(
            "lg:136,52",
            38_000,
            LG.frame(0x880_0347, 28),
            &["JVC: data=0x8800", "LG: data=0x08800347, nbits=28"],
        ),
        case(
            "pioneer:165,28",
            40_000,
            NEC.frame(0xA55A_38C7, 32),
            &[
                "JVC: data=0xA55A",
                "LG: data=0xA55A38C7, nbits=32",
                "NEC: address=0x5AA5, command=0xE31C command_repeats=1",
                "Pioneer: rc_code_X=0xA51C",
            ],
        ),
        case("rc5:0,12", 36_000, rc5(false), &["RC5: address=0x00, command=0x0C"]),
        case("rc5:0,12", 36_000, rc5(true), &["RC5: address=0x00, command=0x0C"]),
        case(
            "rc6:0,12",
            36_000,
            rc6(false),
            &["RC6: mode=0x0, address=0x00, command=0x0C, toggle=0x0"],
        ),
        case(
            "rc6:0,12",
            36_000,
            rc6(true),
            &["RC6: mode=0x0, address=0x00, command=0x0C, toggle=0x1"],
        ),
        case("sony12:1,21", 40_000, sony(0xA90, 12), &["Sony: data=0x00000A90, nbits=12"; 3]),
        case("sony15:151,21", 40_000, sony(0x54E9, 15), &["Sony: data=0x000054E9, nbits=15"; 3]),
        case(
            "sony20:26,73,21",
            40_000,
            sony(0xA_8B92, 20),
            &["Sony: data=0x000A8B92, nbits=20"; 3],
        ),
        case(
            "panasonic:128,0,61",
            37_000,
            PANASONIC.frame(0x4004_0100_BCBD, 48),
            &[
                "Panasonic: address=0x4004, command=0x0100BCBD",
                "AEHA: address=0x4004, data=[0x01,0x00,0xBC,0xBD]",
            ],
        ),
        case("jvc:3,23", 38_000, JVC.frame(0xC0E8, 16), &["JVC: data=0xC0E8"]),
    ]
}

/// What the decoders said since the `nth` transmission began, without those that only print timings.
fn named(board: &Board, nth: usize) -> Vec<String> {
    let log = board.log.all();
    let begin = log.iter().enumerate().filter(|(_, line)| line.contains("venue_ir: port="));
    let begin = begin.map(|(at, _)| at).nth(nth).expect("it was sent");
    let end = log[begin..].iter().position(|line| line.contains(" carrier=")).unwrap();
    let decoded = log[begin..begin + end].iter().filter_map(|line| line.split_once("Received "));
    // Without the colours of the log.
    let plain = decoded.filter_map(|(_, text)| text.split('\u{1b}').next().map(str::to_owned));
    plain.filter(|text| !text.starts_with("Raw") && !text.starts_with("Pronto")).collect()
}

/// Sends it, and waits until the firmware has read it: the `nth` transmission of this board.
async fn send(board: &Board, client: &Client, nth: usize, carrier_hz: u32, timings: &[i32]) {
    let output = client.entity("Port 1");
    let sent = client.send_to(output, carrier_hz, 1, timings, Barrier).await;
    assert!(matches!(sent.end, CallEnd::Barrier), "{sent:?}");
    let line = board.log.wait_for_nth("port=1 carrier=", nth + 1).await;
    let as_sent = format!("carrier={carrier_hz} times=1 count={} ", timings.len());
    assert!(line.contains(&as_sent), "{as_sent}: {line}");
    let values: String = timings.iter().map(|timing| format!(" {timing}")).collect();
    let handed_over = board.log.wait_for_nth("venue_ir: port=1 timings", nth + 1).await;
    assert_eq!(handed_over, format!("venue_ir: port=1 timings{values}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_decoders_of_the_firmware_name_what_was_sent() {
    for kind in ["infrared", "infrared-edge"] {
        let Some((board, _, client)) = board_with_client(kind).await else { continue };
        for (nth, case) in cases().iter().enumerate() {
            send(&board, &client, nth, case.carrier_hz, &case.timings).await;
            assert_eq!(named(&board, nth), case.named, "{kind}: {}", case.code);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_decoders_of_the_firmware_name_what_the_product_encodes() {
    for kind in ["infrared", "infrared-edge"] {
        let Some((board, _, client)) = board_with_client(kind).await else { continue };
        let mut before = "";
        for (nth, case) in cases().iter().enumerate() {
            let press = Press { toggle: case.code == before, sends: 1 };
            let sent = encode(&case.code.parse().unwrap(), press).unwrap();
            send(&board, &client, nth, sent.carrier().hz(), sent.timings()).await;
            // A code that is sent several times is named several times.
            let (found, wanted) = (named(&board, nth), case.named.iter().copied());
            let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
            assert_eq!(found, wanted.collect(), "{kind}: {}", case.code);
            before = case.code;
        }
    }
}
