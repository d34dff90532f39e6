//! The built-in code sets of the product, encoded by the product, in front of appliances whose remotes
//! were typed independently and whose decoder is foreign.

use device_sim::{IrpDecoder, Key, Make, RemoteDecoder as _};
use venue_infrared::{Press, encode, starter_set};

/// The set of each make that has one.
const SETS: [(Make, &str); 10] = [
    (Make::Samsung, "samsung-tv"),
    (Make::Lg, "lg-tv"),
    (Make::Sony, "sony-tv"),
    (Make::Philips, "philips-tv-rc5"),
    (Make::PhilipsRc6, "philips-tv"),
    (Make::Panasonic, "panasonic-tv"),
    (Make::Sharp, "sharp-tv"),
    (Make::DirecTv, "directv-box"),
    (Make::Dish, "dish-box"),
    (Make::Motorola, "motorola-cable-box"),
];

/// What a set calls a key.
fn name_of(key: &Key) -> String {
    match key {
        Key::Power => "power".to_owned(),
        Key::PowerOn => "power_on".to_owned(),
        Key::PowerOff => "power_off".to_owned(),
        Key::Mute => "mute".to_owned(),
        Key::MuteOn => "mute_on".to_owned(),
        Key::MuteOff => "mute_off".to_owned(),
        Key::VolumeUp => "volume_up".to_owned(),
        Key::VolumeDown => "volume_down".to_owned(),
        Key::ChannelUp => "channel_up".to_owned(),
        Key::ChannelDown => "channel_down".to_owned(),
        Key::Digit(digit) => format!("digit_{digit}"),
        Key::Input(input) => format!("input_{input}"),
        Key::Navigate(action) => action.trim_start_matches("tv_").to_owned(),
        Key::Enter => "enter".to_owned(),
        Key::Dash => "dash".to_owned(),
    }
}

#[test]
fn every_key_that_a_set_and_an_appliance_share_does_the_same() {
    for (make, set) in SETS {
        let (remote, set) = (make.remote(), starter_set(set).unwrap());
        let mut shared = 0;
        for key in remote.keys.values() {
            let name = name_of(key);
            let Some(code) = set.code(&name) else { continue };
            shared += 1;
            for toggle in [false, true] {
                let sends = set.sends_of(&name).unwrap_or(0);
                let sent = encode(code, Press { toggle, sends }).unwrap();
                let durations: Vec<u32> =
                    sent.timings().iter().map(|us| us.unsigned_abs()).collect();
                let frames = IrpDecoder.decode(remote.protocol, &durations);
                let wanted = usize::from(remote.protocol.frames_wanted());
                assert!(frames.len() >= wanted, "{make:?} {name}: {} frames", frames.len());
                for frame in &frames {
                    assert_eq!(remote.key(frame), Some(key), "{make:?} {name}: {frame:?}");
                    let toggles = remote.protocol.has_toggle().then_some(toggle);
                    assert_eq!(frame.toggle, toggles, "{make:?} {name}");
                }
            }
        }
        assert!(shared >= 10, "{make:?} shares {shared} keys with its set");
    }
}
