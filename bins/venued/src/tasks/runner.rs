//! The owner of all runs: begins what is due or asked for, and ends what has nothing left to wait for.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::pending,
    sync::Arc,
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    select,
    sync::mpsc,
    task::JoinSet,
    time::{Instant, sleep_until},
};
use venue_domain::{Action, Actor, Clock, Ended, SystemStore, SystemTask, TaskRun, Timestamp};

use super::{
    Tasks,
    due::Due,
    plan::{TaskTrigger, Wait},
    running::RunningTask,
};
use crate::clock::SystemClock;

/// Between two devices that are asked: so a thousand of them are no backlog that anybody is warned of.
const APART: Duration = Duration::from_millis(20);

/// Between the windows of two logs: one is read at a time, and each takes three seconds.
const LOGS_APART: Duration = Duration::from_secs(4);

/// Runs the tasks.
pub(crate) struct Runner {
    tasks: Tasks,
    due: Due,
    inbox: mpsc::Receiver<SystemTask>,
    /// System commands that have ended.
    ended: mpsc::UnboundedReceiver<Ended>,
    running: BTreeMap<SystemTask, RunningTask>,
    /// What puts no commands into the queue runs beside, each at most once.
    retention: JoinSet<Result<Value, String>>,
    firmware: JoinSet<Result<Value, String>>,
    /// What was asked for while it ran.
    again: BTreeSet<SystemTask>,
}

impl Runner {
    pub(super) fn new(
        tasks: Tasks,
        inbox: mpsc::Receiver<SystemTask>,
        ended: mpsc::UnboundedReceiver<Ended>,
    ) -> Self {
        Self {
            tasks,
            due: Due::default(),
            inbox,
            ended,
            running: BTreeMap::new(),
            retention: JoinSet::new(),
            firmware: JoinSet::new(),
            again: BTreeSet::new(),
        }
    }

    /// Runs them for good.
    pub(crate) async fn run(&mut self) {
        let mut opened = self.tasks.0.store.opened();
        let mut remembered = false;
        for task in SystemTask::ALL {
            self.plan_next(task);
        }
        loop {
            let given_up = self.running.values().map(|running| running.until).min();
            select! {
                Ok(()) = opened.changed(), if !remembered => remembered = self.remember().await,
                Some(task) = self.inbox.recv() => self.asked(task).await,
                Some(ended) = self.ended.recv() => self.note(&ended).await,
                Some(result) = self.retention.join_next() => {
                    let result = result.unwrap_or_else(|failed| Err(failed.to_string()));
                    self.end(SystemTask::Retention, result).await;
                }
                Some(result) = self.firmware.join_next() => {
                    let result = result.unwrap_or_else(|failed| Err(failed.to_string()));
                    self.end(SystemTask::FirmwareCheck, result).await;
                }
                task = self.due.next() => self.begin(task).await,
                () = until(given_up) => self.give_up().await,
            }
        }
    }

    /// Plans when `task` runs next by itself, if it does.
    fn plan_next(&mut self, task: SystemTask) {
        let Some(trigger) = self.tasks.0.plan.triggers.get(&task) else { return };
        let now = SystemClock.wall().for_calendar();
        self.plan(task, trigger.next(now), now);
    }

    /// Lets `task` wait for this, which is planned `now`, by the wall clock; `None` for no more by itself.
    fn plan(&mut self, task: SystemTask, wait: Option<Wait>, now: Timestamp) {
        self.due.set(task, wait);
        let next_run = wait.map(|wait| match wait {
            Wait::For(time) => now.plus(time),
            Wait::Until(at) => at,
        });
        self.tasks.change(task, |known| known.next_run = next_run);
    }

    /// Takes up what a daemon before this one left; tells whether that is known.
    async fn remember(&mut self) -> bool {
        let runs = match self.tasks.0.store.task_runs().await {
            Ok(runs) => runs,
            Err(error) => {
                tracing::warn!(%error, "how system tasks ended last cannot be read");
                return false;
            }
        };
        // A trigger may be a cron pattern, which goes by what the wall clock shows.
        let (now, offset) = (SystemClock.wall().for_calendar(), SystemClock.offset());
        let mut runs: BTreeMap<_, _> = runs.into_iter().map(|run| (run.task, run)).collect();
        for task in SystemTask::ALL {
            let run = runs.remove(&task);
            let mut began_here = false;
            self.tasks.change(task, |known| {
                began_here = known.last_run.is_some() || known.running;
                if let (Some(run), None) = (&run, known.last_run) {
                    (known.last_run, known.failed) = (Some(run.ended_at), run.failed);
                    known.result = serde_json::from_str(&run.result).unwrap_or_default();
                }
            });
            let trigger = self.tasks.0.plan.triggers.get(&task).filter(|_| !began_here);
            if let Some(first) = trigger.map(|trigger: &TaskTrigger| {
                let ended_at = run.as_ref().map(|run| offset.shown(run.ended_at).for_calendar());
                trigger.first(ended_at, now, self.tasks.0.plan.settling)
            }) {
                self.plan(task, first, now);
            }
        }
        true
    }

