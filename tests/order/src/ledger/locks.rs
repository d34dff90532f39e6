//! Locks, in words of its own: whom they keep from commanding what, and that nobody is kept without one
//! (docs/semantics.md, rules 7.30 to 7.33).

use venue_domain::{Action, Actor, Command, PortId, Timestamp, WallTime};

use super::{
    Book, Ledger,
    screens::{BOX, SCREENS, receiver},
};

/// A lock of one TV.
#[derive(Clone, Debug)]
pub(super) struct Lock {
    port: String,
    since: Timestamp,
    until: Option<WallTime>,
    removed_at: Option<Timestamp>,
}

impl Lock {
    /// Whether it kept somebody at `now` from what was wished for `at`.
    fn held(&self, now: Timestamp, at: WallTime) -> bool {
        self.is_there(now) && self.until.is_none_or(|until| at < until)
    }

    /// Of what happens in the millisecond in which it is set or removed, nobody says what came first.
    fn is_there(&self, now: Timestamp) -> bool {
        self.since < now && self.removed_at.is_none_or(|removed| now < removed)
    }
}

impl Ledger {
    /// A TV is locked until the wall clock shows `until`.
    pub(crate) fn locked(&self, port: &PortId, until: Option<WallTime>, now: Timestamp) {
        self.unlocked(port, now);
        let lock = Lock { port: port.to_string(), since: now, until, removed_at: None };
        self.book().locks.push(lock);
    }

    /// Its lock is removed.
    pub(crate) fn unlocked(&self, port: &PortId, now: Timestamp) {
        let port = port.to_string();
        let mut book = self.book();
        let of_port = book.locks.iter_mut().filter(|lock| lock.port == port);
        of_port.for_each(|lock| lock.removed_at = lock.removed_at.or(Some(now)));
    }

    /// Somebody was told that what they wished for `at`, or for now, is locked.
    pub(crate) fn refused_as_locked(
        &self,
        by: &Actor,
        action: &Action,
        at: Option<WallTime>,
        now: Timestamp,
    ) {
        let mut book = self.book();
        let asked = by.name.as_ref().and_then(|name| book.asked.get(name)).cloned();
        let Some(asked) = asked else { return };
        let shown = book.offset.shown(now);
        let at = at.map_or(shown, |at| at.max(shown));
        let changed: Vec<String> = asked
            .ports
            .iter()
            .flat_map(|port| changed(&receiver(port, action)).chain([port.to_string()]))
            .collect();
        let is_held = book.locks.iter().any(|lock| {
            let holds = lock.removed_at.is_none() && lock.until.is_none_or(|until| at < until);
            holds && changed.contains(&lock.port)
        });
        if asked.passes_locks || !is_held {
            book.violate(format!("{action} for {:?} was refused without a lock", asked.ports));
        }
    }
}

impl Book {
    /// A service begins, perhaps at an earlier time than that at which the one before ended: what locks there are was
    /// there before it.
    pub(super) fn remember_locks(&mut self) {
        self.locks.retain(|lock| lock.removed_at.is_none());
        self.locks.iter_mut().for_each(|lock| lock.since = Timestamp::default());
        self.clock_set_at = None;
    }

    /// The TV whose lock should have kept a command from being accepted, which is due then if it was scheduled.
    pub(super) fn kept_by(
        &self,
        command: &Command,
        scheduled: Option<(Timestamp, Option<WallTime>)>,
    ) -> Option<String> {
        if self.asked(command).is_none_or(|asked| asked.passes_locks) {
            return None;
        }
        let accepted_at = command.accepted_at;
        // What the wall clock showed before it was set is forgotten.
        let is_known = self.clock_set_at.is_none_or(|set_at| set_at < accepted_at);
        let shown = self.offset.shown(accepted_at);
        let at = match scheduled {
            None => shown,
            Some((at, wish)) => wish.unwrap_or_else(|| self.offset.shown(at)).max(shown),
        };
        let target = command.target.to_string();
        changed(&target).find(|port| {
            let mut of_port = self.locks.iter().filter(|lock| lock.port == *port);
            of_port.any(|lock| (is_known || lock.until.is_none()) && lock.held(accepted_at, at))
        })
    }
}

/// The TVs and boxes that a command for `target` changes.
fn changed(target: &str) -> impl Iterator<Item = String> + use<> {
    let is_box = target == BOX;
    let screens = SCREENS.iter().filter(move |_| is_box);
    [target.to_owned()].into_iter().chain(screens.map(|(port, _)| (*port).to_owned()))
}
