//! What emitters, receivers and the room have in common.

use crate::generation::key_of;

/// Whether a receiver hears a carrier: three-pin demodulators lose most of their range 10 % off.
pub(super) const fn in_range(tuned_hz: u32, carrier_hz: u32) -> bool {
    carrier_hz.abs_diff(tuned_hz) < tuned_hz / 10
}

/// The key of an entity: the hash of its name, as firmware makes it.
pub(super) fn entity_key(name: &str) -> u32 {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    key_of(&name.chars().map(plain).collect::<String>())
}

/// Durations with a mark first; neighbours of the same sign melt into one.
pub(super) fn alternating(timings_us: &[i32]) -> Vec<u32> {
    let mut durations: Vec<u32> = Vec::with_capacity(timings_us.len());
    for timing in timings_us.iter().filter(|timing| **timing != 0) {
        let mark = *timing > 0;
        let next_is_mark = durations.len().is_multiple_of(2);
        match durations.last_mut() {
            Some(last) if mark != next_is_mark => {
                *last = last.saturating_add(timing.unsigned_abs());
            }
            // Silence before the first mark.
            None if !mark => {}
            _ => durations.push(timing.unsigned_abs()),
        }
    }
    durations
}
