//! Tells what happens to those who watch, after it happened: never before its evidence or its commit.

mod concerns;
mod words;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use esphome_pool::DeviceState;
use serde::Serialize;
use serde_json::json;
use tokio::{
    sync::{Notify, mpsc},
    time::sleep,
};
use venue_domain::{
    Action, AssumedStateChange, BatchId, Class, Clock, DirectRecord, Ended, EndedCommands,
    Enqueued, Hostname, Nature, NewBatch, NewCommand, PortId, QueueView, RoutingMethod, RunOutcome,
    ScheduleRun, Status, Timestamp,
};
use venue_http::Metrics;
use venue_http::{EventKind, Hub, PortUpdated};
use venue_scheduler::HistoryListener;

use crate::clock::{SetClock, SystemClock};

use concerns::Concerns;

pub(crate) use concerns::Concern;

/// So many events are kept for those who come back.
const KEPT: usize = 4096;

/// The mode in which the queue is paused.
pub(crate) const PAUSED: &str = "paused";

/// A batch is told of ten times a second at the most.
const PROGRESS: Duration = Duration::from_millis(100);

/// Tells those who watch. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct EventPublisher(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    hub: Arc<Hub>,
    metrics: Arc<Metrics>,
    /// Batches of which something ended since they were last told of.
    moved: Mutex<BTreeSet<BatchId>>,
    /// Ports whose appliance was toggled: how it is now, the store knows, which knows how it was.
    toggled: Mutex<BTreeMap<PortId, Toggled>>,
    /// Something is in one of the two.
    progress: Notify,
    /// Something happened that an alert may be about.
    stirred: Notify,
    /// What works changed, mostly by hand: whoever did it looks for it at once.
    switched: Notify,
    /// What somebody should look at.
    concerns: Concerns,
    /// Nothing that waits is tried.
    is_paused: AtomicBool,
    /// Whoever waits for system commands to end.
    system: Mutex<Option<mpsc::UnboundedSender<Ended>>>,
}

/// An appliance that was toggled.
#[derive(Clone, Copy, Debug)]
struct Toggled {
    /// From when on the store has it: a direct command is recorded a little later than it is told.
    since: Timestamp,
    /// How often the store is still asked.
    asks: u8,
}

impl Toggled {
    /// For two seconds: after that the state stays unknown to those who watch, until they ask for it.
    const ASKS: u8 = 20;
}

