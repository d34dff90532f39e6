//! When tasks run by themselves.

use std::{collections::BTreeMap, time::Duration};

use venue_domain::{SystemTask, Timestamp};
use venue_schedule::Recurrence;

/// When a task runs by itself, and what it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskPlan {
    /// When each task runs; those that are not named run when they are asked for.
    pub triggers: BTreeMap<SystemTask, TaskTrigger>,
    /// What is overdue when the daemon starts has so long to wait: sessions come first.
    pub settling: Duration,
    /// How long finished commands are kept.
    pub detail: Duration,
    /// How long daily figures and the audit log are kept.
    pub aggregates: Duration,
}

/// When a task runs by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskTrigger {
    /// So long after it was begun last; zero for never by itself.
    Every(Duration),
    /// As a cron pattern says, in its zone.
    Cron(Recurrence),
}

/// What a task waits for before it runs by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    /// That so long passes, whatever the wall clock shows.
    For(Duration),
    /// That the wall clock shows this.
    Until(Timestamp),
}

impl TaskTrigger {
    /// What it waits for when it was begun at `now`; `None` at the end of the calendar.
    pub(super) fn next(&self, now: Timestamp) -> Option<Wait> {
        match self {
            // Without end, and at once: nobody means that.
            Self::Every(Duration::ZERO) => None,
            Self::Every(every) => Some(Wait::For(*every)),
            Self::Cron(recurrence) => Some(Wait::Until(recurrence.next_after(now)?.at)),
        }
    }

    /// The same for one that ended last at `ended_at`, or never ran, when the daemon starts: what is
    /// overdue runs when the daemon has settled. A clock that was set back puts nothing off.
    pub(super) fn first(
        &self,
        ended_at: Option<Timestamp>,
        now: Timestamp,
        settling: Duration,
    ) -> Option<Wait> {
        match self {
            Self::Every(Duration::ZERO) => None,
            Self::Every(every) => {
                let since = |ended_at| every.saturating_sub(between(ended_at, now));
                let left = ended_at.map_or(Duration::ZERO, since);
                Some(Wait::For(left.max(settling).min(*every)))
            }
            Self::Cron(recurrence) => {
                let next = recurrence.next_after(now)?.at;
                // What never ran has missed nothing yet.
                let missed = ended_at.is_some_and(|ended_at| {
                    recurrence.previous_before(now).is_some_and(|last| last.at > ended_at)
                });
                let soon = missed && between(now, next) > settling;
                Some(if soon { Wait::For(settling) } else { Wait::Until(next) })
            }
        }
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
pub(super) fn between(from: Timestamp, to: Timestamp) -> Duration {
    let ms = to.unix_ms().saturating_sub(from.unix_ms());
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);
    const SETTLING: Duration = Duration::from_secs(60);

    fn minutes(minutes: u64) -> Duration {
        Duration::from_secs(minutes * 60)
    }

    #[test]
    fn a_restart_neither_puts_a_task_off_nor_repeats_it() {
        let now = Timestamp::from_unix_ms(1_788_900_000_000);
        let hourly = TaskTrigger::Every(HOUR);
        let wait = |ago: u64| hourly.first(Some(now.minus(minutes(ago))), now, SETTLING).unwrap();
        assert_eq!(wait(20), Wait::For(minutes(40)));
        assert_eq!(wait(500), Wait::For(SETTLING), "overdue");
        assert_eq!(hourly.first(None, now, SETTLING), Some(Wait::For(SETTLING)), "never run");
        let often = TaskTrigger::Every(Duration::from_secs(5));
        assert_eq!(often.first(None, now, SETTLING), Some(Wait::For(Duration::from_secs(5))));
        let set_back = hourly.first(Some(now.plus(HOUR)), now, SETTLING);
        assert_eq!(set_back, Some(Wait::For(HOUR)), "the clock was set back");
        let never = TaskTrigger::Every(Duration::ZERO);
        assert_eq!((never.next(now), never.first(None, now, SETTLING)), (None, None));
    }

    #[test]
    fn a_pattern_is_kept_over_a_restart_and_a_missed_run_is_made_up_for() {
        // 2026-02-28T12:00Z, 13:00 in Berlin; the pattern means four in the morning there.
        let now = Timestamp::from_unix_ms(20_512 * 24 * 3_600_000 + 12 * 3_600_000);
        let nightly = TaskTrigger::Cron(Recurrence::parse("0 4 * * *", "Europe/Berlin").unwrap());
        let at_four = Some(Wait::Until(now.plus(HOUR * 15)));
        assert_eq!(nightly.next(now), at_four);
        assert_eq!(nightly.first(None, now, SETTLING), at_four, "nothing was missed yet");
        assert_eq!(
            nightly.first(Some(now.minus(HOUR * 9)), now, SETTLING),
            at_four,
            "it ran at four"
        );
        let missed = nightly.first(Some(now.minus(HOUR * 10)), now, SETTLING);
        assert_eq!(missed, Some(Wait::For(SETTLING)), "missed");
        let soon = now.plus(HOUR * 15).minus(Duration::from_secs(20));
        let missed = nightly.first(Some(now.minus(HOUR * 48)), soon, SETTLING);
        assert_eq!(missed, at_four, "not twice within a minute");
    }
}
