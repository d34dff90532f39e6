//! One case from its first step to its verdict.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tokio::time::timeout;
use venue_domain::{
    Action, Clock, CommandId, EffectGroup, Locks, Nature, OrderKey, Status, Timestamp,
};

use crate::{
    board::Board,
    clock::{Boot, VirtualClock},
    flaw::Flaw,
    generation::{Generation, Ground},
    ledger::{Book, Frame, Ledger, Wish, group},
    store::Keeps,
    story::{DEVICES, Fault, Step, Stop, THE_BOX, Tv},
};

mod wishes;

use self::wishes::Wished;

/// What came of a case that broke no rule.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    /// What each TV was sent, such as `ir-0/1 channel 7`, in order.
    pub(crate) frames: Vec<String>,
    /// How many commands ended in which status.
    pub(crate) ended: Vec<Status>,
}

/// A venue with its service.
pub(crate) struct World<S> {
    ground: Ground<S>,
    service: Generation<S>,
    generation: u32,
    /// The TVs of each bulk command and each run of a preset.
    batches: Vec<Vec<Tv>>,
}

impl<S: Keeps> World<S> {
    fn new(store: S, flaw: Option<Flaw>) -> Self {
        let ledger = Arc::<Ledger>::default();
        let boards = (0..DEVICES).map(|index| Board::new(index, Arc::clone(&ledger))).collect();
        let clock = VirtualClock::new();
        let (down, marker, removed, locks, distrusted) = Default::default();
        let ground =
            Ground { store, boards, ledger, clock, flaw, down, marker, removed, locks, distrusted };
        let service = Generation::start(&ground);
        Self { ground, service, generation: 0, batches: Vec::new() }
    }

    /// Runs `steps`, lets everything come to rest, and judges.
    ///
    /// # Errors
    /// What was violated.
    pub(crate) async fn run(
        store: S,
        steps: &[Step],
        flaw: Option<Flaw>,
    ) -> Result<Outcome, Vec<String>> {
        let mut world = Self::new(store, flaw);
        pass(5).await;
        for step in steps {
            world = world.step(step.clone()).await;
        }
        world.rest().await;
        world.verdict().await
    }

    async fn step(mut self, step: Step) -> Self {
        match step {
            Step::Press(tv, what) => self.press(tv, &what, Wished::default()),
            Step::PressAs(tv, what, class) => {
                self.press(tv, &what, Wished { class: Some(class), ..Wished::default() });
            }
            Step::PressByManager(tv, what) => {
                self.press(tv, &what, Wished { locks: Locks::Pass, ..Wished::default() });
            }
            Step::Preset(targets) => self.run_preset(targets),
            Step::Lock(tv, wished) => self.lock(tv, wished).await,
            Step::Unlock(tv) => self.unlock(tv).await,
            Step::Redo(redo, back, times) => self.redo(redo, back, times),
            Step::Edit(device) => self.service.edit(&self.ground, device),
            Step::Schedule(tv, what, later) => {
                let at = self.ground.clock.now().plus(Duration::from_millis(later));
                let wish = self.ground.clock.offset().shown(at);
                self.press(tv, &what, Wished { at: Some(wish), ..Wished::default() });
            }
            Step::Bulk(tvs, what) => self.bulk(tvs, &what),
            Step::Device(device, fault) => {
                self.ground.boards[device].suffer(fault);
                self.service.look();
                if fault == Fault::Reboots {
                    self.ground.boards[device].suffer(Fault::Returns);
                    self.service.look();
                }
            }
            Step::StoreFails => self.ground.down.store(true, Ordering::SeqCst),
            Step::StoreBack => self.store_back(),
            Step::Remove(device) => {
                self.service.remove(&self.ground, device).await;
                // Nobody adds it again before every direct try of before is over.
                pass(5_000).await;
            }
            Step::AddAgain(device) => self.service.add_again(&self.ground, device).await,
            Step::Restart(stop) => return self.restart(stop, Boot::Same).await,
            Step::Reboot(by) => return self.restart(Stop::Killed, Boot::Shows(by)).await,
            Step::RebootLost(by) => return self.restart(Stop::InOrder, Boot::Lost(by)).await,
            Step::Pass(ms) => pass(ms).await,
            Step::SetClock(by) => {
                self.ground.clock.set(by);
                self.note_offset();
                pass(2).await;
            }
            Step::Flush => self.service.flush().await,
        }
        self
    }

    fn note_offset(&self) {
        let (offset, now) = (self.ground.clock.offset(), self.ground.clock.now());
        self.ground.ledger.set_clock(offset, now);
    }

    fn store_back(&self) {
        let was_down = self.ground.down.swap(false, Ordering::SeqCst);
        if was_down && self.ground.flaw == Some(Flaw::QueueSentWhileDown) {
            // Its scheduler never saw that anything was wrong.
            self.service.scheduler.waker().store_replaced();
            self.service.availability.mark_up();
        }
    }

