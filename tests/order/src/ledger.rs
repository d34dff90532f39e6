//! What was wished and what was sent: the judge of every frame.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard},
};

use tokio::time::Instant;
use venue_domain::{
    Action, Command, CommandId, EffectGroup, Nature, OrderKey, PortId, QueueId, Status, Timestamp,
    WallOffset, WallTime,
};

mod after;
mod locks;
pub(crate) mod presses;
pub(crate) mod screens;

use self::{locks::Lock, presses::Presses, screens::Asked};

/// One accepted command.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    /// As it was when it was first seen.
    pub(crate) command: Command,
    /// When it becomes due, if it was scheduled.
    pub(crate) scheduled: Option<Timestamp>,
    /// When it was due for a service that could not store that, and has ended.
    pub(crate) was_due: Option<Timestamp>,
    /// The wall time for which it was scheduled.
    wish: Option<WallTime>,
    /// Its place in the order, once it is due.
    placed: Option<OrderKey>,
    /// The clock was set since.
    moved: bool,
    /// When it was set last.
    moved_at: Option<Timestamp>,
    /// The generation of the service that accepted it.
    generation: u32,
    /// It ended as due after an unclean stop, or went with its device, and raises nothing any more.
    dropped: bool,
    /// Whether it was really accepted: what could not be stored was not.
    sure: bool,
    /// What its caller was told at last.
    pub(crate) told: Option<Status>,
}

/// A call whose first byte has left.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) id: CommandId,
    pub(crate) port: PortId,
    pub(crate) action: Action,
    key: OrderKey,
    at: Instant,
    /// Its lane sent it by itself once more.
    again: bool,
    /// Nobody knows whether it was done.
    pub(crate) unknown: bool,
}

impl Frame {
    /// What a TV makes of it.
    pub(crate) fn as_seen(&self, action: Action) -> Self {
        Self { action, ..self.clone() }
    }
}

/// Everything that is known of one case.
#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<Book>);

#[derive(Debug, Default)]
pub(crate) struct Book {
    pub(crate) wishes: BTreeMap<CommandId, Wish>,
    /// The command as it was handed to its lane last.
    handed: HashMap<CommandId, Arc<Command>>,
    /// What was handed over and has not left since.
    unsent: HashSet<CommandId>,
    pub(crate) frames: Vec<Frame>,
    /// What the TVs really did, in order.
    pub(crate) shown: Vec<Frame>,
    generation: u32,
    /// Whether the present generation knows what is scheduled.
    booted: bool,
    newest: Option<OrderKey>,
    /// What was told as delivered, and was not stored when the service was killed.
    pub(crate) unstored: HashSet<CommandId>,
    /// What a device has refused, and how often.
    refused: HashMap<CommandId, usize>,
    /// What a service had accepted, and nobody knew of when it was gone.
    pub(crate) forgotten: HashSet<CommandId>,
    /// What must not be sent any more, and why.
    over: HashMap<CommandId, &'static str>,
    /// What a caller was told the name of.
    named: HashSet<CommandId>,
    /// The names of what is queued.
    queued: HashMap<QueueId, CommandId>,
    /// When a service ended that had not stored everything.
    cut: Vec<Instant>,
    /// What was asked for, by the name of whoever asked.
    asked: HashMap<String, Asked>,
    locks: Vec<Lock>,
    presses: Presses,
    /// What the wall clock is ahead, and when it was set last.
    offset: WallOffset,
    clock_set_at: Option<Timestamp>,
    pub(crate) violations: Vec<String>,
}

