//! The schedules of the running daemon: what HTTP shows and edits, and the task that fires them.
//!
//! A firing is a batch whose name is that of its occurrence, so that whatever happens between the
//! batch and the note that it fired, it is taken once.

mod present;
mod put_back;
mod service;
mod targets;
mod told;

use std::{collections::HashSet, convert::Infallible, time::Duration};

use tokio::{
    select,
    time::{Instant, sleep_until},
};
use uuid::Uuid;
use venue_domain::{
    Actor, BatchId, BoxFuture, Clock, QueueView, RunLog, RunOutcome, ScheduleRun, StoreError,
    Timestamp, one_line,
};
use venue_http::{
    Applied, Apply, ApplyRejection, PlanTurn, ScheduleControl, SchedulePlan, ScheduleRejection,
    ScheduleRunAnswer,
};
use venue_registry::{forget_accepted, forget_open};
use venue_routing::{Firing, Rejection, TargetSteps};
use venue_schedule::{
    Due, Planner, ScheduleEdit, ScheduleEditError, Schedules, StoredSchedule, of_put_back,
};

use self::{
    present::{NotNow, Present, not_now, shown, until},
    put_back::overtaken,
    told::{left_out, log_run, undecided_ports},
};
use crate::{
    clock::{LOOK, SystemClock},
    configuration::{ChangeError, Changed},
    registry::disinherit,
    watch::Concern,
};

pub(crate) use self::service::ScheduleService;
use self::targets::Targets;

/// More than wait in any venue.
const MOST_OPEN: u32 = 20_000;

/// After a firing that could not be stored, so long until the next try.
const AGAIN: Duration = Duration::from_secs(1);

impl ScheduleService {
    /// Fires what is due, for good.
    ///
    /// # Cancel safety
    /// A batch that was handed to the store may be stored; it is not fired again.
    pub(crate) async fn run(&self) -> Infallible {
        let mut changes = self.config_service.watch();
        let mut opened = self.store.opened();
        let mut clock = SystemClock.watch();
        loop {
            let present = Present::read();
            let put_back = self.put_back_due(present).await;
            let schedules = self.read(present.shown());
            self.forget_alerts(&schedules);
            self.forget_missed_put_backs(&schedules).await;
            let all_done = self.fire_due(&schedules, present).await.and(put_back);
            // What has fired meanwhile may have to be put back.
            let next = match (all_done, self.read(present.shown()).wake(shown())) {
                (Err(NotNow), _) => Some(AGAIN),
                (Ok(()), Some(at)) => Some(until(at).min(LOOK)),
                (Ok(()), None) => None,
            };
            let timer = async {
                match next {
                    Some(wait) => sleep_until(Instant::now() + wait).await,
                    None => std::future::pending().await,
                }
            };
            select! {
                () = timer => {}
                // The senders live in what this holds, and in the process.
                _ = changes.changed() => {}
                _ = opened.changed() => {}
                _ = clock.changed() => {}
                () = self.undone.notified() => {}
            }
        }
    }

    fn read(&self, now: Timestamp) -> Schedules {
        let (schedules, problems) = Schedules::read(&self.config_service.now(), now);
        for problem in problems {
            tracing::warn!(%problem, "a schedule cannot be used");
        }
        schedules
    }

    /// Ends the alerts of schedules that are gone, however they went: with a document as well as by themselves.
    fn forget_alerts(&self, schedules: &Schedules) {
        for Concern { kind, about, .. } in self.publisher.concerns() {
            let is_one = [Concern::SCHEDULE_REFUSED, Concern::SCHEDULE_DISPLACED].contains(&kind);
            let gone = about.filter(|id| is_one && schedules.get(id).is_none());
            if let Some(gone) = gone {
                self.publisher.one_is_over(kind, &gone);
            }
        }
    }

    async fn fire_due(&self, schedules: &Schedules, present: Present) -> Result<(), NotNow> {
        let now = present.shown();
        let candidates = schedules.due(|_| false, now);
        let mut running = HashSet::new();
        for batch in candidates.iter().filter_map(Due::run_before) {
            if self.is_running(&batch).await? {
                running.insert(batch);
            }
        }
        let mut all_done = Ok(());
        for due in schedules.due(|batch| running.contains(batch), now) {
            // One that cannot be stored does not hold up the others.
            if self.handle(&due, present).await.is_err() {
                all_done = Err(NotNow);
            }
        }
        all_done
    }

    async fn is_running(&self, batch: &BatchId) -> Result<bool, NotNow> {
        let found = self.store.batch(batch.clone()).await.map_err(|_| NotNow)?;
        Ok(found.is_some_and(|batch| batch.finished_at.is_none()))
    }

