//! A venue: a scheduler with its store, its devices and its clock.

use std::{
    sync::Arc,
    time::{Duration, Instant as StdInstant},
};

use tokio::{
    sync::watch,
    time::{Instant, timeout},
};
use venue_domain::{
    Actor, Attempt, BatchId, Class, Clock, Command, CommandId, CommandQueue, CommandWithAttempts,
    DirectRecord, Due, EndedCommands, Enqueued, Fences, MaxAttempts, MemoryMarker, NewBatch,
    NewCommand, OrderClock, OrderKey, OutageMarker, Priority, QueueView, Reason, Recorder, Status,
    StoreAvailability, StoreError, Timestamp, testing,
};
use venue_scheduler::{
    NotifyingQueue, Scheduler, SchedulerConfig, SchedulerParts, SchedulerState, Waker,
};

use crate::{
    devices::{Devices, PATIENCE},
    store::Store,
};

/// Everything that a test needs.
pub(crate) struct Venue {
    pub(crate) store: Store,
    pub(crate) devices: Arc<Devices>,
    pub(crate) fences: Arc<Fences>,
    pub(crate) order: Arc<OrderClock>,
    pub(crate) availability: Arc<StoreAvailability>,
    pub(crate) marker: Arc<MemoryMarker>,
    pub(crate) clock: VirtualClock,
    pub(crate) recorder: Arc<Told>,
    pub(crate) scheduler: Scheduler,
}

/// Wall and monotonic clock, both virtual.
#[derive(Clone, Copy)]
pub(crate) struct VirtualClock(Instant);

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(EPOCH).plus(self.0.elapsed())
    }

    fn instant(&self) -> StdInstant {
        Instant::now().into_std()
    }
}

const EPOCH: i64 = 1_700_000_000_000;

/// What was told to have ended.
#[derive(Default)]
pub(crate) struct Told(watch::Sender<EndedCommands>);

impl Recorder for Told {
    fn record(&self, _record: DirectRecord) {}

    fn ended(&self, ended_commands: EndedCommands) {
        self.0.send_modify(|all| {
            all.ended.extend(ended_commands.ended);
            all.finished_batches.extend(ended_commands.finished_batches);
        });
    }
}

impl Told {
    pub(crate) fn all(&self) -> EndedCommands {
        self.0.borrow().clone()
    }

    /// Waits until that many commands have ended.
    pub(crate) async fn wait_for_ended(&self, count: usize) {
        let mut told = self.0.subscribe();
        let reached = timeout(PATIENCE, told.wait_for(|all| all.ended.len() >= count)).await;
        assert!(reached.is_ok(), "ended so far: {:?}", self.all());
    }
}

impl Venue {
    pub(crate) fn start() -> Self {
        Self::with(SchedulerConfig::default())
    }

    pub(crate) fn with(config: SchedulerConfig) -> Self {
        Self::over(Store::default(), config)
    }

    /// A start over a store that holds something already.
    pub(crate) fn over(store: Store, config: SchedulerConfig) -> Self {
        let clock = VirtualClock(Instant::now());
        Self::at(store, clock, MemoryMarker::default(), config)
    }

