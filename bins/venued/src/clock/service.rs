//! Keeps venue time beside the database, and does what follows when the wall clock is set.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    select,
    sync::{Notify, watch},
    task::spawn_blocking,
    time::timeout,
};
use venue_domain::{Clock, OrderClock, OrderKey, PreviousShutdown, Timestamp, WallOffset};

use crate::config::StoreFiles;

use super::{
    ClockFiles, RUNNING, SystemClock,
    anchor::{self, DISTRUST, FAR, Kept, KeptJump, PROMISE, Past, millis},
    setting::Setting,
};

/// A wall clock that is set by more is an event, and an alert.
const JUMP: Duration = Duration::from_secs(60);

/// So often at least the time is written down.
const REFRESH: Duration = Duration::from_secs(3_600);

/// So long a jump of less than an hour stays an alert.
const SHOWN: Duration = Duration::from_secs(3_600);

/// Keeps the clock of the process. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct ClockService(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    files: ClockFiles,
    past: Past,
    explained: Timestamp,
    order: Arc<OrderClock>,
    kept: Mutex<Kept>,
    /// The store was opened: what it knows counts from then on.
    opened: AtomicBool,
    /// There is something to write down.
    changed: Notify,
    jumps: watch::Sender<Option<Jump>>,
}

/// The wall clock was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Jump {
    /// When.
    pub(crate) at: Timestamp,
    /// By so many milliseconds.
    pub(crate) by_ms: i64,
    /// Until when somebody should look.
    pub(crate) until: Timestamp,
}

impl From<KeptJump> for Jump {
    fn from(KeptJump { at, by_ms, until }: KeptJump) -> Self {
        Self { at: Timestamp::from_unix_ms(at), by_ms, until: Timestamp::from_unix_ms(until) }
    }
}

impl Jump {
    /// Whether it is so far that the clock must have been wrong, before it or after it.
    pub(crate) fn is_far(self) -> bool {
        self.by_ms.unsigned_abs() > millis(FAR).unsigned_abs()
    }
}

/// The wall clock was found to be set: what waits for what it shows has to be moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SetClock {
    /// What it is ahead of venue time now.
    pub(crate) offset: WallOffset,
    /// The jump, if it was set by more than a minute.
    pub(crate) jump: Option<Jump>,
}

impl ClockService {
    /// As [`ClockService::start`], for the database at `store`, on a thread that may block.
    pub(crate) async fn start_for(store: Option<&StoreFiles>, order: &Arc<OrderClock>) -> Self {
        let files = store.map_or_else(ClockFiles::default, |store| {
            ClockFiles::new(&store.path, store.runtime.as_deref())
        });
        let order = Arc::clone(order);
        match spawn_blocking(move || Self::start(files, order)).await {
            Ok(clock) => clock,
            Err(failed) => std::panic::resume_unwind(failed.into_panic()),
        }
    }

    /// Takes up the clock where the last run left it, and lets `order` begin above every key of it.
    /// Blocks while it reads and writes two small files.
    fn start(files: ClockFiles, order: Arc<OrderClock>) -> Self {
        let boot_id = RUNNING.source.boot_id();
        let kept = files.read(boot_id.as_deref());
        let begun = anchor::begin(kept, RUNNING.source.read(), boot_id, files.has_past());
        let anchor::Beginning { past, mut kept, explained } = begun;
        SystemClock.resume(kept.base_ms, WallOffset::from_ms(kept.offset_ms));
        match past {
            Past::None | Past::SameBoot | Past::Reboot => {}
            Past::Behind => {
                kept.doubt = Some(SystemClock.doubt_until(SystemClock.now().plus(DISTRUST)));
                tracing::warn!(
                    "the wall clock shows less than before the reboot: it is not believed before it \
                     is set, and what is due in the queue expires"
                );
            }
            Past::Lost => tracing::warn!(
                "what the last run kept of its clock cannot be read: until the store is open, the \
                 order of commands is in memory only"
            ),
        }
        if let Some(doubt) = kept.doubt {
            SystemClock.doubt(doubt);
        }
        let instant = Timestamp::from_unix_ms(kept.floor);
        order.raise(OrderKey::at(instant, 0));
        let (opened, changed) = (AtomicBool::new(false), Notify::new());
        // What was told before the restart still has to be looked at.
        let jumps = watch::Sender::new(kept.jump.map(Jump::from));
        let kept = Mutex::new(kept);
        let service =
            Self(Arc::new(Inner { files, past, explained, order, kept, opened, changed, jumps }));
        // Weak: the order clock outlives nobody by it.
        let beyond = Arc::downgrade(&service.0);
        service.0.order.tell_beyond(move || {
            if let Some(inner) = beyond.upgrade() {
                inner.changed.notify_one();
            }
        });
        service.write();
        service
    }

    /// Whether a higher key than those of this run may be stored, for all that is known.
    pub(crate) fn may_be_outranked(&self) -> bool {
        self.0.past == Past::Lost && !self.0.opened.load(Ordering::SeqCst)
    }

    /// The last time that the wall clock was set by more than a minute.
    pub(crate) fn jumps(&self) -> watch::Receiver<Option<Jump>> {
        self.0.jumps.subscribe()
    }

