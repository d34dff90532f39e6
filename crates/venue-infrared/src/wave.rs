//! Building the timings of a transmission: marks and spaces that alternate whatever was added.

/// When a frame is over.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    /// So many microseconds after it began: the last space is what is left of them.
    Period(u32),
    /// So many microseconds after its last mark or bit.
    Gap(u32),
}

/// Timings in the making.
#[derive(Debug)]
pub(crate) struct Wave {
    timings: Vec<i32>,
    /// Microseconds since the frame began.
    in_frame: u32,
}

impl Wave {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self { timings: Vec::with_capacity(capacity), in_frame: 0 }
    }

    /// Light for `us` microseconds; joined with a mark before it.
    pub(crate) fn mark(&mut self, us: u32) {
        self.add(us, 1);
    }

    /// Darkness for `us` microseconds; joined with a space before it, and left out before the first mark.
    pub(crate) fn space(&mut self, us: u32) {
        if !self.timings.is_empty() {
            self.add(us, -1);
        }
    }

    /// The space that completes the frame.
    pub(crate) fn end(&mut self, end: End) {
        let left = match end {
            End::Period(period) => period.saturating_sub(self.in_frame),
            End::Gap(gap) => gap,
        };
        self.space(left);
        self.in_frame = 0;
    }

    /// The timings: strictly alternating, a mark first.
    pub(crate) fn into_timings(self) -> Vec<i32> {
        self.timings
    }

    fn add(&mut self, us: u32, sign: i32) {
        if us == 0 {
            return;
        }
        self.in_frame = self.in_frame.saturating_add(us);
        let signed = i32::try_from(us).unwrap_or(i32::MAX) * sign;
        match self.timings.last_mut() {
            Some(last) if last.signum() == sign => *last = last.saturating_add(signed),
            _ => self.timings.push(signed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_levels_are_joined_and_a_frame_is_completed() {
        let mut wave = Wave::with_capacity(8);
        wave.space(5);
        wave.mark(10);
        wave.mark(10);
        wave.space(3);
        wave.space(0);
        wave.end(End::Period(100));
        wave.mark(7);
        wave.end(End::Gap(40));
        assert_eq!(wave.into_timings(), [20, -80, 7, -40]);
    }
}
