//! What holds since clocks are set, devices are removed and commands may have acted, in words of its own
//! (docs/semantics.md, rules 2.6, 3.29, 3.32, 8.10 and 9.12).

use std::time::Duration;

use tokio::time::Instant;
use venue_domain::{
    Action, Class, Command, CommandId, Nature, OrderKey, Promotion, QueueId, Status, Timestamp,
    WallOffset,
};

use super::{Book, Frame, Ledger, Wish, group};
use crate::clock::since;

impl Ledger {
    /// It waits in the queue under this name.
    pub(crate) fn queued(&self, queue_id: QueueId, id: CommandId) {
        self.book().queued.insert(queue_id, id);
    }

    /// What was scheduled has these places in the order from now on.
    pub(crate) fn placed(&self, scheduled: &[Promotion], now: Timestamp) {
        let mut book = self.book();
        for Promotion { queue_id, key, .. } in scheduled {
            let id = book.queued.get(queue_id).copied();
            let Some(wish) = id.and_then(|id| book.wishes.get_mut(&id)) else { continue };
            let early = wish.placed.is_none() && wish.scheduled.is_some_and(|due| now < due);
            wish.placed = Some(*key);
            let action = early.then(|| wish.command.action.clone());
            if let Some(action) = action {
                book.violate(format!("{action} became due before its time"));
            }
        }
    }

    /// The wall clock was set at `now`: what is wished for a time of day lies elsewhere.
    pub(crate) fn set_clock(&self, offset: WallOffset, now: Timestamp) {
        // Over a reboot whose clock is behind, what has its place already may seem to be for later.
        let is_open =
            |wish: &Wish| wish.placed.is_none() && wish.scheduled.is_some_and(|at| at > now);
        let mut book = self.book();
        (book.offset, book.clock_set_at) = (offset, Some(now));
        book.wishes.values_mut().filter(|wish| is_open(wish)).for_each(|wish| {
            if let Some(at) = wish.wish.map(|wall| offset.wished(wall)) {
                wish.move_to(at);
                wish.moved_at = Some(now);
            }
        });
    }

    /// The store of a service that begins has it without a place, due then.
    pub(crate) fn waits_for(&self, id: CommandId, at: Timestamp, now: Timestamp) {
        let mut book = self.book();
        if let Some(wish) = book.wishes.get_mut(&id) {
            // The service before may have promoted it in memory, and have told somebody that it replaced theirs.
            let due = wish.scheduled.filter(|due| *due <= now && *due != at);
            wish.was_due = wish.was_due.or(due);
            wish.move_to(at);
        }
        // The clock was set back before it was due for the store: it is for later.
        if now < at {
            book.over.remove(&id);
        }
    }

    /// What the highest key is.
    pub(crate) fn highest(&self) -> OrderKey {
        let book = self.book();
        let placed = book.wishes.values().filter_map(|wish| wish.placed);
        placed.chain(book.newest).max().unwrap_or(OrderKey::ORIGIN)
    }

    /// The service ended, and had not stored everything.
    pub(crate) fn cut(&self) {
        self.book().cut.push(Instant::now());
    }

    /// The machine booted, and nobody knows how much time passed meanwhile: what was due by `now` is over.
    pub(crate) fn behind(&self, now: Timestamp) {
        // What was delivered is not sent once more either, whatever comes to life behind it.
        let delivered = self.delivered();
        self.book().unstored.extend(delivered);
        let was_due = |wish: &Wish| wish.scheduled.is_none_or(|at| at <= now);
        self.is_over(was_due, "was due before a reboot whose clock was behind");
    }

    /// A device was removed. What was for later raises nothing any more.
    pub(crate) fn removed(&self, device: &str) {
        let of_device = |wish: &Wish| wish.command.target.device.as_str() == device;
        for wish in self.book().wishes.values_mut().filter(|wish| of_device(wish)) {
            wish.dropped |= wish.scheduled.is_some() && wish.placed.is_none();
        }
        self.is_over(of_device, "was for a device that was removed");
    }

    fn is_over(&self, which: impl Fn(&Wish) -> bool, why: &'static str) {
        let mut book = self.book();
        let over = book.wishes.values().filter(|wish| which(wish)).map(|wish| wish.command.id);
        let over: Vec<CommandId> = over.collect();
        book.over.extend(over.into_iter().map(|id| (id, why)));
    }

    /// A caller was told the name of the command.
    pub(crate) fn named(&self, command: &Command, class: Option<Class>) {
        let mut book = self.book();
        if !book.named.insert(command.id) {
            book.violate(format!("{} has the name of an earlier one", command.action));
        }
        if let Some(class @ (Class::Immediate | Class::System)) = class {
            book.violate(format!("{} was accepted as {class}", command.action));
        }
    }

    /// So many did the same with a batch at the same time, and this many of them made a new one.
    pub(crate) fn redone(&self, what: &str, made: usize) {
        if made > 1 {
            self.book().violate(format!("{what} at the same time was done {made} times"));
        }
    }

