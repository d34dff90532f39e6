//! What a schedule does now: a pure function of what it is, what was handled, and the time.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use venue_domain::Timestamp;

use crate::{
    LeftOut, LocalTime, MissedPolicy, ON_TIME_TOLERANCE, Occurrence, OverlapPolicy, Schedule,
    Trigger,
};

/// What a service remembers of a schedule between two decisions.
///
/// An occurrence is handled when it was fired, left out or reported; those after it in local time are
/// not. As the key is the local time, a wall clock that jumps back fires nothing twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "StoredState")]
pub struct ScheduleState {
    /// When the schedule was made, last changed or last resumed: nothing was due before.
    pub since: Timestamp,
    /// The last occurrence that was handled.
    pub handled: Option<LocalTime>,
    /// Nothing fires and nothing is missed.
    pub paused: bool,
    /// The occurrences that are to be left out.
    pub skips: BTreeSet<LocalTime>,
    /// Of those that are left out, the ones that come at another time, each with the id of the schedule that runs in its
    /// place.
    pub moved: BTreeMap<LocalTime, String>,
}

/// The state as it is stored, also by versions that could leave out one occurrence only, or that knew what was moved by
/// the id of its schedule alone (see [`crate::Schedules::read`]).
#[derive(Deserialize)]
struct StoredState {
    since: Timestamp,
    #[serde(default)]
    handled: Option<LocalTime>,
    #[serde(default)]
    paused: bool,
    #[serde(default)]
    skip: Option<LocalTime>,
    #[serde(default)]
    skips: BTreeSet<LocalTime>,
    #[serde(default)]
    moved: BTreeMap<LocalTime, String>,
}

impl From<StoredState> for ScheduleState {
    fn from(stored: StoredState) -> Self {
        let StoredState { since, handled, paused, skip, skips, moved } = stored;
        Self { since, handled, paused, skips: skips.into_iter().chain(skip).collect(), moved }
    }
}

/// What to do now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What becomes of the occurrence that is due.
    pub run: Run,
    /// What was due before and did not run.
    pub missed: Option<Missed>,
    /// What to remember: stored before the run leaves, or in the same transaction.
    pub state: ScheduleState,
    /// When to decide again, whatever happens; `None` if there is nothing to wait for.
    pub wake: Option<Timestamp>,
}

/// What becomes of the occurrence that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Run {
    /// Nothing is due.
    Nothing,
    /// It fires.
    Fire {
        /// The occurrence.
        occurrence: Occurrence,
        /// What still waits of the run before is to be superseded first.
        supersede: bool,
    },
    /// It is left out because of the mark that was set on it, or because of its day.
    LeftOut {
        /// The occurrence.
        occurrence: Occurrence,
        /// Why.
        why: LeftOut,
    },
    /// It is left out because the run before is not finished.
    Overlapped(Occurrence),
}

/// Runs that did not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missed {
    /// How many; [`Missed::MAX_COUNTED`] stands for that many or more.
    pub count: u32,
    /// The first of them.
    pub first: Occurrence,
    /// The last of them.
    pub last: Occurrence,
}

impl Missed {
    /// Nobody reads further, and a year of minutes would cost a second to count.
    pub const MAX_COUNTED: u32 = 1_000;
}

impl ScheduleState {
    /// Of a schedule that is new or has a new trigger.
    #[must_use]
    pub const fn new(now: Timestamp) -> Self {
        Self {
            since: now,
            handled: None,
            paused: false,
            skips: BTreeSet::new(),
            moved: BTreeMap::new(),
        }
    }

    /// From now on nothing fires.
    #[must_use]
    pub fn pause(self) -> Self {
        Self { paused: true, ..self }
    }

    /// As it would be without its pause.
    pub(crate) fn without_pause(self) -> Self {
        Self { paused: false, ..self }
    }

    /// What was due during the pause is neither fired nor missed.
    #[must_use]
    pub fn resume(self, now: Timestamp) -> Self {
        let since = if self.paused { self.since.max(now) } else { self.since };
        Self { since, paused: false, ..self }
    }

    /// Marks an occurrence to be left out.
    #[must_use]
    pub fn skip(mut self, local: LocalTime) -> Self {
        self.skips.insert(local);
        self
    }

    /// Takes the mark off again.
    #[must_use]
    pub fn unskip(mut self, local: LocalTime) -> Self {
        self.skips.remove(&local);
        self.moved.remove(&local);
        self
    }

    /// Leaves an occurrence out, since the schedule `to` runs in its place.
    #[must_use]
    pub fn move_to(mut self, local: LocalTime, to: String) -> Self {
        self.moved.insert(local, to);
        self.skip(local)
    }

