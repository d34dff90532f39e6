//! One life of the service: router, scheduler and lanes from start to stop or kill.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{sync::watch, task::JoinSet};
use venue_domain::{
    Action, BatchId, Clock, CommandQueue, DirectRecord, Fences, ItemChange, ItemKind, LaneNote,
    LaneObserver, LaneStore, MemoryMarker, NoMarker, OrderClock, OutageMarker, PortId, Recorder,
    StoreAvailability, StoreError, WallOffset, WorkQueue,
};
use venue_lane::{KnownPast, Lanes, LanesConfig, PortTimings};
use venue_routing::{
    Asker, BatchAnswer, BulkRequest, CommandOptions, Firing, Rejection, Router, RouterParts,
    StoreHandles, TargetSteps, Timeouts,
};
use venue_scheduler::{
    NotifyingQueue, Scheduler, SchedulerConfig, SchedulerParts, SchedulerState, StopError, Waker,
};

use crate::{
    board::Board,
    clock::VirtualClock,
    flaw::Flaw,
    front::Front,
    history::History,
    ledger::{
        Ledger,
        screens::{Refusals, Run},
    },
    line::Line,
    registry::{LockedTvs, Registry, Removed},
    store::{Keeps, Store},
    story::Redo,
    wire::NamedWire,
};

/// What outlives every service.
pub(crate) struct Ground<S> {
    pub(crate) store: S,
    pub(crate) boards: Vec<Arc<Board>>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) clock: VirtualClock,
    pub(crate) flaw: Option<Flaw>,
    pub(crate) down: Arc<AtomicBool>,
    pub(crate) marker: Mutex<Arc<MemoryMarker>>,
    /// The clock of the machine was behind when it booted.
    pub(crate) distrusted: AtomicBool,
    /// Devices that are not registered.
    pub(crate) removed: Removed,
    /// The TVs that are locked.
    pub(crate) locks: LockedTvs,
}

impl<S> Ground<S> {
    /// What is due in the store may be older than what was sent.
    pub(crate) async fn mark_unclean(&self) {
        self.distrusted.store(true, Ordering::SeqCst);
        let marker = Arc::clone(&self.marker.lock().unwrap());
        let _memory = marker.set().await;
    }

    fn marker_of_the_next_run(&self) -> Arc<dyn OutageMarker> {
        let mut marker = self.marker.lock().unwrap();
        *marker = Arc::new(marker.next_run());
        let distrusted = self.distrusted.swap(false, Ordering::SeqCst);
        let unmarked = self.flaw == Some(Flaw::NoMarker) && !distrusted;
        if unmarked { Arc::new(NoMarker) } else { marker.clone() }
    }
}

type Queue<S> = NotifyingQueue<Store<S>>;

/// One life of the service.
pub(crate) struct Generation<S> {
    alive: Arc<AtomicBool>,
    lanes: Arc<Lanes<NamedWire>>,
    lines: Vec<Arc<Line>>,
    pub(crate) scheduler: Scheduler,
    router: Arc<Router<Front, Registry, VirtualClock, Queue<S>>>,
    queue: Queue<S>,
    pub(crate) availability: Arc<StoreAvailability>,
    history: Arc<History>,
    calls: JoinSet<()>,
    /// What goes on until the service ends.
    _followers: JoinSet<()>,
    ledger: Arc<Ledger>,
    removed: Removed,
}

