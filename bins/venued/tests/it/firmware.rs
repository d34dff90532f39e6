//! The same daemon against real ESPHome firmware, which `tests/firmware/build.sh` builds.
//!
//! `VENUE_FIRMWARE_DIR` names the folder with the binaries; without it these tests skip and say so.

mod actions;
mod board;
mod faults;
mod generations;
mod system;

use std::path::PathBuf;

/// The folder with the firmware binaries; `None`, said on standard error, where there is none.
#[expect(clippy::print_stderr, reason = "a skipped test must not pass in silence")]
fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("VENUE_FIRMWARE_DIR").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("skipped: VENUE_FIRMWARE_DIR is not set; see tests/firmware/README.md");
    }
    folder
}
