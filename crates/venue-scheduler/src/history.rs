//! Direct commands on their way into the history, behind their answers.

use std::{
    collections::VecDeque,
    fmt,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::sleep};
use venue_domain::{
    Attempt, Clock, Command, CommandId, CommandQueue, CommandWithAttempts, DirectRecord,
    EndedCommands, LaneNote, LaneObserver, LaneStore, Outcome, Reason, Recorder, RoutingMethod,
    Status, StoreAvailability, StoreError,
};

/// Hears what a [`HistoryRecorder`] is told, before it is stored. Never waits.
pub trait HistoryListener: Send + Sync {
    /// A direct command ended.
    fn direct(&self, _record: &DirectRecord) {}

    /// Commands of the queue ended, and batches with them; each is told once.
    fn ended(&self, _ended_commands: &EndedCommands) {}

    /// The store was down for so long that `lost` direct commands are left out so far: told at 1, 2, 4 and so
    /// on.
    fn lost(&self, _lost: u64) {}
}

/// Nobody listens.
impl HistoryListener for () {}

/// Keeps what has ended until it is stored: a bounded number while the store is down, and then the
/// newest. Clones share it.
///
/// It is the recorder of a router and of a scheduler, and hears what lanes do by themselves. What it is told it
/// hands to the store in [`HistoryRecorder::run`], behind the answers.
pub struct HistoryRecorder<L, C>(Arc<Inner<L, C>>);

struct Inner<L, C> {
    /// Those who watch.
    listener: L,
    clock: C,
    unrecorded: Unrecorded,
    notify: Notify,
}

impl<L, C> Clone for HistoryRecorder<L, C> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<L, C> fmt::Debug for HistoryRecorder<L, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unrecorded = &self.0.unrecorded;
        f.debug_struct("HistoryRecorder").field("unrecorded", unrecorded).finish_non_exhaustive()
    }
}

/// Direct commands that were answered and that the store does not have yet: what is asked about them
/// is answered from here. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Unrecorded(Arc<Mutex<Backlog>>);

#[derive(Debug, Default)]
struct Backlog {
    waiting: VecDeque<DirectRecord>,
    /// The group that the store is being handed.
    storing: Vec<DirectRecord>,
    lost: u64,
    /// What lanes did by themselves, behind what was recorded before.
    notes: VecDeque<LaneNote>,
}

impl Unrecorded {
    /// What is known here of a command.
    #[must_use]
    pub fn find(&self, id: CommandId) -> Option<CommandWithAttempts> {
        let backlog = self.lock();
        // The newest is what is asked for.
        let mut records = backlog.waiting.iter().rev().chain(&backlog.storing);
        records.find(|record| record.command.id == id).map(CommandWithAttempts::from)
    }

    fn lock(&self) -> MutexGuard<'_, Backlog> {
        // A std lock: held for a few moves or one search, never across an await.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<L: HistoryListener, C: Clock> Recorder for HistoryRecorder<L, C> {
    fn record(&self, record: DirectRecord) {
        self.0.listener.direct(&record);
        let mut backlog = self.0.unrecorded.lock();
        if backlog.waiting.len() >= KEPT {
            backlog.waiting.pop_front();
            backlog.lost += 1;
            if backlog.lost.is_power_of_two() {
                tracing::warn!(lost = backlog.lost, "the history loses direct commands");
                self.0.listener.lost(backlog.lost);
            }
        }
        backlog.waiting.push_back(record);
        drop(backlog);
        self.0.notify.notify_one();
    }

    fn ended(&self, ended_commands: EndedCommands) {
        self.0.listener.ended(&ended_commands);
        for ended in ended_commands.ended {
            let status = ended.status;
            // The document's line for every executed command.
            tracing::info!(
                command_id = %ended.command,
                queue_id = %ended.queue_id,
                hostname = %ended.target.device,
                port = ended.target.port.number(),
                command = ended.action.name(),
                class = ended.class.name(),
                batch_id = ended.batch.as_ref().map(tracing::field::display),
                routing_method = RoutingMethod::Queued.name(),
                status = status.name(),
                reason = ended.reason.name(),
                success = status == Status::Completed,
                execution_time_ms = ended.took.map(|took| took.as_millis() as u64),
                attempts = ended.attempts,
                user_ip = ended.user_ip.map(tracing::field::display),
                "queued command ended"
            );
        }
        for batch_id in ended_commands.finished_batches {
            tracing::info!(%batch_id, "batch finished");
        }
    }
}

impl<L: HistoryListener, C: Clock> LaneObserver for HistoryRecorder<L, C> {
    fn cleared(&self, commands: Vec<CommandId>) {
        self.note(LaneNote::Cleared { commands, at: self.0.clock.now() });
    }