    /// It is durably in flight, and its device is away for long.
    pub(crate) fn in_flight_without_a_session(&self, id: CommandId) {
        let mut book = self.book();
        if !book.frames.iter().any(|frame| frame.id == id) {
            book.violate(format!("{id} was in flight, and its device had no session"));
        }
    }

    /// What the last frame of a command came to is known.
    pub(crate) fn known(&self, id: CommandId) {
        let mut book = self.book();
        if let Some(frame) = book.frames.iter_mut().rfind(|frame| frame.id == id) {
            frame.unknown = false;
        }
    }
}

impl Wish {
    fn move_to(&mut self, at: Timestamp) {
        let Some(before) = self.scheduled.replace(at) else { return };
        let by = at.unix_ms() - before.unix_ms();
        self.moved |= by != 0;
        let expires_at = self.command.expires_at.unix_ms() + by;
        self.command.expires_at = Timestamp::from_unix_ms(expires_at);
    }
}

impl Book {
    /// `frame` is about to leave at `now`; that of a wish that was scheduled for `due`.
    pub(super) fn judge_after(&mut self, frame: &Frame, due: Option<Timestamp>, now: Timestamp) {
        let Frame { id, port, action, again, .. } = frame;
        let what = format!("{action} for {port} at {}", now.unix_ms() % 100_000_000);
        // Over a reboot whose clock is behind, what was due already seems to be early.
        let was_due = self.wishes.get(id).is_some_and(|wish| wish.placed.is_some());
        if due.is_some_and(|due| now < due) && !was_due {
            self.violate(format!("{what} was sent before its time"));
        }
        if let Some(why) = self.over.get(id).filter(|_| !*again) {
            self.violate(format!("{what} was sent and {why}"));
        }
        if let Some(why) = self.too_early(frame) {
            self.violate(format!("{what} was sent {why}"));
        }
        if *again && let Some(why) = self.needless(frame) {
            self.violate(format!("{what} was sent {why}"));
        }
    }

    /// What the port has to be given time for, unless nobody can know of it.
    fn too_early(&self, frame: &Frame) -> Option<&'static str> {
        let of_port = self.frames.iter().filter(|sent| sent.port == frame.port);
        let known = of_port.filter(|sent| self.cut.iter().all(|cut| *cut < sent.at));
        let is_channel = matches!(frame.action, Action::Channel(_));
        let types = |action: &Action| matches!(action, Action::Channel(_) | Action::Number(_));
        for sent in known {
            if is_channel && sent.action.may_switch_on() && since(sent.at) < WARM_UP {
                return Some("while its TV warms up");
            }
            let unsure = types(&sent.action) && sent.unknown;
            if types(&frame.action) && unsure && since(sent.at) < QUIET_GAP {
                return Some("before half-typed digits are gone");
            }
        }
        None
    }

    /// Why nothing makes it necessary to send `frame` once more.
    fn needless(&self, frame: &Frame) -> Option<&'static str> {
        let of_slot = |sent: &&Frame| {
            let same = sent.port == frame.port && group(&sent.action) == group(&frame.action);
            same && matches!(sent.action.nature(), Nature::Absolute | Nature::AbsoluteFrames)
        };
        let slot = || self.frames.iter().filter(of_slot);
        let unknown = slot().filter(|sent| sent.unknown).map(|sent| sent.at);
        // What was in flight at a kill may have been sent for all that the next service knows.
        let doubts = unknown.chain(self.cut.iter().copied()).filter(|at| since(*at) < REMEMBERED);
        let Some(doubt) = doubts.max() else { return Some("once more for nothing") };
        let times = slot().filter(|sent| sent.again && !sent.unknown && sent.at > doubt).count();
        let forgotten = self.cut.iter().filter(|cut| **cut >= doubt).count();
        (times > forgotten).then_some("once more, and then once more")
    }

    /// The status of a command says that it did not act, and it may have.
    pub(crate) fn denied(&self, id: CommandId, status: Option<Status>) -> Option<String> {
        let status = status.filter(|status| {
            matches!(
                status,
                Status::Failed | Status::Expired | Status::Superseded | Status::Cancelled
            )
        })?;
        let sent = self.frames.iter().filter(|frame| frame.id == id).count();
        let refused = self.refused.get(&id).copied().unwrap_or(0);
        let action = &self.wishes.get(&id)?.command.action;
        (sent > refused).then(|| format!("{action} ended {status} although it may have acted"))
    }
}

/// A TV warms up for so long.
const WARM_UP: Duration = Duration::from_secs(8);

/// Half-typed digits are gone after so long.
const QUIET_GAP: Duration = Duration::from_secs(4);

/// Nothing comes to life later, with the time for being sent again.
const REMEMBERED: Duration = Duration::from_secs(150 + 30);
