//! The files of the backups: fetched as they are read, and kept when what arrives is whole and sound.

use std::{
    fs::{self, File, Permissions},
    future::ready,
    io::{self, Read as _, Write as _},
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::Path,
    sync::Arc,
};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use tempfile::NamedTempFile;
use tokio::{
    sync::{Mutex, mpsc, oneshot},
    task::spawn_blocking,
};
use venue_domain::{
    BackupEntry, BackupPlace, BoxFuture, Clock, StoreAvailability, StoreError, WallTime, one_line,
};
use venue_http::{
    BackupDownload, BackupFileError, BackupFiles, BackupName, BackupUpload, RestoredBackup,
};

use crate::{clock::SystemClock, configuration::ConfigService};

use super::{
    backup_folder,
    backup_plan::BackupPlan,
    backups::{Backups, VenueZone, has_room_for},
    restoring::{Restore, SupervisedBackups},
};

/// The folder of the backups, for those who fetch and bring them.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    backups: Arc<Backups>,
    availability: Arc<StoreAvailability>,
    restores: mpsc::Sender<Restore>,
    /// One is brought or restored at a time: each takes room on the disk.
    turn: Arc<Mutex<()>>,
}

impl Files {
    /// The backups of the database at `path`, and what its supervisor has of them.
    pub(super) fn start(
        path: &Path,
        plan: BackupPlan,
        configuration: &ConfigService,
        availability: &Arc<StoreAvailability>,
    ) -> (Self, SupervisedBackups) {
        let zone = VenueZone::of(configuration.clone(), plan.machine_zone.clone());
        Self::of(Backups::new(path, plan, zone), Arc::clone(availability))
    }

    fn of(backups: Backups, availability: Arc<StoreAvailability>) -> (Self, SupervisedBackups) {
        let backups = Arc::new(backups);
        let (restores, supervised) = SupervisedBackups::new(&backups);
        (Self { backups, availability, restores, turn: Arc::default() }, supervised)
    }

    /// The backups that there are.
    pub(super) const fn kept(&self) -> &Arc<Backups> {
        &self.backups
    }

    /// Hands a sound backup over to the supervisor of the database. What works is left alone.
    async fn go_back_to(&self, name: BackupName) -> Result<RestoredBackup, BackupFileError> {
        let _turn = self.turn.lock().await;
        self.availability.settled().await;
        if self.availability.is_up() {
            return Err(BackupFileError::InUse);
        }
        let fetched = if name.is_in_folder() { Some(self.fetch(&name).await?) } else { None };
        let own = self.backups.folder().join(name.as_str());
        let from = fetched.as_ref().map_or(own, |file| file.path().to_owned());
        let asked = from.clone();
        blocking(move || ensure_sound(&asked, &name)).await?;
        let (reply, answer) = oneshot::channel();
        let gone = |_| BackupFileError::Store { error: StoreError::Interrupted };
        self.restores.send(Restore { from, reply }).await.map_err(|_| gone(()))?;
        answer.await.map_err(|_| gone(()))?
    }

    /// Decrypts the copy of this name, in the folder of the backups of this machine.
    async fn fetch(&self, name: &BackupName) -> Result<NamedTempFile, BackupFileError> {
        let unknown = || BackupFileError::Unknown { name: name.clone() };
        let plan = Arc::clone(self.backups.copied_to().ok_or_else(unknown)?);
        let is_listed = |one: &BackupEntry| one.name == name.as_str();
        // What was not seen there is not looked for: it could take as long as a share that hangs.
        if !self.backups.in_folder().borrow().iter().any(is_listed) {
            return Err(unknown());
        }
        let to = self.backups.folder().to_owned();
        let fetched = backup_folder::fetch(plan, name.to_string(), to).await;
        fetched.map_err(|error| BackupFileError::Fetch { reason: one_line(&error) })
    }

    async fn keep(
        &self,
        name: BackupName,
        mut file: BackupUpload,
    ) -> Result<BackupEntry, BackupFileError> {
        let _turn = self.turn.lock().await;
        let folder = self.backups.folder().to_owned();
        if folder.join(name.as_str()).exists() {
            // Before any of it arrives.
            return Err(BackupFileError::Taken { name });
        }
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
        if name.is_in_folder() {
            // A share that hangs would keep the answer.
            let reason = format!("{name} is in the backup folder, encrypted: fetch it from there");
            return Box::pin(ready(Err(BackupFileError::Fetch { reason })));
        }
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

    fn restore(&self, name: BackupName) -> BoxFuture<'_, Result<RestoredBackup, BackupFileError>> {
        Box::pin(self.go_back_to(name))
    }
}