    fn reasserted(&self, command: &Command, outcome: &Outcome, took: Duration) {
        let reason = Reason::from(outcome);
        tracing::info!(
            command_id = %command.id,
            hostname = %command.target.device,
            port = command.target.port.number(),
            command = command.action.name(),
            reason = reason.name(),
            execution_time_ms = took.as_millis() as u64,
            "sent once more: an older command may have come to life behind it"
        );
        let started_at = self.0.clock.now().minus(took);
        let detail = outcome.detail().unwrap_or_else(|| AGAIN.to_owned());
        let (evidence, detail) = (outcome.evidence(), Some(detail));
        let attempt = Attempt { started_at, took, reason, evidence, detail };
        self.note(LaneNote::Reasserted { command: command.id, attempt });
    }
}

impl<L: HistoryListener, C: Clock> HistoryRecorder<L, C> {
    /// Tells `listener` what has ended, and keeps in `unrecorded` what is not stored yet.
    #[must_use]
    pub fn new(listener: L, clock: C, unrecorded: Unrecorded) -> Self {
        Self(Arc::new(Inner { listener, clock, unrecorded, notify: Notify::new() }))
    }

    /// The store is back, or there is another reason to look.
    pub fn look(&self) {
        self.0.notify.notify_one();
    }

    fn note(&self, note: LaneNote) {
        let mut backlog = self.0.unrecorded.lock();
        if backlog.notes.len() >= KEPT {
            // The oldest counts least: what may come to life is over after 150 s.
            backlog.notes.pop_front();
        }
        backlog.notes.push_back(note);
        drop(backlog);
        self.0.notify.notify_one();
    }

    /// Stores what comes until `stop` comes back, and then what is left. Within a tokio runtime.
    ///
    /// # Cancel safety
    /// What waits goes on waiting; of a group that is being stored nobody knows afterwards whether it is.
    pub async fn run<Q: CommandQueue, S: LaneStore>(
        &self,
        queue: &Q,
        lanes: &S,
        availability: &StoreAvailability,
        stop: impl Future<Output = ()> + Send,
    ) {
        let (mut stop, mut stopping) = (pin!(stop), false);
        loop {
            while availability.is_up() && self.store_some(queue, availability).await {}
            if availability.is_up() {
                self.store_notes(lanes, availability).await;
            }
            if stopping {
                return;
            }
            tokio::select! {
                // The thread that writes must not wake in the middle of the command that is next.
                () = async { self.0.notify.notified().await; sleep(TOGETHER).await } => {}
                () = &mut stop => stopping = true,
            }
        }
    }

    /// Stores a group; `false` when there is nothing left, or the store has failed.
    async fn store_some<Q: CommandQueue>(
        &self,
        queue: &Q,
        availability: &StoreAvailability,
    ) -> bool {
        let group: Vec<DirectRecord> = {
            let mut backlog = self.0.unrecorded.lock();
            let count = backlog.waiting.len().min(GROUP);
            let group: Vec<DirectRecord> = backlog.waiting.drain(..count).collect();
            backlog.storing.clone_from(&group);
            group
        };
        if group.is_empty() {
            return false;
        }
        let recorded = queue.record(group.clone()).await;
        let mut backlog = self.0.unrecorded.lock();
        // From here on the store knows them, or they wait again.
        backlog.storing.clear();
        if recorded.as_ref().is_err_and(|error| !matches!(error, StoreError::Invalid { .. })) {
            group.iter().rev().for_each(|record| backlog.waiting.push_front(record.clone()));
        }
        drop(backlog);
        match recorded {
            Ok(ended_commands) => {
                self.ended(ended_commands);
                true
            }
            Err(error @ StoreError::Invalid { .. }) => {
                // It would be refused for ever, and hold up all that comes behind it.
                tracing::error!(%error, records = group.len(), "records are not kept");
                true
            }
            Err(error) => {
                if error.is_down() {
                    availability.mark_down();
                }
                tracing::warn!(%error, records = group.len(), "the history waits for the store");
                false
            }
        }
    }

    /// Stores what lanes did, after what they did it with.
    async fn store_notes<S: LaneStore>(&self, lanes: &S, availability: &StoreAvailability) {
        let notes: Vec<LaneNote> = {
            let mut backlog = self.0.unrecorded.lock();
            if !backlog.waiting.is_empty() {
                return;
            }
            backlog.notes.drain(..).collect()
        };
        if notes.is_empty() {
            return;
        }
        let Err(error) = lanes.note_lanes(notes.clone()).await else { return };
        if matches!(error, StoreError::Invalid { .. }) {
            tracing::error!(%error, "what lanes did is not kept");
            return;
        }
        if error.is_down() {
            availability.mark_down();
        }
        let mut backlog = self.0.unrecorded.lock();
        notes.into_iter().rev().for_each(|note| backlog.notes.push_front(note));
    }
}

/// What an attempt that its lane made by itself says of itself.
const AGAIN: &str = "sent once more: an older command may have come to life behind it";

/// So many direct commands are kept while the store is down.
const KEPT: usize = 10_000;

/// What ends within this time shares a commit: nobody waits for it.
const TOGETHER: Duration = Duration::from_millis(5);

/// So many are stored with one commit.
const GROUP: usize = 256;
