//! A handheld remote in the room: `press NAME MAKE KEY`.

use device_sim::{HandheldPress, Key, Make, irp_press};

/// One press of a key, held for the frames that every make takes for a press.
pub(crate) fn press(make_name: &str, key: &str) -> Option<HandheldPress> {
    let remote = make_name.parse::<Make>().ok()?.remote();
    let key = match key {
        "power" => Key::Power,
        "mute" => Key::Mute,
        "volume_up" => Key::VolumeUp,
        "volume_down" => Key::VolumeDown,
        _ => return None,
    };
    let timings_us = irp_press(&remote, &key, false, 3)?;
    let carrier_hz = remote.protocol.carrier_hz();
    Some(HandheldPress { carrier_hz, timings_us, port: None, seed: 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remote_of_a_make_has_keys() {
        assert!(press("acme", "mute").is_none());
        let press = press("lg", "volume_up").unwrap();
        assert_eq!((press.carrier_hz, press.port), (38_000, None));
        assert!(press.timings_us.len() > 60);
        assert!(super::press("lg", "dance").is_none());
    }
}
