//! The name of a device.

use std::{borrow::Cow, fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};
use snafu::{Snafu, ensure};

/// The hostname by which a device is known, such as `ir-dc4516`.
///
/// 1 to 63 characters (the limit of a label in DNS; ESPHome's node names have at most 31) of `a-z`, `0-9`,
/// `_`, `-` and `.`, the first and the last neither `-` nor `.`: all node names that there are, and none that
/// means something else in a path. Upper case is folded: names that differ by case alone are the same
/// device, as on the network.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hostname(Arc<str>);

/// Why a text is no hostname of a device.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[non_exhaustive]
pub enum HostnameError {
    /// Empty, or longer than 63 characters.
    #[snafu(display("a hostname has 1 to 63 characters, this has {length}"))]
    Length {
        /// How many characters there were.
        length: usize,
    },
    /// A character that no node name has.
    #[snafu(display(
        "a hostname has only a-z, 0-9, '_', '-' and '.', and neither begins nor ends with '-' or \
         '.': not {found:?} at position {position}"
    ))]
    Character {
        /// The first offending character.
        found: char,
        /// Its position, counted from 0.
        position: usize,
    },
}

impl Hostname {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Hostname {
    type Err = HostnameError;

    fn from_str(text: &str) -> Result<Self, HostnameError> {
        let name = match text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => Cow::from(text.to_ascii_lowercase()),
            false => Cow::from(text),
        };
        let length = name.chars().count();
        ensure!((1..=MAX_LENGTH).contains(&length), LengthSnafu { length });
        let offending = name.char_indices().find(|&(position, c)| {
            let inner = position > 0 && position + 1 < name.len();
            let letter = c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            !(letter || (matches!(c, '-' | '.') && inner))
        });
        if let Some((position, found)) = offending {
            return CharacterSnafu { found, position }.fail();
        }
        Ok(Self(name.as_ref().into()))
    }
}

impl TryFrom<String> for Hostname {
    type Error = HostnameError;

    fn try_from(text: String) -> Result<Self, HostnameError> {
        text.parse()
    }
}

impl From<Hostname> for String {
    fn from(name: Hostname) -> Self {
        name.0.as_ref().to_owned()
    }
}

impl fmt::Display for Hostname {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The limit of a label in DNS (RFC 1035).
const MAX_LENGTH: usize = 63;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_name_is_a_hostname_and_case_is_folded() {
        assert_eq!("IR-DC4516".parse::<Hostname>().unwrap().as_str(), "ir-dc4516");
        assert_eq!("a".parse::<Hostname>().unwrap().as_str(), "a");
        let long = "a".repeat(63);
        for name in [long.as_str(), "ir_dc4516", "_tv", "tv_", "bar.left-2", "Wohnzimmer_TV.2"] {
            assert_eq!(name.parse::<Hostname>().unwrap().as_str(), name.to_ascii_lowercase());
        }
    }

    #[test]
    fn what_is_no_node_name_is_refused_with_the_reason() {
        let cases = [
            ("", HostnameError::Length { length: 0 }),
            (&"a".repeat(64), HostnameError::Length { length: 64 }),
            (".", HostnameError::Character { found: '.', position: 0 }),
            ("..", HostnameError::Character { found: '.', position: 0 }),
            ("ir.", HostnameError::Character { found: '.', position: 2 }),
            ("ir 1", HostnameError::Character { found: ' ', position: 2 }),
            ("ir%1", HostnameError::Character { found: '%', position: 2 }),
            ("ür", HostnameError::Character { found: 'ü', position: 0 }),
            ("-ir", HostnameError::Character { found: '-', position: 0 }),
            ("ir-", HostnameError::Character { found: '-', position: 2 }),
            ("ir/1", HostnameError::Character { found: '/', position: 2 }),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse::<Hostname>(), Err(expected), "{text:?}");
        }
    }
}