    /// Somebody asked for it.
    async fn asked(&mut self, task: SystemTask) {
        if self.is_running(task) {
            // It still waits, for the run that it is not part of.
            self.again.insert(task);
            return;
        }
        self.tasks.change(task, |known| known.waiting = false);
        self.begin(task).await;
    }

    fn is_running(&self, task: SystemTask) -> bool {
        match task {
            SystemTask::Retention => !self.retention.is_empty(),
            SystemTask::FirmwareCheck => !self.firmware.is_empty(),
            SystemTask::CapabilityRefresh | SystemTask::HealthSweep | SystemTask::LogCollection => {
                self.running.contains_key(&task)
            }
        }
    }

    async fn begin(&mut self, task: SystemTask) {
        self.plan_next(task);
        // One that takes longer than its interval leaves out a turn.
        if self.is_running(task) {
            return;
        }
        self.tasks.change(task, |known| known.running = true);
        match task {
            SystemTask::Retention => {
                let tasks = self.tasks.clone();
                drop(self.retention.spawn(async move { tasks.retention().await }));
            }
            SystemTask::CapabilityRefresh => {
                self.send(task, &Action::RefreshCapabilities, APART).await;
            }
            SystemTask::HealthSweep => {
                self.send(task, &Action::HealthCheck, APART).await;
            }
            // Which firmware runs each session has told already, and what is offered is no more than a
            // state of the board's: that needs no command, and no row in any table.
            SystemTask::FirmwareCheck => {
                let tasks = self.tasks.clone();
                drop(self.firmware.spawn(async move { tasks.firmware_check().await }));
            }
            SystemTask::LogCollection => {
                self.send(task, &Action::CollectLogs, LOGS_APART).await;
            }
        }
    }

    /// Queues a command for every device that is online.
    async fn send(&mut self, task: SystemTask, action: &Action, apart: Duration) {
        let actor = Actor { name: Some(format!("system:{}", task.name())), address: None };
        let router = Arc::clone(&self.tasks.0.router);
        match router.queue_system(action, apart, actor).await {
            Ok(commands) => {
                drop(self.running.insert(task, RunningTask::new(&commands, apart)));
                self.end_if_over(task).await;
            }
            Err(error) => self.end(task, Err(error.to_string())).await,
        }
    }

    async fn note(&mut self, ended: &Ended) {
        self.running.values_mut().for_each(|running| running.note(ended));
        for task in SystemTask::ALL {
            self.end_if_over(task).await;
        }
    }

    async fn end_if_over(&mut self, task: SystemTask) {
        if self.running.get(&task).is_none_or(|running| !running.is_over()) {
            return;
        }
        let Some(running) = self.running.remove(&task) else { return };
        let result = self.report(task, &running);
        self.end(task, result).await;
    }

    /// Ends runs of whose commands nobody will hear.
    async fn give_up(&mut self) {
        let now = Instant::now();
        let late: Vec<_> = self
            .running
            .iter()
            .filter(|(_, running)| running.until <= now)
            .map(|(task, _)| *task)
            .collect();
        for task in late {
            self.running.remove(&task);
            self.end(task, Err("its commands have not ended in time".to_owned())).await;
        }
    }

    fn report(&self, task: SystemTask, running: &RunningTask) -> Result<Value, String> {
        match task {
            SystemTask::CapabilityRefresh => Ok(Tasks::refreshed(running)),
            SystemTask::HealthSweep => Ok(self.tasks.swept(running)),
            SystemTask::LogCollection => Ok(self.tasks.collected(running)),
            // They have no flight.
            SystemTask::FirmwareCheck | SystemTask::Retention => Ok(Value::Null),
        }
    }

    async fn end(&mut self, task: SystemTask, result: Result<Value, String>) {
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
        if let Err(error) = self.tasks.0.store.note_task_run(run).await {
            tracing::warn!(task = task.name(), %error, "how a system task ended is not stored");
        }
        self.tasks.change(task, |known| {
            (known.running, known.failed) = (false, failed);
            (known.last_run, known.result) = (Some(ended_at), result);
        });
        if self.again.remove(&task) {
            // Refused only when the daemon stops, and then this is dropped anyway.
            let _ = self.tasks.want(task);
        }
    }
}

/// At `instant`; never if there is none.
async fn until(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => pending().await,
    }
}
