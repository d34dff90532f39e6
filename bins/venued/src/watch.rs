//! Tells what happens to those who watch, after it happened: never before its evidence or its commit.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use esphome_pool::{DeviceState, Misconfiguration};
use serde_json::{Value, json};
use tokio::{sync::Notify, time::sleep};
use venue_domain::{
    Aftermath, BatchId, BatchRecord, Clock, DirectRecord, Hostname, PortId, QueueView, Reason,
    RoutingMethod, ScheduleRun, Status,
};
use venue_events::{EventKind, Hub};
use venue_http::Metrics;

use crate::{LateStore, clock::SystemClock};

/// So many events are kept for those who come back.
const KEPT: usize = 4096;

/// A batch is told of ten times a second at the most.
const PROGRESS: Duration = Duration::from_millis(100);

/// Tells those who watch. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Told(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    hub: Arc<Hub>,
    metrics: Arc<Metrics>,
    /// Batches of which something ended since they were last told of.
    moved: Mutex<BTreeSet<BatchId>>,
    batches: Notify,
    /// Something happened that an alert may be about.
    stirred: Notify,
}

impl Told {
    /// Of one run of a daemon.
    pub(crate) fn new() -> Self {
        // Runs begin at different times, and that is all that is needed of them.
        let run = SystemClock.now().unix_ms().unsigned_abs();
        Self(Arc::new(Inner {
            hub: Arc::new(Hub::new(run, KEPT)),
            metrics: Arc::default(),
            moved: Mutex::default(),
            batches: Notify::new(),
            stirred: Notify::new(),
        }))
    }

    pub(crate) fn hub(&self) -> Arc<Hub> {
        Arc::clone(&self.0.hub)
    }

    pub(crate) fn metrics(&self) -> Arc<Metrics> {
        Arc::clone(&self.0.metrics)
    }

    /// Waits until something happened that an alert may be about.
    ///
    /// # Cancel safety
    /// Safe: what happened meanwhile is told by the next call.
    pub(crate) async fn stirred(&self) {
        self.0.stirred.notified().await;
    }

    pub(crate) fn publish(&self, kind: EventKind, data: Value) {
        self.0.hub.publish(kind, SystemClock.now(), data);
    }

    /// A direct command has ended.
    pub(crate) fn direct(&self, record: &DirectRecord) {
        let (command, attempt) = (&record.command, &record.attempt);
        let (routing, status) = (record.routing_method(), attempt.reason.status());
        self.0.metrics.command_ended(command.class, routing, status);
        self.0.metrics.direct_took(attempt.took);
        let name = command.action.name();
        let mut data = ended(&command.target, name, routing, attempt.reason);
        data["command_id"] = json!(command.id.to_string());
        data["execution_time_ms"] = json!(attempt.took.as_millis() as u64);
        self.publish(EventKind::CommandUpdated, data);
        if status == Status::Completed && !command.target.port.is_board() {
            let channel = command.action.parameters().channel;
            self.port(&command.target, name, channel.as_deref());
        }
    }

    /// Commands of the queue have ended, durably; or something was stored there.
    pub(crate) fn ended(&self, aftermath: &Aftermath) {
        for one in &aftermath.ended {
            let status = one.reason.status();
            self.0.metrics.command_ended(one.class, RoutingMethod::Queued, status);
            let mut data = ended(&one.target, &one.action, RoutingMethod::Queued, one.reason);
            data["command_id"] = json!(one.command.to_string());
            data["queue_id"] = json!(one.queue_id.number());
            data["batch_id"] = json!(one.batch.as_ref().map(BatchId::as_str));
            self.publish(EventKind::CommandUpdated, data);
            if status == Status::Completed && !one.target.port.is_board() {
                self.port(&one.target, &one.action, None);
            }
        }
        let batches = aftermath.ended.iter().filter_map(|one| one.batch.clone());
        let batches: BTreeSet<_> = batches.chain(aftermath.finished_batches.clone()).collect();
        if !batches.is_empty() {
            // A std lock: held for a few moves, never across an await.
            let mut moved = self.0.moved.lock().unwrap_or_else(PoisonError::into_inner);
            moved.extend(batches);
            drop(moved);
            self.0.batches.notify_one();
        }
        self.0.stirred.notify_one();
    }

