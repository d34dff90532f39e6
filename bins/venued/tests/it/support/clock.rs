//! The clocks of a daemon under test: set, run ahead or behind, and booted, by a file.

use std::path::{Path, PathBuf};

use serde_json::json;

/// What the clocks of a daemon show beside those of the system. The file is read again whenever the
/// daemon reads a clock, so that a change counts at once; a new boot counts at the next start.
#[derive(Clone, Debug)]
pub(crate) struct TestClock {
    file: PathBuf,
    wall_ms: i64,
    boot: u32,
}

/// A daemon that starts in a folder with a file of this name goes by it.
pub(crate) const NAME: &str = "clock.json";

impl TestClock {
    /// The clocks of the daemons that will run in `folder`: right, until they are set.
    pub(crate) fn new(folder: &Path) -> Self {
        let clock = Self { file: folder.join(NAME), wall_ms: 0, boot: 1 };
        clock.write();
        clock
    }

    /// Sets the wall clock so far from the right time, in seconds.
    pub(crate) fn set_wall(&mut self, seconds: i64) {
        self.wall_ms = seconds * 1_000;
        self.write();
    }

    /// Sets the wall clock by so many milliseconds, back or forth; tells how far it is from the right time.
    pub(crate) fn move_wall(&mut self, ms: i64) -> i64 {
        self.wall_ms += ms;
        self.write();
        self.wall_ms
    }

    /// The file that a daemon reads.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// Boots the machine: the next start is the first after it.
    pub(crate) fn reboot(&mut self) {
        self.boot += 1;
        self.write();
    }

    /// Whole at every moment: a daemon may be reading it.
    fn write(&self) {
        let text = json!({"wall_ms": self.wall_ms, "boot_id": format!("boot-{}", self.boot)});
        let new = self.file.with_extension("new");
        std::fs::write(&new, text.to_string()).unwrap();
        std::fs::rename(new, &self.file).unwrap();
    }
}
