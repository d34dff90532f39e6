//! Reading a recording as one of the pulse protocols.

use super::{Bits, Frame, PulseSpec};
use crate::{
    found::{Deviation, Found},
    layout::{Item, Unpacker, Values},
    tolerance::{UNKNOWN_GAP, is_end, is_near, is_near_or_split},
    wave::End,
};

/// Where reading stands in a recording; a copy of it is a try.
#[derive(Clone, Copy, Debug)]
struct Cursor<'d> {
    /// Marks and spaces in turn, from a mark to a mark.
    durations: &'d [u32],
    at: usize,
    /// Nominal microseconds since the frame began.
    in_frame: u32,
    deviation: Deviation,
}

impl PulseSpec {
    /// Reads the recording from its start, as many sends as there are.
    pub(crate) fn read(&self, durations: &[u32]) -> Option<Found> {
        let mut cursor = Cursor { durations, at: 0, in_frame: 0, deviation: Deviation::default() };
        let values = self.read_first(&mut cursor)?;
        let mut sends = 1_u8;
        while let Some(further) = self.read_repeat(cursor, values) {
            cursor = further;
            sends = sends.saturating_add(1);
        }
        let Cursor { at, deviation, .. } = cursor;
        Some(Found { values, sends, used: at, deviation })
    }

    /// The frames of the first send. Of three, the last may be missing: two confirm each other.
    fn read_first(&self, cursor: &mut Cursor<'_>) -> Option<Values> {
        let mut values = None;
        for (index, frame) in self.first.iter().enumerate() {
            let unpacker = values.map_or_else(Unpacker::default, Unpacker::agreeing_with);
            let mut further = *cursor;
            match self.read_frame(frame, unpacker, &mut further) {
                Some(read) => {
                    values = Some(read);
                    *cursor = further;
                }
                None if index >= 2 => break,
                None => return None,
            }
        }
        values.filter(|values| values.held == 0)
    }

    fn read_repeat<'d>(&self, mut cursor: Cursor<'d>, values: Values) -> Option<Cursor<'d>> {
        for frame in self.repeat {
            self.read_frame(frame, Unpacker::agreeing_with(values), &mut cursor)?;
        }
        Some(cursor)
    }

    fn read_frame(
        &self,
        frame: &Frame,
        mut unpacker: Unpacker,
        cursor: &mut Cursor<'_>,
    ) -> Option<Values> {
        cursor.in_frame = 0;
        if let Some((mark, space)) = frame.header {
            cursor.take(mark)?;
            cursor.take_pause(space)?;
        }
        let mut bits = Bits::default();
        let mut left: u32 = frame.layout.iter().map(|item| u32::from(item.len())).sum();
        for item in frame.layout {
            match item {
                Item::Bits(part) | Item::Wide(part) => {
                    let count = u32::from(item.len());
                    while bits.count < count {
                        let is_last = left <= self.bits_per_symbol() && self.stop == 0;
                        bits.push(self.take_symbol(cursor, is_last)?, self.bits_per_symbol());
                        left = left.saturating_sub(self.bits_per_symbol());
                    }
                    unpacker.take(part, bits.pop(count)?)?;
                }
                Item::Pause { mark, space } => {
                    cursor.take(*mark)?;
                    cursor.take_pause(*space)?;
                }
            }
        }
        if self.stop > 0 {
            cursor.take(self.stop)?;
        }
        cursor.take_end(frame.end)?;
        unpacker.finish()
    }

    /// One symbol. The space of the last one is the end of the frame where no mark stands behind it: then
    /// the mark alone tells it.
    fn take_symbol(&self, cursor: &mut Cursor<'_>, is_last: bool) -> Option<u32> {
        let mark = cursor.peek(0)?;
        let space = cursor.peek(1).unwrap_or(UNKNOWN_GAP);
        // Where all marks are equal, mark and space together tell more than the space: what a demodulator
        // adds to one, it takes from the other.
        let same_marks = self.symbols.windows(2).all(|pair| pair[0].0 == pair[1].0);
        let distance = |(of_mark, of_space): (u32, u32)| {
            if is_last {
                mark.abs_diff(of_mark)
            } else if same_marks {
                mark.saturating_add(space).abs_diff(of_mark + of_space)
            } else {
                mark.abs_diff(of_mark).saturating_add(space.abs_diff(of_space))
            }
        };
        let all = (0_u32..).zip(self.symbols.iter().copied());
        let (symbol, (of_mark, of_space)) = all.min_by_key(|(_, pair)| distance(*pair))?;
        cursor.take(of_mark)?;
        if is_last {
            cursor.in_frame += of_space;
        } else {
            cursor.take(of_space)?;
        }
        Some(symbol)
    }
}

impl Cursor<'_> {
    fn peek(&self, ahead: usize) -> Option<u32> {
        self.durations.get(self.at + ahead).copied()
    }

    /// One duration that is near `nominal`.
    fn take(&mut self, nominal: u32) -> Option<()> {
        let duration = self.peek(0).filter(|duration| is_near(*duration, nominal))?;
        self.step(duration, nominal);
        Some(())
    }

    /// One silence that is near `nominal`, or in which a recording ended.
    fn take_pause(&mut self, nominal: u32) -> Option<()> {
        let duration = self.peek(0).filter(|duration| is_near_or_split(*duration, nominal))?;
        self.step(duration, nominal);
        Some(())
    }

    /// The end of the frame: a long silence, or nothing more.
    fn take_end(&mut self, end: End) -> Option<()> {
        let nominal = match end {
            End::Period(period) => period.saturating_sub(self.in_frame),
            End::Gap(gap) => gap,
        };
        match self.peek(0) {
            Some(duration) if is_end(duration, nominal) => self.at += 1,
            Some(_) => return None,
            None => {}
        }
        Some(())
    }

    fn step(&mut self, duration: u32, nominal: u32) {
        self.at += 1;
        self.in_frame += nominal;
        self.deviation.add(duration, nominal);
    }
}
