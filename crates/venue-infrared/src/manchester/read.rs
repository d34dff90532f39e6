//! Reading a recording as one of the protocols of the family.

use super::ManchesterSpec;
use crate::{
    found::{Deviation, Found},
    layout::{Item, Unpacker, Values},
    tolerance::UNKNOWN_GAP,
};

/// No level inside a frame lasts longer, in halves: RC5X has 4 of silence between two bits, RC6 a mark of 6.
const MAX_HALVES: u32 = 8;

/// The levels of one frame, one for each half of a bit, and what they were read from.
struct Levels {
    levels: Vec<bool>,
    /// How many durations they were, the silence behind them included.
    used: usize,
}

impl ManchesterSpec {
    /// Reads the recording from its start, as many sends as there are.
    pub(crate) fn read(&self, durations: &[u32]) -> Option<Found> {
        let mut deviation = Deviation::default();
        let (values, mut used) = self.read_frame(durations, &mut deviation)?;
        let mut sends = 1_u8;
        while let Some((again, further)) =
            durations.get(used..).and_then(|rest| self.read_frame(rest, &mut deviation))
        {
            if again != values {
                break;
            }
            used += further;
            sends = sends.saturating_add(1);
        }
        Some(Found { values, sends, used, deviation })
    }

    fn read_frame(&self, durations: &[u32], deviation: &mut Deviation) -> Option<(Values, usize)> {
        let mut of_frame = *deviation;
        let Levels { levels, used } = self.levels(durations, &mut of_frame)?;
        let mut reader = Reader { levels: &levels, at: 0, spec: self };
        let mut unpacker = Unpacker::default();
        reader.level(true, self.leader.0)?;
        reader.level(false, self.leader.1)?;
        for item in self.layout {
            match item {
                Item::Bits(part) => unpacker.take(part, reader.bits(item.len(), 1)?)?,
                Item::Wide(part) => unpacker.take(part, reader.bits(item.len(), 2)?)?,
                Item::Pause { space, .. } => reader.level(false, space / self.half)?,
            }
        }
        // A last bit that ends in a space ends in the silence.
        (reader.at >= levels.len()).then_some(())?;
        *deviation = of_frame;
        Some((unpacker.finish()?, used))
    }

    /// The levels up to the first long silence.
    fn levels(&self, durations: &[u32], deviation: &mut Deviation) -> Option<Levels> {
        let mut levels = Vec::new();
        for (index, duration) in durations.iter().copied().enumerate() {
            let is_mark = index % 2 == 0;
            if !is_mark && (duration == UNKNOWN_GAP || duration > MAX_HALVES * self.half) {
                return Some(Levels { levels, used: index + 1 });
            }
            let halves = duration.saturating_add(self.half / 2) / self.half;
            let nominal = halves.saturating_mul(self.half);
            // Up to 150 us as everywhere, and less than half a step, or it may be its neighbour.
            let tolerance = 150.max(duration / 4).min(self.half * 45 / 100);
            let fits = (1..=MAX_HALVES).contains(&halves);
            (fits && duration.abs_diff(nominal) <= tolerance).then_some(())?;
            deviation.add(duration, nominal);
            levels.extend(std::iter::repeat_n(is_mark, halves as usize));
        }
        Some(Levels { levels, used: durations.len() })
    }
}

/// Reads levels; behind the last one there is darkness.
struct Reader<'l> {
    levels: &'l [bool],
    at: usize,
    spec: &'l ManchesterSpec,
}

impl Reader<'_> {
    /// `halves` halves of this level.
    fn level(&mut self, expected: bool, halves: u32) -> Option<()> {
        for _ in 0..halves {
            let level = self.levels.get(self.at).copied().unwrap_or(false);
            self.at += 1;
            (level == expected).then_some(())?;
        }
        Some(())
    }

    /// `count` bits, each half of them `width` halves long.
    fn bits(&mut self, count: u8, width: u32) -> Option<u32> {
        let mut bits = 0;
        for _ in 0..count {
            let first = self.levels.get(self.at).copied().unwrap_or(false);
            self.level(first, width)?;
            self.level(!first, width)?;
            bits = bits << 1 | u32::from(first == self.spec.one_begins_with_mark);
        }
        Some(bits)
    }
}
