//! What the venue does for itself: sweeps, checks, logs, retention. One at a time, behind everything
//! that somebody waits for.
//!
//! No task opens a session of its own: the sweep and the check read what the sessions know, and the log
//! comes over the session that there is.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use esphome_pool::{
    Pool,
    codec::{Message, proto},
};
use serde_json::{Value, json};
use tokio::{
    select,
    sync::mpsc,
    time::{Instant, sleep_until, timeout_at},
};
use venue_api::{SystemTaskStatus, UtcTime};
use venue_domain::{
    Actor, AuditStore, BoxFuture, Clock, DailyFigures, Hostname, LogLine, Presence, StoreError,
    SystemStore, SystemTask, Timestamp,
};
use venue_http::{SystemControl, SystemRefusal};
use venue_queue::Retention;

use crate::{DurableRouter, LateStore, clock::SystemClock};

/// How often a task runs by itself, and what it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskPlan {
    /// How often each task runs; those that are not named run when they are asked for.
    pub every: BTreeMap<SystemTask, Duration>,
    /// How long finished commands are kept.
    pub detail: Duration,
    /// How long daily figures and the audit trail are kept.
    pub aggregates: Duration,
}

/// The window of a log.
const LOG_WINDOW: Duration = Duration::from_secs(5);

/// Errors, warnings, information: what the firmware says by default.
const LOG_LEVEL: u32 = 3;

/// So many lines of one window are kept, and so much of each.
const LOG_LINES: usize = 200;
const LOG_LINE: usize = 300;