    /// Does what is due of one schedule, and stores that it is done.
    async fn handle(&self, due: &Due, present: Present) -> Result<(), NotNow> {
        let now = present.shown();
        let mut runs: Vec<ScheduleRun> = due
            .unfired
            .iter()
            .map(|told| due.run(told.occurrence, told.outcome, told.detail.clone(), now))
            .collect();
        let mut sent = false;
        if let Some((occurrence, batch)) = &due.fires {
            if let Some(before) = due.run_before().filter(|_| due.supersede) {
                self.router.cancel_batch(before).await.map_err(|error| not_now(&error))?;
            }
            let due_at = present.in_venue_time(occurrence.at);
            let (outcome, detail) = self.fire(&due.entry, batch.clone(), due_at).await?;
            sent = outcome == RunOutcome::Fired && detail.as_deref() != Some(NOTHING_TO_SEND);
            runs.push(due.run(*occurrence, outcome, detail, now));
            runs.extend(
                due.entry.plan.put_back.as_ref().filter(|_| sent).map(|it| overtaken(due, it, now)),
            );
        }
        self.note(runs).await?;
        self.settle(due, sent).await
    }

    /// Stores what became of runs, and tells it.
    async fn note(&self, mut runs: Vec<ScheduleRun>) -> Result<(), NotNow> {
        // How long it is kept is counted in venue time.
        runs.iter_mut().for_each(|run| run.noted_at = SystemClock.now());
        self.store.note_runs(runs.clone()).await.map_err(|_| NotNow)?;
        for run in &runs {
            log_run(run);
            self.publisher.run(run);
            if run.outcome == RunOutcome::Refused {
                self.publisher.concern(refusal(run));
            }
            if run.outcome == RunOutcome::Fired && of_put_back(&run.occurrence).is_none() {
                self.end_missed_put_backs(&run.schedule);
            }
        }
        Ok(())
    }

    async fn fire(
        &self,
        entry: &StoredSchedule,
        batch: BatchId,
        due: Timestamp,
    ) -> Result<(RunOutcome, Option<String>), NotNow> {
        let id = &entry.definition.id;
        let actor = Actor { name: Some(format!("schedule:{id}")), ..Actor::default() };
        let (targets, _turn) = match self.targets(entry).await.map_err(|_| NotNow)? {
            Ok(targets) => targets,
            Err(detail) => return Ok((RunOutcome::Refused, Some(detail))),
        };
        if targets.steps.is_empty() {
            return Ok(match targets.undecided.is_empty() {
                // All is as it should be.
                true => (RunOutcome::Fired, Some(NOTHING_TO_SEND.to_owned())),
                false => (RunOutcome::Refused, Some(undecided_ports(&targets.undecided))),
            });
        }
        let undecided = targets.undecided.len();
        let firing = firing(entry, targets, batch, due, actor);
        match self.router.fire(Firing { scheduled: true, ..firing }).await {
            Ok(answer) => {
                let is_fired = !answer.accepted.is_empty();
                let outcome = if is_fired { RunOutcome::Fired } else { RunOutcome::Refused };
                Ok((outcome, left_out(&answer, undecided)))
            }
            Err(Rejection::BatchExists { batch }) => self.taken(id.as_str(), batch).await,
            Err(error @ (Rejection::Store { .. } | Rejection::StoreDown { .. })) => {
                Err(not_now(&error))
            }
            Err(error) => Ok((RunOutcome::Refused, Some(one_line(&error)))),
        }
    }

    /// A batch of the name of an occurrence is there: this one's from before, not noted, or one that
    /// somebody else made.
    async fn taken(
        &self,
        schedule: &str,
        batch: BatchId,
    ) -> Result<(RunOutcome, Option<String>), NotNow> {
        let found = self.store.batch(batch.clone()).await.map_err(|_| NotNow)?;
        let maker = found.and_then(|found| found.actor.name);
        if maker.as_ref() == Some(&format!("schedule:{schedule}")) {
            return Ok((RunOutcome::Fired, None));
        }
        let maker = maker.unwrap_or_else(|| "somebody without a name".to_owned());
        let detail = format!("nothing was sent: {maker} made a batch of the name {batch} before");
        self.publisher.concern(Concern {
            kind: Concern::SCHEDULE_DISPLACED,
            about: Some(schedule.to_owned()),
            critical: false,
            summary: detail.clone(),
            advice: "`venuectl schedule run ID`, if it is still wanted; the alert ends with its next run",
        });
        Ok((RunOutcome::Missed, Some(detail)))
    }

