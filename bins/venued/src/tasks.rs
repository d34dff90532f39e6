//! What the venue does for itself: sweeps, checks, logs, retention. One at a time, behind everything
//! that somebody waits for.
//!
//! No task opens a session of its own: the sweep and the check read what the sessions know, and the log
//! comes over the session that there is. How a task ended last is stored, so that a daemon that is started
//! often does not put its tasks off for good.

mod due;
mod firmware;
mod log;
mod reports;
mod rhythm;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use esphome_pool::Pool;
use serde_json::{Value, json};
use tokio::{select, sync::mpsc, time::sleep};
use venue_api::{SystemTaskStatus, UtcTime};
use venue_domain::{
    Actor, AuditStore, BoxFuture, Clock, DailyFigures, FiguresQuery, Hostname, LogLine, StoreError,
    SystemStore, SystemTask, TaskRun, Timestamp,
};
use venue_http::{SystemControl, SystemRefusal};
use venue_queue::Retention;

use crate::{DurableRouter, LateStore, clock::SystemClock};

use due::Due;
use rhythm::Wait;

pub use rhythm::Rhythm;

/// When a task runs by itself, and what it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskPlan {
    /// When each task runs; those that are not named run when they are asked for.
    pub rhythms: BTreeMap<SystemTask, Rhythm>,
    /// How long finished commands are kept.
    pub detail: Duration,
    /// How long daily figures and the audit trail are kept.
    pub aggregates: Duration,
}

/// Between two slices of the audit trail, so long: whoever stores comes between.
const BREATH: Duration = Duration::from_millis(20);

/// Runs tasks. Clones share it.
#[derive(Clone)]
pub(crate) struct Tasks(Arc<Inner>);

struct Inner {
    plan: TaskPlan,
    router: Arc<DurableRouter>,
    pool: Arc<Pool>,
    store: LateStore,
    wanted: mpsc::Sender<SystemTask>,
    known: Mutex<BTreeMap<SystemTask, Known>>,
}

#[derive(Clone, Debug, Default)]
struct Known {
    last_run: Option<Timestamp>,
    next_run: Option<Timestamp>,
    /// Somebody asked for it, and it waits for its turn.
    waiting: bool,
    running: bool,
    result: Value,
    failed: bool,
}

impl std::fmt::Debug for Tasks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tasks").finish_non_exhaustive()
    }
}

impl Tasks {
    /// With the future that runs them, for good.
    pub(crate) fn new(
        plan: TaskPlan,
        router: Arc<DurableRouter>,
        pool: Arc<Pool>,
        store: LateStore,
    ) -> (Self, impl Future<Output = ()> + Send + 'static) {
        // One place for each task, and none is in it twice: it is never full.
        let (wanted, inbox) = mpsc::channel(SystemTask::ALL.len());
        let known = Mutex::default();
        let tasks = Self(Arc::new(Inner { plan, router, pool, store, wanted, known }));
        let running = tasks.clone().serve(inbox);
        (tasks, running)
    }

    async fn serve(self, mut inbox: mpsc::Receiver<SystemTask>) {
        let mut opened = self.0.store.opened();
        let mut remembered = false;
        let mut due = Due::default();
        for task in SystemTask::ALL {
            self.plan_next(task, &mut due);
        }
        loop {
            let task = select! {
                Ok(()) = opened.changed(), if !remembered => {
                    remembered = self.remember(&mut due).await;
                    continue;
                }
                Some(task) = inbox.recv() => {
                    self.change(task, |known| known.waiting = false);
                    task
                }
                task = due.next() => task,
            };
            self.plan_next(task, &mut due);
            self.run(task).await;
        }
    }

    /// Plans when `task` runs next by itself, if it does.
    fn plan_next(&self, task: SystemTask, due: &mut Due) {
        let Some(rhythm) = self.0.plan.rhythms.get(&task) else { return };
        let now = SystemClock.now();
        self.plan(task, rhythm.next(now), now, due);
    }

    /// Lets `task` wait for this, which is planned `now`; `None` for no more by itself.
    fn plan(&self, task: SystemTask, wait: Option<Wait>, now: Timestamp, due: &mut Due) {
        due.set(task, wait);
        let next_run = wait.map(|wait| match wait {
            Wait::For(time) => now.plus(time),
            Wait::Until(at) => at,
        });
        self.change(task, |known| known.next_run = next_run);
    }

    /// Takes up what a daemon before this one left; tells whether that is known.
    async fn remember(&self, due: &mut Due) -> bool {
        let runs = match self.0.store.task_runs().await {
            Ok(runs) => runs,
            Err(error) => {
                tracing::warn!(%error, "how system tasks ended last cannot be read");
                return false;
            }
        };
        let now = SystemClock.now();
        let mut runs: BTreeMap<_, _> = runs.into_iter().map(|run| (run.task, run)).collect();
        for task in SystemTask::ALL {
            let run = runs.remove(&task);
            let mut ran_here = false;
            self.change(task, |known| {
                ran_here = known.last_run.is_some();
                if let (Some(run), false) = (&run, ran_here) {
                    (known.last_run, known.failed) = (Some(run.ended_at), run.failed);
                    known.result = serde_json::from_str(&run.result).unwrap_or_default();
                }
            });
            if let (Some(rhythm), false) = (self.0.plan.rhythms.get(&task), ran_here) {
                let ended_at = run.map(|run| run.ended_at);
                self.plan(task, rhythm.first(ended_at, now), now, due);
            }
        }
        true
    }

