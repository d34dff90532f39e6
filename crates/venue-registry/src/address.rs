//! Where a board is reached.

use std::{fmt, net::Ipv6Addr, num::NonZeroU16, str::FromStr};

use serde::{Deserialize, Serialize};
use snafu::{OptionExt, Snafu, ensure};

/// The TCP port of the native API, unless another is given.
const STANDARD_PORT: &str = "6053";

/// A host or an IP address with a TCP port, written `HOST:PORT`; IPv6 in brackets. A link-local IPv6
/// address names the interface that it is on: `[fe80::7%eth0]:6053`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address(String);

/// Why a text is no address.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[non_exhaustive]
pub enum AddressError {
    /// It is neither a host nor an IP address, with a port or without.
    #[snafu(display("{text:?} is not a host or host:port such as 10.0.0.7:6053"))]
    Malformed {
        /// What was given.
        text: String,
    },
    /// Without its interface a link-local address can be anywhere, and no connect succeeds.
    #[snafu(display(
        "{text:?} is a link-local address, which is reached through one interface only: name it as \
         in fe80::7%eth0"
    ))]
    NoInterface {
        /// What was given.
        text: String,
    },
    /// Only link-local addresses belong to an interface.
    #[snafu(display(
        "{text:?} names an interface, and only link-local addresses (fe80::) take one"
    ))]
    NotLinkLocal {
        /// What was given.
        text: String,
    },
    /// The interface is neither a name such as `eth0` nor a number.
    #[snafu(display(
        "{text:?} names no interface behind the '%': its name or number is meant, as in fe80::7%eth0"
    ))]
    Interface {
        /// What was given.
        text: String,
    },
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
        // IPv6 without brackets has no port: nobody could tell it from the last group.
        if v6(text).is_some() {
            check_interface(text, text)?;
            return Ok(Self(format!("[{text}]:{STANDARD_PORT}")));
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !text.ends_with(']') => (host, port),
            Some(_) | None => (text, STANDARD_PORT),
        };
        let in_brackets = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        match in_brackets {
            Some(inner) => {
                v6(inner).context(MalformedSnafu { text })?;
                check_interface(inner, text)?;
            }
            None => ensure!(is_name(host), MalformedSnafu { text }),
        }
        ensure!(port.parse::<NonZeroU16>().is_ok(), MalformedSnafu { text });
        Ok(Self(format!("{host}:{port}")))
    }
}

/// The IPv6 address of `ADDRESS` or `ADDRESS%INTERFACE`.
fn v6(text: &str) -> Option<Ipv6Addr> {
    let (address, _) = text.split_once('%').unwrap_or((text, ""));
    address.parse().ok()
}

/// Refuses what can never be connected to, or means nothing.
fn check_interface(host: &str, text: &str) -> Result<(), AddressError> {
    let is_link_local = v6(host).is_some_and(|address| address.is_unicast_link_local());
    match host.split_once('%') {
        Some((_, interface)) => {
            // As long as Linux lets a name be, and without what would end an address.
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '@');
            let sound = (1..=15).contains(&interface.len()) && interface.chars().all(plain);
            ensure!(sound, InterfaceSnafu { text });
            ensure!(is_link_local, NotLinkLocalSnafu { text });
        }
        None => ensure!(!is_link_local, NoInterfaceSnafu { text }),
    }
    Ok(())
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
            ("fe80::7%eth0", "[fe80::7%eth0]:6053"),
            ("fe80::7%2", "[fe80::7%2]:6053"),
            ("[fe80::7%br-lan.10]:7000", "[fe80::7%br-lan.10]:7000"),
            ("febf::1%wlan0", "[febf::1%wlan0]:6053"),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse::<Address>().unwrap().as_str(), expected);
        }
        for text in ["", ":6053", "a b", "host:0", "host:65536", "http://host", "[fd00::7", "h:x"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_link_local_address_needs_its_interface_and_others_take_none() {
        let reason = |text: &str| text.parse::<Address>().unwrap_err().to_string();
        for text in ["fe80::7", "[fe80::7]", "[fe80::7]:6053"] {
            assert!(reason(text).contains("name it as in fe80::7%eth0"), "{}", reason(text));
        }
        for text in ["fe80::7%", "fe80::7%eth0 x", "fe80::7%a-name-that-is-too-long", "fe80::7%a%b"]
        {
            assert!(reason(text).contains("behind the '%'"), "{}", reason(text));
        }
        for text in ["fd00::7%eth0", "[::1%1]:6053"] {
            assert!(reason(text).contains("only link-local addresses"), "{}", reason(text));
        }
        assert!(reason("10.0.0.7%eth0").contains("is not a host"));
    }
}
