//! Remotes of some makes, typed from published facts: which function number does what.

use std::str::FromStr;

use snafu::{OptionExt, Snafu};

use super::{Appliance, Remote, RemoteProtocol};
use crate::Key;

/// A make whose usual TV or box can stand in front of an emitter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Make {
    /// A TV: Samsung32, device 7, 7.
    Samsung,
    /// A TV: NEC1, device 4.
    Lg,
    /// A TV: Sony12, device 1; wants three frames.
    Sony,
    /// A TV with the older RC5: toggle bit.
    Philips,
    /// A TV with RC6: toggle bit.
    PhilipsRc6,
    /// A TV: Panasonic, device 128, 0.
    Panasonic,
    /// A TV: JVC, device 3.
    Jvc,
    /// A TV: Sharp, device 1; wants the frame and its inverse.
    Sharp,
    /// A TV: Pioneer at 40 kHz, device 170; wants two frames.
    Pioneer,
    /// A box: DirecTV, device 12.
    DirecTv,
    /// A box: Dish at 57.6 kHz, device 0; wants four frames.
    Dish,
    /// A box: GI Cable (Motorola, Comcast), device 0; wants two frames.
    Motorola,
}

impl Make {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Samsung,
        Self::Lg,
        Self::Sony,
        Self::Philips,
        Self::PhilipsRc6,
        Self::Panasonic,
        Self::Jvc,
        Self::Sharp,
        Self::Pioneer,
        Self::DirecTv,
        Self::Dish,
        Self::Motorola,
    ];

    /// The name, as [`Make::from_str`] reads it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Samsung => "samsung",
            Self::Lg => "lg",
            Self::Sony => "sony",
            Self::Philips => "philips",
            Self::PhilipsRc6 => "philips-rc6",
            Self::Panasonic => "panasonic",
            Self::Jvc => "jvc",
            Self::Sharp => "sharp",
            Self::Pioneer => "pioneer",
            Self::DirecTv => "directv",
            Self::Dish => "dish",
            Self::Motorola => "motorola",
        }
    }

    /// An appliance of this make.
    #[must_use]
    pub fn appliance(self) -> Appliance {
        Appliance::new(self.remote())
    }

    /// The remote that comes with it.
    #[must_use]
    pub fn remote(self) -> Remote {
        use RemoteProtocol as P;
        match self {
            Self::Samsung => Remote::new(P::NecX2, 7, Some(7), samsung()),
            Self::Lg => Remote::new(P::Nec1, 4, Some(251), lg()),
            Self::Sony => Remote::new(P::Sony12, 1, None, sony()),
            Self::Philips => Remote::new(P::Rc5, 0, None, philips(&[(63, Key::PowerOn)])),
            Self::PhilipsRc6 => Remote::new(P::Rc6, 0, None, philips(&[(61, Key::PowerOff)])),
            Self::Panasonic => Remote::new(P::Panasonic, 128, Some(0), panasonic()),
            Self::Jvc => Remote::new(P::Jvc, 3, None, jvc()),
            Self::Sharp => Remote::new(P::Sharp, 1, None, sharp()),
            Self::Pioneer => Remote::new(P::Pioneer, 170, Some(85), pioneer()),
            Self::DirecTv => Remote::new(P::DirecTv, 12, None, directv()),
            Self::Dish => Remote::new(P::Dish, 0, Some(0), dish()),
            Self::Motorola => Remote::new(P::GiCable, 0, None, motorola()),
        }
    }
}

/// The name is no make.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(display("{name:?} is no make: give one of {}", Make::ALL.map(Make::name).join(", ")))]
pub struct UnknownMake {
    /// The name.
    pub name: String,
}

impl FromStr for Make {
    type Err = UnknownMake;

    fn from_str(name: &str) -> Result<Self, UnknownMake> {
        let make = Self::ALL.into_iter().find(|make| make.name() == name);
        make.context(UnknownMakeSnafu { name })
    }
}

type Keys = Vec<(u16, Key)>;

/// Digits whose function numbers follow each other, with `zero` for 0.
fn digits(zero: u16, one: u16) -> impl Iterator<Item = (u16, Key)> {
    let others = (1..=9).map(move |digit| (one + u16::from(digit) - 1, Key::Digit(digit)));
    std::iter::once((zero, Key::Digit(0))).chain(others)
}

/// Digits by a table, 0 first.
fn table(functions: [u16; 10]) -> impl Iterator<Item = (u16, Key)> {
    (0..).zip(functions).map(|(digit, function)| (function, Key::Digit(digit)))
}

fn inputs<const N: usize>(functions: [u16; N]) -> impl Iterator<Item = (u16, Key)> {
    (1..)
        .zip(functions)
        .map(|(hdmi, function): (u8, u16)| (function, Key::Input(format!("hdmi{hdmi}"))))
}