    /// What a run of `entry` does, for those TVs that its selectors mean now, or why it does nothing; and the turn in
    /// which it has to be stored, where it depends on what is assumed of the TVs.
    async fn targets(
        &self,
        entry: &StoredSchedule,
    ) -> Result<Result<(Targets, Option<PlanTurn>), String>, StoreError> {
        let (mut assumed, mut turn) = (Vec::new(), None);
        if targets::has_preset(entry) {
            turn = Some(self.turns.take().await?);
            // In this order: what ends between the two reads was open, and is in the state besides.
            let open = self.store.current_commands(MOST_OPEN).await?;
            let lately = self.router.accepted_lately();
            assumed = self.store.port_status(None).await?;
            forget_open(&mut assumed, &open);
            forget_accepted(&mut assumed, &lately);
        }
        let targets = targets::targets(entry, &self.registry.registry(), assumed);
        Ok(targets.map(|targets| (targets, turn)))
    }

    /// Stores how far the schedule is handled, unless somebody changed it meanwhile.
    async fn settle(&self, due: &Due, sent: bool) -> Result<(), NotNow> {
        let due = due.clone();
        let decide = move |configuration: &venue_domain::Configuration| {
            let before = due.entry.state.clone();
            let (schedules, _) = Schedules::read(configuration, before.since);
            let now = schedules.get(due.entry.definition.id.as_str());
            let same = now.filter(|entry| entry.state == before);
            Ok::<_, Infallible>(same.map(|entry| due.change(entry, sent)).into_iter().collect())
        };
        self.config_service.change(decide).await.map(drop).map_err(|_| NotNow)
    }

    async fn edited(
        &self,
        edit: ScheduleEdit,
        planner: Planner,
    ) -> Result<Schedules, ScheduleRejection> {
        let (registry, now, id) = (self.registry.registry(), shown(), edit.id().to_owned());
        let decide = move |all: &_| edit.decide(all, &registry, &planner, now);
        let changed = self.config_service.change(decide).await;
        let Changed { configuration, .. } = changed.map_err(|error| match error {
            ChangeError::Refused { source } => ScheduleRejection::Edit { error: source },
            ChangeError::Store { source } => ScheduleRejection::Store { error: source },
        })?;
        for kind in [Concern::SCHEDULE_REFUSED, Concern::SCHEDULE_DISPLACED] {
            self.publisher.one_is_over(kind, &id);
        }
        self.end_missed_put_backs(&id);
        Ok(Schedules::read(&configuration, now).0)
    }

    /// What running it now would send. Nothing is stored.
    async fn previewed(&self, id: String) -> Result<SchedulePlan, ScheduleRejection> {
        let present = Present::read();
        let schedules = self.read(present.shown());
        let unknown =
            || ScheduleRejection::Edit { error: ScheduleEditError::NotFound { id: id.clone() } };
        let entry = schedules.get(&id).ok_or_else(unknown)?;
        let targets = self.targets(entry).await;
        let targets = targets.map_err(|error| ScheduleRejection::Store { error })?;
        let (mut targets, _turn) =
            targets.map_err(|detail| ScheduleRejection::NoTarget { detail })?;
        let mut plan = SchedulePlan {
            undecided: targets.undecided.clone(),
            unchanged: std::mem::take(&mut targets.unchanged),
            unmatched: std::mem::take(&mut targets.unmatched),
            ..SchedulePlan::default()
        };
        let firing = firing(entry, targets, BatchId::generate(), present.venue, Actor::default());
        plan.rejected = self.router.check_fire(&firing).rejected;
        let sent = |TargetSteps { target, steps }: TargetSteps| {
            (target, steps.into_iter().map(|(_, action)| action).collect())
        };
        plan.targets = firing.targets.into_iter().map(sent).collect();
        Ok(plan)
    }

