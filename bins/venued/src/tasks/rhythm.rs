//! When a task runs by itself.

use std::time::Duration;

use venue_domain::Timestamp;
use venue_schedule::Recurrence;

/// What is overdue when the daemon starts has so long to wait: sessions come first.
const SETTLING: Duration = Duration::from_secs(60);

/// When a task runs by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rhythm {
    /// So long after it was begun last.
    Every(Duration),
    /// As a cron pattern says, in its zone.
    Cron(Recurrence),
}

impl Rhythm {
    /// How long it is until it runs next; `None` at the end of the calendar.
    pub(super) fn next(&self, now: Timestamp) -> Option<Duration> {
        match self {
            Self::Every(every) => Some(*every),
            Self::Cron(recurrence) => Some(between(now, recurrence.next_after(now)?.at)),
        }
    }

    /// The same for one that ended last at `ended_at`, or never ran, when the daemon starts: what is
    /// overdue runs soon. A clock that was set back puts nothing off.
    pub(super) fn first(&self, ended_at: Option<Timestamp>, now: Timestamp) -> Option<Duration> {
        let next = self.next(now)?;
        let left = match (self, ended_at) {
            (Self::Every(every), Some(ended_at)) => every.saturating_sub(between(ended_at, now)),
            (Self::Every(_), None) => Duration::ZERO,
            (Self::Cron(recurrence), Some(ended_at)) => match recurrence.previous_before(now) {
                Some(missed) if missed.at > ended_at => Duration::ZERO,
                Some(_) | None => next,
            },
            // It has missed nothing yet.
            (Self::Cron(_), None) => next,
        };
        Some(left.max(SETTLING).min(next))
    }

    /// How often, if it is so long.
    pub(super) fn every(&self) -> Option<Duration> {
        match self {
            Self::Every(every) => Some(*every),
            Self::Cron(_) => None,
        }
    }

    /// The pattern, if it is one.
    pub(super) fn cron(&self) -> Option<&Recurrence> {
        match self {
            Self::Every(_) => None,
            Self::Cron(recurrence) => Some(recurrence),
        }
    }
}

/// From one instant to a later one; nothing if it is not later.
fn between(from: Timestamp, to: Timestamp) -> Duration {
    let ms = to.unix_ms().saturating_sub(from.unix_ms());
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    fn minutes(minutes: u64) -> Duration {
        Duration::from_secs(minutes * 60)
    }

    #[test]
    fn a_restart_neither_puts_a_task_off_nor_repeats_it() {
        let now = Timestamp::from_unix_ms(1_788_900_000_000);
        let hourly = Rhythm::Every(HOUR);
        let wait = |ago: u64| hourly.first(Some(now.minus(minutes(ago))), now).unwrap();
        assert_eq!(wait(20), minutes(40));
        assert_eq!(wait(500), SETTLING, "overdue");
        assert_eq!(hourly.first(None, now), Some(SETTLING), "never run");
        let often = Rhythm::Every(Duration::from_secs(5));
        assert_eq!(often.first(None, now), Some(Duration::from_secs(5)));
        assert_eq!(hourly.first(Some(now.plus(HOUR)), now), Some(HOUR), "the clock was set back");
    }

    #[test]
    fn a_pattern_is_kept_over_a_restart_and_a_missed_run_is_made_up_for() {
        // 2026-02-28T12:00Z, 13:00 in Berlin; the pattern means four in the morning there.
        let now = Timestamp::from_unix_ms(20_512 * 24 * 3_600_000 + 12 * 3_600_000);
        let nightly = Rhythm::Cron(Recurrence::parse("0 4 * * *", "Europe/Berlin").unwrap());
        assert_eq!(nightly.next(now), Some(HOUR * 15));
        assert_eq!(nightly.first(None, now), Some(HOUR * 15), "nothing was missed yet");
        assert_eq!(
            nightly.first(Some(now.minus(HOUR * 9)), now),
            Some(HOUR * 15),
            "it ran at four"
        );
        assert_eq!(nightly.first(Some(now.minus(HOUR * 10)), now), Some(SETTLING), "missed");
        let soon = now.plus(HOUR * 15).minus(Duration::from_secs(20));
        let missed = nightly.first(Some(now.minus(HOUR * 48)), soon);
        assert_eq!(missed, Some(Duration::from_secs(20)), "not twice within a minute");
    }
}
