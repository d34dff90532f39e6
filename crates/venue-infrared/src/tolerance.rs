//! How far a received duration may be from the nominal one.

/// A silence whose length the receiver did not see, because its recording ended in it.
pub(crate) const UNKNOWN_GAP: u32 = u32::MAX;

/// Receivers end a recording in the middle of a frame only in a silence that is longer than this: they are
/// set to 10 ms or more, and some measure a little short.
const SPLITS_FROM_US: u32 = 6_000;

/// Demodulators stretch marks and shrink spaces by up to 150 us, and remote controls are off by a few
/// percent: a quarter, and 150 us at least.
pub(crate) const fn is_near(duration: u32, nominal: u32) -> bool {
    let quarter = nominal / 4;
    let tolerance = if quarter > 150 { quarter } else { 150 };
    duration != UNKNOWN_GAP && duration.abs_diff(nominal) <= tolerance
}

/// As [`is_near`], or the recording ended there and may have.
pub(crate) const fn is_near_or_split(duration: u32, nominal: u32) -> bool {
    is_near(duration, nominal) || duration == UNKNOWN_GAP && nominal >= SPLITS_FROM_US
}

/// Whether a silence is the end of a frame after which there are `nominal` microseconds of it.
pub(crate) const fn is_end(duration: u32, nominal: u32) -> bool {
    // Half of it tells it from what is inside of a frame; a remote control that repeats faster than the
    // protocol says is understood too.
    let half = nominal / 2;
    duration >= if half < 12_000 { half } else { 12_000 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_may_be_off_by_a_quarter_and_by_150_us_at_least() {
        assert!(is_near(414, 564) && is_near(714, 564) && !is_near(715, 564));
        assert!(is_near(6_750, 9_000) && !is_near(6_749, 9_000));
        assert!(!is_near(UNKNOWN_GAP, 13_800) && is_near_or_split(UNKNOWN_GAP, 13_800));
        assert!(!is_near_or_split(UNKNOWN_GAP, 4_500));
        assert!(is_end(UNKNOWN_GAP, 41_000) && is_end(12_000, 41_000) && !is_end(4_500, 41_000));
        assert!(is_end(3_045, 6_090));
    }
}
