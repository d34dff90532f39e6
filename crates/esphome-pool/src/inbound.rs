//! How much a board may send: a bucket that empties as bytes come and fills with time.

use std::time::Duration;

use tokio::time::Instant;

use crate::InboundLimit;

/// What a board may still send on its session.
#[derive(Debug)]
pub(crate) struct Inbound {
    limit: InboundLimit,
    allowance: u64,
    filled: Instant,
}

impl Inbound {
    pub(crate) const fn new(limit: InboundLimit, now: Instant) -> Self {
        Self { limit, allowance: limit.burst, filled: now }
    }

    /// Bytes have been written to the board: what answers them is no flood.
    pub(crate) fn note_written(&mut self, bytes: u64) {
        self.add(bytes.saturating_mul(ANSWER));
    }

    /// Bytes have come; `false` if they are more than a board sends that works.
    pub(crate) fn note_read(&mut self, bytes: u64, now: Instant) -> bool {
        let time = now.saturating_duration_since(self.filled);
        // Looked at some times a second: small steps would be rounded away.
        if time >= STEP {
            self.filled = now;
            let bytes = u128::from(self.limit.bytes_per_second) * time.as_millis() / 1_000;
            self.add(u64::try_from(bytes).unwrap_or(u64::MAX));
        }
        match self.allowance.checked_sub(bytes) {
            Some(allowance) => self.allowance = allowance,
            None => return false,
        }
        true
    }

    fn add(&mut self, bytes: u64) {
        self.allowance = self.allowance.saturating_add(bytes).min(self.limit.burst);
    }
}

/// An answer is at most this many times as long as what it answers: a call of some 20 bytes is
/// answered by as many, or by a text of a few hundred.
const ANSWER: u64 = 16;

const STEP: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: InboundLimit = InboundLimit { burst: 10_000, bytes_per_second: 1_000 };

    #[tokio::test(start_paused = true)]
    async fn a_burst_passes_and_a_flood_does_not() {
        let start = Instant::now();
        let mut inbound = Inbound::new(LIMIT, start);
        assert!(inbound.note_read(10_000, start));
        assert!(!inbound.note_read(1, start));
        // A second later there is room for a second's worth, and no more.
        let later = start + Duration::from_secs(1);
        assert!(inbound.note_read(1_000, later));
        assert!(!inbound.note_read(1, later));
        // Rest fills it up to the burst, never above.
        let rested = later + Duration::from_secs(3_600);
        assert!(inbound.note_read(10_000, rested));
        assert!(!inbound.note_read(1, rested));
    }

    #[tokio::test(start_paused = true)]
    async fn small_steps_of_time_are_not_lost() {
        let start = Instant::now();
        let mut inbound = Inbound::new(LIMIT, start);
        assert!(inbound.note_read(10_000, start));
        let all = (1..=1_000).all(|ms| {
            let now = start + Duration::from_millis(ms);
            ms % 100 != 0 || inbound.note_read(99, now)
        });
        assert!(all);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_asked_for_is_no_flood() {
        let start = Instant::now();
        let mut inbound = Inbound::new(LIMIT, start);
        for _ in 0..1_000 {
            inbound.note_written(20);
            assert!(inbound.note_read(200, start));
        }
    }
}