impl Ledger {
    pub(crate) fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap()
    }

    /// A service begins.
    pub(crate) fn begin(&self, generation: u32) {
        self.toggles_begin_anew();
        let mut book = self.book();
        (book.generation, book.booted) = (generation, false);
        book.remember_locks();
    }

    /// It has taken over the store.
    pub(crate) fn booted(&self) {
        self.book().booted = true;
    }

    /// It has found an unclean stop behind it: what had become due by `now` has expired.
    pub(crate) fn unclean(&self, now: Timestamp) {
        let mut book = self.book();
        let generation = book.generation;
        for wish in book.wishes.values_mut().filter(|wish| wish.generation < generation) {
            wish.dropped |= wish.scheduled.is_some_and(|at| at <= now);
        }
    }

    /// A command was accepted, or perhaps only asked for.
    pub(crate) fn wish(
        &self,
        command: &Command,
        scheduled: Option<(Timestamp, Option<WallTime>)>,
        sure: bool,
    ) {
        let mut book = self.book();
        let generation = book.generation;
        let was_sure = book.wishes.get(&command.id).is_some_and(|known| known.sure);
        if sure && !was_sure {
            book.judge_acceptance(command, scheduled);
        }
        if let Some(known) = book.wishes.get_mut(&command.id) {
            known.sure |= sure;
            return;
        }
        if scheduled.is_none() {
            if book.newest.is_some_and(|newest| newest >= command.key) {
                book.violate(format!("{} has a key below an earlier one", command.action));
            }
            book.newest = Some(command.key);
        }
        let (scheduled, wish) = scheduled.unzip();
        let (command, wish, placed) = (command.clone(), wish.flatten(), None);
        let (moved, moved_at, dropped, told) = (false, None, false, None);
        let wish = Wish {
            command,
            scheduled,
            was_due: None,
            wish,
            placed,
            moved,
            moved_at,
            generation,
            dropped,
            sure,
            told,
        };
        book.wishes.insert(wish.command.id, wish);
    }

    /// It was handed to its lane.
    pub(crate) fn hand(&self, command: &Arc<Command>) {
        let mut book = self.book();
        book.handed.insert(command.id, Arc::clone(command));
        book.unsent.insert(command.id);
    }

    /// Whether its lane sends it once more by itself.
    pub(crate) fn is_restated(&self, id: CommandId) -> bool {
        !self.book().unsent.contains(&id)
    }

    /// What the next service does not know to have been sent.
    pub(crate) fn unknown(&self) -> HashSet<CommandId> {
        let book = self.book();
        book.unstored.union(&book.forgotten).copied().collect()
    }

    pub(crate) fn is_key(&self, id: CommandId) -> bool {
        let book = self.book();
        book.wishes.get(&id).is_some_and(|w| w.command.action.nature() == Nature::Sequence)
    }

    /// A call leaves although its device owes the answer to another one.
    pub(crate) fn sent_unconfirmed(&self, id: CommandId) {
        self.book().violate(format!("{id} was sent although the device owed an answer"));
    }

    /// A device has refused it.
    pub(crate) fn refused(&self, id: CommandId) {
        *self.book().refused.entry(id).or_default() += 1;
    }

    /// What was told as delivered.
    pub(crate) fn delivered(&self) -> Vec<CommandId> {
        let book = self.book();
        let delivered = |wish: &&Wish| wish.told == Some(Status::Completed);
        book.wishes.values().filter(delivered).map(|wish| wish.command.id).collect()
    }

    /// Its caller was told how it stands.
    pub(crate) fn tell(&self, id: CommandId, status: Status) {
        if let Some(wish) = self.book().wishes.get_mut(&id) {
            wish.told = Some(status);
        }
    }

    /// The first byte of a call leaves: is it allowed to?
    pub(crate) fn sent(&self, id: CommandId, now: Timestamp) -> Option<Frame> {
        let mut book = self.book();
        let again = !book.unsent.remove(&id);
        let Some(wish) = book.wishes.get(&id).cloned() else {
            book.violate(format!("{id} was sent and never accepted"));
            return None;
        };
        let command = wish.command;
        // A key is written once; that of a scheduled command when it becomes due.
        let key = match wish.scheduled {
            Some(_) => book.handed.get(&id).map_or(command.key, |handed| handed.key),
            None => command.key,
        };
        let (port, action) = (command.target.clone(), command.action.clone());
        let frame = Frame { id, port, action, key, at: Instant::now(), again, unknown: true };
        book.judge(&frame, command.expires_at, now);
        book.judge_after(&frame, wish.scheduled, now);
        book.frames.push(frame.clone());
        Some(frame)
    }

    /// The last call of a command that is sent in several.
    pub(crate) fn last_sent(&self, id: CommandId) -> Option<Frame> {
        self.book().frames.iter().rfind(|frame| frame.id == id).cloned()
    }

    /// A TV did what it was sent.
    pub(crate) fn shows(&self, frame: Frame) {
        self.book().shown.push(frame);
    }
}

impl Book {
    pub(crate) fn violate(&mut self, what: String) {
        self.violations.push(what);
    }

