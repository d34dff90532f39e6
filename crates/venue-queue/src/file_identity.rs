//! Which file is at a path: another one in its place is another database.

use std::{fs, io, os::unix::fs::MetadataExt, path::Path};

/// Which file a path led to: another one in its place is another database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileIdentity {
    device: u64,
    inode: u64,
}

impl FileIdentity {
    /// Which file is at `path` now.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        Self::look(path).ok().flatten()
    }

    /// Which file is at `path` now; `None` if there is none.
    pub(crate) fn look(path: &Path) -> io::Result<Option<Self>> {
        match fs::metadata(path) {
            Ok(found) => Ok(Some(Self { device: found.dev(), inode: found.ino() })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}
