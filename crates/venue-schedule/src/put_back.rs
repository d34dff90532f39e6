//! Putting back what a run changed: when that is, and what becomes of it.

use jiff::Span;
use snafu::ensure;
use venue_domain::{EffectGroup, ItemChange, Timestamp};

use crate::{
    LocalTime, Occurrence, PendingPutBack, PlanState, PutBackError, Schedule, Schedules, StepWork,
    StoredSchedule, TimeOfDay,
    duration::show,
    stored::stand,
    time_of_day::{BeforeLastStepSnafu, NoZoneSnafu, NotBeforeNextSnafu, NothingToRestoreSnafu},
    zone::timestamp,
};

/// What becomes of a put back that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutBackFate {
    /// It is done.
    Done,
    /// It is left out because of the mark that was set on it.
    Skipped,
    /// It is left out because the schedule is paused.
    Paused,
    /// It is too late by the schedule's policy for missed runs.
    Missed,
}

/// A put back that is due.
#[derive(Clone, Debug, PartialEq)]
pub struct DuePutBack {
    /// Of which schedule.
    pub entry: StoredSchedule,
    /// Of which run.
    pub pending: PendingPutBack,
    /// What becomes of it.
    pub fate: PutBackFate,
}

impl Schedule {
    /// When the run of `run` is put back, if it ever is: at the first such time of day behind it.
    #[must_use]
    pub fn put_back_of(&self, run: Occurrence) -> Option<Occurrence> {
        let TimeOfDay(time) = self.put_back?;
        let zone = self.trigger.zone()?;
        let began = run.local.civil();
        let same_day = began.date().to_datetime(time);
        let next_day = || began.date().checked_add(Span::new().days(1)).ok();
        let local = if same_day > began { same_day } else { next_day()?.to_datetime(time) };
        let at = timestamp(zone.first_instant(local)?);
        Some(Occurrence { local: LocalTime::new(local), at })
    }

    /// Refuses a time at which nothing could be put back.
    pub(crate) fn check_put_back(&self) -> Result<(), PutBackError> {
        if self.put_back.is_none() {
            return Ok(());
        }
        ensure!(self.trigger.zone().is_some(), NoZoneSnafu);
        let restores = |work: &StepWork| match work {
            StepWork::Preset(_) => true,
            StepWork::Action(action) => matches!(
                action.effect_group(),
                Some(
                    EffectGroup::Power
                        | EffectGroup::Input
                        | EffectGroup::Channel
                        | EffectGroup::Mute
                )
            ),
        };
        let planned = self.steps.planned();
        ensure!(planned.iter().any(|step| restores(&step.work)), NothingToRestoreSnafu);
        let first = self.trigger.next_after(Timestamp::default());
        let runs = std::iter::successors(first, |last| self.trigger.next_after(last.at));
        let runs: Vec<Occurrence> = runs.take(COMPARED_RUNS).collect();
        let lasts = self.steps.lasts();
        for (place, began) in runs.iter().enumerate() {
            let Some(due) = self.put_back_of(*began) else { continue };
            let time = |of: &Occurrence| TimeOfDay(of.local.civil().time());
            let (run, put_back) = (time(began), time(&due));
            let between = due.local.civil().duration_since(began.local.civil()).unsigned_abs();
            ensure!(lasts < between, BeforeLastStepSnafu { run, put_back, lasts: show(lasts) });
            if let Some(next) = runs.get(place + 1).filter(|next| due.local >= next.local) {
                return NotBeforeNextSnafu { run, put_back, next: time(next) }.fail();
            }
        }
        Ok(())
    }
}

impl PendingPutBack {
    /// It, as `schedule` says now: at another time, or not at all.
    pub(crate) fn under(self, schedule: &Schedule) -> Option<Self> {
        Some(Self { due: schedule.put_back_of(self.run)?, ..self })
    }
}

impl Schedules {
    /// The put backs that are due.
    #[must_use]
    pub fn put_backs_due(&self, now: Timestamp) -> Vec<DuePutBack> {
        let of_entry = |entry: &StoredSchedule| {
            let pending = entry.plan.put_back.as_ref().filter(|it| it.due.at <= now)?.clone();
            let fate = if entry.state.paused {
                PutBackFate::Paused
            } else if pending.skip {
                PutBackFate::Skipped
            } else if entry.schedule.is_in_time(pending.due, now) {
                PutBackFate::Done
            } else {
                PutBackFate::Missed
            };
            Some(DuePutBack { entry: entry.clone(), pending, fate })
        };
        self.entries().filter_map(of_entry).collect()
    }

    /// The put backs that are to come later.
    #[must_use]
    pub fn put_backs_after(&self, now: Timestamp) -> Vec<DuePutBack> {
        let of_entry = |entry: &StoredSchedule| {
            let pending = entry.plan.put_back.as_ref().filter(|it| it.due.at > now)?.clone();
            Some(DuePutBack { entry: entry.clone(), pending, fate: PutBackFate::Done })
        };
        self.entries().filter_map(of_entry).collect()
    }
}

impl StoredSchedule {
    /// The change after which `put_back` is what is to be put back.
    #[must_use]
    pub fn with_put_back(&self, put_back: Option<PendingPutBack>) -> ItemChange {
        let plan = PlanState { put_back, ..self.plan.clone() };
        stand(self.definition.id.as_str(), self.state.clone(), &plan)
    }
}

/// So many runs one after the other are compared: more than any pattern needs to show how dense it is.
const COMPARED_RUNS: usize = 64;

/// The name of a put back among the runs of its schedule: that of its time, and what it is.
#[must_use]
pub fn put_back_occurrence(due: LocalTime) -> String {
    format!("{due}{PUT_BACK}")
}

/// The time of a put back that is named so; `None` for a run.
#[must_use]
pub fn of_put_back(occurrence: &str) -> Option<&str> {
    occurrence.strip_suffix(PUT_BACK)
}

const PUT_BACK: &str = " put back";

#[cfg(test)]
mod tests;
