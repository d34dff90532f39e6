//! The files of the backups: fetched as they are read, and kept when what arrives is whole and sound.

use std::{
    fs::{self, File, Permissions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::Path,
    sync::Arc,
};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use tempfile::NamedTempFile;
use tokio::{sync::Mutex, task::spawn_blocking};
use venue_domain::{BackupEntry, BackupPlace, BoxFuture, Clock, StoreError, WallTime};
use venue_http::{BackupDownload, BackupFileError, BackupFiles, BackupName, BackupUpload};

use crate::clock::SystemClock;

use super::backups::{Backups, has_room_for};

/// The folder of the backups, for those who fetch and bring them.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    backups: Arc<Backups>,
    /// One is brought at a time: each takes room on the disk.
    turn: Arc<Mutex<()>>,
}

impl Files {
    pub(super) fn new(backups: Arc<Backups>) -> Self {
        Self { backups, turn: Arc::default() }
    }

    async fn keep(
        &self,
        name: BackupName,
        mut file: BackupUpload,
    ) -> Result<BackupEntry, BackupFileError> {
        let _turn = self.turn.lock().await;
        let folder = self.backups.folder().to_owned();
        let announced = file.announced.unwrap_or_default();
        let mut partial = blocking(move || begin(&folder, announced)).await?;
        while let Some(part) = file.content.next().await {
            let part = part.map_err(|why| BackupFileError::Arrival { why })?;
            partial = blocking(move || append(partial, &part)).await?;
        }
        let folder = self.backups.folder().to_owned();
        blocking(move || finish(partial, &folder, &name)).await
    }
}

impl BackupFiles for Files {
    fn download(&self, name: BackupName) -> BoxFuture<'_, Result<BackupDownload, BackupFileError>> {
        let path = self.backups.folder().join(name.as_str());
        Box::pin(blocking(move || match open(&path) {
            Ok(Some(file)) => Ok(file),
            Ok(None) => Err(BackupFileError::Unknown { name }),
            Err(error) => Err(store(&error)),
        }))
    }

    fn upload(
        &self,
        name: BackupName,
        file: BackupUpload,
    ) -> BoxFuture<'_, Result<BackupEntry, BackupFileError>> {
        Box::pin(self.keep(name, file))
    }
}

/// Works where it may block. Whoever does not wait for the end drops what is made, and with it its file.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BackupFileError> + Send + 'static,
) -> Result<T, BackupFileError> {
    let panicked = |_| BackupFileError::Store { error: StoreError::Interrupted };
    spawn_blocking(work).await.map_err(panicked)?
}

/// A file as a stream; `None` if there is none. One that is replaced meanwhile is read on as it was.
fn open(path: &Path) -> io::Result<Option<BackupDownload>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let bytes = file.metadata()?.len();
    let content = stream::try_unfold(file, |mut file| async move {
        let read = spawn_blocking(move || {
            let mut part = vec![0; PART];
            let count = file.read(&mut part)?;
            part.truncate(count);
            io::Result::Ok((part, file))
        });
        let (part, file) = read.await.map_err(io::Error::other)??;
        Ok((!part.is_empty()).then(|| (Bytes::from(part), file)))
    });
    Ok(Some(BackupDownload { bytes, content: Box::pin(content) }))
}

/// A new file that goes when it is dropped, after those that a kill has left.
fn begin(folder: &Path, announced: u64) -> Result<NamedTempFile, BackupFileError> {
    let begun = || {
        fs::create_dir_all(folder)?;
        for left in fs::read_dir(folder)? {
            let path = left?.path();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            if name.is_some_and(|name| name.starts_with(PARTIAL)) {
                fs::remove_file(path)?;
            }
        }
        // Nobody else reads it, from the beginning.
        NamedTempFile::with_prefix_in(PARTIAL, folder)
    };
    let file = begun().map_err(|error| store(&error))?;
    ensure_room(folder, announced)?;
    Ok(file)
}

fn append(mut file: NamedTempFile, part: &[u8]) -> Result<NamedTempFile, BackupFileError> {
    let folder = file.path().parent().map(Path::to_owned).unwrap_or_default();
    ensure_room(&folder, part.len() as u64)?;
    file.write_all(part).map_err(|error| store(&error))?;
    Ok(file)
}

/// What somebody brings must not be what fills the disk.
fn ensure_room(folder: &Path, more: u64) -> Result<(), BackupFileError> {
    match has_room_for(folder, more.saturating_add(SPARE)) {
        Ok(true) => Ok(()),
        Ok(false) => Err(BackupFileError::Store { error: StoreError::Full }),
        Err(error) => Err(store(&error)),
    }
}

