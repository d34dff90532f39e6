//! What reading a recording as one protocol gives.

use crate::layout::Values;

/// A recording that can be read as a protocol.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub(crate) values: Values,
    /// How many sends were read.
    pub(crate) sends: u8,
    /// How many durations they were.
    pub(crate) used: usize,
    pub(crate) deviation: Deviation,
}

/// How far durations were from the nominal ones.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Deviation {
    error_us: u64,
    length_us: u64,
}

impl Deviation {
    pub(crate) fn add(&mut self, duration: u32, nominal: u32) {
        if duration != crate::tolerance::UNKNOWN_GAP {
            self.error_us += u64::from(duration.abs_diff(nominal));
            self.length_us += u64::from(nominal);
        }
    }

    /// In thousandths of the whole length.
    pub(crate) fn permille(self) -> u32 {
        let permille = self.error_us * 1_000 / self.length_us.max(1);
        u32::try_from(permille).unwrap_or(u32::MAX)
    }
}
