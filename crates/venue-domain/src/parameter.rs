//! The parameters of actions: values that cannot be built wrong.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use snafu::Snafu;

/// Why a value is no parameter of an action.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[non_exhaustive]
pub enum ParameterError {
    /// A channel that is not 1 to 5 digits.
    #[snafu(display("a channel is text of 1 to 5 digits such as \"501\", not {text:?}"))]
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
    /// A diagnostic code other than 0 and 1.
    #[snafu(display("a diagnostic code is 1 (signal on) or 0 (signal off), not {number}"))]
    SignalCode {
        /// The number that was given.
        number: i64,
    },
}

/// A channel as it is typed: 1 to 5 digits, kept as text, because `060` is not `60`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ChannelNumber(String);

impl ChannelNumber {
    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How many digits are typed, 1 to 5.
    #[must_use]
    pub fn digit_count(&self) -> u32 {
        // At most five ASCII digits by construction.
        self.0.len() as u32
    }

    /// The number for a board that takes an integer, unless a leading zero would be lost.
    #[must_use]
    pub fn to_lossless_int(&self) -> Option<i32> {
        let number = self.0.parse::<i32>().ok()?;
        (number.to_string() == self.0).then_some(number)
    }
}

impl FromStr for ChannelNumber {
    type Err = ParameterError;

    fn from_str(text: &str) -> Result<Self, ParameterError> {
        let digits = (1..=5).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        if digits { Ok(Self(text.to_owned())) } else { ChannelSnafu { text }.fail() }
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

/// The name of an input of an appliance, such as `hdmi1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
        assert_eq!(channel.digit_count(), 3);
        assert_eq!(channel.to_lossless_int(), None);
        assert_eq!("501".parse::<ChannelNumber>().unwrap().to_lossless_int(), Some(501));
        assert_eq!("0".parse::<ChannelNumber>().unwrap().to_lossless_int(), Some(0));
    }

    #[test]
    fn what_is_not_one_to_five_digits_is_no_channel() {
        for text in ["", "123456", "5a", "-1", "5.1", "５", "2-501", " 5"] {
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
        assert!("hdmi1".parse::<InputName>().is_ok());
        assert!("HDMI 1".parse::<InputName>().is_err());
    }
}