impl<S: Keeps> Generation<S> {
    pub(crate) fn start(ground: &Ground<S>) -> Self {
        let alive = Arc::new(AtomicBool::new(true));
        let (fences, order) = (Arc::new(Fences::new()), Arc::new(OrderClock::new()));
        let flawed = |flaw| ground.flaw == Some(flaw);
        if !flawed(Flaw::KeysForgottenByReboot) && !flawed(Flaw::ClockGoesBack) {
            order.raise(ground.clock.floor());
        }
        let apart = |apart: bool| if apart { Arc::default() } else { Arc::clone(&fences) };
        let lanes = apart(flawed(Flaw::NoLookBeforeTheFirstByte));
        let past = KnownPast::Recalled;
        let lanes = Arc::new(Lanes::new(lanes, LanesConfig { past, ..LanesConfig::default() }));
        let lines = lines(ground, &lanes, &alive);
        let availability = Arc::new(StoreAvailability::down());
        let history = Arc::new(History {
            records: Mutex::default(),
            notes: Mutex::default(),
            clock: ground.clock.clone(),
        });
        lanes.observe(Arc::clone(&history) as Arc<dyn LaneObserver>);
        let store = Store {
            inner: ground.store.clone(),
            ledger: Arc::clone(&ground.ledger),
            flaw: ground.flaw,
            down: Arc::clone(&ground.down),
            alive: Arc::clone(&alive),
            fences: Arc::clone(&fences),
            order: Arc::clone(&order),
        };
        let front = Front {
            lanes: Arc::clone(&lanes),
            ledger: Arc::clone(&ground.ledger),
            flaw: ground.flaw,
            fences: Arc::clone(&fences),
            availability: Arc::clone(&availability),
            accepts: false,
        };
        let marker = ground.marker_of_the_next_run();
        let blind = flawed(Flaw::QueueSentWhileDown);
        let parts = SchedulerParts {
            queue: Arc::new(store.clone()),
            transport: front.clone(),
            clock: if flawed(Flaw::WishesStay) {
                ground.clock.unset()
            } else {
                ground.clock.clone()
            },
            fences: Arc::clone(&fences),
            order: Arc::clone(&order),
            availability: if blind {
                Arc::new(StoreAvailability::up())
            } else {
                Arc::clone(&availability)
            },
            recorder: Arc::clone(&history) as Arc<dyn Recorder>,
            marker: Arc::clone(&marker),
            jitter: Arc::new(|| 0.5),
        };
        if blind && !ground.down.load(Ordering::SeqCst) {
            availability.mark_up();
        }
        let scheduler = Scheduler::start(parts, SchedulerConfig::default());
        let mut calls = JoinSet::new();
        let (state, known_lanes) = (scheduler.watch(), Arc::downgrade(&lanes));
        calls.spawn(recall(state, store.clone(), known_lanes, ground.clock.clone()));
        let offsets = ground.clock.watch();
        let mut followers = JoinSet::new();
        followers.spawn(move_wishes(offsets, store.clone(), scheduler.waker().clone()));
        let queue = NotifyingQueue::new(store, scheduler.waker().clone());
        let own = flawed(Flaw::DirectRaisesNothing)
            || flawed(Flaw::FencesFollowTheStore)
            || ground.flaw.is_some_and(Flaw::is_disguise);
        let parts = RouterParts {
            transport: Front { accepts: true, ..front },
            directory: Registry::new(ground),
            clock: ground.clock.clone(),
            fences: apart(own),
            order,
            store: StoreHandles {
                queue: queue.clone(),
                availability: Arc::clone(&availability),
                recorder: Arc::clone(&history) as Arc<dyn Recorder>,
                marker,
            },
        };
        let router = Arc::new(Router::new(parts, Timeouts::default()));
        let ledger = Arc::clone(&ground.ledger);
        let removed = Arc::clone(&ground.removed);
        Self {
            alive,
            lanes,
            lines,
            scheduler,
            router,
            queue,
            availability,
            history,
            calls,
            _followers: followers,
            ledger,
            removed,
        }
    }

    pub(crate) fn submit(&mut self, target: PortId, action: Action, options: CommandOptions) {
        let (router, ledger) = (Arc::clone(&self.router), Arc::clone(&self.ledger));
        let class = options.class;
        let not_looked_at = self.queue.queue().is_flawed(Flaw::ClassesNotLookedAt);
        let options =
            if not_looked_at { CommandOptions { class: None, ..options } } else { options };
        self.calls.spawn(async move {
            let (by, at) = (options.actor.clone(), options.queue.scheduled_at);
            match router.submit(target, action.clone(), options).await {
                Ok(answer) => {
                    ledger.named(&answer.command, class);
                    ledger.tell(answer.command.id, answer.status());
                }
                Err(Rejection::Locked { .. }) => {
                    ledger.refused_as_locked(&by, &action, at, router.clock().now());
                }
                Err(_) => {}
            }
        });
    }

    pub(crate) fn submit_batch(&mut self, request: BulkRequest) {
        let one = |target: PortId| {
            let (targets, batch_id) = (vec![target], None);
            BulkRequest { targets, batch_id, ..request.clone() }
        };
        let requests = if self.queue.queue().is_flawed(Flaw::SharedSentTwice) {
            request.targets.iter().cloned().map(one).collect()
        } else {
            vec![request.clone()]
        };
        let (router, ledger) = (Arc::clone(&self.router), Arc::clone(&self.ledger));
        let run: Run =
            request.targets.into_iter().map(|port| (port, vec![request.action.clone()])).collect();
        self.calls.spawn(async move {
            let mut refusals = Refusals::new();
            for (first, part) in requests.into_iter().enumerate() {
                let Ok(answer) = router.submit_batch(part).await else { return };
                refusals.extend(refused(first, &answer));
            }
            ledger.ran(&request.actor, &run, &refusals);
        });
    }

