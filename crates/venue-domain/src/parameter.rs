//! The parameters of actions: values that cannot be built wrong.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use snafu::Snafu;

/// Why a value is no parameter of an action.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[non_exhaustive]
pub enum ParameterError {
    /// A channel that is not 1 to 5 digits, nor one with a sub-channel.
    #[snafu(display(
        "a channel is text of 1 to 5 digits such as \"501\", perhaps with a sub-channel such as \"5.1\" or \
         \"5-1\", not {text:?}"
    ))]
    Channel {
        /// The text that was given.
        text: String,
    },
    /// A digit outside 0 to 9.
    #[snafu(display("a digit is 0 to 9, not {number}"))]
    Digit {
        /// The number that was given.
        number: i64,
    },
    /// An input that is not 1 to 16 characters of a-z, 0-9 and `_`.
    #[snafu(display("an input is 1 to 16 characters of a-z, 0-9 and '_', not {text:?}"))]
    Input {
        /// The text that was given.
        text: String,
    },
    /// Steps outside 1 to 20.
    #[snafu(display("steps are 1 to {}, not {number}", StepCount::MAX))]
    Steps {
        /// The number that was given.
        number: i64,
    },
    /// A diagnostic code other than 0 and 1.
    #[snafu(display("a diagnostic code is 1 (signal on) or 0 (signal off), not {number}"))]
    SignalCode {
        /// The number that was given.
        number: i64,
    },
}

/// A channel as it is typed: 1 to 5 digits, kept as text, because `060` is not `60`; perhaps with a
/// sub-channel of 1 to 4 digits behind `.` or `-`, as broadcasts over the air have (`5.1`, `5-1`).
///
/// How it goes to a device is for its lane to say, and what the device cannot take is refused there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ChannelNumber(String);

impl ChannelNumber {
    /// The text, as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How many keys are pressed: its digits, and one for the sign before a sub-channel. 1 to 10.
    #[must_use]
    pub fn key_count(&self) -> u32 {
        // At most ten ASCII characters by construction.
        self.0.len() as u32
    }

    /// The sub-channel, where it has one.
    #[must_use]
    pub fn sub_channel(&self) -> Option<&str> {
        self.0.split_once(SIGNS).map(|(_, sub)| sub)
    }

    /// The number for a board that takes an integer, unless a leading zero or a sub-channel would be lost.
    #[must_use]
    pub fn to_lossless_int(&self) -> Option<i32> {
        let number = self.0.parse::<i32>().ok()?;
        (number.to_string() == self.0).then_some(number)
    }
}

/// What may stand before a sub-channel.
const SIGNS: [char; 2] = ['.', '-'];

impl FromStr for ChannelNumber {
    type Err = ParameterError;

    fn from_str(text: &str) -> Result<Self, ParameterError> {
        let digits = |text: &str, most: usize| {
            (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
        };
        let (channel, sub) = text.split_once(SIGNS).map_or((text, None), |(c, sub)| (c, Some(sub)));
        let fits = digits(channel, 5) && sub.is_none_or(|sub| digits(sub, 4));
        if fits { Ok(Self(text.to_owned())) } else { ChannelSnafu { text }.fail() }
    }
}

impl TryFrom<String> for ChannelNumber {
    type Error = ParameterError;

    fn try_from(text: String) -> Result<Self, ParameterError> {
        text.parse()
    }
}

impl From<ChannelNumber> for String {
    fn from(channel: ChannelNumber) -> Self {
        channel.0
    }
}

impl fmt::Display for ChannelNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One digit key, 0 to 9.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digit(u8);

impl Digit {
    /// The digit as a number, 0 to 9.
    #[must_use]
    pub const fn value(self) -> u8 {
        self.0
    }
}

impl TryFrom<i64> for Digit {
    type Error = ParameterError;

    fn try_from(number: i64) -> Result<Self, ParameterError> {
        match u8::try_from(number) {
            Ok(digit) if digit <= 9 => Ok(Self(digit)),
            Ok(_) | Err(_) => DigitSnafu { number }.fail(),
        }
    }
}

/// How many presses of one key a command is, 1 to 20.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct StepCount(u8);

impl StepCount {
    /// The most that one command may press: from silent to loud on most TVs, within the time of one attempt.
    pub const MAX: u8 = 20;

