//! The clocks that the daemons of a story see: the wall clock is set while they run, and is wrong after a
//! reboot.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::{SystemTime, UNIX_EPOCH},
};

use fastrand::Rng;

use crate::support::TestClock;

/// The clocks of one story. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct Clock(Arc<Mutex<Shown>>);

#[derive(Debug)]
struct Shown {
    clock: TestClock,
    /// What the wall clock is ahead of that of this machine, in milliseconds.
    ahead: i64,
    /// The most that it ever was.
    furthest: i64,
}

impl Clock {
    pub(super) fn in_folder(folder: &Path) -> Self {
        let shown = Shown { clock: TestClock::new(folder), ahead: 0, furthest: 0 };
        Self(Arc::new(Mutex::new(shown)))
    }

    pub(super) fn file(&self) -> PathBuf {
        self.0.lock().unwrap().clock.file().to_owned()
    }

    /// What it shows, in milliseconds since the epoch.
    pub(super) fn now(&self) -> i64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        i64::try_from(now).unwrap() + self.0.lock().unwrap().ahead
    }

    /// It is set, back or forth.
    pub(super) fn set(&self, rng: &mut Rng) {
        let by = match rng.u8(..5) {
            0..=1 => rng.i64(-5_000..5_000),
            2..=3 => rng.i64(-180_000..180_000),
            _ => rng.i64(-7_200_000..7_200_000),
        };
        self.0.lock().unwrap().set(by);
    }

    /// The machine boots, and its clock is wrong.
    pub(super) fn boot(&self, rng: &mut Rng) {
        self.0.lock().unwrap().clock.reboot();
        self.set(rng);
    }

    /// The machine boots a last time, and its clock shows more than it ever did: whatever was wished for
    /// later is due.
    pub(super) fn catch_up(&self) {
        let mut shown = self.0.lock().unwrap();
        shown.clock.reboot();
        let by = shown.furthest - shown.ahead + 1_000;
        shown.set(by);
    }
}

impl Shown {
    fn set(&mut self, by: i64) {
        self.ahead = self.clock.move_wall(by);
        self.furthest = self.furthest.max(self.ahead);
    }
}