    /// Runs a preset.
    pub(crate) fn fire(&mut self, firing: Firing) {
        let one = |target: &TargetSteps| {
            let (targets, batch) = (vec![target.clone()], BatchId::generate());
            Firing { targets, batch, ..firing.clone() }
        };
        let firings = if self.queue.queue().is_flawed(Flaw::SharedSentTwice) {
            firing.targets.iter().map(one).collect()
        } else {
            vec![firing.clone()]
        };
        let (router, ledger) = (Arc::clone(&self.router), Arc::clone(&self.ledger));
        let actions = |steps: Vec<(Duration, Action)>| steps.into_iter().map(|(_, action)| action);
        let run = firing.targets.into_iter();
        let run: Run = run.map(|one| (one.target, actions(one.steps).collect())).collect();
        self.calls.spawn(async move {
            let mut refusals = Refusals::new();
            for (first, part) in firings.into_iter().enumerate() {
                let Ok(answer) = router.fire(part).await else { return };
                refusals.extend(refused(first, &answer));
            }
            ledger.ran(&firing.actor, &run, &refusals);
        });
    }

    /// So many try a batch anew or take it back at once.
    pub(crate) fn redo(
        &mut self,
        redo: Redo,
        batch: &BatchId,
        times: u32,
        asker: &Asker,
        view: &S,
    ) {
        let ledger = Arc::clone(&self.ledger);
        let mut at_once = JoinSet::new();
        for _ in 0..times {
            let (router, view) = (Arc::clone(&self.router), view.clone());
            let (batch, asker) = (batch.clone(), asker.clone());
            at_once.spawn(async move {
                let redone = match redo {
                    Redo::Retry => router.retry_batch(&view, batch, asker).await,
                    Redo::Undo => router.undo_batch(&view, batch, asker).await,
                };
                redone.ok().and_then(|redone| redone.batch).map(|batch| batch.batch)
            });
        }
        let what = format!("{redo:?} of {batch}");
        self.calls.spawn(async move {
            let made = at_once.join_all().await.into_iter().flatten();
            ledger.redone(&what, made.collect::<BTreeSet<_>>().len());
        });
    }

    /// A device goes out of the registry, with what waits for it; nothing happens if that cannot be stored.
    pub(crate) async fn remove(&self, ground: &Ground<S>, device: usize) {
        let line = &self.lines[device];
        let change =
            ItemChange::Remove { kind: ItemKind::Device, id: ground.boards[device].name.clone() };
        let store = self.queue.queue();
        let (inner, now) = (store.inner.clone(), ground.clock.now());
        let goes_on = store.is_flawed(Flaw::RemovedGoesOn);
        let changes = if goes_on { Vec::new() } else { vec![change] };
        let configured = store.call(async move { inner.configure(changes, now).await }).await;
        let Ok(stored) = configured else { return };
        self.scheduler.waker().ended(&stored.ended_commands);
        ground.removed.lock().unwrap().insert(device);
        self.lanes.remove(&line.name());
        line.leave();
        ground.ledger.removed(&ground.boards[device].name);
    }

    /// A device is registered again; nothing happens if that cannot be stored.
    pub(crate) async fn add_again(&mut self, ground: &Ground<S>, device: usize) {
        if !ground.removed.lock().unwrap().contains(&device) {
            return;
        }
        let id = ground.boards[device].name.clone();
        let change = ItemChange::Put { kind: ItemKind::Device, id, body: "{}".to_owned() };
        let store = self.queue.queue();
        let (inner, now) = (store.inner.clone(), ground.clock.now());
        let changes = if store.is_flawed(Flaw::RemovedGoesOn) { vec![] } else { vec![change] };
        let configured = store.call(async move { inner.configure(changes, now).await }).await;
        let Ok(stored) = configured else { return };
        self.scheduler.waker().ended(&stored.ended_commands);
        ground.removed.lock().unwrap().remove(&device);
        self.open(ground, device);
    }

    /// The address of a device is edited, as the daemon does it.
    pub(crate) fn edit(&mut self, ground: &Ground<S>, device: usize) {
        if ground.removed.lock().unwrap().contains(&device) {
            return;
        }
        let old = &self.lines[device];
        self.lanes.switch(&old.name());
        old.leave();
        self.open(ground, device);
    }