    async fn run_by_hand(
        &self,
        id: String,
        actor: Actor,
    ) -> Result<ScheduleRunAnswer, ScheduleRejection> {
        let present = Present::read();
        let schedules = self.read(present.shown());
        let unknown =
            || ScheduleRejection::Edit { error: ScheduleEditError::NotFound { id: id.clone() } };
        let entry = schedules.get(&id).ok_or_else(unknown)?;
        // The last bytes of a UUIDv7 are random.
        let random = Uuid::now_v7().as_u128() as u32;
        let name = format!("manual_{id}_{random:08x}");
        let batch = name.parse().map_err(|_| unknown())?;
        let targets = self.targets(entry).await;
        let targets = targets.map_err(|error| ScheduleRejection::Store { error })?;
        let (mut targets, _turn) =
            targets.map_err(|detail| ScheduleRejection::NoTarget { detail })?;
        let answer = ScheduleRunAnswer {
            batch: None,
            ports: targets.steps.iter().map(|one| one.target.clone()).collect(),
            undecided: targets.undecided.clone(),
            unchanged: std::mem::take(&mut targets.unchanged),
            unmatched: std::mem::take(&mut targets.unmatched),
        };
        if answer.ports.is_empty() {
            return Ok(answer);
        }
        let firing = firing(entry, targets, batch, present.venue, actor);
        let fired = self.router.fire(firing).await;
        let fired =
            fired.map_err(|error| ScheduleRejection::Rejected { rejection: Box::new(error) })?;
        Ok(ScheduleRunAnswer { batch: Some(fired), ..answer })
    }
}

/// The alert for a run that could do nothing.
fn refusal(run: &ScheduleRun) -> Concern {
    let why = run.detail.as_deref().unwrap_or("no TV could be accepted");
    let at = of_put_back(&run.occurrence);
    let what = at.map_or("sent nothing", |_| "could put nothing back");
    let at = at.unwrap_or(&run.occurrence);
    Concern {
        kind: Concern::SCHEDULE_REFUSED,
        about: Some(run.schedule.clone()),
        critical: false,
        summary: format!("the schedule {} {what} at {at}: {why}", run.schedule),
        advice: "`venuectl schedule get ID` shows what it names; mend that, then `venuectl schedule run ID` if it is \
                 still wanted; the alert ends when a run fires or the schedule is changed",
    }
}

/// A run of `entry` that was due at `due` of venue time.
fn firing(
    entry: &StoredSchedule,
    targets: Targets,
    batch: BatchId,
    due: Timestamp,
    actor: Actor,
) -> Firing {
    Firing {
        batch,
        refused: targets.undecided.len(),
        targets: targets.steps,
        due,
        scheduled: false,
        actor,
        notes: entry.definition.name.clone(),
    }
}

/// What is noted of a run for which all TVs are as they should be.
const NOTHING_TO_SEND: &str = "every TV is as the preset says: nothing was sent";

impl ScheduleService {
    async fn applied(&self, apply: Apply) -> Result<Applied, ApplyRejection> {
        let Apply { document, prune, expected, dry_run } = apply;
        let (base, now) = (self.registry.base(), shown());
        if dry_run {
            let known = self.config_service.now();
            let decided = document.decide(&known, &base, prune, expected, now);
            decided.map_err(|error| ApplyRejection::Document { error })?;
            return Ok(Applied { revision: known.revision, withdrawn: 0 });
        }
        let changed = self.config_service.change(move |configuration| {
            let decided = document.decide(configuration, &base, prune, expected, now);
            decided.map(|changes| disinherit(configuration, changes, &base))
        });
        let Changed { configuration, withdrawn } = changed.await.map_err(|error| match error {
            ChangeError::Refused { source } => ApplyRejection::Document { error: source },
            ChangeError::Store { source } => ApplyRejection::Store { error: source },
        })?;
        let down = |_| ApplyRejection::Store { error: StoreError::Unavailable };
        self.registry.in_place(configuration.revision).await.map_err(down)?;
        Ok(Applied { revision: configuration.revision, withdrawn })
    }
}

impl ScheduleControl for ScheduleService {
    fn schedules(&self) -> Schedules {
        Schedules::read(&self.config_service.now(), shown()).0
    }

    fn batch_undone(&self) {
        self.undone.notify_one();
    }

    fn edit(
        &self,
        edit: ScheduleEdit,
        planner: Planner,
    ) -> BoxFuture<'_, Result<Schedules, ScheduleRejection>> {
        Box::pin(self.edited(edit, planner))
    }

    fn preview(&self, id: String) -> BoxFuture<'_, Result<SchedulePlan, ScheduleRejection>> {
        Box::pin(self.previewed(id))
    }

    fn apply(&self, apply: Apply) -> BoxFuture<'_, Result<Applied, ApplyRejection>> {
        Box::pin(self.applied(apply))
    }

    fn run(
        &self,
        id: String,
        actor: Actor,
    ) -> BoxFuture<'_, Result<ScheduleRunAnswer, ScheduleRejection>> {
        Box::pin(self.run_by_hand(id, actor))
    }

    fn runs(
        &self,
        id: String,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<ScheduleRun>, ScheduleRejection>> {
        let unread = |error: StoreError| ScheduleRejection::Store { error };
        Box::pin(async move { self.store.runs(id, limit).await.map_err(unread) })
    }
}