    async fn restart(self, stop: Stop, boot: Boot) -> Self {
        let Self { ground, service, generation, batches } = self;
        let stored = service.can_store() && !ground.down.load(Ordering::SeqCst);
        match stop {
            Stop::InOrder => service.stop().await,
            Stop::Killed => service.kill(),
        }
        if stop == Stop::Killed || !stored || boot != Boot::Same {
            ground.ledger.cut();
        }
        // Over a reboot as much time has passed as the wall clock says: what boards took longer ago than they
        // keep a session is gone.
        let is_behind = ground.clock.boot(boot, ground.ledger.highest());
        let known = known(&ground, stored).await;
        ground.boards.iter().for_each(|board| board.forget_all_but(&known));
        if stop == Stop::Killed || !stored || boot != Boot::Same {
            let unknown = ground.ledger.unknown();
            // Over a reboot time has passed, and TVs have long stopped waiting.
            let is_known = |id| boot == Boot::Same && !unknown.contains(&id);
            ground.boards.iter().for_each(|board| board.forget_presses(is_known));
        }
        pass(5).await;
        ground.ledger.begin(generation + 1);
        if is_behind {
            ground.ledger.behind(ground.clock.now());
            if ground.flaw != Some(Flaw::BehindBelieved) {
                ground.mark_unclean().await;
            }
        }
        let service = Generation::start(&ground);
        pass(1).await;
        Self { ground, service, generation: generation + 1, batches }
    }

    /// All is well again; everybody wishes one thing more; and nothing more happens.
    async fn rest(&mut self) {
        self.store_back();
        self.ground.clock.catch_up();
        self.note_offset();
        for device in 0..DEVICES {
            self.service.add_again(&self.ground, device).await;
        }
        self.ground.boards.iter().for_each(Board::heal);
        self.service.look();
        for _ in 0..4 {
            pass(10_000).await;
            self.service.flush().await;
        }
        for tv in tvs() {
            self.press(tv, LAST_WISH, Wished { locks: Locks::Pass, ..Wished::default() });
        }
        for _ in 0..4 {
            pass(200_000).await;
            self.service.flush().await;
        }
    }

    async fn verdict(self) -> Result<Outcome, Vec<String>> {
        let book = std::mem::take(&mut *self.ground.ledger.book());
        let mut violations = book.violations.clone();
        let mut outcome = Outcome::default();
        for frame in &book.frames {
            outcome.frames.push(format!("{} {}", frame.port, frame.action));
        }
        let mut ended = Ended::new();
        for (id, wish) in &book.wishes {
            let status = self.status(*id, wish).await;
            if status.is_some_and(|status| !status.is_terminal()) {
                violations.push(format!("{} never ended: {status:?}", wish.command.action));
            }
            outcome.ended.extend(status);
            violations.extend(book.denied(*id, status));
            violations.extend(book.mispressed(wish, status));
            ended.insert(*id, status);
        }
        let replaced = book.wishes.values().filter(|wish| {
            wish.command.action.nature() == Nature::Relative
                && ended[&wish.command.id] == Some(Status::Superseded)
        });
        violations.extend(replaced.filter_map(|step| unfounded(&book, step, &ended)));
        for tv in tvs() {
            let port = format!("ir-{}/{}", tv.device, tv.port);
            for group in EffectGroup::ALL {
                let of_slot = |wish: &&Wish| {
                    is_accepted(wish, &ended)
                        && wish.command.target.to_string() == port
                        && self::group(&wish.command.action) == Some(group)
                };
                let newest = book.wishes.values().filter(of_slot).max_by_key(|wish| wish.key());
                let wrong = newest.and_then(|wish| unsatisfied(&book, wish, &ended));
                violations.extend(wrong);
            }
        }
        if violations.is_empty() { Ok(outcome) } else { Err(violations) }
    }

    /// How a command ended, if anybody knows: one that was under way when the service was killed
    /// is known to nobody.
    async fn status(&self, id: CommandId, wish: &Wish) -> Option<Status> {
        let stored = self.ground.store.command(id).await.unwrap();
        stored.map(|account| account.record.status).or(wish.told)
    }
}

