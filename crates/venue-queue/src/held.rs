//! Whether another process holds the only lock for writing, without asking the database.
//!
//! SQLite locks a database with a WAL by bytes of its `-shm` file. The system tells who holds one
//! (`F_GETLK`): one call, no statement, no wait.

use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use rustix::process::{Flock, FlockOffsetType, FlockType, fcntl_getlk};

use crate::file_identity::FileIdentity;

/// The byte that the writer locks (`WAL_WRITE_LOCK`), as the format of SQLite's WAL index has it.
const WRITE_LOCK: u64 = 120;

/// Looks at the lock of one database.
///
/// A file that was opened here is never closed: the system gives up all locks of a process on a file when the
/// process closes it anywhere, and those of SQLite are on the same file. There is one for each file that
/// was ever in that place, and a new one only after a database was mended.
#[derive(Debug, Default)]
pub(crate) struct LockProbe(Mutex<Option<(FileIdentity, &'static File)>>);

impl LockProbe {
    /// Whether another process holds the lock of the database at `path` now.
    pub(crate) fn is_held(&self, path: &Path) -> bool {
        let Some(file) = self.file(&index_of(path)) else { return false };
        let asked = Flock {
            start: WRITE_LOCK,
            length: 1,
            pid: None,
            typ: FlockType::WriteLock,
            offset_type: FlockOffsetType::Set,
        };
        // A system that cannot tell leaves it to whoever writes next.
        matches!(fcntl_getlk(file, &asked), Ok(Some(_)))
    }

    /// The file that is at `path` now.
    fn file(&self, path: &Path) -> Option<&'static File> {
        let found = FileIdentity::of(path)?;
        // A std lock: held for a look at the folder, never across an await.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match *known {
            Some((identity, file)) if identity == found => Some(file),
            Some(_) | None => {
                let file: &'static File = Box::leak(Box::new(File::open(path).ok()?));
                *known = Some((found, file));
                Some(file)
            }
        }
    }
}

fn index_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-shm");
    name.into()
}
