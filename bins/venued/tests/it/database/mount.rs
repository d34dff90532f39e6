//! Mounts, which end with the test.
#![expect(clippy::print_stdout, reason = "what was not tested, or stays mounted, is told")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// A mounted folder; it is unmounted when it is dropped.
#[derive(Debug)]
pub(crate) struct Mount(PathBuf);

impl Mount {
    /// A small disk of its own at `folder`; `None` where mounting is not allowed.
    pub(crate) fn small_disk(folder: &Path, size: &str) -> Option<Self> {
        let options = format!("size={size},mode=700");
        let mount = Self::at(&["-t", "tmpfs", "-o", &options, "venue-test"], folder);
        allowed("a small disk", mount)
    }

    /// Makes `folder` read-only, also for root, who ignores modes; `None` where mounting is not
    /// allowed.
    pub(super) fn read_only(folder: &Path) -> Option<Self> {
        let source = folder.to_str().unwrap();
        let bound = allowed("a read-only folder", Self::at(&["--bind", source], folder))?;
        run(Command::new("mount").args(["-o", "remount,bind,ro"]).arg(folder)).unwrap();
        Some(bound)
    }

    /// A disk of its own at `folder` that can be made to hang; `None` where that is not allowed.
    pub(super) fn frozen_at_will(folder: &Path, image: &Path) -> Option<Self> {
        let made = fs::File::create(image).and_then(|file| file.set_len(64 << 20));
        made.unwrap();
        let made = run(Command::new("mkfs.ext4").arg("-q").arg(image));
        let mount = made.and_then(|()| Self::at(&["-o", "loop", image.to_str().unwrap()], folder));
        let mount = allowed("a disk that can hang", mount)?;
        // Asked for once before anything depends on it.
        allowed("a disk that can hang", Frozen::new(folder).map(drop))?;
        Some(mount)
    }

    fn at(args: &[&str], folder: &Path) -> Result<Self, String> {
        run(Command::new("mount").args(args).arg(folder))?;
        Ok(Self(folder.to_owned()))
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // At once, whoever still has a file open there.
        if let Err(error) = run(Command::new("umount").arg("-l").arg(&self.0)) {
            println!("{} stays mounted: {error}", self.0.display());
        }
    }
}

/// A disk that hangs: who writes to it waits until this is dropped.
#[derive(Debug)]
pub(super) struct Frozen(PathBuf);

impl Frozen {
    pub(super) fn new(folder: &Path) -> Result<Self, String> {
        run(Command::new("fsfreeze").arg("-f").arg(folder))?;
        Ok(Self(folder.to_owned()))
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        if let Err(error) = run(Command::new("fsfreeze").arg("-u").arg(&self.0)) {
            println!("{} still hangs: {error}", self.0.display());
        }
    }
}

/// The mount, unless it may be missing here.
fn allowed<T>(what: &str, mount: Result<T, String>) -> Option<T> {
    match mount {
        Ok(mount) => Some(mount),
        Err(error) if std::env::var("VENUE_REQUIRE_MOUNTS").is_ok_and(|value| value == "1") => {
            panic!("{what} cannot be mounted, and VENUE_REQUIRE_MOUNTS=1: {error}")
        }
        Err(error) => {
            println!("NOT TESTED: {what} cannot be mounted here: {error}");
            None
        }
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    output.status.success().then_some(()).ok_or(said)
}