/// Checks a backup before the database is touched.
fn ensure_sound(file: &Path, name: &BackupName) -> Result<(), BackupFileError> {
    match venue_queue::is_store(file) {
        Ok(true) => {}
        Ok(false) => return Err(BackupFileError::NoDatabase),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(BackupFileError::Unknown { name: name.clone() });
        }
        Err(error) => return Err(store(&error)),
    }
    venue_queue::verify(file).map_err(|why| BackupFileError::Unsound { why })
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
    ensure_sound(file.path(), name)?;
    let path = folder.join(name.as_str());
    let kept = (|| {
        file.as_file().set_permissions(Permissions::from_mode(0o600))?;
        file.as_file().sync_all()?;
        let found = file.as_file().metadata()?;
        // Never in the place of another.
        file.persist_noclobber(&path)?;
        File::open(folder)?.sync_all()?;
        io::Result::Ok(found)
    })();
    let found = kept.map_err(|error| {
        let is_taken = error.kind() == io::ErrorKind::AlreadyExists;
        if is_taken { BackupFileError::Taken { name: name.clone() } } else { store(&error) }
    })?;
    forget_the_oldest(folder, &path);
    Ok(Uploaded::of(name.clone(), &found).entry(&path))
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

impl Uploaded {
    fn of(name: BackupName, found: &fs::Metadata) -> Self {
        let unix_ms = found.mtime().saturating_mul(1_000) + found.mtime_nsec() / 1_000_000;
        Self { name, unix_ms, bytes: found.len() }
    }

    /// As it is listed: as of when its data is tells the file at `path` itself. It blocks.
    fn entry(self, path: &Path) -> BackupEntry {
        let uploaded_at = SystemClock.offset().wished(WallTime::from_unix_ms(self.unix_ms));
        BackupEntry {
            name: self.name.to_string(),
            made_at: venue_queue::last_written(path).unwrap_or(uploaded_at),
            uploaded_at: Some(uploaded_at),
            bytes: self.bytes,
            place: BackupPlace::Uploaded,
        }
    }
}

/// What somebody brought, the newest first. It is not for a repair: who knows of which venue it is.
pub(super) async fn all_uploaded(backups: &Backups) -> Vec<BackupEntry> {
    let folder = backups.folder().to_owned();
    let entries = move || {
        let found = uploaded(&folder).into_iter();
        found
            .map(|file| (folder.join(file.name.as_str()), file))
            .map(|(path, file)| file.entry(&path))
            .collect()
    };
    spawn_blocking(entries).await.unwrap_or_default()
}

/// What was brought, the newest first.
fn uploaded(folder: &Path) -> Vec<Uploaded> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let one = |file: fs::DirEntry| {
        let name = file.file_name().to_str()?.parse::<BackupName>().ok()?;
        let found = file.metadata().ok().filter(|found| found.is_file() && name.is_uploaded())?;
        Some(Uploaded::of(name, &found))
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
        let zone = VenueZone::new(|| jiff::tz::TimeZone::UTC);
        let backups = Backups::new(&path, BackupPlan::default(), zone);
        let (files, _supervised) = Files::of(backups, Arc::new(StoreAvailability::up()));
        let backups = Arc::clone(files.kept());
        let unsound = upload(&files, "uploaded-a.db", b"no database at all").await;
        assert_eq!(unsound, Err(BackupFileError::NoDatabase));
        let sound = fs::read(&path).unwrap();
        let damaged = upload(&files, "uploaded-a.db", &sound[..sound.len() / 2]).await;
        assert!(matches!(damaged, Err(BackupFileError::Unsound { .. })), "{damaged:?}");
        assert_eq!(names(backups.folder()), Vec::<String>::new());
        upload(&files, "uploaded-a.db", &sound).await.unwrap();
        let again = upload(&files, "uploaded-a.db", &sound).await;
        assert!(matches!(again, Err(BackupFileError::Taken { .. })), "{again:?}");
        assert_eq!(names(backups.folder()), ["uploaded-a.db"]);
        let listed = all_uploaded(&backups).await;
        assert_eq!((listed.len(), listed[0].place), (1, BackupPlace::Uploaded));
        assert_eq!(listed[0].uploaded_at, Some(listed[0].made_at), "nothing happened in it");
        assert_eq!(backups.newest_first().await, [], "a repair takes one of these");
        let away = files.download("venue-1.db.age".parse().unwrap()).await.map(drop);
        assert!(away.unwrap_err().to_string().contains("fetch it from there"));
        let name = "uploaded-a.db".parse().unwrap();
        assert_eq!(files.restore(name).await, Err(BackupFileError::InUse), "it works");
    }
}