    async fn run(&self, task: SystemTask) {
        self.change(task, |known| known.running = true);
        let result = match task {
            SystemTask::CapabilityRefresh => self.refresh_capabilities().await,
            SystemTask::HealthSweep => Ok(self.health_sweep()),
            SystemTask::FirmwareCheck => self.firmware_check().await,
            SystemTask::LogCollection => self.collect_logs().await,
            SystemTask::Retention => self.retention().await,
        };
        let ended_at = SystemClock.now();
        let failed = result.is_err();
        // Of a large venue the result is large: the log says how it ended, and the API what it found.
        let result = match result {
            Ok(found) => {
                tracing::info!(task = task.name(), "system task ended");
                found
            }
            Err(error) => {
                tracing::warn!(task = task.name(), error, "system task failed");
                json!({"error": error})
            }
        };
        // Stored first: whoever is told that it ended finds it after a restart, too.
        let run = TaskRun { task, ended_at, failed, result: result.to_string() };
        if let Err(error) = self.0.store.note_task_run(run).await {
            tracing::warn!(task = task.name(), %error, "how a system task ended is not stored");
        }
        self.change(task, |known| {
            (known.running, known.failed) = (false, failed);
            (known.last_run, known.result) = (Some(ended_at), result);
        });
    }

    fn change(&self, task: SystemTask, change: impl FnOnce(&mut Known)) {
        // A std lock: held for a few moves, never across an await.
        let mut known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
        change(known.entry(task).or_default());
    }

    async fn refresh_capabilities(&self) -> Result<Value, String> {
        let actor = Actor { name: Some("system:capability_refresh".to_owned()), address: None };
        let queued = self.0.router.refresh_capabilities(actor).await;
        queued.map(|queued| json!({"queued_count": queued})).map_err(|error| error.to_string())
    }

    async fn retention(&self) -> Result<Value, String> {
        let now = SystemClock.now();
        let retention = Retention {
            history_before: now.minus(self.0.plan.detail),
            aggregates_before: now.minus(self.0.plan.aggregates),
            now,
        };
        let told = |error: StoreError| error.to_string();
        let gone = self.0.store.forget_all(retention).await.map_err(told)?;
        let mut audited = 0;
        loop {
            let slice =
                self.0.store.forget_audit(retention.aggregates_before).await.map_err(told)?;
            if slice == 0 {
                break;
            }
            audited += slice;
            sleep(BREATH).await;
        }
        Ok(json!({
            "commands": gone.commands,
            "batches": gone.batches,
            "requests": gone.requests,
            "daily_figures": gone.aggregates,
            "audit": audited,
        }))
    }

    fn status(&self, task: SystemTask) -> SystemTaskStatus {
        let known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.get(&task).cloned().unwrap_or_default();
        let rhythm = self.0.plan.rhythms.get(&task);
        let cron = rhythm.and_then(Rhythm::cron);
        SystemTaskStatus {
            task: task.name().to_owned(),
            waiting: known.waiting,
            running: known.running,
            every_s: rhythm.and_then(Rhythm::every).map(|every| every.as_secs()),
            cron: cron.map(|cron| cron.cron().to_owned()),
            zone: cron.map(|cron| cron.zone().name().to_owned()),
            last_run: known.last_run.map(UtcTime),
            next_run: known.next_run.map(UtcTime),
            failed: known.failed,
            result: known.result,
        }
    }
}

impl SystemControl for Tasks {
    fn tasks(&self) -> Vec<SystemTaskStatus> {
        SystemTask::ALL.into_iter().map(|task| self.status(task)).collect()
    }

    fn task(&self, task: SystemTask) -> SystemTaskStatus {
        self.status(task)
    }

    fn run(&self, task: SystemTask) -> Result<(), SystemRefusal> {
        let mut waits = false;
        self.change(task, |known| waits = std::mem::replace(&mut known.waiting, true));
        if waits {
            return Ok(());
        }
        self.0.wanted.try_send(task).map_err(|_| {
            self.change(task, |known| known.waiting = false);
            SystemRefusal::Stopping
        })
    }

    fn log(&self, device: Hostname, limit: u32) -> BoxFuture<'_, Result<Vec<LogLine>, StoreError>> {
        Box::pin(self.0.store.log(device, limit))
    }

    fn figures(&self, query: FiguresQuery) -> BoxFuture<'_, Result<Vec<DailyFigures>, StoreError>> {
        Box::pin(self.0.store.figures(query))
    }
}
