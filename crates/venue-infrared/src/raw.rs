//! Timings as they were recorded.

use snafu::ensure;

use crate::{
    Carrier, CodeError, MAX_DURATION_US, MAX_TIMINGS, MAX_TOTAL_US,
    error::{TimingCountSnafu, TimingOrderSnafu, TimingSnafu, TotalTimeSnafu},
};

/// Timings with their carrier. Marks are positive and spaces negative, in microseconds; they alternate, a
/// mark comes first, and the limits of this module hold.
///
/// A last mark is allowed: [`RawCode::timings`] is what was recorded, and the encoder adds the pause.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RawCode {
    carrier: Carrier,
    timings: Vec<i32>,
}

impl RawCode {
    /// A code of these timings.
    ///
    /// # Errors
    /// [`CodeError::TimingCount`], [`CodeError::Timing`], [`CodeError::TimingOrder`] or
    /// [`CodeError::TotalTime`].
    pub fn new(carrier: Carrier, timings: Vec<i32>) -> Result<Self, CodeError> {
        let count = timings.len();
        ensure!((1..=MAX_TIMINGS).contains(&count), TimingCountSnafu { count });
        for (index, value) in timings.iter().copied().enumerate() {
            let position = index + 1;
            let fits = (1..=MAX_DURATION_US).contains(&value.unsigned_abs());
            ensure!(fits, TimingSnafu { position, value });
            let is_mark = index % 2 == 0;
            ensure!((value > 0) == is_mark, TimingOrderSnafu { position, value });
        }
        let total_us: u64 = timings.iter().map(|timing| u64::from(timing.unsigned_abs())).sum();
        ensure!(total_us <= u64::from(MAX_TOTAL_US), TotalTimeSnafu { total_us });
        Ok(Self { carrier, timings })
    }

    /// A code of durations without signs, a mark first: how Flipper and most files write them.
    ///
    /// # Errors
    /// As [`RawCode::new`].
    pub fn from_durations(
        carrier: Carrier,
        durations: impl IntoIterator<Item = u32>,
    ) -> Result<Self, CodeError> {
        // One more than allowed shows that there are too many, without reading all of them.
        let durations = durations.into_iter().take(MAX_TIMINGS + 1).enumerate();
        let signed = durations.map(|(index, duration)| {
            let duration = i32::try_from(duration).unwrap_or(i32::MAX);
            if index % 2 == 0 { duration } else { -duration }
        });
        Self::new(carrier, signed.collect())
    }

    /// The carrier.
    #[must_use]
    pub const fn carrier(&self) -> Carrier {
        self.carrier
    }

    /// The timings in microseconds: marks positive, spaces negative, in turn, a mark first.
    #[must_use]
    pub fn timings(&self) -> &[i32] {
        &self.timings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn carrier() -> Carrier {
        Carrier::from_hz(38_000).unwrap()
    }

    #[test]
    fn timings_alternate_begin_with_a_mark_and_are_bounded() {
        let error = |timings: &[i32]| RawCode::new(carrier(), timings.to_vec()).unwrap_err();
        assert_eq!(error(&[]), CodeError::TimingCount { count: 0 });
        assert_eq!(error(&[9, -4, 0]), CodeError::Timing { position: 3, value: 0 });
        assert_eq!(error(&[9, -4, -5]), CodeError::TimingOrder { position: 3, value: -5 });
        assert_eq!(error(&[-9, 4]), CodeError::TimingOrder { position: 1, value: -9 });
        assert_eq!(error(&[500_001]), CodeError::Timing { position: 1, value: 500_001 });
        assert_eq!(error(&[i32::MIN]), CodeError::Timing { position: 1, value: i32::MIN });
        assert_eq!(
            error(&[500_000, -500_000, 500_000, -500_000, 1]),
            CodeError::TotalTime { total_us: 2_000_001 }
        );
        let long: Vec<i32> = [1, -1].into_iter().cycle().take(1_001).collect();
        assert_eq!(error(&long), CodeError::TimingCount { count: 1_001 });
    }

    #[test]
    fn durations_get_their_signs() {
        let code = RawCode::from_durations(carrier(), [9_000, 4_500, 564]).unwrap();
        assert_eq!(code.timings(), [9_000, -4_500, 564]);
        let error = RawCode::from_durations(carrier(), std::iter::repeat(1)).unwrap_err();
        assert_eq!(error, CodeError::TimingCount { count: 1_001 });
        let error = RawCode::from_durations(carrier(), [u32::MAX]).unwrap_err();
        assert_eq!(error, CodeError::Timing { position: 1, value: i32::MAX });
    }
}