    pub(crate) fn at(
        store: Store,
        clock: VirtualClock,
        marker: MemoryMarker,
        config: SchedulerConfig,
    ) -> Self {
        let fences = Arc::<Fences>::default();
        let order = Arc::<OrderClock>::default();
        let availability = Arc::new(StoreAvailability::down());
        let devices = Devices::new(Arc::clone(&fences));
        let recorder = Arc::<Told>::default();
        let marker = Arc::new(marker);
        let parts = SchedulerParts {
            queue: Arc::new(store.clone()),
            transport: Arc::clone(&devices),
            clock,
            fences: Arc::clone(&fences),
            order: Arc::clone(&order),
            availability: Arc::clone(&availability),
            recorder: Arc::clone(&recorder) as Arc<dyn Recorder>,
            marker: Arc::clone(&marker) as Arc<dyn OutageMarker>,
            jitter: Arc::new(|| 0.5),
        };
        let scheduler = Scheduler::start(parts, config);
        Self { store, devices, fences, order, availability, marker, clock, recorder, scheduler }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn waker(&self) -> &Waker {
        self.scheduler.waker()
    }

    /// Waits until commands are handed out, or the opposite.
    pub(crate) async fn wait_for(&self, state: SchedulerState) {
        let mut watch = self.scheduler.watch();
        timeout(PATIENCE, watch.wait_for(|now| *now == state)).await.unwrap().unwrap();
    }

    /// Stores a command as the router would, and wakes the scheduler.
    pub(crate) async fn enqueue(&self, new: NewCommand) -> CommandId {
        self.try_enqueue(new).await.unwrap()
    }

    pub(crate) async fn try_enqueue(&self, new: NewCommand) -> Result<CommandId, StoreError> {
        let id = new.command.id;
        let stored = self.queue().enqueue(new).await?;
        assert!(matches!(stored.answer, Enqueued::Waiting { .. }), "{stored:?}");
        self.recorder.ended(stored.ended_commands);
        Ok(id)
    }

    pub(crate) async fn batch(&self, commands: Vec<NewCommand>) -> BatchId {
        self.batch_into(&self.queue(), commands).await
    }

    pub(crate) async fn batch_into(
        &self,
        queue: &impl CommandQueue,
        commands: Vec<NewCommand>,
    ) -> BatchId {
        let id = BatchId::generate();
        let batch = NewBatch {
            id: id.clone(),
            actor: Actor::default(),
            created_at: self.now(),
            commands,
            rejected: 0,
            duplicates: 0,
            notes: None,
        };
        queue.create_batch(batch).await.unwrap();
        id
    }

    pub(crate) fn queue(&self) -> NotifyingQueue<Store> {
        NotifyingQueue::new(self.store.clone(), self.waker().clone())
    }

    /// An accepted bulk command; `what` such as `power_on` or `channel 5`.
    pub(crate) fn bulk(&self, what: &str, target: &str) -> NewCommand {
        let command = self.command(what, target, Class::Bulk);
        NewCommand::new(command, Priority::BULK, MaxAttempts::default())
    }

    /// A system command, tried once.
    pub(crate) fn system(&self, what: &str, target: &str) -> NewCommand {
        let command = self.command(what, target, Class::System);
        NewCommand::new(command, Priority::SYSTEM, MaxAttempts::ONCE)
    }

    /// An interactive command that fell back after a direct try.
    pub(crate) fn fallback(&self, what: &str, target: &str) -> NewCommand {
        let command = self.command(what, target, Class::Interactive);
        let now = self.now();
        let tried = Attempt {
            started_at: now,
            took: Duration::ZERO,
            reason: Reason::DeviceOffline,
            evidence: None,
            detail: None,
        };
        NewCommand {
            due: Due::At(now.plus(Duration::from_secs(2))),
            direct_attempt: Some(tried),
            ..NewCommand::new(command, Priority::INTERACTIVE, MaxAttempts::default())
        }
    }

    /// A command that is due in `wait`, with an order key only then.
    pub(crate) fn scheduled(&self, what: &str, target: &str, wait: Duration) -> NewCommand {
        let mut new = self.bulk_unaccepted(what, target);
        let at = self.now().plus(wait);
        new.command.key = OrderKey::at(at, 0);
        new.command.expires_at = at.plus(Duration::from_secs(600));
        new.due = Due::Scheduled { at, wish: None };
        new
    }

    fn bulk_unaccepted(&self, what: &str, target: &str) -> NewCommand {
        let key = OrderKey::at(self.now(), 0);
        let command = self.keyed(what, target, Class::Bulk, key);
        NewCommand::new(command, Priority::SCHEDULED, MaxAttempts::default())
    }

    /// An accepted command: it has raised its fences.
    pub(crate) fn command(&self, what: &str, target: &str, class: Class) -> Command {
        let command = self.keyed(what, target, class, self.order.next(self.now()));
        self.fences.raise(&command);
        command
    }

    fn keyed(&self, what: &str, target: &str, class: Class, key: OrderKey) -> Command {
        let now = self.now();
        let life = if class == Class::Bulk { 600 } else { 30 };
        let expires_at = now.plus(Duration::from_secs(life));
        Command { class, key, expires_at, ..testing::command(what, target, now, 0) }
    }

    /// What the store knows of a command.
    pub(crate) async fn account(&self, id: CommandId) -> CommandWithAttempts {
        self.store.memory.command(id).await.unwrap().unwrap()
    }

    /// Waits until a command has ended; tells its status and reason.
    pub(crate) async fn end_of(&self, id: CommandId) -> (Status, Reason) {
        let mut told = self.recorder.0.subscribe();
        let known = |all: &EndedCommands| all.ended.iter().any(|ended| ended.command == id);
        timeout(PATIENCE, told.wait_for(known)).await.unwrap().unwrap();
        let record = self.account(id).await.record;
        (record.status, record.reason.unwrap())
    }
}

/// Lets virtual time pass.
pub(crate) async fn pass(time: Duration) {
    drop(timeout(time, std::future::pending::<()>()).await);
}

/// Lets everything happen that happens at this instant.
pub(crate) async fn settle_down() {
    pass(Duration::from_millis(2)).await;
}

/// The milliseconds from `start` to when each command was sent.
pub(crate) fn times(venue: &Venue, start: Instant) -> Vec<u128> {
    venue.devices.sent().iter().map(|sent| (sent.at - start).as_millis()).collect()
}
