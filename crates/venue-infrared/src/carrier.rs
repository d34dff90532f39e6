//! The carrier that the marks of a signal are modulated with.

use std::fmt;

use snafu::ensure;

use crate::{
    CodeError,
    error::CarrierSnafu,
    limits::{MAX_CARRIER_HZ, MIN_CARRIER_HZ},
};

/// The frequency with which a mark is switched on and off, in Hz; [`Carrier::UNMODULATED`] is 0.
///
/// Receivers are tuned: one for 38 kHz loses most of its range at 57.6 kHz.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Carrier(u32);

impl Carrier {
    /// No carrier: the mark is light without a break.
    pub const UNMODULATED: Self = Self(0);
    /// The lowest frequency of a modulated carrier, in Hz.
    pub const MIN_HZ: u32 = MIN_CARRIER_HZ;
    /// The highest frequency of a modulated carrier, in Hz (remote controls with 455 kHz exist).
    pub const MAX_HZ: u32 = MAX_CARRIER_HZ;

    /// A carrier of `hz`; 0 is unmodulated.
    ///
    /// # Errors
    /// [`CodeError::Carrier`] if it is neither 0 nor [`Carrier::MIN_HZ`] to [`Carrier::MAX_HZ`].
    pub fn from_hz(hz: u32) -> Result<Self, CodeError> {
        let fits = hz == 0 || (Self::MIN_HZ..=Self::MAX_HZ).contains(&hz);
        ensure!(fits, CarrierSnafu { text: hz.to_string() });
        Ok(Self(hz))
    }

    /// A carrier of the tables of this crate, which are within the limits.
    pub(crate) const fn of_table(hz: u32) -> Self {
        Self(hz)
    }

    /// The frequency in Hz; 0 if unmodulated.
    #[must_use]
    pub const fn hz(self) -> u32 {
        self.0
    }

    /// Whether there is a carrier at all.
    #[must_use]
    pub const fn is_modulated(self) -> bool {
        self.0 != 0
    }

    /// Whether this measured carrier is off by more than 3 %; without a carrier it says nothing.
    pub(crate) fn is_other(self, nominal: Self) -> bool {
        let off = self.0.abs_diff(nominal.0);
        self.is_modulated() && u64::from(off) * 100 > u64::from(nominal.0) * 3
    }
}

impl fmt::Display for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_carrier_is_zero_or_within_what_remote_controls_use() {
        for hz in [0, 10_000, 38_000, 57_600, 500_000] {
            assert_eq!(Carrier::from_hz(hz).unwrap().hz(), hz);
        }
        for hz in [1, 38, 9_999, 500_001, u32::MAX] {
            let error = Carrier::from_hz(hz).unwrap_err();
            assert_eq!(error, CodeError::Carrier { text: hz.to_string() });
        }
        assert!(!Carrier::UNMODULATED.is_modulated());
    }
}