    /// The number, 1 to 20.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }
}

impl TryFrom<i64> for StepCount {
    type Error = ParameterError;

    fn try_from(number: i64) -> Result<Self, ParameterError> {
        match u8::try_from(number) {
            Ok(count) if (1..=Self::MAX).contains(&count) => Ok(Self(count)),
            Ok(_) | Err(_) => StepsSnafu { number }.fail(),
        }
    }
}

impl From<StepCount> for i64 {
    fn from(count: StepCount) -> Self {
        Self::from(count.0)
    }
}

/// The name of an input of an appliance, such as `hdmi1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InputName(String);

impl InputName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for InputName {
    type Err = ParameterError;

    fn from_str(text: &str) -> Result<Self, ParameterError> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        let fits = (1..=16).contains(&text.len()) && text.bytes().all(allowed);
        if fits { Ok(Self(text.to_owned())) } else { InputSnafu { text }.fail() }
    }
}

impl TryFrom<String> for InputName {
    type Error = ParameterError;

    fn try_from(text: String) -> Result<Self, ParameterError> {
        text.parse()
    }
}

impl From<InputName> for String {
    fn from(input: InputName) -> Self {
        input.0
    }
}

/// What the diagnostic signal does: boards act only on these two codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SignalCode {
    /// 1: the LED blinks for two minutes.
    On,
    /// 0: the LED stops.
    Off,
}

impl SignalCode {
    /// The code that the board takes.
    #[must_use]
    pub const fn value(self) -> u8 {
        match self {
            Self::On => 1,
            Self::Off => 0,
        }
    }
}

impl TryFrom<i64> for SignalCode {
    type Error = ParameterError;

    fn try_from(number: i64) -> Result<Self, ParameterError> {
        match number {
            1 => Ok(Self::On),
            0 => Ok(Self::Off),
            _ => SignalCodeSnafu { number }.fail(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_keeps_its_leading_zero() {
        let channel: ChannelNumber = "060".parse().unwrap();
        assert_eq!(channel.as_str(), "060");
        assert_eq!(channel.key_count(), 3);
        assert_eq!(channel.to_lossless_int(), None);
        assert_eq!("501".parse::<ChannelNumber>().unwrap().to_lossless_int(), Some(501));
        assert_eq!("0".parse::<ChannelNumber>().unwrap().to_lossless_int(), Some(0));
    }

    #[test]
    fn a_sub_channel_is_kept_as_it_was_given() {
        for (text, sub) in [("5.1", "1"), ("5-1", "1"), ("12345.0012", "0012")] {
            let channel: ChannelNumber = text.parse().unwrap();
            assert_eq!((channel.as_str(), channel.sub_channel()), (text, Some(sub)));
            assert_eq!(channel.key_count(), text.len() as u32);
            assert_eq!(channel.to_lossless_int(), None);
        }
        assert_eq!("5".parse::<ChannelNumber>().unwrap().sub_channel(), None);
    }

    #[test]
    fn what_is_neither_digits_nor_digits_with_a_sub_channel_is_no_channel() {
        for text in ["", "123456", "5a", "-1", "5.", ".1", "5.1.2", "5_1", "5.12345", "５", " 5"] {
            let error = ParameterError::Channel { text: text.to_owned() };
            assert_eq!(text.parse::<ChannelNumber>(), Err(error));
        }
    }

    #[test]
    fn digits_codes_and_inputs_keep_their_ranges() {
        assert_eq!(Digit::try_from(9).unwrap().value(), 9);
        assert_eq!(Digit::try_from(10), Err(ParameterError::Digit { number: 10 }));
        assert_eq!(Digit::try_from(-1), Err(ParameterError::Digit { number: -1 }));
        assert_eq!(SignalCode::try_from(2), Err(ParameterError::SignalCode { number: 2 }));
        assert_eq!(StepCount::try_from(20).unwrap().number(), 20);
        for number in [0, 21, -1, 300] {
            assert_eq!(StepCount::try_from(number), Err(ParameterError::Steps { number }));
        }
        assert!("hdmi1".parse::<InputName>().is_ok());
        assert!("HDMI 1".parse::<InputName>().is_err());
    }
}
