//! Backups that leave the machine: the newest is copied into a folder of somebody else's disk, such as a share, encrypted,
//! and read again; old ones there are thinned out.
//!
//! A share that is away or hangs delays nothing. What touches the folder runs on a thread of its own, since a thread that
//! waits for such a disk cannot be ended: neither a stop of the daemon nor the threads that others share wait for it.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};

use rustix::fs::{Advice, fadvise};
use snafu::{ResultExt, Snafu, ensure};
use tempfile::NamedTempFile;
use tokio::{
    select,
    sync::oneshot,
    time::{sleep, timeout},
};
use venue_domain::{BackupEntry, BackupPlace, Clock, StoreError, Timestamp, WallTime, one_line};

use crate::{
    clock::SystemClock,
    sealed::{self, Passphrase, SealError},
    watch::{Concern, EventPublisher},
};

use super::{
    backup_plan::BackupFolderPlan,
    backups::{Backups, VenueZone, has_room_for, made_at},
    thinning::{Keep, kept},
};

/// Why a backup is not in the folder, or cannot be fetched from it.
#[derive(Debug, Snafu)]
pub(super) enum FolderError {
    #[snafu(display("there is no folder {}", folder.display()))]
    NoFolder { folder: PathBuf },
    #[snafu(display("cannot read the folder {}", folder.display()))]
    List { folder: PathBuf, source: io::Error },
    #[snafu(transparent)]
    Seal { source: SealError },
    #[snafu(display("this machine has no room to read it again"))]
    NoRoom,
    #[snafu(display("cannot make a file in {}", folder.display()))]
    Temporary { folder: PathBuf, source: io::Error },
    #[snafu(display("what was written there is not what can be read again"))]
    Unsound { source: StoreError },
    #[snafu(display("cannot write {}", path.display()))]
    Write { path: PathBuf, source: io::Error },
    #[snafu(display("it does not answer"))]
    Hangs,
    #[snafu(display("the system refused a thread"))]
    Thread { source: io::Error },
    #[snafu(display("the copy failed in an unforeseen way"))]
    Panicked,
}

impl FolderError {
    /// Whether it is the folder that is away, and not just this copy that is missing.
    const fn is_away(&self) -> bool {
        matches!(self, Self::NoFolder { .. } | Self::List { .. } | Self::Hangs)
    }
}

/// Copies what is new into the folder.
#[derive(Debug)]
pub(super) struct BackupFolder {
    plan: Arc<BackupFolderPlan>,
    backups: Arc<Backups>,
    publisher: EventPublisher,
    patience: Patience,
}

/// How long the folder may take before somebody is told.
#[derive(Clone, Copy, Debug)]
struct Patience {
    /// To say that it is there.
    look: Duration,
    /// To take a copy.
    copy: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { look: Duration::from_secs(30), copy: Duration::from_secs(30 * 60) }
    }
}

impl BackupFolder {
    /// Copies the backups; `None` where they go nowhere.
    pub(super) fn of(backups: &Arc<Backups>, publisher: &EventPublisher) -> Option<Self> {
        Some(Self {
            plan: Arc::clone(backups.copied_to()?),
            backups: Arc::clone(backups),
            publisher: publisher.clone(),
            patience: Patience::default(),
        })
    }

    /// Copies for good: at the start, with each backup that is made, and again after what failed.
    ///
    /// # Cancel safety
    /// A copy that was begun has no name until it is whole.
    pub(super) async fn run(&mut self) {
        let mut made = self.backups.made();
        loop {
            made.borrow_and_update();
            let newest = self.backups.newest_first().await.into_iter().next();
            let copied = self.bring(newest.map(|(path, _)| path)).await;
            let again = match copied {
                Ok(()) => {
                    self.publisher.is_over(FAILED);
                    LOOK
                }
                Err(error) => {
                    self.tell(&error);
                    AGAIN
                }
            };
            select! {
                changed = made.changed() => {
                    if changed.is_err() {
                        return;
                    }
                }
                () = sleep(again) => {}
            }
        }
    }

    /// Copies the newest backup, if it is not there, and lists what is.
    async fn bring(&self, newest: Option<PathBuf>) -> Result<(), FolderError> {
        let plan = Arc::clone(&self.plan);
        self.patiently(self.patience.look, move || look(&plan)).await?;
        let (plan, backups) = (Arc::clone(&self.plan), Arc::clone(&self.backups));
        let work = move || {
            if let Some(backup) = newest {
                bring(&plan, &backup, backups.keep(), backups.zone())?;
            }
            list(&plan.folder)
        };
        let listed = self.patiently(self.patience.copy, work).await?;
        self.backups.saw_in_folder(listed);
        Ok(())
    }

