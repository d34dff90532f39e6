//! What tells a new press from a key that is held, and how long a pause has to do it where nothing else does.

use std::time::Duration;

use crate::{Code, CodeSet, Press, Protocol, encode};

/// The silence that ends a press where its frames do not. Receivers take equal frames for one held key as long as
/// none of them is missed twice: 110 to 190 ms of silence, by make.
const PRESS_PAUSE: Duration = Duration::from_millis(200);

impl Protocol {
    /// Whether the first frame of a press differs from those that follow while the key is held: it has a toggle bit,
    /// or the frames that follow are shorter or of another form.
    #[must_use]
    pub const fn marks_presses(self) -> bool {
        match self {
            Self::Nec1 | Self::NecExt | Self::Nec42 | Self::Necx1 | Self::Lg | Self::Tivo => true,
            Self::Rc5 | Self::Rc5x | Self::Rc6 | Self::Mce | Self::Rcmm32 => true,
            Self::Jvc | Self::Directv | Self::GiCable => true,
            Self::Nec2 | Self::Samsung32 | Self::Samsung36 | Self::Pioneer => false,
            Self::Sony12 | Self::Sony15 | Self::Sony20 => false,
            Self::Kaseikyo | Self::Panasonic | Self::PanasonicOld => false,
            // The frame is sent as often as wanted behind one header; the toggle bit of Sky is fixed; the repeats of
            // XMP are sent as its first frame.
            Self::Dish | Self::Rc6Mode6Bits20 | Self::Xmp => false,
            Self::Sharp | Self::Denon | Self::Rca => false,
        }
    }
}

impl Code {
    /// The pause that two presses of this key need between them: the appliance takes them for one key that is held
    /// if the second one comes sooner. Zero where the frames themselves tell presses apart
    /// ([`Protocol::marks_presses`]); of recorded timings nobody knows.
    #[must_use]
    pub fn press_pause(&self) -> Duration {
        match self.parsed() {
            Some(parsed) if parsed.protocol().marks_presses() => Duration::ZERO,
            Some(_) | None => PRESS_PAUSE,
        }
    }
}

impl CodeSet {
    /// The longest pause that any of its keys needs between two presses ([`Code::press_pause`]).
    #[must_use]
    pub fn press_pause(&self) -> Duration {
        self.keys.values().map(Code::press_pause).max().unwrap_or_default()
    }

    /// How long a press of the keys is on the air that are pressed several times, or several in a row: volume,
    /// channel up and down, digits; zero if it has none of them.
    #[must_use]
    pub fn press_time(&self) -> Duration {
        let keys = self.keys.iter().filter(|(name, _)| is_pressed_often(name.as_str()));
        let times = keys.filter_map(|(name, code)| {
            let sends = self.sends_of(name.as_str()).unwrap_or(1);
            Some(encode(code, Press { toggle: false, sends }).ok()?.air_time())
        });
        times.max().unwrap_or_default()
    }
}

fn is_pressed_often(key: &str) -> bool {
    matches!(key, "volume_up" | "volume_down" | "channel_up" | "channel_down" | "enter" | "dash")
        || key.starts_with("digit_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{family::Family, starter_set};

    fn code(text: &str) -> Code {
        text.parse().unwrap()
    }

    #[test]
    fn a_protocol_marks_presses_by_a_toggle_bit_or_by_repeats_of_another_form() {
        for protocol in Protocol::ALL {
            let differs = match protocol.family() {
                Family::Pulse(spec) => format!("{:?}", spec.first) != format!("{:?}", spec.repeat),
                Family::Manchester(_) => false,
            };
            // Of Sharp and Denon the repeats are the first frames again; those of Dish differ by the mark in front.
            let same = matches!(protocol, Protocol::Sharp | Protocol::Denon | Protocol::Dish);
            let toggles = matches!(
                protocol,
                Protocol::Rc5 | Protocol::Rc5x | Protocol::Rc6 | Protocol::Mce | Protocol::Rcmm32
            );
            assert_eq!(protocol.marks_presses(), toggles || (differs && !same), "{protocol}");
        }
    }

    #[test]
    fn only_what_does_not_mark_its_presses_needs_a_pause() {
        for free in ["nec1:4,8", "rc5:0,16", "jvc:3,23"] {
            assert_eq!(code(free).press_pause(), Duration::ZERO, "{free}");
        }
        for paused in ["sony12:1,18", "samsung32:7,7,7", "raw:38000:9000 -4500 564"] {
            assert_eq!(code(paused).press_pause(), PRESS_PAUSE, "{paused}");
        }
        let sony = starter_set("sony-tv").unwrap();
        assert_eq!(sony.press_pause(), PRESS_PAUSE);
        assert_eq!(sony.press_time(), Duration::from_millis(3 * 45));
        let lg = starter_set("lg-tv").unwrap();
        assert_eq!((lg.press_pause(), lg.press_time().as_millis()), (Duration::ZERO, 108));
    }
}