/// Between two slices of retention, so long: whoever stores comes between.
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
        // One place for each: what is wanted already is not wanted twice.
        let (wanted, inbox) = mpsc::channel(SystemTask::ALL.len());
        let known = Mutex::default();
        let tasks = Self(Arc::new(Inner { plan, router, pool, store, wanted, known }));
        let running = tasks.clone().serve(inbox);
        (tasks, running)
    }

    async fn serve(self, mut inbox: mpsc::Receiver<SystemTask>) {
        let mut due: BTreeMap<SystemTask, Instant> = BTreeMap::new();
        for (task, every) in &self.0.plan.every {
            due.insert(*task, Instant::now() + *every);
            self.change(*task, |known| known.next_run = Some(SystemClock.now().plus(*every)));
        }
        loop {
            let next = due.iter().min_by_key(|(_, at)| **at).map(|(task, at)| (*task, *at));
            let timer = async {
                match next {
                    Some((task, at)) => {
                        sleep_until(at).await;
                        task
                    }
                    None => std::future::pending().await,
                }
            };
            let task = select! {
                Some(task) = inbox.recv() => task,
                task = timer => task,
            };
            if let Some(every) = self.0.plan.every.get(&task) {
                due.insert(task, Instant::now() + *every);
                self.change(task, |known| known.next_run = Some(SystemClock.now().plus(*every)));
            }
            self.run(task).await;
        }
    }

    async fn run(&self, task: SystemTask) {
        self.change(task, |known| known.running = true);
        let result = match task {
            SystemTask::CapabilityRefresh => self.refresh_capabilities().await,
            SystemTask::HealthSweep => Ok(self.health_sweep()),
            SystemTask::FirmwareCheck => Ok(self.firmware_check()),
            SystemTask::LogCollection => self.collect_logs().await,
            SystemTask::Retention => self.retention().await,
        };
        let failed = result.is_err();
        let result = result.unwrap_or_else(|error| json!({"error": error}));
        tracing::info!(task = task.name(), failed, %result, "system task ended");
        self.change(task, |known| {
            (known.running, known.failed) = (false, failed);
            (known.last_run, known.result) = (Some(SystemClock.now()), result);
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

    fn health_sweep(&self) -> Value {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let mut not_online = Vec::new();
        for status in self.0.router.statuses() {
            let presence = &status.snapshot.presence;
            let (word, cause) = match presence {
                Presence::Online { .. } => ("online", None),
                Presence::Connecting { .. } => ("connecting", None),
                Presence::Offline { cause, .. } => ("offline", Some(cause.clone())),
                Presence::Misconfigured { cause, .. } => {
                    ("misconfigured", Some(cause.name().to_owned()))
                }
            };
            *counts.entry(word).or_default() += 1;
            if word != "online" {
                let contact = status.snapshot.last_contact.map(|age| age.as_millis() as u64);
                not_online.push(json!({
                    "hostname": status.entry.hostname,
                    "presence": word,
                    "since_ms": presence.since().as_millis() as u64,
                    "last_contact_ms": contact,
                    "cause": cause,
                }));
            }
        }
        json!({"devices": counts, "not_online": not_online})
    }

    fn firmware_check(&self) -> Value {
        let mut versions: BTreeMap<String, usize> = BTreeMap::new();
        let mut devices = Vec::new();
        for status in self.0.router.statuses() {
            let hostname = &status.entry.hostname;
            let Some(firmware) = &status.snapshot.firmware else {
                devices.push(json!({"hostname": hostname, "known": false}));
                continue;
            };
            let capabilities = self.0.router.capabilities(hostname.as_str()).ok().flatten();
            let updates = capabilities.is_some_and(|capabilities| {
                capabilities.entities.iter().any(|entity| entity.kind == "update")
            });
            *versions.entry(firmware.esphome_version.clone()).or_default() += 1;
            devices.push(json!({
                "hostname": hostname,
                "known": true,
                "esphome_version": firmware.esphome_version,
                "project_name": firmware.project_name,
                "project_version": firmware.project_version,
                "model": firmware.model,
                "offers_updates": updates,
            }));
        }
        json!({"versions": versions, "devices": devices})
    }

    async fn collect_logs(&self) -> Result<Value, String> {
        let (mut read, mut lines) = (0, 0);
        for status in self.0.router.statuses() {
            if !status.snapshot.presence.is_online() {
                continue;
            }
            // One device at a time: a log costs a small board more than a command.
            let window = self.window(&status.entry.hostname).await?;
            read += 1;
            lines += window.len();
            let stored = self.0.store.note_log(status.entry.hostname.clone(), window).await;
            stored.map_err(|error| error.to_string())?;
        }
        Ok(json!({"devices": read, "lines": lines}))
    }

    /// What a device says within the window, over the session that there is.
    async fn window(&self, hostname: &Hostname) -> Result<Vec<LogLine>, String> {
        let Some(device) = self.0.pool.device(hostname.as_str()) else { return Ok(Vec::new()) };
        let (mut messages, end) = (device.messages(), Instant::now() + LOG_WINDOW);
        let subscribe =
            |level| Message::from(proto::SubscribeLogsRequest { level, dump_config: false });
        if device.send(subscribe(LOG_LEVEL), end).await.is_err() {
            return Ok(Vec::new());
        }
        let mut lines = Vec::new();
        while let Ok(Ok(message)) = timeout_at(end, messages.recv()).await {
            if let Message::LogLine(line) = &*message {
                let text = clean(&String::from_utf8_lossy(&line.message));
                lines.push(LogLine { at: SystemClock.now(), level: line.level, line: text });
            }
            if lines.len() == LOG_LINES {
                break;
            }
        }
        // Level 0 ends it; a session that is gone has ended it already.
        let _ended = device.send(subscribe(0), Instant::now() + LOG_WINDOW).await;
        Ok(lines)
    }

    async fn retention(&self) -> Result<Value, String> {
        let (mut commands, mut audited) = (0, 0);
        let now = SystemClock.now();
        let retention = Retention {
            history_before: now.minus(self.0.plan.detail),
            aggregates_before: now.minus(self.0.plan.aggregates),
            now,
        };
        let told = |error: StoreError| error.to_string();
        loop {
            let gone = self.0.store.forget(retention).await.map_err(told)?;
            commands += gone;
            if gone == 0 {
                break;
            }
            tokio::time::sleep(BREATH).await;
        }
        loop {
            let gone =
                self.0.store.forget_audit(retention.aggregates_before).await.map_err(told)?;
            audited += gone;
            if gone == 0 {
                break;
            }
            tokio::time::sleep(BREATH).await;
        }
        Ok(json!({"commands": commands, "audit": audited}))
    }

    fn status(&self, task: SystemTask) -> SystemTaskStatus {
        let known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.get(&task).cloned().unwrap_or_default();
        SystemTaskStatus {
            task: task.name().to_owned(),
            running: known.running,
            every_s: self.0.plan.every.get(&task).map(Duration::as_secs),
            last_run: known.last_run.map(UtcTime),
            next_run: known.next_run.map(UtcTime),
            failed: known.failed,
            result: known.result,
        }
    }
}

/// Without colours, and without anything else that a terminal would obey.
fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len().min(LOG_LINE));
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        if c == '\u{1b}' && characters.next_if_eq(&'[').is_some() {
            // A colour ends with a letter.
            while characters.next_if(|c| !c.is_ascii_alphabetic()).is_some() {}
            characters.next();
        } else if !c.is_control() {
            clean.push(c);
        }
        if clean.len() >= LOG_LINE {
            break;
        }
    }
    clean
}

impl SystemControl for Tasks {
    fn tasks(&self) -> Vec<SystemTaskStatus> {
        SystemTask::ALL.into_iter().map(|task| self.status(task)).collect()
    }

    fn task(&self, task: SystemTask) -> SystemTaskStatus {
        self.status(task)
    }

    fn run(&self, task: SystemTask) -> Result<(), SystemRefusal> {
        // A full mailbox has it already.
        match self.0.wanted.try_send(task) {
            Ok(()) | Err(mpsc::error::TrySendError::Full(_)) => Ok(()),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(SystemRefusal::Stopping),
        }
    }

    fn log(&self, device: Hostname, limit: u32) -> BoxFuture<'_, Result<Vec<LogLine>, StoreError>> {
        Box::pin(self.0.store.log(device, limit))
    }

    fn daily_figures(
        &self,
        first: i64,
        last: i64,
    ) -> BoxFuture<'_, Result<Vec<DailyFigures>, StoreError>> {
        Box::pin(self.0.store.daily_figures(first, last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_line_is_plain_text() {
        let line = "\u{1b}[0;32m[I][app:100]: Running\u{1b}[0m\r\n";
        assert_eq!(clean(line), "[I][app:100]: Running");
        assert_eq!(clean("\u{7}a\u{1b}b"), "ab");
        assert!(clean(&"ä".repeat(1_000)).len() <= LOG_LINE + 1);
    }
}
