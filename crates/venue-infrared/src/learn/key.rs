//! What was learned of presses that agree.

use super::{
    burst::Burst,
    decoding::{Reading, with_toggles},
    press::{Press, Sameness},
};
use crate::{Carrier, Code, MAX_SENDS, ParsedCode, RawCode};

/// What most remote controls have.
const ASSUMED_HZ: u32 = 38_000;

/// A key that was learned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LearnedKey {
    /// The best reading, if a protocol has been recognised in every press. Keep this as the code of the
    /// key: it has the carrier, the repeats and the toggle bit of its protocol.
    pub decoded: Option<ParsedCode>,
    /// Other protocols that every press may be as well, the more likely first: some differ in their carrier
    /// alone, which a receiver does not tell.
    pub alternatives: Vec<ParsedCode>,
    /// One transmission of the key: the mean of the presses, without the pause behind the last frame.
    pub raw: RawCode,
    /// The same with the other toggle bit, if no protocol was recognised and one bit flipped from press to
    /// press. An appliance takes the same variant sent twice as one key held.
    pub toggled: Option<RawCode>,
    /// Where the carrier of [`LearnedKey::raw`] comes from.
    pub carrier_from: CarrierSource,
    /// How often the remote control sent it in every press, 1 to [`MAX_SENDS`]: as often it may have to be
    /// sent. People hold a key for longer than is needed, so this is a hint.
    pub sends: u8,
}

impl LearnedKey {
    /// The code to keep: as it was decoded, else the timings.
    #[must_use]
    pub fn code(&self) -> Code {
        self.decoded.map_or_else(|| Code::Raw(self.raw.clone()), Code::Parsed)
    }
}

/// Where a carrier comes from. A receiver gives none: it has taken it off the signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CarrierSource {
    /// The protocol has it.
    Protocol,
    /// It is what the receiver is made for. It hears others too, from less far.
    Receiver,
    /// Nobody says it: 38 kHz, which most remote controls have.
    Assumed,
}

impl CarrierSource {
    /// The word in answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Protocol => "protocol",
            Self::Receiver => "receiver",
            Self::Assumed => "assumed",
        }
    }
}

/// The key of `presses`, all of which agree with the first one. `None` if there are none, or if the timings
/// cannot be sent.
pub(super) fn learned(presses: &[Press], receiver: Option<Carrier>) -> Option<LearnedKey> {
    let first = presses.first()?;
    let mut candidates = first.readings.iter().map(|reading| reading.key).filter_map(|key| {
        let readings: Option<Vec<&Reading>> =
            presses.iter().map(|press| press.reading_of(key)).collect();
        Some(Candidate::of(key, &readings?))
    });
    let best = candidates.next();
    let alternatives = candidates.map(|candidate| candidate.code).collect();
    let decoded = best.map(|candidate| candidate.code);
    let (carrier, carrier_from) = match (decoded, receiver) {
        (Some(code), _) => (code.protocol().carrier(), CarrierSource::Protocol),
        (None, Some(carrier)) => (carrier, CarrierSource::Receiver),
        (None, None) => (Carrier::from_hz(ASSUMED_HZ).ok()?, CarrierSource::Assumed),
    };
    // Timings of a decoded press may have either toggle bit: take those that are like the first one.
    let (alike, others): (Vec<&Press>, Vec<&Press>) =
        presses.iter().partition(|press| is_same_timings(first, press));
    let flipped: Vec<&Press> =
        others.into_iter().filter(|press| first.compare(press) == Sameness::Toggled).collect();
    let toggled = RawCode::new(carrier, mean(&flipped)).ok().filter(|_| decoded.is_none());
    let frames = presses.iter().map(|press| press.count).min().unwrap_or(1);
    let sends =
        best.map_or_else(|| u8::try_from(frames).unwrap_or(u8::MAX), |candidate| candidate.sends);
    Some(LearnedKey {
        decoded,
        alternatives,
        raw: RawCode::new(carrier, mean(&alike)).ok()?,
        toggled,
        carrier_from,
        sends: sends.clamp(1, MAX_SENDS),
    })
}

/// A key as which a protocol reads every press.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    code: ParsedCode,
    sends: u8,
}

