//! What befalls the store: another process that holds it, a disk that is full.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

use venue_queue::damage::{Holder, hold};

/// The disk of the store: a small one of its own where mounting is allowed.
#[derive(Debug)]
pub(crate) struct Disk {
    folder: PathBuf,
    is_mounted: bool,
}

impl Disk {
    pub(crate) fn at(folder: &Path) -> Self {
        fs::create_dir(folder).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=512m,mode=700", "venue-chaos"]).arg(folder);
        let is_mounted = mount.output().is_ok_and(|output| output.status.success());
        Self { folder: folder.to_owned(), is_mounted }
    }

    pub(crate) const fn is_mounted(&self) -> bool {
        self.is_mounted
    }

    /// Holds the only lock for writing, if it can be had.
    pub(crate) fn lock(&self) -> Option<Holder> {
        hold(&self.folder.join("venue.db")).ok()
    }

    /// Writes until nothing more fits; not onto a disk that others use.
    pub(crate) fn fill(&self) {
        if !self.is_mounted {
            return;
        }
        let Ok(mut file) = File::create(self.ballast()) else { return };
        for size in [65_536, 4_096, 1] {
            let block = vec![0; size];
            while file.write_all(&block).is_ok() {}
        }
    }

    pub(crate) fn empty(&self) {
        let _gone = fs::remove_file(self.ballast());
    }

    fn ballast(&self) -> PathBuf {
        self.folder.join("ballast")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.is_mounted {
            let _said = Command::new("umount").arg("-l").arg(&self.folder).output();
        }
    }
}
