//! Where the clocks are read: the system, or a file that a test writes.

use std::{
    fs,
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use rustix::time::{ClockId, clock_gettime};
use serde::Deserialize;

/// Names a file with other clocks than the system's. For tests only: a daemon with a clock that does not
/// go with the time keeps commands too long, or not long enough.
///
/// It holds one object: `{"wall_ms": -120000, "boot_ms": 0, "boot_id": "second"}`. `wall_ms` and
/// `boot_ms` are added to what the wall clock and the boot clock of the system show; another `boot_id`
/// at the next start is a reboot. What is left out is 0, and the system's. The file is read again
/// whenever a clock is, so that a test sets the clock by replacing it.
pub(super) const TEST_CLOCK: &str = "VENUED_TEST_CLOCK";

/// Where the clocks are read.
#[derive(Debug)]
pub(super) struct Source {
    file: Option<PathBuf>,
    /// What the file said when it was last whole.
    last: Mutex<Shift>,
}

/// Both clocks at one moment, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Read {
    /// Since some moment of this boot.
    pub(super) boot: i64,
    /// Since the Unix epoch.
    pub(super) wall: i64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Shift {
    wall_ms: i64,
    boot_ms: i64,
    boot_id: Option<String>,
}

impl Source {
    /// Where this process is to read them.
    pub(super) fn of_process() -> Self {
        let file = std::env::var_os(TEST_CLOCK).map(PathBuf::from);
        if let Some(file) = &file {
            tracing::warn!(path = %file.display(), "the clocks of a test are used");
        }
        Self { file, last: Mutex::default() }
    }

    /// Whether nobody is told by the kernel when the wall clock is set.
    pub(super) fn is_of_a_test(&self) -> bool {
        self.file.is_some()
    }

    /// The boot clock, in milliseconds.
    pub(super) fn boot(&self) -> i64 {
        boot_clock().saturating_add(self.shift(|shift| shift.boot_ms).unwrap_or(0))
    }

    /// Both clocks.
    pub(super) fn read(&self) -> Read {
        let (boot, wall) = self.shift(|shift| (shift.boot_ms, shift.wall_ms)).unwrap_or_default();
        Read { boot: boot_clock().saturating_add(boot), wall: wall_clock().saturating_add(wall) }
    }

    /// Names this boot of the machine; `None` where that cannot be known: then every start is one
    /// after a reboot.
    pub(super) fn boot_id(&self) -> Option<String> {
        let of_test = self.shift(|shift| shift.boot_id.clone()).flatten();
        of_test.or_else(|| {
            let text = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
            Some(text.trim().to_owned())
        })
    }

    fn shift<T>(&self, read: impl FnOnce(&Shift) -> T) -> Option<T> {
        let file = self.file.as_ref()?;
        // A std lock: held for a few moves, never across an await.
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let found = fs::read(file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        if let Some(found) = found {
            *last = found;
        }
        Some(read(&last))
    }
}

fn boot_clock() -> i64 {
    let time = clock_gettime(ClockId::Boottime);
    time.tv_sec.saturating_mul(1_000).saturating_add(time.tv_nsec / 1_000_000)
}

fn wall_clock() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    match since {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_sets_both_clocks_and_boots_by_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("clock.json");
        let source = Source { file: Some(file.clone()), last: Mutex::default() };
        let system = Source { file: None, last: Mutex::default() };
        assert_eq!(source.boot_id(), system.boot_id(), "nothing is said yet");
        fs::write(&file, r#"{"wall_ms": -7200000, "boot_ms": 5000, "boot_id": "second"}"#).unwrap();
        let (there, here) = (source.read(), system.read());
        assert!((there.wall - here.wall + 7_200_000).abs() < 1_000, "{there:?} {here:?}");
        assert!((there.boot - here.boot - 5_000).abs() < 1_000, "{there:?} {here:?}");
        assert_eq!(source.boot_id().as_deref(), Some("second"));
        fs::write(&file, r#"{"wall_"#).unwrap();
        assert_eq!(source.boot_id().as_deref(), Some("second"), "half a file changes nothing");
    }
}
