//! Puts back what a run of a schedule changed, at the time that the schedule names.
//!
//! It is the undo of the run's batch, so that TVs that somebody has commanded since are left alone.

use venue_domain::{
    Actor, BatchId, Configuration, ItemChange, Locks, QueueView, RunOutcome, ScheduleRun,
    Timestamp, one_line,
};
use venue_routing::{Asker, Rejection};
use venue_schedule::{
    Due, DuePutBack, PendingPutBack, PutBackFate, Schedules, put_back_occurrence,
};

use super::{
    present::{NotNow, not_now},
    told::{PutBackAnswer, restored},
};
use crate::{DurableRouter, StoreHandle};

/// Does what is due, and tells what became of it.
pub(super) async fn restore(
    router: &DurableRouter,
    store: &StoreHandle,
    due: &DuePutBack,
    now: Timestamp,
) -> Result<ScheduleRun, NotNow> {
    let (outcome, batch_id, detail) = match due.fate {
        PutBackFate::Done => undo(router, store, due).await?,
        PutBackFate::Skipped => (RunOutcome::Skipped, None, Some(STAY.to_owned())),
        PutBackFate::Missed => (RunOutcome::Missed, None, Some(STAY.to_owned())),
    };
    let id = due.entry.definition.id.as_str();
    Ok(ScheduleRun { outcome, batch_id, detail, ..run(id, &due.pending, now) })
}

/// What is stored behind it, unless somebody has moved it meanwhile.
pub(super) fn done(
    due: &DuePutBack,
    configuration: &Configuration,
    now: Timestamp,
) -> Vec<ItemChange> {
    let (schedules, _) = Schedules::read(configuration, now);
    let entry = schedules.get(due.entry.definition.id.as_str());
    let same = entry.filter(|entry| entry.plan.put_back.as_ref() == Some(&due.pending));
    same.map(|entry| entry.with_put_back(None)).into_iter().collect()
}

async fn undo(
    router: &DurableRouter,
    store: &StoreHandle,
    due: &DuePutBack,
) -> Result<PutBackAnswer, NotNow> {
    let batch = &due.pending.batch;
    let name = format!("schedule:{}", due.entry.definition.id);
    if let Some(made) = restored_before(store, batch, &name).await? {
        return Ok((RunOutcome::Fired, Some(made), None));
    }
    let actor = Actor { name: Some(name), ..Actor::default() };
    let asker = Asker { actor, locks: Locks::Hold };
    match router.undo_batch(store, batch.clone(), asker).await {
        Ok(report) => Ok(restored(report)),
        Err(error @ (Rejection::Store { .. } | Rejection::StoreDown { .. })) => {
            Err(not_now(&error))
        }
        Err(error) => Ok((RunOutcome::Refused, None, Some(one_line(&error)))),
    }
}

/// What put `batch` back in the name of `maker`, before a kill between that and the note of it.
async fn restored_before(
    store: &StoreHandle,
    batch: &BatchId,
    maker: &str,
) -> Result<Option<BatchId>, NotNow> {
    let found = store.batch(batch.clone()).await.map_err(|_| NotNow)?;
    let Some(made) = found.and_then(|found| found.undone_by) else { return Ok(None) };
    let undo = store.batch(made.clone()).await.map_err(|_| NotNow)?;
    Ok(undo.filter(|undo| undo.actor.name.as_deref() == Some(maker)).map(|_| made))
}

/// What is noted of a put back that the run of `due` has overtaken.
pub(super) fn overtaken(due: &Due, pending: &PendingPutBack, now: Timestamp) -> ScheduleRun {
    let next = due.fires.as_ref().map(|(run, _)| run.local.to_string()).unwrap_or_default();
    let detail =
        format!("the run of {} was not put back: that of {next} began before", pending.run.local);
    ScheduleRun { detail: Some(detail), ..run(due.entry.definition.id.as_str(), pending, now) }
}

fn run(schedule: &str, pending: &PendingPutBack, now: Timestamp) -> ScheduleRun {
    ScheduleRun {
        schedule: schedule.to_owned(),
        occurrence: put_back_occurrence(pending.due.local),
        due_at: pending.due.at,
        noted_at: now,
        outcome: RunOutcome::Skipped,
        batch_id: None,
        detail: None,
    }
}

/// What is noted of a put back that is not done.
const STAY: &str = "nothing was put back";
