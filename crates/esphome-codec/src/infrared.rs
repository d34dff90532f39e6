//! Raw infrared for a transmitter.

use snafu::ensure;

use crate::{
    CallError, EntityId,
    error::{AirTimeSnafu, TimingCountSnafu, TimingSnafu},
    proto,
};

/// What one transmission may be. The device checks nothing of it, so that whoever sends keeps the bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InfraredLimits {
    /// The most timings; never above [`InfraredLimits::MAX_TIMINGS`], whatever it says.
    pub timings: usize,
    /// The longest mark or space, in microseconds.
    pub timing_us: u32,
    /// The longest time on air with all repeats, in milliseconds.
    pub air_time_ms: u64,
}

impl InfraredLimits {
    /// More than this many timings are never sent. A timing of up to a second is encoded in three bytes, so the
    /// message stays below 8,192 bytes, which is what a board with an ESP8266 reads; from 16,384 bytes on, firmware
    /// loses the session if it is not encrypted (2026.10.0, a fault of its frame header).
    pub const MAX_TIMINGS: usize = 2_000;
}

impl Default for InfraredLimits {
    /// 1,000 timings of up to 500 ms each, 2 s on air: one press of any remote control.
    fn default() -> Self {
        Self { timings: 1_000, timing_us: 500_000, air_time_ms: 2_000 }
    }
}

/// Raw infrared for a transmitter entity, within bounds that no board is hurt by.
#[derive(Clone, Debug, PartialEq)]
pub struct InfraredTransmit(proto::InfraredTransmitRequest);

impl InfraredTransmit {
    /// A frame of `timings_us` (microseconds; marks positive, spaces negative, in turn), sent
    /// `repeat_count` times (0 and 1 are once) on a carrier of `carrier_hz` (0 is unmodulated), within the
    /// default of [`InfraredLimits`].
    ///
    /// # Errors
    /// As [`Self::with_limits`].
    pub fn new(
        entity: EntityId,
        carrier_hz: u32,
        repeat_count: u32,
        timings_us: Vec<i32>,
    ) -> Result<Self, CallError> {
        Self::with_limits(entity, carrier_hz, repeat_count, timings_us, InfraredLimits::default())
    }

    /// [`Self::new`] within other limits: several presses of a remote control with their pauses in one message.
    ///
    /// # Errors
    /// [`CallError::TimingCount`], [`CallError::Timing`] (also where the device would send a repeat right behind
    /// a mark, which melts the two into one) or [`CallError::AirTime`].
    pub fn with_limits(
        entity: EntityId,
        carrier_hz: u32,
        repeat_count: u32,
        timings_us: Vec<i32>,
        limits: InfraredLimits,
    ) -> Result<Self, CallError> {
        let (count, limit) = (timings_us.len(), limits.timings.min(InfraredLimits::MAX_TIMINGS));
        ensure!((1..=limit).contains(&count), TimingCountSnafu { count, limit });
        let wrong = |(index, timing): &(usize, &i32)| {
            let mark = index % 2 == 0;
            let fits = (1..=limits.timing_us).contains(&timing.unsigned_abs());
            (**timing > 0) != mark || !fits
        };
        if let Some((index, _)) = timings_us.iter().enumerate().find(wrong) {
            return TimingSnafu { index }.fail();
        }
        ensure!(repeat_count <= 1 || count % 2 == 0, TimingSnafu { index: count - 1 });
        let once: u64 = timings_us.iter().map(|timing| u64::from(timing.unsigned_abs())).sum();
        let air_time_ms = once.saturating_mul(u64::from(repeat_count.max(1))) / 1_000;
        let limit_ms = limits.air_time_ms;
        ensure!(air_time_ms <= limit_ms, AirTimeSnafu { air_time_ms, limit_ms });
        Ok(Self(proto::InfraredTransmitRequest {
            device_id: entity.device_id,
            key: entity.key,
            carrier_frequency: carrier_hz,
            repeat_count,
            timings: timings_us,
        }))
    }

    /// The transmitter.
    #[must_use]
    pub const fn entity(&self) -> EntityId {
        EntityId { device_id: self.0.device_id, key: self.0.key }
    }

    /// What is sent once: microseconds, marks positive and spaces negative, in turn.
    #[must_use]
    pub fn timings_us(&self) -> &[i32] {
        &self.0.timings
    }

    pub(crate) const fn request(&self) -> &proto::InfraredTransmitRequest {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::*;

    const ENTITY: EntityId = EntityId { device_id: 0, key: 1 };

    #[test]
    fn infrared_out_of_bounds_is_refused() {
        let frame = |repeats, timings| InfraredTransmit::new(ENTITY, 38_000, repeats, timings);
        assert!(frame(1, vec![9_000, -4_500, 560]).is_ok());
        assert!(matches!(frame(1, vec![]), Err(CallError::TimingCount { count: 0, .. })));
        assert!(matches!(frame(1, vec![560, 560]), Err(CallError::Timing { index: 1 })));
        assert!(matches!(frame(1, vec![0]), Err(CallError::Timing { index: 0 })));
        assert!(matches!(frame(1, vec![i32::MIN]), Err(CallError::Timing { index: 0 })));
        let long = frame(5, vec![500_000, -500]).unwrap_err();
        assert_eq!(long, CallError::AirTime { air_time_ms: 2_502, limit_ms: 2_000 });
    }

    #[test]
    fn what_is_repeated_ends_in_a_space() {
        let melted = InfraredTransmit::new(ENTITY, 38_000, 2, vec![9_000, -4_500, 560]);
        assert_eq!(melted, Err(CallError::Timing { index: 2 }));
        assert!(InfraredTransmit::new(ENTITY, 38_000, 2, vec![560, -560]).is_ok());
    }

    #[test]
    fn a_channel_in_one_message_fits_wider_limits_and_the_smallest_board() {
        // Four digits with pauses of 700 ms between them.
        let digit = [&[9_000, -4_500][..], &[560, -560].repeat(32), &[560, -700_000]].concat();
        let channel = digit.repeat(4);
        assert!(InfraredTransmit::new(ENTITY, 38_000, 1, channel.clone()).is_err());
        let wide =
            InfraredLimits { timings: usize::MAX, timing_us: 1_000_000, air_time_ms: 10_000 };
        let with = |timings| InfraredTransmit::with_limits(ENTITY, 38_000, 1, timings, wide);
        assert!(with(channel).is_ok());
        let most = [1_000_000, -1].repeat(5);
        assert!(with(most).is_ok());
        let longest = InfraredLimits { air_time_ms: u64::MAX, ..wide };
        let full = [999_999, -999_999].repeat(InfraredLimits::MAX_TIMINGS / 2);
        let sent = InfraredTransmit::with_limits(ENTITY, u32::MAX, 1, full, longest).unwrap();
        assert!(sent.request().encoded_len() < 8_192, "{}", sent.request().encoded_len());
        let over = with([560, -560].repeat(1_001)).unwrap_err();
        assert_eq!(over, CallError::TimingCount { count: 2_002, limit: 2_000 });
    }
}
