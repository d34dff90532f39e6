use super::*;

fn code(text: &str) -> Code {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn timings(text: &str, press: Press) -> Vec<i32> {
    encode(&code(text), press).unwrap().into_timings()
}

const ONCE: Press = Press { toggle: false, sends: 1 };

/// The first send as it stands on the wire: `0` and `1` by the longer part of each pair behind the header.
fn word(text: &str, header: usize, bits: usize, is_one: impl Fn(i32, i32) -> bool) -> String {
    let timings = timings(text, ONCE);
    let pairs = timings[header..].chunks(2).take(bits);
    pairs.map(|pair| if is_one(pair[0], -pair[1]) { '1' } else { '0' }).collect()
}

fn hex(text: &str) -> String {
    let digits = text.chars().filter(|c| *c != ' ').collect::<String>();
    digits.chars().map(|c| format!("{:04b}", c.to_digit(16).unwrap())).collect()
}

/// Words that other programs use for the same keys (Tasmota, ESPHome, Flipper).
#[test]
fn the_words_on_the_wire_are_those_that_others_write() {
    let wide = |space: i32| move |_: i32, pause: i32| pause > space;
    let long = |mark: i32, _: i32| mark > 900;
    assert_eq!(word("nec1:4,8", 2, 32, wide(1_000)), hex("20DF10EF"));
    assert_eq!(word("nec1:4,4,8", 2, 32, wide(1_000)), hex("202010EF"));
    assert_eq!(word("necext:0xFB04,0xF708", 2, 32, wide(1_000)), hex("20DF10EF"));
    assert_eq!(word("samsung32:7,7,2", 2, 32, wide(1_000)), hex("E0E040BF"));
    assert_eq!(word("pioneer:165,28", 2, 32, wide(1_000)), hex("A55A38C7"));
    assert_eq!(word("sony12:1,21", 2, 12, long), hex("A90"));
    assert_eq!(word("sony15:151,21", 2, 15, long), hex("A9D2")[..15]);
    assert_eq!(word("sony20:26,73,21", 2, 20, long), hex("A8B92"));
    assert_eq!(word("panasonic:128,0,61", 2, 48, wide(800)), hex("4004 0100BCBD"));
    assert_eq!(word("kaseikyo:8,0,61,0x2002D", 2, 48, wide(800)), hex("4004 0100BCBD"));
    assert_eq!(word("jvc:3,23", 2, 16, wide(1_000)), hex("C0E8"));
    assert_eq!(word("gicable:0,10", 2, 16, wide(3_000)), hex("5006"));
    assert_eq!(word("sharp:1,22", 0, 15, wide(1_300)), "100000110100010");
    assert_eq!(word("sharp:1,22", 32, 15, wide(1_300)), "100001001011101");
    assert_eq!(word("denon:2,1", 0, 15, wide(1_300)), "010001000000000");
    assert_eq!(word("denon:2,1", 32, 15, wide(1_300)), "010000111111111");
    // 28 bits, the sum of the nibbles of the command last.
    assert_eq!(word("lg:0x88,0xC005", 2, 28, wide(1_000)), hex("88C0051"));
}

#[test]
fn samsung36_breaks_in_the_middle() {
    let timings = timings("samsung36:0,4,241,14", ONCE);
    assert_eq!(timings.len(), 78);
    assert_eq!(timings[34..36], [560, -5_040]);
    let bits = |range: std::ops::Range<usize>| -> String {
        timings[range].chunks(2).map(|pair| if -pair[1] > 1_000 { '1' } else { '0' }).collect()
    };
    assert_eq!(bits(2..34), hex("0020"));
    assert_eq!(bits(36..76), hex("78F70"));
}

#[test]
fn rc5_and_rc6_have_the_toggle_bit_that_was_given() {
    let rc5 = |toggle| timings("rc5:0,12", Press { toggle, sends: 1 });
    let rest = [
        -889, 889, -889, 889, -889, 889, -889, 889, -889, 889, -889, 889, -889, 889, -1_778, 889,
        -889, 1_778, -889, 889, -90_886,
    ];
    assert_eq!(rc5(false)[..3], [889, -889, 1_778]);
    assert_eq!(rc5(true)[..7], [889, -889, 889, -889, 1_778, -889, 889]);
    assert_eq!(rc5(false)[3..], rest);
    let rc6 = |toggle| timings("rc6:0,12", Press { toggle, sends: 1 });
    let t0 = [2_664, -888, 444, -888, 444, -444, 444, -444, 444, -888, 888];
    assert_eq!(rc6(false)[..11], t0);
    assert_eq!(rc6(false).len(), 42);
    assert_eq!(rc6(false)[33..], [-444, 888, -444, 444, -888, 444, -444, 444, -83_912]);
    let t1 = [2_664, -888, 444, -888, 444, -444, 444, -444, 1_332, -1_332];
    assert_eq!(rc6(true)[..10], t1);
    assert_eq!(rc6(true).len(), 40);
    assert!(code("rc5:0,12").has_toggle_bit() && !code("nec1:4,8").has_toggle_bit());
    // Sky's remotes do not toggle.
    assert!(!code("rc6-6-20:0,12,204").has_toggle_bit());
    assert!(code("rc6-6-20:0,12,204,2").has_toggle_bit());
    let sky = |text, toggle| timings(text, Press { toggle, sends: 1 });
    assert_eq!(sky("rc6-6-20:0,12,204", true), sky("rc6-6-20:0,12,204,2", false));
    assert_eq!(sky("rc6-6-20:0,12,204,1", false), sky("rc6-6-20:0,12,204,2", true));
}

#[test]
fn a_held_key_is_what_the_protocol_makes_of_it() {
    let sent = |text, sends| {
        let sent = encode(&code(text), Press { toggle: false, sends }).unwrap();
        (sent.timings().len(), sent.air_time().as_micros(), sent.sends())
    };
    assert_eq!(sent("nec1:4,8", 0), (68, 108_000, 1));
    assert_eq!(sent("nec1:4,8", 2), (72, 216_000, 2));
    assert_eq!(sent("nec2:4,8", 2), (136, 216_000, 2));
    assert_eq!(sent("necx1:7,7,2", 2), (74, 216_000, 2));
    assert_eq!(sent("sony12:1,21", 1), (78, 135_000, 3));
    assert_eq!(sent("jvc:3,23", 1), (70, 105_500, 2));
    assert_eq!(sent("gicable:0,10", 2), (40, 205_555, 2));
    assert_eq!(sent("sharp:1,22", 1), (96, 201_000, 1));
    assert_eq!(sent("sharp:1,22", 2), (160, 335_000, 2));
    assert_eq!(sent("directv:12,16", 1).0, 40);
    // The header of Dish once, then four frames of 16 bits and a stop mark.
    assert_eq!(sent("dish:0,0,2", 1).0, 2 + 4 * 34);
    assert_eq!(sent("panasonic:128,0,61", 1).0, 100);
}

#[test]
fn xmp_says_in_its_second_half_that_the_key_is_held() {
    let sent = timings("xmp:62,16,15", Press { toggle: false, sends: 2 });
    assert_eq!(sent.len(), 72);
    let nibbles: Vec<i32> = sent
        .chunks(2)
        .map(|pair| if -pair[1] > 3_000 { -1 } else { (-pair[1] - 760) / 136 })
        .collect();
    // S = 0x10, OEM = 0x44, D = 0x3E, F = 0x0F: the checks make the sums of the nibbles multiples of 16.
    let first = [1, 7, 0, 15, 4, 4, 3, 14, -1];
    assert_eq!(nibbles[..9], first);
    assert_eq!(nibbles[9..18], [1, 0, 0, 0, 0, 15, 0, 0, -1]);
    assert_eq!(nibbles[18..27], first);
    assert_eq!(nibbles[27..36], [1, 8, 8, 0, 0, 15, 0, 0, -1]);
}

#[test]
fn recorded_timings_get_a_pause_that_can_be_one() {
    assert_eq!(timings("raw:38000:900 -450 560", ONCE), [900, -450, 560, -40_000]);
    assert_eq!(timings("raw:38000:900 -10000", ONCE), [900, -40_000]);
    assert_eq!(timings("raw:38000:900 -25000", ONCE), [900, -25_000]);
    let twice = timings("raw:38000:900 -450 560", Press { toggle: false, sends: 2 });
    assert_eq!(twice, [900, -450, 560, -40_000, 900, -450, 560, -40_000]);
}

#[test]
fn pronto_sends_the_first_part_once_and_repeats_the_other() {
    let sent = |text, sends| timings(text, Press { toggle: true, sends });
    let both = "pronto:0000 006D 0001 0001 000A 0014 001E 0028";
    assert_eq!(sent(both, 0), [263, -526]);
    assert_eq!(sent(both, 3), [263, -526, 789, -1_052, 789, -1_052]);
    assert_eq!(sent("pronto:0000 006D 0000 0001 000A 0014", 2), [263, -526, 263, -526]);
    assert_eq!(sent("pronto:0000 006D 0001 0000 000A 0014", 2), [263, -526, 263, -526]);
    assert_eq!(sent("pronto:5000 0073 0000 0001 0001 0002", 1), sent("rc5:1,2", 1));
}

#[test]
fn every_transmission_alternates_and_ends_in_a_pause() {
    for protocol in crate::Protocol::ALL {
        let parameters = protocol.parameters();
        for value in 0..=255_u32 {
            let fit = |parameter: crate::Parameter| {
                parameter.min + value % (parameter.max - parameter.min + 1)
            };
            let code = ParsedCode::new(
                protocol,
                fit(parameters.device),
                parameters.subdevice.map(fit),
                fit(parameters.function),
                parameters.extra.map(fit),
            );
            let code = Code::Parsed(code.unwrap());
            let press = Press { toggle: value % 2 == 1, sends: 3 };
            let sent = encode(&code, press).unwrap();
            assert!(sent.timings().len().is_multiple_of(2), "{code}");
            for (index, timing) in sent.timings().iter().enumerate() {
                assert_eq!(*timing > 0, index % 2 == 0, "{code} at {index}");
            }
            let pause = sent.timings().last().unwrap().abs();
            assert!(pause >= 6_000, "{code} ends in {pause} us");
        }
    }
}

#[test]
fn what_is_too_much_for_one_transmission_is_refused() {
    let error = |text: &str, sends| {
        encode(&code(text), Press { toggle: false, sends }).unwrap_err().to_string()
    };
    assert_eq!(error("nec1:4,8", 21), "sends must be 0 to 20, not 21");
    assert_eq!(
        error("nec2:4,8", 19),
        "19 sends of this code are 1292 timings, and at most 1000 fit: lower sends"
    );
    assert_eq!(
        error("nec1:4,8", 19),
        "19 sends of this code take 2052000 us, and at most 2000000 us fit: lower sends"
    );
}

#[test]
fn what_is_too_long_for_a_board_that_times_by_software_loses_its_last_pause_or_is_refused() {
    let press = |text: &str, sends| encode(&code(text), Press { toggle: false, sends }).unwrap();
    // Two frames of NEC are short enough as they are.
    let short = press("nec1:4,8", 2);
    assert_eq!(short.clone().timed_by_software(), Ok((short, Duration::ZERO)));
    let whole = press("nec1:4,8", 3);
    let (fitted, rest) = whole.clone().timed_by_software().unwrap();
    assert_eq!(fitted.air_time(), MAX_SOFTWARE_TIMED);
    assert_eq!(fitted.air_time() + rest, whole.air_time());
    let (last, before) = fitted.timings().split_last().unwrap();
    assert_eq!(before, &whole.timings()[..whole.timings().len() - 1], "the frames are whole");
    assert!(*last <= -1_000 && *last > *whole.timings().last().unwrap());
    let us: u32 = fitted.timings().iter().map(|us| us.unsigned_abs()).sum();
    assert_eq!(Duration::from_micros(us.into()), MAX_SOFTWARE_TIMED);
    let refused = press("nec1:4,8", 4).timed_by_software().unwrap_err();
    assert_eq!(
        refused.to_string(),
        "a press of it takes 432 ms (4 sends), and a board that times infrared by software can be sent at most 250 \
         ms at once: lower sends, or say typing one_message if the board times infrared by hardware"
    );
}

/// What an appliance needs at least can be sent by any board.
#[test]
fn every_key_of_the_starter_sets_can_be_sent_by_a_board_that_times_by_software() {
    for set in crate::starter_sets() {
        for (key, code) in &set.keys {
            let sends = set.sends_of(key.as_str()).unwrap_or(1);
            let sent = encode(code, Press { toggle: false, sends }).unwrap();
            let fitted = sent.timed_by_software();
            assert!(fitted.is_ok(), "{} {key}: {fitted:?}", set.id);
        }
    }
}
