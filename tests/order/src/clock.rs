//! The clocks of the machine: venue time, the wall clock, and what is kept of them beside the store.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant as StdInstant},
};

use tokio::{sync::watch, time::Instant};
use venue_domain::{Clock, OrderKey, Timestamp, WallOffset};

/// Venue time, which is virtual and never goes back while the machine runs, and the wall clock.
#[derive(Clone, Debug)]
pub(crate) struct VirtualClock {
    clocks: Arc<Clocks>,
    /// It does not hear when it is set.
    is_unset: bool,
}

#[derive(Debug)]
struct Clocks {
    begun: Instant,
    /// What reboots have moved venue time by, in milliseconds.
    base: AtomicI64,
    /// What the wall clock is ahead of venue time.
    offset: watch::Sender<WallOffset>,
    /// The most that it ever was.
    furthest: AtomicI64,
    kept: Mutex<Kept>,
}

/// What a reboot finds beside the store. In venue time, in milliseconds.
#[derive(Clone, Copy, Debug, Default)]
struct Kept {
    /// When it was written.
    written_at: i64,
    /// Every order key is above this, whatever was promised before.
    floor: i64,
}

/// What a service finds of the clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Boot {
    /// The machine went on.
    Same,
    /// It booted, and the wall clock shows so many milliseconds more than it would if no time had passed.
    Shows(i64),
    /// The same, and what was kept of the clocks is lost.
    Lost(i64),
}

impl VirtualClock {
    pub(crate) fn new() -> Self {
        let kept = Kept { written_at: EPOCH, floor: 0 };
        let clocks = Arc::new(Clocks {
            begun: Instant::now(),
            base: AtomicI64::new(0),
            offset: watch::Sender::default(),
            furthest: AtomicI64::new(0),
            kept: Mutex::new(kept),
        });
        Self { clocks, is_unset: false }
    }

    /// The same, for whoever never hears that it is set.
    pub(crate) fn unset(&self) -> Self {
        Self { is_unset: true, ..self.clone() }
    }

    /// The wall clock is set to what it would show if it had always been as far ahead as it ever was:
    /// whatever was wished for later is due soon.
    pub(crate) fn catch_up(&self) {
        let furthest = self.clocks.furthest.load(Ordering::SeqCst);
        self.set(furthest - self.offset().ms());
    }

    /// The wall clock is set by so many milliseconds.
    pub(crate) fn set(&self, by: i64) {
        let offset = self.offset().ms() + by;
        self.clocks.furthest.fetch_max(offset, Ordering::SeqCst);
        self.clocks.offset.send_replace(WallOffset::from_ms(offset));
        self.clocks.kept.lock().unwrap().written_at = self.now().unix_ms();
    }

    /// Hears whenever it is set.
    pub(crate) fn watch(&self) -> watch::Receiver<WallOffset> {
        self.clocks.offset.subscribe()
    }

    /// The next service begins, where `highest` is the highest key so far. Tells whether what is due may be
    /// older than it looks.
    pub(crate) fn boot(&self, boot: Boot, highest: OrderKey) -> bool {
        let mut kept = self.clocks.kept.lock().unwrap();
        let now = self.now().unix_ms();
        let (wanted, venue) = match boot {
            Boot::Same => (now, now),
            Boot::Shows(by) => (now + by, (now + by).max(kept.written_at)),
            // Above the highest key that the store tells of.
            Boot::Lost(by) => {
                (now + by, (now + by).max(highest.instant.venue_time().unix_ms() + 1))
            }
        };
        if boot != Boot::Same {
            let promised = highest.instant.venue_time().unix_ms().max(kept.written_at) + PROMISE;
            kept.floor = kept.floor.max(promised);
        }
        kept.floor = if matches!(boot, Boot::Lost(_)) { 0 } else { kept.floor + 1 };
        kept.written_at = venue;
        self.clocks.base.fetch_add(venue - now, Ordering::SeqCst);
        wanted < venue
    }

    /// What the order clock of a service begins above.
    pub(crate) fn floor(&self) -> OrderKey {
        let instant = Timestamp::from_unix_ms(self.clocks.kept.lock().unwrap().floor);
        OrderKey::at(instant, 0)
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        let base = self.clocks.base.load(Ordering::SeqCst);
        let now = Timestamp::from_unix_ms(EPOCH + base);
        now.plus(self.clocks.begun.elapsed())
    }

    fn offset(&self) -> WallOffset {
        if self.is_unset { WallOffset::default() } else { *self.clocks.offset.borrow() }
    }

    fn instant(&self) -> StdInstant {
        Instant::now().into_std()
    }
}

const EPOCH: i64 = 1_700_000_000_000;

/// Keys so far ahead are promised to be known after a reboot.
const PROMISE: i64 = 120_000;

/// How long after a moment it is.
pub(crate) fn since(moment: Instant) -> Duration {
    Instant::now().saturating_duration_since(moment)
}
