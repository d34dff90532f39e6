//! The MAC address by which an ESPHome board is told from another one.

use std::{fmt, str::FromStr};

use snafu::{OptionExt, Snafu, ensure};

/// The MAC address of a board. Never all zeros, which some firmware reports by mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "String", into = "String"))]
pub struct MacAddress([u8; 6]);

/// A text that is no MAC address.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(display("{text:?} is no MAC address such as a1:b2:c3:d4:e5:f6"))]
pub struct MacAddressError {
    /// What was given.
    pub text: String,
}

impl MacAddress {
    /// 12 lower-case hex digits, as in the Noise server hello and in mDNS.
    #[must_use]
    pub fn compact(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl TryFrom<[u8; 6]> for MacAddress {
    type Error = MacAddressError;

    fn try_from(bytes: [u8; 6]) -> Result<Self, MacAddressError> {
        let address = Self(bytes);
        ensure!(bytes != [0; 6], MacAddressSnafu { text: address.to_string() });
        Ok(address)
    }
}

impl FromStr for MacAddress {
    type Err = MacAddressError;

    /// Six pairs of hexadecimal digits, with `:` or `-` between them or nothing.
    ///
    /// # Errors
    /// [`MacAddressError`] for anything else, and for all zeros.
    fn from_str(text: &str) -> Result<Self, MacAddressError> {
        let digits: String = text.chars().filter(|c| !matches!(c, ':' | '-')).collect();
        let separators = text.len() - digits.len();
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let shape = digits.len() == 12 && is_hex && matches!(separators, 0 | 5);
        ensure!(shape, MacAddressSnafu { text });
        let mut bytes = [0; 6];
        for (index, byte) in bytes.iter_mut().enumerate() {
            let pair = digits.get(2 * index..2 * index + 2);
            let parsed = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok());
            *byte = parsed.context(MacAddressSnafu { text })?;
        }
        ensure!(bytes != [0; 6], MacAddressSnafu { text });
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for MacAddress {
    type Error = MacAddressError;

    fn try_from(text: String) -> Result<Self, MacAddressError> {
        text.parse()
    }
}

impl From<MacAddress> for String {
    fn from(mac: MacAddress) -> Self {
        mac.to_string()
    }
}

impl fmt::Display for MacAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_the_same_address_and_one_is_printed() {
        let mac: MacAddress = "A1:B2:C3:D4:E5:F6".parse().unwrap();
        for text in ["a1b2c3d4e5f6", "a1-b2-c3-d4-e5-f6", "A1B2C3D4E5F6"] {
            assert_eq!(text.parse(), Ok(mac), "{text}");
        }
        assert_eq!(mac.to_string(), "a1:b2:c3:d4:e5:f6");
        assert_eq!(mac.compact(), "a1b2c3d4e5f6");
        assert_eq!(MacAddress::try_from([0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6]), Ok(mac));
    }

    #[test]
    fn zeros_and_nonsense_are_no_address_and_the_error_names_the_text() {
        for text in [
            "",
            "a1:b2",
            "a1b2c3d4e5",
            "a1b2c3d4e5f6a7",
            "a1:b2:c3:d4:e5:g6",
            "a1:b2c3d4e5f6",
            "+1b2c3d4e5f6",
            "ä1b2c3d4e5f",
            "00:00:00:00:00:00",
            "000000000000",
        ] {
            let error = text.parse::<MacAddress>().unwrap_err();
            assert_eq!(error, MacAddressError { text: text.to_owned() });
        }
        assert!(MacAddress::try_from([0; 6]).is_err());
    }
}
