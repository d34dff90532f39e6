//! The clocks that the daemon sees: those of this machine, with a wall clock that jumps and boots that
//! are none.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Mutex,
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

/// Names the file to the daemon.
pub(crate) const NAME: &str = "VENUED_TEST_CLOCK";

/// A clock that is moved by more was set, for the daemon too.
const NUDGE_MS: u64 = 60_000;

/// The file that the daemon reads its clocks from.
#[derive(Debug)]
pub(crate) struct Clock {
    file: PathBuf,
    shown: Mutex<Shown>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Shown {
    /// What the wall clock is ahead of that of this machine.
    wall_ms: i64,
    boot: u32,
    /// It was set back by a reboot: the daemon does not believe it before it is set.
    doubted: bool,
}

impl Clock {
    pub(crate) fn at(file: &Path) -> Self {
        let clock = Self { file: file.to_owned(), shown: Mutex::default() };
        clock.show(|_| {});
        clock
    }

    /// What the daemon takes for the instant in so many milliseconds, as it is written.
    pub(crate) fn in_a_while(&self, ms: u64) -> String {
        let ahead = SignedDuration::from_millis(self.shown.lock().unwrap().wall_ms);
        (Timestamp::now() + Duration::from_millis(ms) + ahead).to_string()
    }

    /// Whether the daemon may show another time than this clock.
    pub(crate) fn is_doubted(&self) -> bool {
        self.shown.lock().unwrap().doubted
    }

    /// The wall clock is set by so many milliseconds.
    pub(crate) fn jump(&self, by: i64) {
        self.show(|shown| {
            shown.wall_ms += by;
            shown.doubted &= by.unsigned_abs() <= NUDGE_MS;
        });
    }

    /// The machine boots before the daemon starts again, and its wall clock is wrong by as much.
    pub(crate) fn boot(&self, by: i64) {
        self.show(|shown| {
            shown.boot += 1;
            shown.wall_ms += by;
            shown.doubted |= by < 0;
        });
    }

    fn show(&self, change: impl FnOnce(&mut Shown)) {
        let mut shown = self.shown.lock().unwrap();
        change(&mut shown);
        let Shown { wall_ms, boot, doubted: _ } = *shown;
        let text = json!({"wall_ms": wall_ms, "boot_ms": 0, "boot_id": format!("boot-{boot}")});
        let new = self.file.with_extension("new");
        fs::write(&new, text.to_string()).unwrap();
        fs::rename(&new, &self.file).unwrap();
    }
}
