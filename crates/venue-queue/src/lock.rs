//! One daemon at a time: two that share a database would send its commands twice.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use snafu::{ResultExt, Snafu};

use crate::belong;

/// Why the database cannot be had for oneself.
#[derive(Debug, Snafu)]
#[non_exhaustive]
pub enum LockError {
    /// Another daemon has it.
    #[snafu(display("another venued uses the database {}", path.display()))]
    InUse {
        /// The database.
        path: PathBuf,
    },
    /// The file of the lock cannot be made or locked.
    #[snafu(display("cannot lock {}", path.display()))]
    Refused {
        /// The file of the lock.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Held for as long as it lives; the system gives it up with the process.
#[derive(Debug)]
pub struct StoreLock {
    _file: File,
}

impl StoreLock {
    /// Takes the lock of the database at `path`, and makes the folder if need be.
    ///
    /// # Errors
    /// [`LockError`]; nothing is held then.
    pub fn take(path: &Path) -> Result<Self, LockError> {
        let mut name = path.as_os_str().to_owned();
        name.push(".lock");
        let lock = PathBuf::from(name);
        let file = open(&lock).context(RefusedSnafu { path: &lock })?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => InUseSnafu { path }.fail(),
            Err(TryLockError::Error(source)) => Err(source).context(RefusedSnafu { path: lock }),
        }
    }
}

fn open(lock: &Path) -> io::Result<File> {
    if let Some(folder) = lock.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let options = |write| {
        let mut options = OpenOptions::new();
        options.read(true).write(write).create(write).mode(0o600).clone()
    };
    let existed = lock.exists();
    let opened = options(true).open(lock);
    if opened.is_ok() && !existed {
        // Made by an administrator, it must not keep the daemon away for good. Whose folder it is not, has
        // other troubles than this one.
        let _ = belong::to_the_folder(lock, lock);
    }
    opened.or_else(|error| {
        // Where nothing can be written, a file that is there can be locked all the same.
        if fs::exists(lock)? { options(false).open(lock) } else { Err(error) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_daemon_is_kept_away_until_the_first_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/venue.db");
        let first = StoreLock::take(&path).unwrap();
        assert!(matches!(StoreLock::take(&path), Err(LockError::InUse { .. })));
        drop(first);
        StoreLock::take(&path).unwrap();
    }

    #[test]
    fn a_folder_that_cannot_be_is_told() {
        let error = StoreLock::take(Path::new("/dev/null/venue.db")).unwrap_err();
        assert!(matches!(error, LockError::Refused { .. }));
    }
}