    /// It is accepted: is it for whom it was wished, and may whoever wished it?
    fn judge_acceptance(
        &mut self,
        command: &Command,
        scheduled: Option<(Timestamp, Option<WallTime>)>,
    ) {
        let misdirected = self.misdirected(command);
        misdirected.into_iter().for_each(|what| self.violate(what));
        if let Some(port) = self.kept_by(command, scheduled) {
            let (action, target) = (&command.action, &command.target);
            self.violate(format!("{action} for {target} was accepted although {port} was locked"));
        }
    }

    fn judge(&mut self, frame: &Frame, expires_at: Timestamp, now: Timestamp) {
        let Frame { id, port, action, key, again, .. } = frame;
        let what = format!("{action} for {port} at {}", now.unix_ms() % 100_000_000);
        if expires_at <= now && !*again {
            self.violate(format!("{what} was sent after its life"));
        }
        let nature = action.nature();
        let once = matches!(nature, Nature::Toggle | Nature::Relative | Nature::Sequence);
        if once && self.frames.iter().any(|sent| sent.id == *id) {
            self.violate(format!("{what} was sent twice"));
        }
        // A late key keeps its due time as its place. What was pressed within two minutes of a reboot has a
        // place that is ahead of the time, and so may seem to be the later of the two; and a clock that is
        // set beyond the due time makes it late at once.
        let late = |wish: &&Wish| match wish.scheduled {
            Some(at) => wish.moved || at == key.instant.venue_time(),
            None => false,
        };
        let late = self.wishes.get(id).filter(late);
        let made_late = late.is_some();
        let ahead = |sent: &Frame| {
            let wish = self.wishes.get(&sent.id);
            wish.is_some_and(|wish| sent.key.instant.venue_time() > wish.command.accepted_at)
        };
        let overtaken = |sent: &&Frame| {
            let later = sent.key > *key && late.is_none_or(|wish| !wish.moved && !ahead(sent));
            sent.port == *port && sent.action.nature() == Nature::Sequence && later
        };
        if nature == Nature::Sequence && self.frames.iter().any(|sent| overtaken(&sent)) {
            self.violate(format!("{what} was sent after a later key"));
        }
        let newer = self.wishes.values().find(|wish| {
            let (own, refused) = (wish.command.id, self.refused.contains_key(&wish.command.id));
            let forgotten = self.forgotten.contains(&own);
            // Where a kill came before its first byte, nobody was told of it.
            let nowhere = forgotten && !self.frames.iter().any(|sent| sent.id == own);
            // What a kill made forgotten replaces nothing that comes late: by a reboot, or a clock that is
            // set.
            let unknown = refused || nowhere || (forgotten && made_late);
            own != *id
                && !((*again || made_late) && unknown)
                && self.counts(wish, now)
                && wish.forbids(port, action, *key)
        });
        if let Some(newer) = newer {
            self.violate(format!("{what} was sent after {} was wished", newer.command.action));
        }
    }

    /// Whether a wish has raised its fences.
    fn counts(&self, wish: &Wish, now: Timestamp) -> bool {
        let known = self.booted || wish.generation == self.generation;
        // Whoever looks at the moment at which the clock is set may not have heard of it.
        let heard = wish.moved_at.is_none_or(|moved_at| moved_at < now);
        wish.sure && !wish.dropped && wish.scheduled.is_none_or(|at| at < now && known && heard)
    }
}

impl Wish {
    /// The least key that it has.
    pub(crate) fn key(&self) -> OrderKey {
        match (self.scheduled, self.placed) {
            (Some(_), Some(key)) => key,
            (Some(at), None) => OrderKey::at(at, 0),
            (None, _) => self.command.key,
        }
    }

    /// Whether it was really accepted.
    pub(crate) const fn is_sure(&self) -> bool {
        self.sure
    }

    /// Section 4, in words of its own: whether this wish outranks an older command.
    pub(crate) fn forbids(&self, port: &PortId, older: &Action, key: OrderKey) -> bool {
        if self.command.target != *port || self.key() <= key {
            return false;
        }
        let newer = &self.command.action;
        if *newer == Action::PowerOff {
            return true;
        }
        group(newer) == group(older) && (states(older) || states(newer))
    }
}

pub(crate) fn group(action: &Action) -> Option<EffectGroup> {
    action.effect_group()
}

/// Whether it is an absolute command or a toggle.
pub(crate) fn states(action: &Action) -> bool {
    !matches!(action.nature(), Nature::Relative | Nature::Sequence)
}
