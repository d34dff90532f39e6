//! Puts back what a run of a schedule changed, at the time that the schedule names.
//!
//! It is the undo of the run's batch, so that TVs that somebody has commanded since are left alone.

use std::convert::Infallible;

use venue_domain::{
    Actor, BatchId, BatchRecord, Configuration, ItemChange, Locks, QueueView, RedoKind, RunOutcome,
    ScheduleRun, Timestamp, one_line,
};
use venue_routing::{Asker, Rejection};
use venue_schedule::{
    Due, DuePutBack, PendingPutBack, PutBackFate, Schedules, put_back_occurrence, schedule_of_batch,
};

use super::{
    present::{NotNow, Present, not_now},
    service::ScheduleService,
    told::{PutBackAnswer, restored},
};
use crate::{StoreHandle, VenueRouter, watch::Concern};

impl ScheduleService {
    /// Puts back what is due, and notes what can no longer be put back, or was by somebody.
    pub(super) async fn put_back_due(&self, present: Present) -> Result<(), NotNow> {
        let now = present.shown();
        let mut all_done = Ok(());
        let schedules = self.read(now);
        for due in schedules.put_backs_due(now) {
            // One that cannot be stored does not hold up the others.
            if self.put_back(&due, now).await.is_err() {
                all_done = Err(NotNow);
            }
        }
        for due in schedules.put_backs_after(now) {
            let pending = &due.pending;
            // While the store is down it says nothing of them; they are looked at again.
            let Ok(batch) = self.store.batch(pending.batch.clone()).await else { continue };
            let (outcome, detail) = match batch {
                None => (RunOutcome::Missed, GONE.to_owned()),
                Some(batch) => match self.put_back_by_hand(batch).await {
                    Some(detail) => (RunOutcome::Skipped, detail),
                    None => continue,
                },
            };
            let id = due.entry.definition.id.as_str();
            let detail = Some(detail);
            let run = ScheduleRun { outcome, detail, ..run(id, pending, now) };
            if self.settled(&due, run, now).await.is_err() {
                all_done = Err(NotNow);
            }
        }
        all_done
    }

    async fn put_back(&self, due: &DuePutBack, now: Timestamp) -> Result<(), NotNow> {
        let run = restore(&self.router, &self.store, due, now).await?;
        self.settled(due, run, now).await
    }

    /// Notes what became of a put back, after which it is no longer to come.
    async fn settled(
        &self,
        due: &DuePutBack,
        run: ScheduleRun,
        now: Timestamp,
    ) -> Result<(), NotNow> {
        let is_missed = run.outcome == RunOutcome::Missed;
        let concern = is_missed.then(|| missed(&run, &due.pending));
        self.note(vec![run]).await?;
        if let Some(concern) = concern {
            self.publisher.concern(concern);
        }
        let due = due.clone();
        let decide = move |all: &_| Ok::<_, Infallible>(done(&due, all, now));
        self.config_service.change(decide).await.map(drop).map_err(|_| NotNow)
    }

    /// Who took all of `batch` back before its time, in words; `None` if something of it is still to be put back.
    async fn put_back_by_hand(&self, batch: BatchRecord) -> Option<String> {
        let made = batch.undone_by?;
        let rest = self.router.would_redo(&self.store, &batch.id, RedoKind::Undo).await;
        if rest.unwrap_or(true) {
            return None;
        }
        let undo = self.store.batch(made.clone()).await.ok()?;
        let by = undo.and_then(|undo| undo.actor.name);
        let by = by.map_or_else(String::new, |name| format!(" by {name}"));
        Some(format!("it was put back before{by}, as batch {made}"))
    }

    /// The alerts about put backs of `schedule` that were missed are over: it fired again, or somebody has seen to it.
    pub(super) fn end_missed_put_backs(&self, schedule: &str) {
        for Concern { kind, about, .. } in self.publisher.concerns() {
            let own = about.filter(|batch| schedule_of_batch(batch) == Some(schedule));
            if let (Concern::PUT_BACK_MISSED, Some(batch)) = (kind, own) {
                self.publisher.one_is_over(kind, &batch);
            }
        }
    }

    /// Ends the alerts about put backs that somebody has done since, and about those of schedules that are gone.
    pub(super) async fn forget_missed_put_backs(&self, schedules: &Schedules) {
        let is_there =
            |batch: &str| schedule_of_batch(batch).is_some_and(|id| schedules.get(id).is_some());
        for Concern { kind, about, .. } in self.publisher.concerns() {
            let missed = about.filter(|_| kind == Concern::PUT_BACK_MISSED);
            let Some(batch) = missed else { continue };
            let found = match batch.parse::<BatchId>() {
                Ok(id) => self.store.batch(id).await.ok().flatten(),
                Err(_) => None,
            };
            if found.is_some_and(|found| found.undone_by.is_some()) || !is_there(&batch) {
                self.publisher.one_is_over(kind, &batch);
            }
        }
    }
}

/// The alert for a put back that nobody did.
fn missed(run: &ScheduleRun, pending: &PendingPutBack) -> Concern {
    let (id, batch, due) = (&run.schedule, &pending.batch, pending.due.local);
    Concern {
        kind: Concern::PUT_BACK_MISSED,
        about: Some(batch.to_string()),
        critical: false,
        summary: format!(
            "what the schedule {id} changed at {} was to be put back at {due}, and is not: {}",
            pending.run.local,
            run.detail.as_deref().unwrap_or(STAY)
        ),
        advice: "`venuectl batch undo BATCH`, if it is still wanted; the alert ends then, when the schedule runs again, and \
                 when it is changed or removed",
    }
}

/// Does what is due, and tells what became of it.
async fn restore(
    router: &VenueRouter,
    store: &StoreHandle,
    due: &DuePutBack,
    now: Timestamp,
) -> Result<ScheduleRun, NotNow> {
    let stays = |outcome, why: &str| (outcome, None, Some(why.to_owned()));
    let (outcome, batch_id, detail) = match due.fate {
        PutBackFate::Done => undo(router, store, due).await?,
        PutBackFate::Skipped => stays(RunOutcome::Skipped, STAY),
        PutBackFate::Paused => stays(RunOutcome::Skipped, PAUSED),
        PutBackFate::Missed => stays(RunOutcome::Missed, LATE),
    };
    let id = due.entry.definition.id.as_str();
    Ok(ScheduleRun { outcome, batch_id, detail, ..run(id, &due.pending, now) })
}

/// What is stored behind it, unless somebody has moved it meanwhile.
fn done(due: &DuePutBack, configuration: &Configuration, now: Timestamp) -> Vec<ItemChange> {
    let (schedules, _) = Schedules::read(configuration, now);
    let entry = schedules.get(due.entry.definition.id.as_str());
    let same = entry.filter(|entry| entry.plan.put_back.as_ref() == Some(&due.pending));
    same.map(|entry| entry.with_put_back(None)).into_iter().collect()
}

async fn undo(
    router: &VenueRouter,
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
        Err(Rejection::UnknownBatch { .. }) => {
            Ok((RunOutcome::Missed, None, Some(GONE.to_owned())))
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

/// The same where the schedule was paused.
const PAUSED: &str = "nothing was put back: the schedule was paused";

/// The same where it was too late.
const LATE: &str = "nothing was put back: nobody could do it at that time, and now it is later than the policy for missed runs \
                    allows";

/// The same where the run is not known any more.
const GONE: &str = "nothing was put back: the database does not have the batch of the run; an older backup was restored, or it \
                    was made anew";