impl Candidate {
    fn of(key: ParsedCode, readings: &[&Reading]) -> Self {
        let toggles = readings.iter().filter_map(|reading| reading.toggle);
        let sends = readings.iter().map(|reading| reading.sends).min();
        Self { code: with_toggles(key, toggles), sends: sends.unwrap_or(1) }
    }
}

/// Whether the timings of both may be averaged.
fn is_same_timings(one: &Press, other: &Press) -> bool {
    one.frames.iter().zip(&other.frames).all(|(one, other)| one.is_like(other))
}

/// The mean of the frames that all presses have, joined by the mean of their pauses.
fn mean(presses: &[&Press]) -> Vec<i32> {
    let frames = presses.iter().map(|press| press.frames.len()).min().unwrap_or(0);
    let mut timings = Vec::new();
    for at in 0..frames {
        if at > 0 {
            let gaps = presses.iter().filter_map(|press| press.gaps.get(at - 1));
            let gaps: Vec<i32> = gaps.map(|gap| i32::try_from(*gap).unwrap_or(i32::MAX)).collect();
            timings.push(-mean_of(&gaps));
        }
        let bursts: Vec<&Burst> = presses.iter().filter_map(|press| press.frames.get(at)).collect();
        timings.extend(mean_burst(&bursts));
    }
    timings
}

/// The mean of each timing over bursts of equal length, with those that are meant to be equal made equal.
fn mean_burst(bursts: &[&Burst]) -> Vec<i32> {
    let length = bursts.iter().map(|burst| burst.timings().len()).min().unwrap_or(0);
    let mean_at = |at: usize| {
        let all: Vec<i32> =
            bursts.iter().filter_map(|burst| burst.timings().get(at).copied()).collect();
        mean_of(&all)
    };
    let mut means: Vec<i32> = (0..length).map(mean_at).collect();
    smooth(&mut means);
    means
}

/// Gives timings of about the same length the length of their mean: marks and spaces apart, as receivers
/// stretch the one and shrink the other.
///
/// Much narrower than the tolerance of a receiver: protocols of four lengths differ by as little as 136 us.
fn smooth(timings: &mut [i32]) {
    let mut order: Vec<usize> = (0..timings.len()).collect();
    order.sort_unstable_by_key(|at| timings.get(*at).copied());
    let value = |at: &usize| timings.get(*at).copied().unwrap_or_default();
    let is_one_length = |shortest: i32, next: i32| {
        let width = 80_i32.max(next.abs() / 12);
        shortest.signum() == next.signum() && next.abs_diff(shortest) <= width.unsigned_abs()
    };
    let mut lengths: Vec<Vec<usize>> = Vec::new();
    for at in order {
        match lengths.last_mut() {
            Some(length)
                if length.first().is_some_and(|first| is_one_length(value(first), value(&at))) =>
            {
                length.push(at);
            }
            _ => lengths.push(vec![at]),
        }
    }
    let means: Vec<i32> = lengths
        .iter()
        .map(|length| mean_of(&length.iter().map(value).collect::<Vec<i32>>()))
        .collect();
    for (length, mean) in lengths.iter().zip(means) {
        for at in length {
            if let Some(timing) = timings.get_mut(*at) {
                *timing = mean;
            }
        }
    }
}

/// The mean, to the nearest whole number; 0 of nothing.
fn mean_of(values: &[i32]) -> i32 {
    let sum: i64 = values.iter().map(|value| i64::from(*value)).sum();
    let count = i64::try_from(values.len()).unwrap_or(i64::MAX).max(1);
    let half = sum.signum() * count / 2;
    i32::try_from((sum + half) / count).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_that_are_meant_to_be_equal_become_equal() {
        let mut timings = [9_050, -4_420, 600, -520, 560, -1_660, 580, -540];
        smooth(&mut timings);
        assert_eq!(timings, [9_050, -4_420, 580, -530, 580, -1_660, 580, -530]);
    }

    #[test]
    fn lengths_that_differ_by_136_us_stay_apart() {
        let mut timings = [210, -760, 210, -896, 210, -1_032, 210, -1_168];
        smooth(&mut timings);
        assert_eq!(timings, [210, -760, 210, -896, 210, -1_032, 210, -1_168]);
    }

    #[test]
    fn a_mean_is_rounded() {
        assert_eq!((mean_of(&[1, 2]), mean_of(&[-1, -2]), mean_of(&[1, 1, 2])), (2, -2, 1));
        assert_eq!(mean_of(&[]), 0);
    }
}