    /// Works with the folder, and tells when that takes longer than it should, or when the folder does not answer
    /// meanwhile. It is waited for all the same, so that there is one thread at most.
    async fn patiently<T: Send + 'static>(
        &self,
        patience: Duration,
        work: impl FnOnce() -> Result<T, FolderError> + Send + 'static,
    ) -> Result<T, FolderError> {
        let mut ended = on_a_thread(work)?;
        let mut waited = Duration::ZERO;
        let ended = loop {
            if let Ok(ended) = timeout(self.patience.look, &mut ended).await {
                break ended;
            }
            waited += self.patience.look;
            if waited >= patience || seen(&self.backups).await.is_err() {
                self.tell(&FolderError::Hangs);
                break ended.await;
            }
        };
        ended.unwrap_or(Err(FolderError::Panicked))
    }

    fn tell(&self, error: &FolderError) {
        if error.is_away() {
            self.backups.missed_folder();
        }
        let (error, folder) = (one_line(error), self.plan.folder.display());
        tracing::warn!(error, folder = %folder, "the newest backup is not in its folder");
        self.publisher.concern(Concern {
            kind: FAILED,
            about: None,
            critical: false,
            summary: format!("the newest backup is not in {folder}: {error}"),
            advice: "is the share mounted, has it room, and may venued write there? It is tried again by itself",
        });
    }
}

/// What lies in the folder now; what lay there before is absent where it is away or does not answer at once. A change of
/// that is told without waiting for the next look.
pub(super) async fn seen_now(backups: &Backups) -> Vec<BackupEntry> {
    let before = backups.in_folder().borrow().clone();
    let is_news = match seen(backups).await {
        Ok(copies) => {
            backups.saw_in_folder(copies);
            before.iter().any(|copy| copy.place == BackupPlace::Absent)
        }
        Err(_) => {
            backups.missed_folder();
            before.iter().any(|copy| copy.place == BackupPlace::Folder)
        }
    };
    if is_news {
        backups.stir();
    }
    backups.in_folder().borrow().clone()
}

/// What lies in the folder, if it answers at once.
async fn seen(backups: &Backups) -> Result<Vec<BackupEntry>, FolderError> {
    let Some(plan) = backups.copied_to().map(Arc::clone) else { return Ok(Vec::new()) };
    let seen = timeout(AT_ONCE, async {
        let turn = Arc::clone(backups.looking()).lock_owned().await;
        let work = move || {
            let _turn = turn;
            look(&plan)?;
            list(&plan.folder)
        };
        on_a_thread(work)?.await.unwrap_or(Err(FolderError::Panicked))
    });
    seen.await.unwrap_or(Err(FolderError::Hangs))
}

/// Fetches the backup of this name from the folder, decrypted, into a file in `to` that goes when it is dropped.
///
/// # Cancel safety
/// What is on the way is removed.
pub(super) async fn fetch(
    plan: Arc<BackupFolderPlan>,
    name: String,
    to: PathBuf,
) -> Result<NamedTempFile, FolderError> {
    let work = move || opened(&plan.folder.join(name), &to, FETCHED, &plan.passphrase);
    let fetched = timeout(Patience::default().copy, on_a_thread(work)?).await;
    fetched.map_err(|_| FolderError::Hangs)?.unwrap_or(Err(FolderError::Panicked))
}

/// Runs what may hang; it is not waited for at a stop.
fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, FolderError> + Send + 'static,
) -> Result<oneshot::Receiver<Result<T, FolderError>>, FolderError> {
    let (tell, told) = oneshot::channel();
    let run = move || {
        // Whoever asked may have given up; what was made goes then.
        let _ = tell.send(work());
    };
    thread::Builder::new().name("backup-folder".to_owned()).spawn(run).context(ThreadSnafu)?;
    Ok(told)
}

/// Whether the folder is there. It is not made: below a share that is not mounted it would be a folder on the
/// machine's own disk.
fn look(plan: &BackupFolderPlan) -> Result<(), FolderError> {
    let folder = plan.folder.as_path();
    ensure!(folder.is_dir(), NoFolderSnafu { folder });
    fs::read_dir(folder).context(ListSnafu { folder }).map(drop)
}

/// Encrypts `backup` into the folder, reads it again, and lets go of what need not be kept.
fn bring(
    plan: &BackupFolderPlan,
    backup: &Path,
    keep: Keep,
    zone: &VenueZone,
) -> Result<(), FolderError> {
    let folder = plan.folder.as_path();
    let name = backup.file_name().unwrap_or_default().to_string_lossy();
    let to = folder.join(format!("{name}{SUFFIX}"));
    if to.exists() {
        // Whole: a name is given when all else is done.
        return Ok(());
    }
    let here = backup.parent().unwrap_or(folder);
    forget_partial(folder);
    let partial = Partial(folder.join(format!("{name}{PARTIAL}")));
    let file = create(&partial.0).context(WriteSnafu { path: &partial.0 })?;
    sealed::seal(backup, &file, &partial.0, &plan.passphrase)?;
    // What is read again shall come from there, and not from the memory of this machine; some shares do not offer it.
    let _offered = fadvise(&file, 0, None, Advice::DontNeed);
    drop(file);
    let again = opened(&partial.0, here, OPENED, &plan.passphrase)?;
    venue_queue::verify(again.path()).context(UnsoundSnafu)?;
    drop(again);
    let placed = fs::rename(&partial.0, &to).and_then(|()| sync_folder(folder));
    placed.context(WriteSnafu { path: &to })?;
    tracing::info!(backup = %to.display(), "the backup was copied, and read again");
    thin_out(folder, keep, zone);
    Ok(())
}