/// What the next service can know of what boards have taken and not done: a kill forgets what was under
/// way directly, and what was not stored yet.
async fn known<S: Keeps>(ground: &Ground<S>, stored: bool) -> HashSet<CommandId> {
    for id in ground.ledger.delivered() {
        let stored = ground.store.command(id).await.unwrap();
        if stored.is_none_or(|stored| stored.record.status != Status::Completed) {
            ground.ledger.book().unstored.insert(id);
        }
    }
    let wishes: Vec<CommandId> = ground.ledger.book().wishes.keys().copied().collect();
    for id in wishes {
        if ground.store.command(id).await.unwrap().is_none() {
            ground.ledger.book().forgotten.insert(id);
        }
    }
    let memories = ground.store.lane_memory(ground.clock.now()).await.unwrap();
    let late = memories.iter().flat_map(|(_, memory)| &memory.late).map(|known| known.late.id);
    let open = ground.store.open_commands(None, None, 1_000).await.unwrap();
    let flying = open.iter().filter(|record| record.status == Status::Processing);
    // Also after a stop in order what was claimed in the last moment may have been sent, as far as anybody knows.
    if flying.clone().next().is_some() {
        ground.ledger.cut();
    }
    // What ended in an outage is not settled yet.
    for record in flying.clone().filter(|_| stored) {
        let of_record = |board: &&Arc<Board>| board.name == record.target.device.as_str();
        if ground.boards.iter().find(of_record).is_some_and(|board| board.is_long_away()) {
            ground.ledger.in_flight_without_a_session(record.id);
        }
    }
    late.chain(flying.map(|record| record.id)).collect()
}

/// How each command ended, where that is known.
type Ended = HashMap<CommandId, Option<Status>>;

/// Why the newest wish of a slot is not what its TV shows, although it should be.
fn unsatisfied(book: &Book, wish: &Wish, ended: &Ended) -> Option<String> {
    let (command, status) = (&wish.command, ended[&wish.command.id]);
    let (action, port) = (&command.action, &command.target);
    if !is_absolute(action) {
        return None;
    }
    if action.to_string() == LAST_WISH && status != Some(Status::Completed) {
        return Some(format!("the last wish for {port} ended {status:?} although all was well"));
    }
    match status {
        Some(Status::Completed) => {
            let of_slot = |frame: &&Frame| {
                frame.port == *port
                    && group(&frame.action) == group(action)
                    && is_absolute(&frame.action)
            };
            let shown = book.shown.iter().rfind(of_slot);
            // An older command that does the same leaves what is wished as well.
            let other = shown.is_none_or(|shown| shown.action != *action);
            let shown = shown.map(|frame| frame.action.to_string());
            let excused = book.unstored.contains(&command.id);
            (other && !excused).then(|| format!("{port} shows {shown:?} instead of {action}"))
        }
        Some(Status::Superseded) => unfounded(book, wish, ended),
        _ => None,
    }
}

/// Whether it counts. What could not be stored was not accepted, and must not have replaced anything; what was
/// stored before a kill was, although nobody was told.
fn is_accepted(wish: &Wish, ended: &Ended) -> bool {
    wish.is_sure() || ended.get(&wish.command.id).is_some_and(Option::is_some)
}

/// Whether nothing newer that was accepted has replaced what ended as superseded.
fn unfounded(book: &Book, wish: &Wish, ended: &Ended) -> Option<String> {
    let (action, port) = (&wish.command.action, &wish.command.target);
    let replaces = |newer: &Wish| {
        // One that is promoted in the millisecond in which it is due, after what was wished in the
        // same one, is the newer of the two.
        let mut key = wish.key();
        let at = key.instant.venue_time();
        if newer.scheduled == Some(at) {
            key = OrderKey::at(at.minus(Duration::from_millis(1)), key.sequence);
        }
        // A key that passed the queue makes steps of the channel too late as well.
        let passed = group(action) == Some(EffectGroup::Channel)
            && newer.command.action.nature() == Nature::Sequence
            && newer.command.target == *port
            && newer.key() > key;
        // Promoted again by the next service, it has an earlier key than the one that it replaced others with.
        let due = [newer.scheduled, newer.was_due];
        let is_since = |at: Timestamp| at > wish.command.accepted_at;
        let due_since = wish.scheduled.is_none()
            && due.into_iter().flatten().any(is_since)
            && newer.forbids(port, action, OrderKey::ORIGIN);
        passed || due_since || newer.forbids(port, action, key)
    };
    let founded = book.wishes.values().any(|newer| is_accepted(newer, ended) && replaces(newer));
    (!founded).then(|| format!("{action} for {port} was superseded by nothing newer"))
}

fn is_absolute(action: &Action) -> bool {
    matches!(action.nature(), Nature::Absolute | Nature::AbsoluteFrames)
}

fn tvs() -> impl Iterator<Item = Tv> {
    let of_board = |device| [1, 2, 3].map(|port| Tv { device, port });
    (0..DEVICES - 1).flat_map(of_board).chain([THE_BOX])
}

/// Lets virtual time pass.
async fn pass(ms: u64) {
    drop(timeout(Duration::from_millis(ms), std::future::pending::<()>()).await);
}

const LAST_WISH: &str = "input last";
