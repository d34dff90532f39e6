//! One press of a key: the bursts that came shortly after one another.

use std::time::Duration;

use super::{
    burst::{Burst, BurstKind},
    decoding::{Reading, readings},
    toggle::differ_in_one_bit,
};
use crate::{MAX_DURATION_US, PRESS_GAP, ParsedCode};

/// The most bursts of a press that are kept; a key that is held sends ten each second.
const MAX_BURSTS: usize = 16;

/// A press that may go on.
#[derive(Debug)]
pub(super) struct OpenPress {
    /// When each burst was told, since learning began.
    bursts: Vec<(Duration, Burst)>,
    last: Duration,
}

impl OpenPress {
    pub(super) fn new(at: Duration, burst: Burst) -> Self {
        Self { bursts: vec![(at, burst)], last: at }
    }

    /// Whether what comes at `at` belongs to a later press.
    pub(super) fn is_over(&self, at: Duration) -> bool {
        at > self.over_at()
    }

    /// When it is over if nothing more comes.
    pub(super) fn over_at(&self) -> Duration {
        self.last.saturating_add(PRESS_GAP)
    }

    pub(super) fn push(&mut self, at: Duration, burst: Burst) {
        self.last = at;
        if self.bursts.len() < MAX_BURSTS {
            self.bursts.push((at, burst));
        }
    }

    /// Leaves out what was told between two times. `false` if nothing is left.
    pub(super) fn remove(&mut self, from: Duration, until: Duration) -> bool {
        self.bursts.retain(|(at, _)| *at < from || *at > until);
        !self.bursts.is_empty()
    }

    /// What was pressed.
    pub(super) fn close(mut self) -> Closed {
        self.bursts.retain(|(_, burst)| burst.kind() != BurstKind::Noise);
        let has_frame = self.bursts.iter().any(|(_, burst)| burst.kind() == BurstKind::Frame);
        if self.bursts.is_empty() {
            Closed::Noise
        } else if has_frame {
            Closed::Press(Press::of(&self.bursts))
        } else {
            Closed::RepeatsOnly
        }
    }
}

/// What came of the bursts of one press.
#[derive(Debug)]
pub(super) enum Closed {
    /// A key.
    Press(Press),
    /// The repeat frames of a key that was held: its frame was not heard.
    RepeatsOnly,
    /// Nothing of a remote control.
    Noise,
}

/// One press of a key.
#[derive(Clone, Debug)]
pub(super) struct Press {
    /// The frames that differ, in the order in which they were heard, up to where they begin anew.
    pub(super) frames: Vec<Burst>,
    /// The spaces behind all but the last of [`Press::frames`], in microseconds.
    pub(super) gaps: Vec<u32>,
    /// How often they were heard.
    pub(super) count: usize,
    /// What protocols read in it, the best first.
    pub(super) readings: Vec<Reading>,
}

impl Press {
    fn of(bursts: &[(Duration, Burst)]) -> Self {
        let frames = || bursts.iter().filter(|(_, burst)| burst.kind() == BurstKind::Frame);
        let first = frames().next().map(|(_, burst)| burst);
        let begins_anew = |burst: &Burst| first.is_some_and(|first| first.is_like(burst));
        let distinct = 1 + frames().skip(1).take_while(|(_, burst)| !begins_anew(burst)).count();
        let count = frames().filter(|(_, burst)| begins_anew(burst)).count();
        let ends: Vec<_> = frames().take(distinct).collect();
        let gaps = ends.windows(2).map(|pair| match pair {
            [(before, _), (after, burst)] => gap_us(after.saturating_sub(*before), burst),
            _ => 0,
        });
        Self {
            gaps: gaps.collect(),
            count,
            readings: readings(bursts.iter().map(|(_, burst)| burst)),
            frames: frames().take(distinct).map(|(_, burst)| burst.clone()).collect(),
        }
    }

    /// What it most likely is, if a protocol is recognised.
    pub(super) fn best_key(&self) -> Option<ParsedCode> {
        self.readings.first().map(|reading| reading.key)
    }

    /// How a protocol reads it as this key.
    pub(super) fn reading_of(&self, key: ParsedCode) -> Option<&Reading> {
        self.readings.iter().find(|reading| reading.key == key)
    }

    /// Whether both are the same key.
    pub(super) fn compare(&self, other: &Self) -> Sameness {
        if !self.readings.is_empty() || !other.readings.is_empty() {
            let is_same =
                self.readings.iter().any(|reading| other.reading_of(reading.key).is_some());
            return if is_same { Sameness::Same } else { Sameness::Different };
        }
        // A short press may lack what follows the first frame.
        let mut pairs = self.frames.iter().zip(&other.frames);
        let is_first_toggled = |pair: Option<(&Burst, &Burst)>| {
            pair.is_some_and(|(one, other)| differ_in_one_bit(one.timings(), other.timings()))
        };
        if pairs.clone().all(|(one, other)| one.is_like(other)) {
            Sameness::Same
        } else if is_first_toggled(pairs.next()) {
            Sameness::Toggled
        } else {
            Sameness::Different
        }
    }
}

/// How two presses compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sameness {
    /// The same key.
    Same,
    /// The same, but for one bit that flips from press to press.
    Toggled,
    /// Two keys, or one that was not received well.
    Different,
}

/// The space before `burst`, which was told so long after the burst before it. Each is told once it is over,
/// after a time without light that is the same for both.
fn gap_us(between: Duration, burst: &Burst) -> u32 {
    /// No receiver tells two bursts apart that are closer.
    const LEAST: u128 = 5_000;
    let gap = between.as_micros().saturating_sub(u128::from(burst.air_time_us())).max(LEAST);
    u32::try_from(gap).unwrap_or(u32::MAX).min(MAX_DURATION_US)
}
