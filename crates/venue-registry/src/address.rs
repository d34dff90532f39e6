//! Where a board is reached.

use std::{fmt, net::Ipv6Addr, num::NonZeroU16, str::FromStr};

use serde::{Deserialize, Serialize};
use snafu::{OptionExt, Snafu};

/// The TCP port of the native API, unless another is given.
const STANDARD_PORT: &str = "6053";

/// A host or an IP address with a TCP port, written `HOST:PORT`; IPv6 in brackets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address(String);

/// A text that is no address.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(display("{text:?} is no host or host:port such as 10.0.0.7:6053"))]
pub struct AddressError {
    /// What was given.
    pub text: String,
}

impl Address {
    /// The address as `HOST:PORT`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Address {
    type Err = AddressError;

    /// Reads `HOST` or `HOST:PORT`; the port is 6053 unless given.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        with_port(text).map(Self).context(AddressSnafu { text })
    }
}

fn with_port(text: &str) -> Option<String> {
    if text.parse::<Ipv6Addr>().is_ok() {
        return Some(format!("[{text}]:{STANDARD_PORT}"));
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !text.ends_with(']') => (host, port),
        Some(_) | None => (text, STANDARD_PORT),
    };
    let v6 = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_host = match v6 {
        Some(v6) => v6.parse::<Ipv6Addr>().is_ok(),
        None => is_name(host),
    };
    let port: NonZeroU16 = port.parse().ok()?;
    is_host.then(|| format!("{host}:{port}"))
}

/// Whether this is a name, or an IPv4 address, without anything around it.
fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    (1..=253).contains(&text.len()) && text.chars().all(plain)
}

impl TryFrom<String> for Address {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, AddressError> {
        text.parse()
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_of_the_native_api_is_added() {
        let cases = [
            ("10.0.0.7", "10.0.0.7:6053"),
            ("ir-1.local:7000", "ir-1.local:7000"),
            ("fd00::7", "[fd00::7]:6053"),
            ("[fd00::7]", "[fd00::7]:6053"),
            ("[fd00::7]:7000", "[fd00::7]:7000"),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse::<Address>().unwrap().as_str(), expected);
        }
        for text in ["", ":6053", "a b", "host:0", "host:65536", "http://host", "[fd00::7", "h:x"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