    fn port(&self, port: &PortId, command: &str, channel: Option<&str>) {
        let data = json!({
            "hostname": port.device,
            "port": port.port.number(),
            "last_command": command,
            "last_channel": channel,
        });
        self.publish(EventKind::PortUpdated, data);
    }

    /// A device came or went.
    pub(crate) fn device(&self, hostname: &Hostname, state: &DeviceState) {
        let (presence, cause) = match state {
            DeviceState::Online(_) => ("online", None),
            DeviceState::Connecting { .. } => ("connecting", None),
            DeviceState::Offline { cause, .. } => ("offline", Some(cause.to_string())),
            DeviceState::Misconfigured { cause, .. } => {
                ("misconfigured", Some(word(cause).to_owned()))
            }
            DeviceState::Stopped => ("removed", None),
        };
        let data = json!({"hostname": hostname, "presence": presence, "cause": cause});
        self.publish(EventKind::DeviceState, data);
        self.0.stirred.notify_one();
    }

    /// What works now changed.
    pub(crate) fn works(&self, mode: &str, words: &str) {
        self.publish(EventKind::QueueHealth, json!({"mode": mode, "detail": words}));
        self.0.stirred.notify_one();
    }

    /// An occurrence of a schedule was handled.
    pub(crate) fn run(&self, run: &ScheduleRun) {
        let data = json!({
            "schedule": run.schedule,
            "occurrence": run.occurrence,
            "outcome": run.outcome.name(),
            "batch_id": run.batch_id.as_ref().map(BatchId::as_str),
            "detail": run.detail,
        });
        self.publish(EventKind::ScheduleFired, data);
    }

    /// Tells how far batches are, for good: the first word at once, then so often at the most.
    pub(crate) async fn tell_progress(self, store: LateStore) {
        loop {
            self.0.batches.notified().await;
            loop {
                let moved = {
                    let mut moved = self.0.moved.lock().unwrap_or_else(PoisonError::into_inner);
                    std::mem::take(&mut *moved)
                };
                if moved.is_empty() {
                    break;
                }
                for id in moved {
                    // A batch that cannot be read is told of when it moves next.
                    if let Ok(Some(batch)) = store.batch(id).await {
                        self.publish(EventKind::BatchProgress, progress(&batch));
                    }
                }
                sleep(PROGRESS).await;
            }
        }
    }
}

/// As the API calls it.
const fn word(cause: &Misconfiguration) -> &'static str {
    match cause {
        Misconfiguration::WrongKey => "wrong_key",
        Misconfiguration::EncryptionRequired => "encryption_required",
        Misconfiguration::EncryptionNotOffered => "encryption_not_offered",
        Misconfiguration::WrongDevice { .. } => "wrong_device",
        Misconfiguration::Incompatible { .. } => "incompatible",
    }
}

fn ended(target: &PortId, command: &str, routing: RoutingMethod, reason: Reason) -> Value {
    json!({
        "hostname": target.device,
        "port": target.port.number(),
        "command": command,
        "routing_method": routing.name(),
        "status": reason.status().name(),
        "reason": reason.name(),
    })
}

fn progress(batch: &BatchRecord) -> Value {
    let mut statuses = serde_json::Map::new();
    for status in Status::ALL {
        statuses.insert(status.name().to_owned(), json!(batch.counts.of(status)));
    }
    json!({
        "batch_id": batch.id.as_str(),
        "total": batch.counts.total(),
        "finished": batch.finished_at.is_some(),
        "statuses": statuses,
    })
}
