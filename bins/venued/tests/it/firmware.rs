//! The same daemon against real ESPHome firmware, which `tests/firmware/build.sh` builds.
//!
//! `VENUE_FIRMWARE_DIR` names the folder with the binaries; without it these tests skip and say so.

mod actions;
mod board;
mod board_actions;
mod faults;
mod foreign;
mod generations;
mod infrared;
mod infrared_boards;
mod infrared_lanes;
mod system;

use std::path::{Path, PathBuf};

/// The folder with the firmware binaries; `None`, said on standard error, where there is none.
#[expect(clippy::print_stderr, reason = "a skipped test must not pass in silence")]
fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("VENUE_FIRMWARE_DIR").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("skipped: VENUE_FIRMWARE_DIR is not set; see tests/firmware/README.md");
    }
    folder
}

/// Whether the build left out a kind, because this machine lacks what it wants; says why.
#[expect(clippy::print_stderr, reason = "a skipped test must not pass in silence")]
fn is_left_out(folder: &Path, kind: &str) -> bool {
    let reason = std::fs::read_to_string(folder.join(format!("{kind}.left-out")));
    if let Ok(reason) = &reason {
        eprintln!("skipped: {}", reason.trim());
    }
    reason.is_ok()
}