    /// The next occurrence that is neither past nor handled, also one that is left out; `None` also while paused.
    #[must_use]
    pub fn next(&self, schedule: &Schedule, now: Timestamp) -> Option<Occurrence> {
        if self.paused {
            return None;
        }
        schedule.next_after(self.handled_until(&schedule.trigger).max(now))
    }

    /// Why an occurrence of `schedule` is left out.
    #[must_use]
    pub fn left_out(&self, schedule: &Schedule, local: LocalTime) -> Option<LeftOut> {
        let is_skipped = self.skips.contains(&local);
        if is_skipped { Some(LeftOut::Skipped) } else { schedule.days.left_out(local) }
    }

    /// How far the last handled occurrence lies ahead of the clock, which was set back since. Worth an
    /// alert when it is much: the schedule is silent until then, or until it starts over with
    /// [`ScheduleState::new`].
    #[must_use]
    pub fn ahead_of(&self, trigger: &Trigger, now: Timestamp) -> Duration {
        let ms = self.handled_until(trigger).unix_ms().saturating_sub(now.unix_ms());
        Duration::from_millis(u64::try_from(ms).unwrap_or(0))
    }

    /// Up to when everything is handled. Also far ahead of a clock that was set back.
    fn handled_until(&self, trigger: &Trigger) -> Timestamp {
        let handled = self.handled.and_then(|handled| trigger.instant_of(handled));
        handled.map_or(self.since, |handled| handled.max(self.since))
    }
}

impl Schedule {
    /// What to do now; `running` says that the run before is not finished.
    ///
    /// Never more than one run, however long nobody asked.
    #[must_use]
    pub fn decide(&self, state: ScheduleState, running: bool, now: Timestamp) -> Decision {
        let handled_until = state.handled_until(&self.trigger);
        let wake = state.next(self, now).map(|next| next.at);
        let due = self.previous_before(now.plus(Duration::from_millis(1)));
        let due = due.filter(|due| due.at > handled_until && !state.paused);
        let Some(due) = due else {
            return Decision { run: Run::Nothing, missed: None, state, wake };
        };
        let run = self.run(due, &state, running, now);
        let until = if run == Run::Nothing { due.at.plus(ONE_MS) } else { due.at };
        let missed = self.missed(handled_until, until, &state);
        let mut state = ScheduleState { handled: Some(due.local), ..state };
        state.skips.retain(|skip| *skip > due.local);
        state.moved.retain(|run, _| *run > due.local);
        Decision { run, missed, state, wake }
    }

    /// What becomes of the latest occurrence that is due; nothing if it is missed.
    fn run(&self, due: Occurrence, state: &ScheduleState, running: bool, now: Timestamp) -> Run {
        if let Some(why) = state.left_out(self, due.local) {
            return Run::LeftOut { occurrence: due, why };
        }
        match (self.is_in_time(due, now), running, self.overlap) {
            (false, _, _) => Run::Nothing,
            (true, true, OverlapPolicy::Skip) => Run::Overlapped(due),
            (true, _, OverlapPolicy::Skip | OverlapPolicy::Supersede) => {
                Run::Fire { occurrence: due, supersede: running }
            }
        }
    }

    /// Whether what is due may still be done by the policy for missed runs.
    pub(crate) fn is_in_time(&self, due: Occurrence, now: Timestamp) -> bool {
        let late = now.minus(ON_TIME_TOLERANCE) > due.at;
        match self.missed {
            MissedPolicy::Skip => !late,
            MissedPolicy::RunOnceWithin(within) => !late || now.minus(within) <= due.at,
        }
    }

    /// The occurrences after `after` and before `before`, but for those that were to be left out.
    fn missed(&self, after: Timestamp, before: Timestamp, state: &ScheduleState) -> Option<Missed> {
        let wanted = |occurrence: &Occurrence| state.left_out(self, occurrence.local).is_none();
        let following = |at| self.next_after(at).filter(|next| next.at < before);
        let mut all =
            std::iter::successors(following(after), |last| following(last.at)).filter(wanted);
        let first = all.next()?;
        let counted = all.take(Missed::MAX_COUNTED as usize - 1).count();
        let preceding = |at| self.previous_before(at);
        let mut back = std::iter::successors(preceding(before), |last| preceding(last.at));
        let last = back.find(wanted).unwrap_or(first);
        Some(Missed {
            count: u32::try_from(counted).map_or(u32::MAX, |more| more + 1),
            first,
            last,
        })
    }
}

/// The smallest step of a timestamp.
pub(crate) const ONE_MS: Duration = Duration::from_millis(1);

#[cfg(test)]
mod tests;
