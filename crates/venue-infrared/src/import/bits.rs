//! Bits as the formats have them.

/// The lowest `count` bits of `value` in the opposite order.
pub(super) const fn reversed(value: u32, count: u32) -> u32 {
    if count == 0 || count > 32 { 0 } else { value.reverse_bits() >> (32 - count) }
}

/// Bits that differ in the length of their spaces (or marks), in microseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct PulseDistance {
    pub(super) header: Option<(i32, i32)>,
    pub(super) zero: (i32, i32),
    pub(super) one: (i32, i32),
    /// The mark behind the last bit.
    pub(super) trail: Option<i32>,
    /// The pause at the end.
    pub(super) gap: i32,
}

impl PulseDistance {
    /// The timings of one frame; it ends in the pause.
    pub(super) fn timings(&self, bits: impl IntoIterator<Item = bool>) -> Vec<i32> {
        let mut timings = Timings::default();
        if let Some((mark, space)) = self.header {
            timings.mark(mark);
            timings.space(space);
        }
        for bit in bits {
            let (mark, space) = if bit { self.one } else { self.zero };
            timings.mark(mark);
            timings.space(space);
        }
        if let Some(mark) = self.trail {
            timings.mark(mark);
        }
        timings.space(self.gap);
        timings.0
    }
}

/// Marks and spaces that are built one by one: neighbours of the same kind melt into one, and nothing is
/// longer than it can be.
#[derive(Clone, Debug, Default)]
pub(super) struct Timings(pub(super) Vec<i32>);

impl Timings {
    pub(super) fn mark(&mut self, us: i32) {
        if us > 0 {
            match self.0.last_mut() {
                Some(last) if *last > 0 => *last = last.saturating_add(us),
                Some(_) | None => self.0.push(us),
            }
        }
    }

    /// A space; one before the first mark is silence already.
    pub(super) fn space(&mut self, us: i32) {
        if us > 0 {
            match self.0.last_mut() {
                Some(last) if *last < 0 => *last = last.saturating_sub(us),
                Some(_) => self.0.push(-us),
                None => {}
            }
        }
    }

    /// How long all of it is, in microseconds.
    pub(super) fn total_us(&self) -> u64 {
        self.0.iter().map(|timing| u64::from(timing.unsigned_abs())).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_bit_comes_first() {
        assert_eq!(reversed(0x54, 8), 0x2A);
        assert_eq!(reversed(0b0001, 4), 0b1000);
        assert_eq!((reversed(u32::MAX, 0), reversed(5, 33)), (0, 0));
    }
}
