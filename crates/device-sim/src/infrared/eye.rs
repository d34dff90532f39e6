//! The eye of a board: an infrared receiver, and the light of handheld remotes. Pure.

use std::time::Duration;

/// An infrared receiver, which is one infrared entity. What it hears goes to every client as
/// `InfraredRFReceiveEvent` (id 137), also what the board transmits itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eye {
    /// The name of the entity.
    pub name: String,
    /// The carrier that it is tuned to, in Hz; one that is 10 % off it does not hear.
    pub frequency_hz: u32,
    /// A space of this length ends a burst, and is what its last value says (`idle` in YAML).
    pub idle: Duration,
    /// Whether all signs are turned: `inverted` is missing in the YAML of the board.
    pub inverted: bool,
}

impl Eye {
    /// A 38 kHz demodulator that ends a burst after 10 ms, as firmware does by default.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        let idle = Duration::from_millis(10);
        Self { name: name.into(), frequency_hz: 38_000, idle, inverted: false }
    }
}

/// One press of a handheld remote, somewhere in the room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandheldPress {
    /// The carrier, in Hz.
    pub carrier_hz: u32,
    /// Microseconds: marks positive, spaces negative; held keys with all their frames.
    pub timings_us: Vec<i32>,
    /// The port whose appliance sees it as well.
    pub port: Option<u8>,
    /// Decides how the demodulator distorts it: equal numbers distort equally.
    pub seed: u64,
}

/// One burst, as it is reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Burst {
    /// When the eye is sure that it has ended, from the first mark on.
    pub(super) reported: Duration,
    /// What message 137 says.
    pub(super) timings_us: Vec<i32>,
}

/// What an eye makes of durations (a mark first): bursts that end with the filler, distorted.
pub(super) fn bursts(eye: &Eye, durations_us: &[u32], seed: u64) -> Vec<Burst> {
    let idle_us = u32::try_from(eye.idle.as_micros()).unwrap_or(u32::MAX);
    let mut distortion = Distortion::new(seed);
    let mut bursts = Vec::new();
    let mut burst: Vec<i32> = Vec::new();
    let mut elapsed = 0_u64;
    for (place, duration) in durations_us.iter().enumerate() {
        let is_mark = place % 2 == 0;
        if !is_mark && *duration >= idle_us {
            let reported = Duration::from_micros(elapsed) + eye.idle;
            bursts.extend(finished(eye, &mut burst, reported, idle_us));
        } else {
            let heard = distortion.apply(*duration, is_mark);
            burst.push(if is_mark { heard } else { -heard });
        }
        elapsed += u64::from(*duration);
    }
    let reported = Duration::from_micros(elapsed) + eye.idle;
    bursts.extend(finished(eye, &mut burst, reported, idle_us));
    bursts
}

/// A burst with the filler behind its last mark, cut to what the buffer of the firmware holds.
fn finished(eye: &Eye, burst: &mut Vec<i32>, reported: Duration, idle_us: u32) -> Option<Burst> {
    let mut timings_us = std::mem::take(burst);
    timings_us.truncate(BUFFER);
    if timings_us.last().is_some_and(|last| *last < 0) {
        timings_us.pop();
    }
    if timings_us.is_empty() {
        return None;
    }
    timings_us.push(-i32::try_from(idle_us).unwrap_or(i32::MAX));
    if eye.inverted {
        timings_us.iter_mut().for_each(|timing| *timing = -*timing);
    }
    Some(Burst { reported, timings_us })
}

/// A demodulator makes marks longer and spaces shorter, by 50 to 150 us, from press to press
/// differently.
struct Distortion {
    random: u64,
    stretch_us: u32,
}

impl Distortion {
    const fn new(seed: u64) -> Self {
        let mut distortion = Self { random: seed, stretch_us: 0 };
        distortion.stretch_us = 60 + distortion.below(71);
        distortion
    }

    /// A number below `limit` (splitmix64).
    const fn below(&mut self, limit: u32) -> u32 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed >> 33) as u32) % limit
    }

    /// A duration as it is heard: the stretch of this press, and 10 us more or less each time.
    fn apply(&mut self, duration: u32, is_mark: bool) -> i32 {
        let change = self.stretch_us + self.below(21) - 10;
        // A space never vanishes: firmware filters what is shorter than 50 us.
        let heard = if is_mark {
            duration.saturating_add(change)
        } else {
            duration.saturating_sub(change).max(SHORTEST_US)
        };
        i32::try_from(heard).unwrap_or(i32::MAX)
    }
}

/// The symbols that an ESP32 buffers, two values each.
const BUFFER: usize = 2 * 192;

/// The filter of the firmware.
const SHORTEST_US: u32 = 50;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_ends_with_the_filler_and_a_ditto_is_a_burst_of_its_own() {
        let nec = [9_000, 4_500, 564, 40_000, 9_000, 2_250, 564, 96_000];
        let heard = bursts(&Eye::new("eye"), &nec, 7);
        assert_eq!(heard.len(), 2);
        let values: Vec<usize> = heard.iter().map(|burst| burst.timings_us.len()).collect();
        assert_eq!(values, [4, 4]);
        for burst in &heard {
            assert_eq!(burst.timings_us.last(), Some(&-10_000), "not the real gap");
        }
        assert_eq!(heard[0].reported, Duration::from_micros(14_064 + 10_000));
        assert_eq!(heard[1].reported, Duration::from_micros(14_064 + 40_000 + 11_814 + 10_000));
    }

    #[test]
    fn marks_grow_and_spaces_shrink_by_what_the_seed_says() {
        let frame = [9_000, 4_500, 564, 564, 564, 1_692, 564, 40_000];
        let heard = |seed| bursts(&Eye::new("eye"), &frame, seed).remove(0).timings_us;
        for seed in 0..200 {
            for (sent, heard) in frame.iter().zip(heard(seed)).take(7) {
                let change = heard.unsigned_abs().abs_diff(*sent);
                assert!((50..=150).contains(&change), "{sent} {heard}");
                assert_eq!(heard > 0, heard.unsigned_abs() > *sent, "{sent} {heard}");
            }
        }
        assert_eq!(heard(1), heard(1));
        assert_ne!(heard(1), heard(2));
        let inverted = Eye { inverted: true, ..Eye::new("eye") };
        let turned: Vec<i32> = heard(1).iter().map(|timing| -timing).collect();
        assert_eq!(bursts(&inverted, &frame, 1).remove(0).timings_us, turned);
    }

    #[test]
    fn a_long_burst_is_cut_at_the_buffer() {
        let long = vec![500; 1_000];
        let heard = bursts(&Eye::new("eye"), &long, 1).remove(0).timings_us;
        assert_eq!(heard.len(), BUFFER, "383 values and the filler");
    }
}