    /// The store is open, and `highest` is the highest key in it: venue time and the order go on above
    /// it. Tells whether what is due in the store may be older than something that was sent.
    pub(crate) fn found(&self, highest: OrderKey) -> PreviousShutdown {
        let first = !self.0.opened.swap(true, Ordering::SeqCst);
        let newest = highest.instant.venue_time();
        let ahead = newest > SystemClock.now() && newest > self.0.explained;
        if ahead && first {
            let above = newest.plus(Duration::from_millis(1));
            let lifted = SystemClock.lift(above);
            tracing::warn!(
                by_s = lifted.as_secs(),
                "the store is ahead of the clock: time goes on from the newest that is stored"
            );
            self.kept().lifted(above, lifted);
        }
        if first {
            // Its folder may not have been there before.
            self.0.changed.notify_one();
        }
        self.0.order.raise(highest);
        let behind = self.0.past == Past::Behind || (ahead && self.0.past != Past::SameBoot);
        if first && behind { PreviousShutdown::Unclean } else { PreviousShutdown::Clean }
    }

    /// What is older than this is older than `age` in time that passed; `None` while no clock can be
    /// believed enough to forget anything.
    pub(crate) fn so_long_ago(&self, age: Duration) -> Option<Timestamp> {
        let (now, kept) = (SystemClock.now(), self.kept());
        (now.unix_ms() >= kept.forget_from).then(|| kept.so_long_ago(now, age))
    }

    /// Keeps it for good; calls `set` whenever the wall clock was set.
    ///
    /// # Cancel safety
    /// Safe: what is being written is written.
    pub(crate) async fn run(&self, set: impl FnMut(SetClock)) {
        select! {
            () = self.keep() => {}
            () = self.look(set) => {}
        }
    }

    async fn look(&self, mut set: impl FnMut(SetClock)) {
        let (setting, mut offsets) = (Setting::new(), SystemClock.watch());
        let mut handled = WallOffset::from_ms(self.kept().offset_ms);
        if self.kept().doubt.is_some() {
            let by_ms = RUNNING.ahead().saturating_sub(handled.ms());
            set(SetClock { offset: handled, jump: self.note_jump(by_ms) });
        }
        loop {
            // What is found from here on is told.
            offsets.mark_unchanged();
            let offset = SystemClock.offset();
            if offset != handled {
                let by_ms = offset.ms().saturating_sub(handled.ms());
                handled = offset;
                set(self.was_set(offset, by_ms));
                self.0.changed.notify_one();
            }
            select! {
                () = setting.may_be_set() => {}
                changed = offsets.changed() => {
                    // Its sender is never dropped.
                    let _ = changed;
                }
            }
        }
    }

    /// Writes down what changes, for good. Apart: a disk that hangs keeps nobody from looking.
    async fn keep(&self) {
        loop {
            // By what is written down a reboot tells whether the wall clock is behind.
            let _told_or_late = timeout(REFRESH, self.0.changed.notified()).await;
            self.write_apart().await;
        }
    }

    /// Writes down where this run ends.
    pub(crate) async fn close(&self) {
        self.write_apart().await;
    }

    fn was_set(&self, offset: WallOffset, by_ms: i64) -> SetClock {
        let at = SystemClock.now();
        let mut kept = self.kept();
        kept.offset_ms = offset.ms();
        kept.was_set(by_ms, at);
        drop(kept);
        SetClock { offset, jump: self.note_jump(by_ms) }
    }

    fn note_jump(&self, by_ms: i64) -> Option<Jump> {
        if by_ms.unsigned_abs() <= millis(JUMP).unsigned_abs() {
            return None;
        }
        let at = SystemClock.now();
        let jump = Jump { at, by_ms, until: at };
        let until = at.plus(if jump.is_far() { DISTRUST } else { SHOWN });
        let jump = Jump { until, ..jump };
        tracing::warn!(by_ms, "the wall clock was set");
        let (at, until) = (at.unix_ms(), until.unix_ms());
        self.kept().jump = Some(KeptJump { at, by_ms, until });
        self.0.changed.notify_one();
        self.0.jumps.send_replace(Some(jump));
        Some(jump)
    }

    async fn write_apart(&self) {
        let service = self.clone();
        // A thread that panicked has written what it has written.
        drop(spawn_blocking(move || service.write()).await);
    }

    /// Writes down where the clock is, and promises keys up to two minutes ahead.
    fn write(&self) {
        let now = SystemClock.now();
        let highest = self.0.order.highest().instant.venue_time();
        let mut kept = self.kept();
        kept.base_ms = RUNNING.base.load(Ordering::SeqCst);
        kept.written_at = now.unix_ms();
        kept.keys_below = highest.max(now).plus(PROMISE).unix_ms();
        kept.floor = if highest > now { kept.floor.max(highest.unix_ms()) } else { kept.floor };
        let (kept, promised) = (kept.clone(), highest.max(now).plus(PROMISE / 2));
        if !self.0.files.write(&kept) && self.0.opened.load(Ordering::SeqCst) {
            tracing::warn!("the clock can be kept nowhere: a reboot may confuse the order");
        }
        // Where it cannot be kept, it is not tried again with every command either.
        self.0.order.promise(promised);
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        // A std lock: held for a few moves, never across an await.
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
