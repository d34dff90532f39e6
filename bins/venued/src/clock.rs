//! The one place where the daemon reads the system's clocks for decisions.
//!
//! Venue time is the boot clock, which goes on through suspends and is never set, plus a base that is
//! kept beside the database (`clock/anchor.rs`): so a restart within one boot is exact, whatever the wall clock
//! did meanwhile. What lies between venue time and the wall clock is looked at whenever something is
//! shown; when it changed, `clock/service.rs` does what follows.

mod anchor;
mod files;
mod service;
mod setting;
mod source;

use std::{
    sync::{
        LazyLock, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::watch;
use venue_domain::{Clock, Timestamp, WallOffset, WallTime};

use anchor::Doubt;
use source::Source;

use files::ClockFiles;
pub(crate) use service::{ClockService, Jump, SetClock};

/// So long at the most nobody looks at the wall clock, which may be set meanwhile; only while something
/// waits for what it shows.
pub(crate) const LOOK: Duration = Duration::from_secs(60);

/// A wall clock that is nudged by less than this is not looked after: what was stored once is always
/// shown as the same instant.
const NUDGE_MS: u64 = 100;

/// Venue time and the wall clock of this machine, and the runtime's monotonic clock. One for the whole
/// process.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[derive(Debug)]
struct Running {
    source: Source,
    /// What venue time is ahead of the boot clock, in milliseconds. It only grows.
    base: AtomicI64,
    /// What the wall clock is ahead of venue time, as it was last noted.
    offset: watch::Sender<WallOffset>,
    /// A wall clock that is not believed.
    doubted: Mutex<Option<Doubt>>,
}

impl Running {
    /// What the wall clock is ahead of venue time, in milliseconds.
    fn ahead(&self) -> i64 {
        let read = self.source.read();
        let venue = read.boot.saturating_add(self.base.load(Ordering::SeqCst));
        read.wall.saturating_sub(venue)
    }
}

static RUNNING: LazyLock<Running> = LazyLock::new(|| {
    let source = Source::of_process();
    let read = source.read();
    Running {
        source,
        base: AtomicI64::new(read.wall.saturating_sub(read.boot)),
        offset: watch::Sender::default(),
        doubted: Mutex::default(),
    }
});

impl SystemClock {
    /// What the wall clock shows.
    #[must_use]
    pub fn wall(self) -> WallTime {
        self.offset().shown(self.now())
    }

    /// Changes whenever the wall clock is found to be set.
    pub(crate) fn watch(self) -> watch::Receiver<WallOffset> {
        RUNNING.offset.subscribe()
    }

    /// Takes `base` and `offset` as those of an earlier run. Venue time does not go back for it once a
    /// daemon runs in this process.
    fn resume(self, base: i64, offset: WallOffset) {
        static RESUMED: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);
        if RESUMED.swap(true, Ordering::SeqCst) {
            RUNNING.base.fetch_max(base, Ordering::SeqCst);
        } else {
            RUNNING.base.store(base, Ordering::SeqCst);
            RUNNING.offset.send_replace(offset);
        }
    }

    /// The wall clock as it is, not to be believed before `until` unless it is set.
    fn doubt_until(self, until: Timestamp) -> Doubt {
        Doubt { offset_ms: RUNNING.ahead(), until: until.unix_ms() }
    }

    /// Does not believe that wall clock.
    fn doubt(self, doubt: Doubt) {
        *RUNNING.doubted.lock().unwrap_or_else(PoisonError::into_inner) = Some(doubt);
    }

    /// Lets venue time be `at` at least; tells by how much it was lifted.
    fn lift(self, at: Timestamp) -> Duration {
        let read = RUNNING.source.read();
        let base = at.unix_ms().saturating_sub(read.boot);
        let before = RUNNING.base.fetch_max(base, Ordering::SeqCst);
        Duration::from_millis(u64::try_from(base.saturating_sub(before)).unwrap_or(0))
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let base = RUNNING.base.load(Ordering::SeqCst);
        Timestamp::from_unix_ms(RUNNING.source.boot().saturating_add(base))
    }

    /// Looks at the wall clock: whoever shows a time finds out that it was set.
    fn offset(&self) -> WallOffset {
        let read = RUNNING.source.read();
        let venue = read.boot.saturating_add(RUNNING.base.load(Ordering::SeqCst));
        let found = WallOffset::from_ms(read.wall.saturating_sub(venue));
        let noted = *RUNNING.offset.borrow();
        if found.ms().abs_diff(noted.ms()) <= NUDGE_MS {
            return noted;
        }
        // A std lock: held for a few moves, never across an await.
        let mut doubted = RUNNING.doubted.lock().unwrap_or_else(PoisonError::into_inner);
        if doubted.is_some_and(|doubt| doubt.holds(found, Timestamp::from_unix_ms(venue))) {
            return noted;
        }
        *doubted = None;
        drop(doubted);
        RUNNING.offset.send_replace(found);
        found
    }

    /// Tokio's clock, which is the one that lanes and sessions go by.
    fn instant(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }
}
