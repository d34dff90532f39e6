//! Which task runs next by itself.

use std::{collections::BTreeMap, future::pending, time::Duration};

use tokio::time::{Instant, sleep};
use venue_domain::{SystemTask, Timestamp};

use super::plan::{Wait, between};
use crate::clock::{LOOK, SystemClock};

/// What each task waits for that runs by itself.
#[derive(Debug, Default)]
pub(super) struct Due(BTreeMap<SystemTask, Moment>);

#[derive(Clone, Copy, Debug)]
enum Moment {
    /// On the monotonic clock.
    Passed(Instant),
    /// On the wall clock, which may be set meanwhile.
    Shown(Timestamp),
}

impl Moment {
    fn left(self, instant: Instant, shown: Timestamp) -> Duration {
        match self {
            Self::Passed(at) => at.saturating_duration_since(instant),
            Self::Shown(at) => between(shown, at),
        }
    }

    /// How long may be slept at once.
    fn nap(self, left: Duration) -> Duration {
        match self {
            Self::Passed(_) => left,
            Self::Shown(_) => left.min(LOOK),
        }
    }
}

impl Due {
    /// Lets `task` wait for this, from now on; `None` for no more by itself.
    pub(super) fn set(&mut self, task: SystemTask, wait: Option<Wait>) {
        let moment = match wait {
            Some(Wait::For(time)) => Moment::Passed(Instant::now() + time),
            Some(Wait::Until(at)) => Moment::Shown(at),
            None => {
                self.0.remove(&task);
                return;
            }
        };
        self.0.insert(task, moment);
    }

    /// The next task, when it is due.
    ///
    /// # Cancel safety
    /// Safe: it changes nothing.
    pub(super) async fn next(&self) -> SystemTask {
        loop {
            let step = self.step(Instant::now(), SystemClock.wall().for_calendar());
            match step {
                None => pending().await,
                Some(Step::Run(task)) => return task,
                Some(Step::Sleep(time)) => sleep(time).await,
            }
        }
    }

    fn step(&self, instant: Instant, shown: Timestamp) -> Option<Step> {
        let left =
            |(task, moment): (&SystemTask, &Moment)| (*task, *moment, moment.left(instant, shown));
        let all = self.0.iter().map(left);
        let (task, _, first) = all.clone().min_by_key(|(_, _, left)| *left)?;
        if first.is_zero() {
            return Some(Step::Run(task));
        }
        // The one that is due last may be due first once the clock is set.
        all.map(|(_, moment, left)| moment.nap(left)).min().map(Step::Sleep)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Run(SystemTask),
    Sleep(Duration),
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    #[test]
    fn a_clock_that_is_set_neither_repeats_nor_forgets_what_a_pattern_says() {
        let (instant, shown) = (Instant::now(), Timestamp::from_unix_ms(1_788_900_000_000));
        let mut due = Due::default();
        assert_eq!(due.step(instant, shown), None, "nothing wakes anybody");
        due.0.insert(SystemTask::Retention, Moment::Passed(instant + HOUR * 2));
        assert_eq!(due.step(instant, shown), Some(Step::Sleep(HOUR * 2)));
        due.set(SystemTask::LogCollection, Some(Wait::Until(shown.plus(HOUR * 3))));
        assert_eq!(due.step(instant, shown), Some(Step::Sleep(LOOK)), "the clock may be set");
        let nearly = shown.plus(HOUR * 3).minus(Duration::from_secs(5));
        let five = Some(Step::Sleep(Duration::from_secs(5)));
        assert_eq!(due.step(instant, nearly), five);
        // Set forward: it is due at once. Set back: not before its time.
        let run = Some(Step::Run(SystemTask::LogCollection));
        assert_eq!(due.step(instant, shown.plus(HOUR * 30)), run);
        assert_eq!(due.step(instant + HOUR, shown.minus(HOUR)), Some(Step::Sleep(LOOK)));
        // What runs every so often does not care.
        let retention = Some(Step::Run(SystemTask::Retention));
        assert_eq!(due.step(instant + HOUR * 2, shown.minus(HOUR)), retention);
        due.set(SystemTask::LogCollection, None);
        assert_eq!(due.step(instant, shown), Some(Step::Sleep(HOUR * 2)));
    }
}
