//! The address of a board's network interface, which is what makes it this very board.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use snafu::{OptionExt, Snafu, ensure};

/// A MAC address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Mac([u8; 6]);

/// A text that is no MAC address.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(display("{text:?} is no MAC address such as a1:b2:c3:d4:e5:f6"))]
pub struct MacError {
    /// What was given.
    pub text: String,
}

impl FromStr for Mac {
    type Err = MacError;

    /// Six pairs of hexadecimal digits, with `:` or `-` between them or nothing, as boards tell it.
    fn from_str(text: &str) -> Result<Self, MacError> {
        let digits: String = text.chars().filter(|c| !matches!(c, ':' | '-')).collect();
        let separators = text.len() - digits.len();
        let shape = digits.len() == 12 && matches!(separators, 0 | 5);
        let byte = |place: usize| {
            let pair = digits.get(2 * place..2 * place + 2)?;
            u8::from_str_radix(pair, 16).ok().filter(|_| !pair.contains('+'))
        };
        let mut bytes = [0; 6];
        for (place, slot) in bytes.iter_mut().enumerate() {
            *slot = byte(place).filter(|_| shape).context(MacSnafu { text })?;
        }
        // What a board without one tells.
        ensure!(bytes != [0; 6], MacSnafu { text });
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Mac {
    type Error = MacError;

    fn try_from(text: String) -> Result<Self, MacError> {
        text.parse()
    }
}

impl From<Mac> for String {
    fn from(mac: Mac) -> Self {
        mac.to_string()
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_in_every_usual_form_and_printed_in_one() {
        for text in ["A1:B2:C3:D4:E5:F6", "a1-b2-c3-d4-e5-f6", "a1b2c3d4e5f6"] {
            assert_eq!(text.parse::<Mac>().unwrap().to_string(), "a1:b2:c3:d4:e5:f6");
        }
        for text in [
            "",
            "a1:b2",
            "a1:b2:c3:d4:e5:g6",
            "a1b2c3d4e5f6a7",
            "000000000000",
            "+1b2c3d4e5f6",
            "ä1b2c3d4e5f",
        ] {
            assert!(text.parse::<Mac>().is_err(), "{text}");
        }
    }
}
