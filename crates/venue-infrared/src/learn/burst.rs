//! One event of a receiver, made comparable.

use crate::{MAX_DURATION_US, MAX_TIMINGS};

/// What a receiver lets pass: a quarter, or this many microseconds if they are more.
const TOLERANCE_US: u32 = 150;

/// The fewest timings of a frame. The shortest frames that are known have 15 (RC5 with alternating bits) and
/// 17 (half of XMP); what is shorter is a repeat frame, or a lamp.
const MIN_FRAME: usize = 10;

/// Marks and spaces in microseconds, strictly in turn, with a mark first and last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Burst {
    timings: Vec<i32>,
}

/// What a burst is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BurstKind {
    /// A frame: it says which key.
    Frame,
    /// What is sent while a key is held: it does not say which key.
    Repeat,
    /// Too short for either: light from elsewhere.
    Noise,
}

impl Burst {
    /// The burst of an event; `None` if it has no mark, too many timings, or one that is too long.
    ///
    /// Firmware ends each event with the time after which it took the signal for over: that is no space of
    /// the remote control and is left out. A receiver that is configured without `inverted` gives all signs
    /// the other way round.
    pub(super) fn of_event(timings: &[i32]) -> Option<Self> {
        if timings.len() > MAX_TIMINGS {
            return None;
        }
        let given = || timings.iter().copied().filter(|timing| *timing != 0);
        let first = given().next()?;
        let mut joined: Vec<i32> = Vec::with_capacity(timings.len());
        for timing in given() {
            let timing = if first < 0 { timing.checked_neg()? } else { timing };
            match joined.last_mut() {
                Some(last) if last.signum() == timing.signum() => {
                    *last = last.saturating_add(timing);
                }
                _ => joined.push(timing),
            }
        }
        joined.pop_if(|last| *last < 0);
        let fits = |timing: &i32| timing.unsigned_abs() <= MAX_DURATION_US;
        joined.iter().all(fits).then_some(Self { timings: joined })
    }

    /// The timings: a mark first and last.
    pub(super) fn timings(&self) -> &[i32] {
        &self.timings
    }

    /// How long it was on the air, in microseconds.
    pub(super) fn air_time_us(&self) -> u64 {
        self.timings.iter().map(|timing| u64::from(timing.unsigned_abs())).sum()
    }

    /// What it is part of.
    pub(super) fn kind(&self) -> BurstKind {
        if self.is_ditto() || self.is_headerless_jvc() {
            BurstKind::Repeat
        } else if self.timings.len() < MIN_FRAME {
            BurstKind::Noise
        } else {
            BurstKind::Frame
        }
    }

    /// Whether a receiver takes both for the same.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let pairs = || self.timings.iter().zip(&other.timings);
        self.timings.len() == other.timings.len()
            && pairs().all(|(one, other)| is_near(one.unsigned_abs(), other.unsigned_abs()))
    }

    /// The repeat frames of NEC and G.I. Cable (a header with a short space, and a stop mark) and of NECx1
    /// (its header, one bit, and a stop mark).
    fn is_ditto(&self) -> bool {
        match self.durations().as_slice() {
            [mark, space, stop] => {
                is_near(*mark, 9_000) && is_near(*space, 2_250) && is_near(*stop, 564)
            }
            [mark, space, bit, _, stop] => {
                is_near(*mark, 4_500)
                    && is_near(*space, 4_500)
                    && is_near(*bit, 560)
                    && is_near(*stop, 560)
            }
            _ => false,
        }
    }

    /// JVC repeats its 16 bits without the header.
    fn is_headerless_jvc(&self) -> bool {
        let durations = self.durations();
        let is_bit_space = |us: u32| is_near(us, 527) || is_near(us, 1_581);
        durations.len() == 33
            && durations.iter().step_by(2).all(|mark| is_near(*mark, 527))
            && durations.iter().skip(1).step_by(2).all(|space| is_bit_space(*space))
    }

    fn durations(&self) -> Vec<u32> {
        self.timings.iter().map(|timing| timing.unsigned_abs()).collect()
    }
}

/// Whether two durations may be the same one, received twice.
pub(super) fn is_near(one: u32, other: u32) -> bool {
    one.abs_diff(other) <= TOLERANCE_US.max(one.max(other) / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn burst(timings: &[i32]) -> Burst {
        Burst::of_event(timings).unwrap()
    }

    #[test]
    fn the_filler_is_left_out_and_signs_are_turned_to_a_mark_first() {
        let upright = burst(&[9_000, -4_500, 560, -10_000]);
        assert_eq!(upright.timings(), [9_000, -4_500, 560]);
        assert_eq!(burst(&[-9_000, 4_500, -560, 10_000]), upright);
        assert_eq!(burst(&[9_000, -4_500, 560]), upright, "without filler");
        assert_eq!(burst(&[9_000, -4_000, 0, -500, 560, -10_000]), upright, "a split space");
        assert_eq!(upright.air_time_us(), 14_060);
    }

    #[test]
    fn what_cannot_be_a_signal_is_no_burst() {
        for timings in [&[][..], &[0, 0], &[500_001, -1, 1], &[i32::MIN, 5], &[-1, i32::MIN]] {
            assert_eq!(Burst::of_event(timings), None, "{timings:?}");
        }
        let long: Vec<i32> = [500, -500].into_iter().cycle().take(1_001).collect();
        assert_eq!(Burst::of_event(&long), None);
    }

    #[test]
    fn repeat_frames_do_not_say_which_key() {
        assert_eq!(burst(&[9_080, -2_180, 620, -10_000]).kind(), BurstKind::Repeat, "NEC");
        assert_eq!(burst(&[8_820, -2_205, 490, -10_000]).kind(), BurstKind::Repeat, "G.I. Cable");
        assert_eq!(
            burst(&[4_500, -4_500, 560, -1_680, 560, -10_000]).kind(),
            BurstKind::Repeat,
            "NECx1"
        );
        let bits = [527, -527, 527, -1_581].repeat(8);
        assert_eq!(burst(&[&bits[..], &[527, -10_000]].concat()).kind(), BurstKind::Repeat, "JVC");
        let jvc = [&[8_432, -4_216][..], &bits, &[527, -10_000]].concat();
        assert_eq!(burst(&jvc).kind(), BurstKind::Frame, "JVC with its header");
        assert_eq!(burst(&[300, -10_000]).kind(), BurstKind::Noise);
    }

    #[test]
    fn a_quarter_or_150_us_is_near() {
        assert!(is_near(560, 700) && is_near(400, 550) && !is_near(400, 551));
        assert!(is_near(9_000, 7_000) && !is_near(9_000, 6_700));
        assert!(!burst(&[560, -560, 560]).is_like(&burst(&[560, -560, 560, -560, 560])));
    }
}