    fn open(&mut self, ground: &Ground<S>, device: usize) {
        ground.ledger.toggles_begin_anew();
        let line = Line::new(&ground.boards[device], ground, &self.alive);
        let wire = NamedWire::new(&line, &ground.boards[device]);
        self.lanes.add(line.name(), wire, PortTimings::default());
        if line.is_online() {
            self.scheduler.waker().session(line.name());
        }
        self.lines[device] = line;
    }

    /// Whether it believes that its store can be used.
    pub(crate) fn can_store(&self) -> bool {
        self.availability.is_up()
    }

    /// Something has happened to the boards.
    pub(crate) fn look(&self) {
        let removed = self.removed.lock().unwrap();
        for (_, line) in self.lines.iter().enumerate().filter(|(index, _)| !removed.contains(index))
        {
            let before = line.is_online();
            line.look();
            if !before && line.is_online() {
                self.scheduler.waker().session(line.name());
            }
        }
    }

    /// Stores what ended directly, if the store can be used.
    pub(crate) async fn flush(&self) {
        let records: Vec<DirectRecord> = self.history.records.lock().unwrap().drain(..).collect();
        if !records.is_empty()
            && (!self.availability.is_up() || self.queue.record(records.clone()).await.is_err())
        {
            self.history.records.lock().unwrap().splice(0..0, records);
            return;
        }
        let notes: Vec<LaneNote> = self.history.notes.lock().unwrap().drain(..).collect();
        if !notes.is_empty()
            && (!self.availability.is_up()
                || self.queue.queue().note_lanes(notes.clone()).await.is_err())
        {
            self.history.notes.lock().unwrap().splice(0..0, notes);
        }
    }

    /// Stops as the daemon does.
    pub(crate) async fn stop(mut self) {
        // With the store down for good the lanes are never told anything.
        let calls = async { while self.calls.join_next().await.is_some() {} };
        drop(tokio::time::timeout(Duration::from_secs(20), calls).await);
        // With the store down it may not stop in order: the next start rescues.
        let _: Result<(), StopError> = self.scheduler.shutdown().await;
        self.lanes.shutdown().await;
        self.flush().await;
        self.alive.store(false, Ordering::SeqCst);
    }

    /// Nothing of it does anything any more.
    pub(crate) fn kill(self) {
        self.alive.store(false, Ordering::SeqCst);
    }
}

/// The targets that an answer refuses, where its first target has the place `first`.
fn refused(first: usize, answer: &BatchAnswer) -> Refusals {
    let refused = answer.rejected.iter();
    refused.map(|(place, rejection)| (first + place, rejection.code())).collect()
}

fn lines<S>(
    ground: &Ground<S>,
    lanes: &Arc<Lanes<NamedWire>>,
    alive: &Arc<AtomicBool>,
) -> Vec<Arc<Line>> {
    let mut lines = Vec::new();
    let removed = ground.removed.lock().unwrap();
    for (index, board) in ground.boards.iter().enumerate() {
        let line = Line::new(board, ground, alive);
        if removed.contains(&index) {
            line.leave();
            lines.push(line);
            continue;
        }
        let wire = NamedWire::new(&line, board);
        lanes.add(line.name(), wire, PortTimings::default());
        lines.push(line);
    }
    lines
}

/// Tells the lanes what was stored of the time before, once the queue is recovered.
async fn recall<S: Keeps>(
    mut state: watch::Receiver<SchedulerState>,
    store: Store<S>,
    lanes: Weak<Lanes<NamedWire>>,
    clock: VirtualClock,
) {
    while state.wait_for(|state| *state == SchedulerState::Running).await.is_ok() {
        let now = clock.now();
        if let (Ok(memories), Some(lanes)) = (store.lane_memory(now).await, lanes.upgrade()) {
            return lanes.recall(memories, now);
        }
        let again = tokio::time::timeout(Duration::from_secs(1), std::future::pending::<()>());
        drop(again.await);
    }
}

/// Moves what is wished for a time of day whenever the wall clock is set.
async fn move_wishes<S: Keeps>(
    mut offsets: watch::Receiver<WallOffset>,
    store: Store<S>,
    waker: Waker,
) {
    while offsets.changed().await.is_ok() {
        let offset = *offsets.borrow_and_update();
        match store.move_wishes(offset).await {
            Ok(0) | Err(StoreError::Unavailable) => {}
            Ok(_) => waker.wishes_moved(),
            Err(_) => {
                let again = Duration::from_secs(1);
                drop(tokio::time::timeout(again, std::future::pending::<()>()).await);
                offsets.mark_changed();
            }
        }
    }
}