impl EventPublisher {
    /// Of one run of a daemon.
    pub(crate) fn new() -> Self {
        // Runs begin at different times, and that is all that is needed of them.
        let run = SystemClock.now().unix_ms().unsigned_abs();
        Self(Arc::new(Inner {
            hub: Arc::new(Hub::new(run, KEPT)),
            metrics: Arc::default(),
            moved: Mutex::default(),
            toggled: Mutex::default(),
            progress: Notify::new(),
            stirred: Notify::new(),
            switched: Notify::new(),
            concerns: Concerns::default(),
            is_paused: AtomicBool::default(),
            system: Mutex::default(),
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

    /// Waits until what works now changed.
    ///
    /// # Cancel safety
    /// Safe: what happened meanwhile is told by the next call.
    pub(crate) async fn switched(&self) {
        self.0.switched.notified().await;
    }

    /// Somebody should look at this.
    pub(crate) fn concern(&self, concern: Concern) {
        if self.0.concerns.take(concern) {
            self.0.stirred.notify_one();
        }
    }

    /// What was told of this kind is over.
    pub(crate) fn is_over(&self, kind: &'static str) {
        if self.0.concerns.end(kind) {
            self.0.stirred.notify_one();
        }
    }

    /// The same of one of several.
    pub(crate) fn one_is_over(&self, kind: &'static str, about: &str) {
        if self.0.concerns.end_one(kind, about) {
            self.0.stirred.notify_one();
        }
    }

    /// What somebody should look at now.
    pub(crate) fn concerns(&self) -> Vec<Concern> {
        self.0.concerns.all()
    }

    /// System commands of the queue, as they end from now on. There is one reader: whoever asks again takes
    /// over from the one before.
    pub(crate) fn system_commands(&self) -> mpsc::UnboundedReceiver<Ended> {
        let (sender, ended) = mpsc::unbounded_channel();
        *self.0.system.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
        ended
    }

    pub(crate) fn publish(&self, kind: EventKind, data: &impl Serialize) {
        self.0.hub.publish(kind, SystemClock.wall(), data);
    }

    /// A direct command has ended.
    pub(crate) fn direct(&self, record: &DirectRecord) {
        let (command, attempt) = (&record.command, &record.attempt);
        let (routing, status) = (record.routing_method(), record.status());
        self.0.metrics.command_ended(command.class, routing, status);
        self.0.metrics.direct_took(attempt.took);
        let data = words::Ended {
            about: words::About::new(&command.target, &command.action),
            routing_method: routing.name(),
            status: status.name(),
            reason: record.reason().name(),
            command_id: command.id,
            execution_time_ms: Some(attempt.took.as_millis() as u64),
            queued: None,
        };
        self.publish(EventKind::CommandUpdated, &data);
        let ended_at = attempt.started_at.plus(attempt.took);
        self.port_changed(&command.target, &command.action, (status, ended_at));
    }

    /// A command was stored.
    pub(crate) fn queued(&self, new: &NewCommand, answer: &Enqueued) {
        self.publish(
            EventKind::CommandUpdated,
            &words::Waiting::new(new, answer, self.is_paused()),
        );
        if let Some(tried) = &new.direct_attempt {
            let ended_at = tried.started_at.plus(tried.took);
            let status = tried.reason.status();
            self.port_changed(&new.command.target, &new.command.action, (status, ended_at));
        }
    }

    fn is_paused(&self) -> bool {
        self.0.is_paused.load(Ordering::Relaxed)
    }

    /// A batch was stored with all its commands.
    pub(crate) fn batch(&self, batch: &NewBatch, answers: &[Enqueued]) {
        self.publish(EventKind::BatchCreated, &words::Batch::new(batch, answers, self.is_paused()));
    }

    /// Commands of the queue have ended, durably; or something was stored there.
    pub(crate) fn ended(&self, ended_commands: &EndedCommands) {
        for one in &ended_commands.ended {
            let status = one.status;
            self.0.metrics.command_ended(one.class, RoutingMethod::Queued, status);
            let data = words::Ended {
                about: words::About::new(&one.target, &one.action),
                routing_method: RoutingMethod::Queued.name(),
                status: status.name(),
                reason: one.reason.name(),
                command_id: one.command,
                execution_time_ms: one.took.map(|took| took.as_millis() as u64),
                queued: Some(words::InQueue {
                    queue_id: one.queue_id.number(),
                    batch_id: one.batch.as_ref(),
                }),
            };
            self.publish(EventKind::CommandUpdated, &data);
            // The store has it: it told it.
            self.port_changed(&one.target, &one.action, (status, Timestamp::default()));
            if one.class == Class::System {
                let system = self.0.system.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(system) = &*system {
                    // Nobody may listen any more.
                    let _ = system.send(one.clone());
                }
            }
        }
        let batches = ended_commands.ended.iter().filter_map(|one| one.batch.clone());
        let batches: BTreeSet<_> = batches.chain(ended_commands.finished_batches.clone()).collect();
        if !batches.is_empty() {
            // A std lock: held for a few moves, never across an await.
            let mut moved = self.0.moved.lock().unwrap_or_else(PoisonError::into_inner);
            moved.extend(batches);
            drop(moved);
            self.0.progress.notify_one();
        }
        self.0.stirred.notify_one();
    }

    /// The assumed state of a port since `action` ended with `status` at this time.
    fn port_changed(&self, port: &PortId, action: &Action, (status, at): (Status, Timestamp)) {
        let (change, last_command) = match status {
            Status::Completed => (AssumedStateChange::by(action), Some(action.name())),
            Status::Unknown => (AssumedStateChange::unsure(action), None),
            Status::Pending
            | Status::Processing
            | Status::Failed
            | Status::Expired
            | Status::Superseded
            | Status::Cancelled => return,
        };
        if !port.port.is_board() && action.is_infrared() {
            let data = PortUpdated { port, last_command, change: &change };
            self.publish(EventKind::PortUpdated, &data);
        }
        if status == Status::Completed && action.nature() == Nature::Toggle {
            // A std lock: held for one move, never across an await.
            let mut toggled = self.0.toggled.lock().unwrap_or_else(PoisonError::into_inner);
            toggled.insert(port.clone(), Toggled { since: at, asks: Toggled::ASKS });
            drop(toggled);
            self.0.progress.notify_one();
        }
    }

    /// A device came or went.
    pub(crate) fn device(&self, hostname: &Hostname, state: &DeviceState) {
        let (presence, cause) = words::presence(state);
        let data = json!({"hostname": hostname, "presence": presence, "cause": cause});
        self.publish(EventKind::DeviceState, &data);
        self.0.stirred.notify_one();
    }

    /// What works now changed.
    pub(crate) fn works(&self, mode: &str, words: &str) {
        self.0.is_paused.store(mode == PAUSED, Ordering::Relaxed);
        self.publish(EventKind::QueueHealth, &json!({"mode": mode, "detail": words}));
        self.0.stirred.notify_one();
        self.0.switched.notify_one();
    }

    /// The wall clock was set.
    pub(crate) fn clock(&self, set: SetClock) {
        if let Some(jump) = set.jump {
            self.publish(EventKind::ClockJumped, &json!({"jump_ms": jump.by_ms}));
            self.0.stirred.notify_one();
        }
    }

    /// An occurrence of a schedule was handled.
    pub(crate) fn run(&self, run: &ScheduleRun) {
        if run.outcome == RunOutcome::Fired {
            self.one_is_over(Concern::SCHEDULE_DISPLACED, &run.schedule);
            self.one_is_over(Concern::SCHEDULE_REFUSED, &run.schedule);
        }
        self.publish(EventKind::ScheduleFired, &words::run(run));
    }

    /// Tells how far batches are, and how TVs are that were toggled, for good: the first word at once, then so often
    /// at the most.
    pub(crate) async fn publish_progress(&self, store: &impl QueueView) {
        loop {
            self.0.progress.notified().await;
            loop {
                let (moved, toggled) = (taken(&self.0.moved), taken(&self.0.toggled));
                if moved.is_empty() && toggled.is_empty() {
                    break;
                }
                for id in moved {
                    // A batch that cannot be read is told of when it moves next.
                    if let Ok(Some(batch)) = store.batch(id).await {
                        self.publish(EventKind::BatchProgress, &words::progress(&batch));
                    }
                }
                let late = self.publish_toggled(toggled, store).await;
                sleep(PROGRESS).await;
                let mut toggled = self.0.toggled.lock().unwrap_or_else(PoisonError::into_inner);
                for (port, late) in late {
                    // Toggled again meanwhile, it is told as it is behind that.
                    toggled.entry(port).or_insert(late);
                }
            }
        }
    }

    /// How TVs are since they were toggled, where the state before was known; gives back those of which the store does
    /// not have it yet.
    async fn publish_toggled(
        &self,
        mut toggled: BTreeMap<PortId, Toggled>,
        store: &impl QueueView,
    ) -> BTreeMap<PortId, Toggled> {
        let devices: BTreeSet<Hostname> = toggled.keys().map(|port| port.device.clone()).collect();
        for device in devices {
            let known = store.port_status(Some(device)).await.unwrap_or_default();
            for status in known {
                let is_there = |one: &&Toggled| status.last_command_at >= one.since;
                if toggled.get(&status.port).filter(is_there).is_none() {
                    continue;
                }
                toggled.remove(&status.port);
                let (power, muted) = (Some(status.power), Some(status.muted));
                let change = AssumedStateChange { power, muted, ..AssumedStateChange::default() };
                let last_command = Some(&*status.last_command);
                let data = PortUpdated { port: &status.port, last_command, change: &change };
                self.publish(EventKind::PortUpdated, &data);
            }
        }
        toggled.retain(|_, one| {
            one.asks = one.asks.saturating_sub(1);
            one.asks > 0
        });
        toggled
    }
}

/// What is there, of which nothing is left.
fn taken<T: Default>(shared: &Mutex<T>) -> T {
    std::mem::take(&mut *shared.lock().unwrap_or_else(PoisonError::into_inner))
}

impl HistoryListener for EventPublisher {
    fn direct(&self, record: &DirectRecord) {
        Self::direct(self, record);
    }

    fn ended(&self, ended_commands: &EndedCommands) {
        Self::ended(self, ended_commands);
    }

    fn lost(&self, lost: u64) {
        self.concern(Concern {
            kind: "history_lost",
            about: None,
            critical: false,
            summary: format!(
                "the history lacks {lost} direct commands or more: the store was down for too long"
            ),
            advice: "repair the store (see store_down); what was lost stays lost. The alert ends when venued is \
                     restarted",
        });
    }
}
