//! What the venue does for itself: sweeps, checks, logs, retention.
//!
//! What asks devices goes through the queue: a system command for each that is online, deferred, of low
//! priority, over the session that there is (`system_transport`). A run ends with its last command, and its report
//! is made then. How a task ended last is stored, so that a daemon that is started often does not put its
//! tasks off for good.

mod due;
mod plan;
mod reports;
mod runner;
mod running;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{sync::mpsc, time::sleep};
use venue_api::{SystemTaskStatus, UtcTime};
use venue_domain::{
    AuditStore, BoxFuture, Clock, DailyStats, Ended, Hostname, LogLine, StatsQuery, StoreError,
    SystemStore, SystemTask, Timestamp, WallTime,
};
use venue_http::{SystemControl, SystemRejection};
use venue_queue::Retention;

use crate::{
    StoreHandle, VenueRouter,
    clock::{ClockService, SystemClock},
    system_transport::SystemTransport,
};

pub(crate) use runner::Runner;

pub use plan::{TaskPlan, TaskTrigger};

/// Between two slices of the audit log, so long: whoever stores comes between.
const SLICE_PAUSE: Duration = Duration::from_millis(20);

/// Runs tasks. Clones share it.
#[derive(Clone)]
pub(crate) struct Tasks(Arc<Inner>);

struct Inner {
    plan: TaskPlan,
    router: Arc<VenueRouter>,
    transport: Arc<SystemTransport>,
    store: StoreHandle,
    clock: ClockService,
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
    /// With what runs them. What `ended` tells are commands of the system class.
    pub(crate) fn new(
        plan: TaskPlan,
        router: Arc<VenueRouter>,
        transport: Arc<SystemTransport>,
        store: StoreHandle,
        clock: ClockService,
        ended: mpsc::UnboundedReceiver<Ended>,
    ) -> (Self, Runner) {
        // One place for each task, and none is in it twice: it is never full.
        let (wanted, inbox) = mpsc::channel(SystemTask::ALL.len());
        let known = Mutex::default();
        let tasks = Self(Arc::new(Inner { plan, router, transport, store, clock, wanted, known }));
        let runner = Runner::new(tasks.clone(), inbox, ended);
        (tasks, runner)
    }

    /// Puts `task` into the line of those that somebody asked for.
    fn want(&self, task: SystemTask) -> Result<(), SystemRejection> {
        self.0.wanted.try_send(task).map_err(|_| {
            self.change(task, |known| known.waiting = false);
            SystemRejection::Stopping
        })
    }

    fn change(&self, task: SystemTask, change: impl FnOnce(&mut Known)) {
        // A std lock: held for a few moves, never across an await.
        let mut known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
        change(known.entry(task).or_default());
    }

    async fn retention(&self) -> Result<Value, String> {
        let (clock, plan) = (&self.0.clock, &self.0.plan);
        let ages = clock.so_long_ago(plan.detail).zip(clock.so_long_ago(plan.aggregates));
        let Some((history_before, aggregates_before)) = ages else {
            tracing::info!("the clock was wrong within a day: nothing old is deleted yet");
            return Ok(
                json!({ "suspended": "the clock was set by more than an hour within a day" }),
            );
        };
        let now = SystemClock.now();
        let retention = Retention { history_before, aggregates_before, now };
        let text = |error: StoreError| error.to_string();
        let gone = self.0.store.prune_all(retention).await.map_err(text)?;
        let mut audited = 0;
        loop {
            let slice =
                self.0.store.prune_audit(retention.aggregates_before).await.map_err(text)?;
            if slice == 0 {
                break;
            }
            audited += slice;
            sleep(SLICE_PAUSE).await;
        }
        Ok(json!({
            "commands": gone.commands,
            "batches": gone.batches,
            "requests": gone.requests,
            "daily_figures": gone.aggregates,
            "schedule_runs": gone.schedule_runs,
            "audit": audited,
        }))
    }

    fn status(&self, task: SystemTask) -> SystemTaskStatus {
        let known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.get(&task).cloned().unwrap_or_default();
        let trigger = self.0.plan.triggers.get(&task);
        let cron = trigger.and_then(TaskTrigger::cron);
        SystemTaskStatus {
            task: task.name().to_owned(),
            waiting: known.waiting,
            running: known.running,
            every_s: trigger.and_then(TaskTrigger::every).map(|every| every.as_secs()),
            cron: cron.map(|cron| cron.cron().to_owned()),
            zone: cron.map(|cron| cron.zone().name().to_owned()),
            last_run: known.last_run.map(|at| UtcTime(SystemClock.offset().shown(at))),
            next_run: known.next_run.map(|at| UtcTime(WallTime::of_calendar(at))),
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

    fn run(&self, task: SystemTask) -> Result<(), SystemRejection> {
        let mut waits = false;
        self.change(task, |known| waits = std::mem::replace(&mut known.waiting, true));
        if waits {
            return Ok(());
        }
        self.want(task)
    }

    fn log(&self, device: Hostname, limit: u32) -> BoxFuture<'_, Result<Vec<LogLine>, StoreError>> {
        Box::pin(self.0.store.log(device, limit))
    }

    fn daily_stats(&self, query: StatsQuery) -> BoxFuture<'_, Result<Vec<DailyStats>, StoreError>> {
        Box::pin(self.0.store.daily_stats(query))
    }
}
