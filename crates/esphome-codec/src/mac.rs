//! The MAC address that identifies a board.

use std::{fmt, str::FromStr};

use snafu::Snafu;

/// A MAC address. All zeros is none: some firmware reports it by mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MacAddress([u8; 6]);

/// The text is no MAC address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Snafu)]
#[snafu(display("a MAC address is 12 hex digits, with or without ':' or '-', and not all zero"))]
pub struct MacAddressError;

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
        if bytes == [0; 6] { Err(MacAddressError) } else { Ok(Self(bytes)) }
    }
}

impl FromStr for MacAddress {
    type Err = MacAddressError;

    fn from_str(text: &str) -> Result<Self, MacAddressError> {
        let digits: Option<Vec<u8>> = text
            .chars()
            .filter(|c| !matches!(c, ':' | '-'))
            .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
            .collect();
        let digits = digits.filter(|digits| digits.len() == 12).ok_or(MacAddressError)?;
        let mut bytes = [0; 6];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = pair.iter().fold(0, |byte, digit| byte << 4 | digit);
        }
        Self::try_from(bytes)
    }
}

impl fmt::Display for MacAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { ":" };
            write!(f, "{separator}{byte:02x}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_the_same_address() {
        let mac: MacAddress = "A1:B2:C3:D4:E5:F6".parse().unwrap();
        assert_eq!("a1b2c3d4e5f6".parse(), Ok(mac));
        assert_eq!("a1-b2-c3-d4-e5-f6".parse(), Ok(mac));
        assert_eq!(mac.to_string(), "a1:b2:c3:d4:e5:f6");
        assert_eq!(mac.compact(), "a1b2c3d4e5f6");
    }

    #[test]
    fn zeros_and_nonsense_are_no_address() {
        for text in ["00:00:00:00:00:00", "", "a1b2c3d4e5", "a1b2c3d4e5f6a7", "g1b2c3d4e5f6"] {
            assert_eq!(text.parse::<MacAddress>(), Err(MacAddressError), "{text:?}");
        }
    }
}