fn navigation<const N: usize>(keys: [(u16, &'static str); N]) -> Keys {
    keys.map(|(function, name)| (function, Key::Navigate(name))).to_vec()
}

/// Mute, volume up and down, channel up and down.
fn usual(functions: [u16; 5]) -> Keys {
    let keys = [Key::Mute, Key::VolumeUp, Key::VolumeDown, Key::ChannelUp, Key::ChannelDown];
    functions.into_iter().zip(keys).collect()
}

fn samsung() -> Keys {
    let mut keys = usual([15, 7, 11, 18, 16]);
    keys.extend([(2, Key::Power), (153, Key::PowerOn), (152, Key::PowerOff)]);
    keys.extend(table([17, 4, 5, 6, 8, 9, 10, 12, 13, 14]));
    keys.extend(inputs([233, 190, 194, 197]));
    keys.extend(navigation([
        (96, "tv_up"),
        (97, "tv_down"),
        (101, "tv_left"),
        (98, "tv_right"),
        (104, "tv_ok"),
        (88, "tv_back"),
        (26, "tv_menu"),
        (79, "tv_guide"),
        (31, "tv_info"),
        (45, "tv_exit"),
    ]));
    keys
}

fn lg() -> Keys {
    let mut keys = usual([9, 2, 3, 0, 1]);
    keys.extend([(8, Key::Power), (196, Key::PowerOn), (197, Key::PowerOff)]);
    keys.extend(digits(16, 17));
    keys.extend(inputs([206, 204, 233, 218]));
    keys.extend(navigation([
        (64, "tv_up"),
        (65, "tv_down"),
        (7, "tv_left"),
        (6, "tv_right"),
        (68, "tv_ok"),
        (40, "tv_back"),
        (67, "tv_menu"),
        (170, "tv_info"),
        (91, "tv_exit"),
    ]));
    keys
}

fn sony() -> Keys {
    let mut keys = usual([20, 18, 19, 16, 17]);
    keys.extend([(21, Key::Power), (46, Key::PowerOn), (47, Key::PowerOff), (11, Key::Enter)]);
    keys.extend(digits(9, 0));
    keys.extend(navigation([
        (116, "tv_up"),
        (117, "tv_down"),
        (52, "tv_left"),
        (51, "tv_right"),
        (101, "tv_ok"),
        (96, "tv_home"),
    ]));
    keys
}

fn philips(discrete: &[(u16, Key)]) -> Keys {
    let mut keys = usual([13, 16, 17, 32, 33]);
    keys.push((12, Key::Power));
    keys.extend(digits(0, 1));
    keys.extend(discrete.iter().cloned());
    keys
}

fn panasonic() -> Keys {
    let mut keys = usual([50, 32, 33, 52, 53]);
    keys.extend([(61, Key::Power), (62, Key::PowerOn), (63, Key::PowerOff)]);
    keys.extend(digits(25, 16));
    keys
}

fn jvc() -> Keys {
    let mut keys = usual([28, 30, 31, 25, 24]);
    keys.push((23, Key::Power));
    keys.extend(digits(32, 33));
    keys
}

fn sharp() -> Keys {
    let mut keys = usual([23, 20, 21, 17, 18]);
    keys.push((22, Key::Power));
    keys.extend(digits(10, 1));
    keys
}

fn pioneer() -> Keys {
    let mut keys = usual([18, 10, 11, 16, 17]);
    keys.push((28, Key::Power));
    keys.extend(digits(0, 1));
    keys
}

fn directv() -> Keys {
    let mut keys = vec![(16, Key::Power), (128, Key::PowerOn), (129, Key::PowerOff)];
    keys.extend([(13, Key::ChannelUp), (14, Key::ChannelDown), (18, Key::Dash), (19, Key::Enter)]);
    keys.extend(digits(17, 1));
    keys
}

fn dish() -> Keys {
    let mut keys = vec![(2, Key::Power), (26, Key::ChannelUp), (30, Key::ChannelDown)];
    keys.push((41, Key::PowerOn));
    keys.extend(table([17, 4, 5, 6, 8, 9, 10, 12, 13, 14]));
    keys
}

fn motorola() -> Keys {
    let mut keys = vec![(10, Key::Power), (11, Key::ChannelUp), (12, Key::ChannelDown)];
    keys.push((17, Key::Navigate("tv_ok")));
    keys.extend(digits(0, 1));
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_make_has_power_all_digits_and_no_function_twice() {
        for make in Make::ALL {
            let remote = make.remote();
            assert!(remote.function(&Key::Power).is_some(), "{make:?}");
            for digit in 0..=9 {
                assert!(remote.function(&Key::Digit(digit)).is_some(), "{make:?} {digit}");
            }
        }
        for keys in [samsung(), lg(), sony(), panasonic(), jvc(), sharp(), pioneer(), directv()] {
            let mut functions: Vec<u16> = keys.iter().map(|(function, _)| *function).collect();
            functions.sort_unstable();
            functions.dedup();
            assert_eq!(functions.len(), keys.len(), "{keys:?}");
        }
    }
}