/// A file without its final name, which goes when it is not given one.
struct Partial(PathBuf);

impl Drop for Partial {
    fn drop(&mut self) {
        // What cannot be removed now is removed before the next is begun.
        let _ = fs::remove_file(&self.0);
    }
}

/// What an encrypted file holds, in a file in `to` that goes when it is dropped. Its name begins with `prefix`, for
/// which there is one such file at a time.
fn opened(
    sealed: &Path,
    to: &Path,
    prefix: &str,
    passphrase: &Passphrase,
) -> Result<NamedTempFile, FolderError> {
    // What a kill has left.
    for left in fs::read_dir(to).into_iter().flatten().flatten() {
        if left.file_name().to_string_lossy().starts_with(prefix) {
            let _ = fs::remove_file(left.path());
        }
    }
    let size = fs::metadata(sealed).map_or(0, |found| found.len());
    ensure!(has_room_for(to, size).unwrap_or(true), NoRoomSnafu);
    let temporary =
        NamedTempFile::with_prefix_in(prefix, to).context(TemporarySnafu { folder: to })?;
    sealed::open(sealed, temporary.as_file(), temporary.path(), passphrase)?;
    Ok(temporary)
}

/// A new file that nobody else may read.
fn create(path: &Path) -> io::Result<File> {
    File::options().write(true).create_new(true).mode(0o600).open(path)
}

/// Some shares cannot do it for a folder; the file is on the disk.
fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        Err(error)
            if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) =>
        {
            Ok(())
        }
        other => other,
    }
}

/// Removes what earlier tries have left half.
fn forget_partial(folder: &Path) {
    for (_, path) in ours(folder, PARTIAL).unwrap_or_default() {
        // It is looked at again next time.
        let _ = fs::remove_file(path);
    }
}

/// Our files in `folder` that end so, with when they were made, the newest first, whatever else lies there.
fn ours(folder: &Path, end: &str) -> io::Result<Vec<(Timestamp, PathBuf)>> {
    let mut found = Vec::new();
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        found.extend(name.strip_suffix(end).and_then(made_at).map(|at| (at, path.clone())));
    }
    found.sort_unstable_by(|a, b| b.cmp(a));
    Ok(found)
}

/// What lies there, the newest first.
fn list(folder: &Path) -> Result<Vec<BackupEntry>, FolderError> {
    let all = ours(folder, SUFFIX).context(ListSnafu { folder })?.into_iter();
    let entry = |(made_at, path): (Timestamp, PathBuf)| {
        let name = path.file_name()?.to_str()?.to_owned();
        let bytes = fs::metadata(&path).ok()?.len();
        Some(BackupEntry { name, made_at, uploaded_at: None, bytes, place: BackupPlace::Folder })
    };
    Ok(all.filter_map(entry).collect())
}

/// Removes what is of no day, week or month that is kept.
fn thin_out(folder: &Path, keep: Keep, zone: &VenueZone) {
    let (all, offset) = (ours(folder, SUFFIX).unwrap_or_default(), SystemClock.offset());
    let made: Vec<WallTime> = all.iter().map(|(at, _)| offset.shown(*at)).collect();
    let stays = kept(&made, 1, keep, &zone.now());
    for ((_, old), _) in all.iter().zip(stays).filter(|(_, stays)| !stays) {
        if let Err(error) = fs::remove_file(old) {
            tracing::warn!(%error, backup = %old.display(), "an old backup is not removed");
        }
    }
}

const FAILED: &str = "backup_not_copied";

const SUFFIX: &str = ".age";

/// While it is written.
const PARTIAL: &str = ".age.partial";

/// How the names of files begin that are decrypted to be checked.
const OPENED: &str = ".opened-";

/// The same of those that somebody fetches.
const FETCHED: &str = ".fetched-";

/// So long whoever lists the backups waits for the folder.
const AT_ONCE: Duration = Duration::from_secs(1);

/// After a try that failed.
const AGAIN: Duration = Duration::from_secs(15 * 60);

/// Whether the folder is still there is looked at so often, also when nothing is new.
const LOOK: Duration = Duration::from_secs(60 * 60);

#[cfg(test)]
mod tests;
