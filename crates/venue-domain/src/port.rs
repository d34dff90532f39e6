//! Infrared outputs of a device.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use snafu::{OptionExt, ResultExt, Snafu};

use crate::hostname::{Hostname, HostnameError};

/// An output of a device, 1 to 255; 0 is the device itself. How many a device has is told by its
/// [`crate::entry::DeviceEntry`]: a blaster has five.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct PortIndex(u8);

/// The number is no port of any device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Snafu)]
#[snafu(display("a port is a number from 1 to 255, not {number}; 0 is the board itself"))]
pub struct PortIndexError {
    /// The number that was given.
    pub number: i64,
}

impl PortIndex {
    /// The board itself: diagnostics and system tasks, never infrared.
    pub const BOARD: Self = Self(0);

    /// The first `count` outputs, in order.
    pub fn first(count: u8) -> impl Iterator<Item = Self> {
        (1..=count).map(Self)
    }

    /// The number, 0 to 255.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// Whether this is the board itself.
    #[must_use]
    pub const fn is_board(self) -> bool {
        self.0 == 0
    }
}

impl TryFrom<i64> for PortIndex {
    type Error = PortIndexError;

    fn try_from(number: i64) -> Result<Self, PortIndexError> {
        u8::try_from(number).map(Self).map_err(|_| PortIndexError { number })
    }
}

impl From<PortIndex> for i64 {
    fn from(port: PortIndex) -> Self {
        Self::from(port.0)
    }
}

impl fmt::Display for PortIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One port of one device, written `HOST/PORT`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortId {
    /// The device.
    pub device: Hostname,
    /// Its output.
    pub port: PortIndex,
}

/// Why a text does not name a port.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[non_exhaustive]
pub enum PortIdError {
    /// There is no `/` between hostname and port.
    #[snafu(display("a target is HOST/PORT such as ir-dc4516/2, not {text:?}"))]
    Shape {
        /// The text that was given.
        text: String,
    },
    /// The part before the `/` is no hostname.
    #[snafu(display("{source}"))]
    Device {
        /// What is wrong with it.
        source: HostnameError,
    },
    /// The part after the `/` is no number.
    #[snafu(display("the port of the target is a number such as 2, not {text:?}"))]
    Number {
        /// The text after the `/`.
        text: String,
    },
    /// The number is no port.
    #[snafu(display("{source}"))]
    Port {
        /// What is wrong with it.
        source: PortIndexError,
    },
}

impl FromStr for PortId {
    type Err = PortIdError;

    fn from_str(text: &str) -> Result<Self, PortIdError> {
        let (host, number) = text.split_once('/').context(ShapeSnafu { text })?;
        let device = host.parse().context(DeviceSnafu)?;
        let number = number.parse::<i64>().ok().context(NumberSnafu { text: number })?;
        let port = PortIndex::try_from(number).context(PortSnafu)?;
        Ok(Self { device, port })
    }
}

impl fmt::Display for PortId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.device, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_zero_to_255_is_a_port() {
        for number in 0..=255 {
            assert_eq!(i64::from(PortIndex::try_from(number).unwrap()), number);
        }
        for number in [-1, 256, 257, i64::MAX] {
            assert_eq!(PortIndex::try_from(number), Err(PortIndexError { number }));
        }
    }

    #[test]
    fn a_port_id_reads_back_what_it_prints() {
        let port: PortId = "ir-dc4516/2".parse().unwrap();
        assert_eq!(port.to_string(), "ir-dc4516/2");
        assert_eq!(port.port.number(), 2);
    }

    #[test]
    fn a_wrong_target_names_the_part_that_is_wrong() {
        assert!(matches!("ir-1".parse::<PortId>(), Err(PortIdError::Shape { .. })));
        assert!(matches!("i r/1".parse::<PortId>(), Err(PortIdError::Device { .. })));
        assert!(matches!("ir-1/x".parse::<PortId>(), Err(PortIdError::Number { .. })));
        assert!(matches!("ir-1/256".parse::<PortId>(), Err(PortIdError::Port { .. })));
    }
}
