//! What is due now.

use crate::{
    Decision, LeftOut, Occurrence, PendingPutBack, PlanState, Run, ScheduleState, stored::stand,
};
use venue_domain::{BatchId, ItemChange, RunOutcome, ScheduleRun, Timestamp};

use crate::{Schedules, StoredSchedule};

/// What a schedule has to do now.
#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    /// Which schedule.
    pub entry: StoredSchedule,
    /// The occurrence that fires, under the name of its batch; `None` if none does.
    pub fires: Option<(Occurrence, BatchId)>,
    /// Whether what still waits of the run before has to be withdrawn first.
    pub supersede: bool,
    /// What is to be noted of occurrences that do not fire.
    pub unfired: Vec<UnfiredRun>,
    /// How far it is handled then.
    pub state: ScheduleState,
}

/// An occurrence that does not fire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnfiredRun {
    /// Which.
    pub occurrence: Occurrence,
    /// Why not.
    pub outcome: RunOutcome,
    /// What else is to be said.
    pub detail: Option<String>,
}

impl Schedules {
    /// What has to be done now. `is_running` says whether the batch of that name is not finished.
    ///
    /// Asked again before the state is stored, it says the same again: the batch has the same name,
    /// and a store takes it once.
    #[must_use]
    pub fn due(&self, is_running: impl Fn(&BatchId) -> bool, now: Timestamp) -> Vec<Due> {
        let decided = |entry: &StoredSchedule| {
            let before = entry.state.handled;
            let running = before.and_then(|local| batch_of(entry, &local.to_string()));
            let running = running.is_some_and(|batch| is_running(&batch));
            let decision = entry.schedule.decide(entry.state.clone(), running, now);
            due(entry, decision)
        };
        self.0.values().filter_map(decided).collect()
    }
}

fn due(entry: &StoredSchedule, decision: Decision) -> Option<Due> {
    let Decision { run, missed, state, wake: _ } = decision;
    if state == entry.state {
        return None;
    }
    let mut unfired = Vec::new();
    if let Some(missed) = missed {
        let more = missed.count.saturating_sub(1);
        let detail =
            (more > 0).then(|| format!("and {more} before it, since {}", missed.first.local));
        unfired.push(UnfiredRun { occurrence: missed.last, outcome: RunOutcome::Missed, detail });
    }
    let mut due = Due { entry: entry.clone(), fires: None, supersede: false, unfired, state };
    let left_out = |occurrence, outcome| UnfiredRun { occurrence, outcome, detail: None };
    match run {
        Run::Nothing => {}
        Run::Fire { occurrence, supersede } => {
            due.fires = batch_of(entry, &occurrence.local.to_string()).map(|id| (occurrence, id));
            due.supersede = supersede;
        }
        Run::LeftOut { occurrence, why } => {
            let detail = match why {
                LeftOut::Skipped => None,
                LeftOut::Exception => Some("its day is one of its exceptions".to_owned()),
                LeftOut::Holiday => Some("its day is a holiday".to_owned()),
            };
            due.unfired.push(UnfiredRun { detail, ..left_out(occurrence, RunOutcome::Skipped) });
        }
        Run::Overlapped(occurrence) => {
            due.unfired.push(left_out(occurrence, RunOutcome::Overlapped));
        }
    }
    Some(due)
}

/// The name of the batch of an occurrence: the same whoever fires it.
fn batch_of(entry: &StoredSchedule, local: &str) -> Option<BatchId> {
    format!("{PREFIX}{}_{local}", entry.definition.id).parse().ok()
}

/// The schedule whose run has this batch; nobody else can name one so.
#[must_use]
pub fn schedule_of_batch(batch: &str) -> Option<&str> {
    // No local time has a `_`, but an id may.
    batch.strip_prefix(PREFIX)?.rsplit_once('_').map(|(schedule, _)| schedule)
}

const PREFIX: &str = "sched_";

impl Due {
    /// The batch of the run before, if there was one.
    #[must_use]
    pub fn run_before(&self) -> Option<BatchId> {
        let local = self.entry.state.handled?;
        batch_of(&self.entry, &local.to_string())
    }

    /// What has to be stored of the schedule, which is `now`, once it is done. What it fired and sent, if `sent`, is
    /// to be put back where the schedule says so.
    #[must_use]
    pub fn change(&self, now: &StoredSchedule, sent: bool) -> ItemChange {
        let fired = self.fires.as_ref().filter(|_| sent);
        let pending = fired.and_then(|(run, batch)| {
            let due = now.schedule.put_back_of(*run)?;
            Some(PendingPutBack { run: *run, batch: batch.clone(), due, skip: false })
        });
        let plan = PlanState {
            put_back: pending.or_else(|| now.plan.put_back.clone()),
            ..now.plan.clone()
        };
        stand(now.definition.id.as_str(), self.state.clone(), &plan)
    }

    /// What is noted of `occurrence`.
    #[must_use]
    pub fn run(
        &self,
        occurrence: Occurrence,
        outcome: RunOutcome,
        detail: Option<String>,
        now: Timestamp,
    ) -> ScheduleRun {
        let fired = outcome == RunOutcome::Fired;
        ScheduleRun {
            schedule: self.entry.definition.id.to_string(),
            occurrence: occurrence.local.to_string(),
            due_at: occurrence.at,
            noted_at: now,
            outcome,
            batch_id: self.fires.as_ref().filter(|_| fired).map(|(_, id)| id.clone()),
            detail,
        }
    }
}

#[cfg(test)]
mod tests;