/// Gives the file its name, if it is a sound backup, and lets the oldest go that were brought.
fn finish(
    file: NamedTempFile,
    folder: &Path,
    name: &BackupName,
) -> Result<BackupEntry, BackupFileError> {
    if crate::sealed::is_sealed(file.path()) {
        return Err(BackupFileError::Encrypted);
    }
    venue_queue::verify(file.path()).map_err(|why| BackupFileError::Unsound { why })?;
    let path = folder.join(name.as_str());
    let bytes = (|| {
        file.as_file().set_permissions(Permissions::from_mode(0o600))?;
        file.as_file().sync_all()?;
        let bytes = file.as_file().metadata()?.len();
        file.persist(&path)?;
        File::open(folder)?.sync_all()?;
        io::Result::Ok(bytes)
    })()
    .map_err(|error| store(&error))?;
    forget_the_oldest(folder, &path);
    let made_at = SystemClock.now();
    Ok(BackupEntry { name: name.to_string(), made_at, bytes, place: BackupPlace::Uploaded })
}

/// Keeps the newest that were brought, and `newest` in any case.
fn forget_the_oldest(folder: &Path, newest: &Path) {
    let files = uploaded(folder).into_iter().map(|file| folder.join(file.name.as_str()));
    for old in files.filter(|path| path != newest).skip(MOST_UPLOADED - 1) {
        if let Err(error) = fs::remove_file(&old) {
            tracing::warn!(%error, backup = %old.display(), "an old upload is not removed");
        }
    }
}

/// A backup that somebody brought.
struct Uploaded {
    name: BackupName,
    /// When that was, by the wall clock.
    unix_ms: i64,
    bytes: u64,
}

/// What somebody brought, the newest first. It is not for a repair: who knows of which venue it is.
pub(super) async fn all_uploaded(backups: &Backups) -> Vec<BackupEntry> {
    let folder = backups.folder().to_owned();
    let offset = SystemClock.offset();
    let found = spawn_blocking(move || uploaded(&folder)).await.unwrap_or_default();
    let entry = |file: Uploaded| BackupEntry {
        name: file.name.to_string(),
        made_at: offset.wished(WallTime::from_unix_ms(file.unix_ms)),
        bytes: file.bytes,
        place: BackupPlace::Uploaded,
    };
    found.into_iter().map(entry).collect()
}

/// What was brought, the newest first.
fn uploaded(folder: &Path) -> Vec<Uploaded> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let one = |file: fs::DirEntry| {
        let name = file.file_name().to_str()?.parse::<BackupName>().ok()?;
        let found = file.metadata().ok().filter(|found| found.is_file() && name.is_uploaded())?;
        let unix_ms = found.mtime().saturating_mul(1_000) + found.mtime_nsec() / 1_000_000;
        Some(Uploaded { name, unix_ms, bytes: found.len() })
    };
    let mut found: Vec<Uploaded> = files.filter_map(one).collect();
    found.sort_unstable_by_key(|file| std::cmp::Reverse(file.unix_ms));
    found
}

fn store(error: &io::Error) -> BackupFileError {
    let kind = error.kind();
    let is_full = matches!(
        kind,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    );
    let error = if is_full {
        StoreError::Full
    } else if kind == io::ErrorKind::ReadOnlyFilesystem {
        StoreError::ReadOnly
    } else {
        StoreError::Disk
    };
    BackupFileError::Store { error }
}

/// Read and sent at once.
const PART: usize = 64 * 1024;

/// How the names of files begin that still arrive.
const PARTIAL: &str = ".upload-";

/// So many that were brought are kept.
const MOST_UPLOADED: usize = 3;

/// Stays free on the disk, for the database.
const SPARE: u64 = 64 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use venue_queue::{SqliteStore, StoreConfig};

    use super::*;

    async fn upload(files: &Files, name: &str, content: &[u8]) -> Result<(), BackupFileError> {
        let parts: Vec<_> = content.chunks(1000).map(Bytes::copy_from_slice).map(Ok).collect();
        let content = Box::pin(stream::iter(parts));
        let file = BackupUpload { announced: None, content };
        files.upload(name.parse().unwrap(), file).await.map(drop)
    }

    fn names(folder: &Path) -> Vec<String> {
        let files = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> =
            files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        names.sort_unstable();
        names
    }

    #[tokio::test]
    async fn an_upload_is_checked_before_it_has_a_name_and_repairs_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sound.db");
        SqliteStore::open(&path, StoreConfig::default()).unwrap().close().await;
        let backups = Arc::new(Backups::new(&path, super::super::BackupPlan::default()));
        let files = Files::new(Arc::clone(&backups));
        let unsound = upload(&files, "uploaded-a.db", b"no database at all").await;
        assert!(matches!(unsound, Err(BackupFileError::Unsound { .. })), "{unsound:?}");
        assert_eq!(names(backups.folder()), Vec::<String>::new());
        upload(&files, "uploaded-a.db", &fs::read(&path).unwrap()).await.unwrap();
        assert_eq!(names(backups.folder()), ["uploaded-a.db"]);
        let listed = all_uploaded(&backups).await;
        assert_eq!((listed.len(), listed[0].place), (1, BackupPlace::Uploaded));
        assert_eq!(backups.newest_first().await, [], "a repair takes one of these");
    }
}
