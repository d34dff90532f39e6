//! The mark of an outage, as files: one beside the database, one in a folder that does not outlive a reboot.
//!
//! One of them is enough, and each can be missing: the disk of the database may be what is broken,
//! and the other folder is empty after a reboot.

use std::{
    fmt,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{runtime::Handle, sync::Mutex, task::spawn_blocking, time::timeout};
use venue_domain::{BoxFuture, OrderDurability, OutageMarker, PreviousShutdown};

/// The marker of a program whose store is a file. Clones share it.
///
/// It writes within a tokio runtime; outside of one it says that nothing is remembered
/// ([`OrderDurability::MemoryOnly`]).
#[derive(Clone)]
pub struct FileMarker(Arc<Inner>);

struct Inner {
    places: Vec<Place>,
    calls: AtomicU64,
    /// What the store does not know was sent, in this run.
    wanted: AtomicBool,
    inherited: AtomicBool,
    /// Says whether the store may know higher keys than this run hands out.
    is_outranked: OnceLock<Box<dyn Fn() -> bool + Send + Sync>>,
    /// Whoever writes or removes the files.
    writer: Arc<Mutex<()>>,
}

#[derive(Debug)]
struct Place {
    path: PathBuf,
    /// The file is there, on the disk.
    written: AtomicBool,
}

impl FileMarker {
    /// The marker of the database at `store`, with a second place in the folder `runtime`; finds what an
    /// earlier run left.
    #[must_use]
    pub fn new(store: &Path, runtime: Option<&Path>) -> Self {
        let beside = with_suffix(store);
        let in_runtime = runtime.map(|folder| match store.file_name() {
            Some(name) => with_suffix(&folder.join(name)),
            None => folder.join(SUFFIX),
        });
        let paths = in_runtime.into_iter().chain([beside]);
        let places: Vec<Place> =
            paths.map(|path| Place { written: AtomicBool::new(path.exists()), path }).collect();
        let inherited = places.iter().any(Place::is_written);
        if inherited {
            tracing::warn!(
                "an earlier run sent commands while its store was down and did not stop in order: \
                 what is due in the queue expires"
            );
        }
        Self(Arc::new(Inner {
            places,
            calls: AtomicU64::new(0),
            wanted: AtomicBool::new(false),
            inherited: AtomicBool::new(inherited),
            is_outranked: OnceLock::new(),
            writer: Arc::default(),
        }))
    }

    /// From now on a mark is worth nothing while `is_outranked` says that the store may know higher order
    /// keys than this run hands out, as where nobody knows what the run before it did. Set once.
    pub fn follow(&self, is_outranked: impl Fn() -> bool + Send + Sync + 'static) {
        let _set_before = self.0.is_outranked.set(Box::new(is_outranked));
    }

    /// The store holds less than was sent in an earlier run, as after a repair: what is due in it
    /// must not be sent when it is taken over.
    ///
    /// # Cancel safety
    /// That of [`OutageMarker::set`].
    pub async fn mark_unclean(&self) {
        self.0.inherited.store(true, Ordering::SeqCst);
        self.set().await;
    }

    /// Writes the files that are not there, on a thread that may block.
    async fn write(&self) {
        let guard = Arc::clone(&self.0.writer).lock_owned().await;
        if self.0.places.iter().all(Place::is_written) {
            return;
        }
        let inner = Arc::clone(&self.0);
        let written = spawn_blocking(move || {
            let _guard = guard;
            for place in inner.places.iter().filter(|place| !place.is_written()) {
                match write_durably(&place.path) {
                    Ok(()) => place.written.store(true, Ordering::SeqCst),
                    Err(error) => {
                        tracing::debug!(%error, path = %place.path.display(), "no mark here");
                    }
                }
            }
        });
        // A thread that panicked has written what it has written.
        drop(written.await);
    }

    /// Removes the files; tells whether there is none any more.
    async fn remove(&self, calls: u64) -> bool {
        let guard = Arc::clone(&self.0.writer).lock_owned().await;
        if self.0.calls.load(Ordering::SeqCst) != calls {
            return false;
        }
        let inner = Arc::clone(&self.0);
        let removed = spawn_blocking(move || {
            let _guard = guard;
            let mut gone = true;
            for place in &inner.places {
                match remove_durably(&place.path) {
                    Ok(()) => place.written.store(false, Ordering::SeqCst),
                    Err(error) => {
                        gone = false;
                        tracing::warn!(
                            %error,
                            path = %place.path.display(),
                            "the mark of an outage that is over cannot be removed"
                        );
                    }
                }
            }
            // Who calls from now on finds the writer busy, and writes when this is done.
            if gone && inner.calls.load(Ordering::SeqCst) == calls {
                inner.wanted.store(false, Ordering::SeqCst);
                inner.inherited.store(false, Ordering::SeqCst);
            }
            gone
        });
        removed.await.unwrap_or(false)
    }
}

impl OutageMarker for FileMarker {
    fn set(&self) -> BoxFuture<'_, OrderDurability> {
        Box::pin(async {
            self.0.calls.fetch_add(1, Ordering::SeqCst);
            self.0.wanted.store(true, Ordering::SeqCst);
            if Handle::try_current().is_err() {
                tracing::warn!("a mark of the outage needs a tokio runtime: none is written");
                return self.durability();
            }
            // On a task of its own: what is begun is ended, whoever gives up waiting for it.
            let marker = self.clone();
            let writing = tokio::spawn(async move { marker.write().await });
            let in_time = timeout(PATIENCE, writing).await.is_ok();
            let memory = self.durability();
            if !self.0.places.iter().any(Place::is_written) {
                tracing::warn!(in_time, "no mark of the outage can be written");
            }
            memory
        })
    }

    fn durability(&self) -> OrderDurability {
        let wanted = self.0.wanted.load(Ordering::SeqCst);
        let written = self.0.places.iter().any(Place::is_written);
        if wanted && self.0.is_outranked.get().is_some_and(|is_outranked| is_outranked()) {
            return OrderDurability::MemoryOnly;
        }
        match (wanted, written) {
            (_, true) => OrderDurability::Marked,
            (true, false) => OrderDurability::MemoryOnly,
            (false, false) => OrderDurability::Stored,
        }
    }

    fn calls(&self) -> u64 {
        self.0.calls.load(Ordering::SeqCst)
    }

    fn clear(&self, calls: u64) -> BoxFuture<'_, bool> {
        Box::pin(async move {
            // Without a runtime nothing is removed, and the mark stays.
            Handle::try_current().is_ok() && self.remove(calls).await
        })
    }

    fn previous_shutdown(&self) -> PreviousShutdown {
        let inherited = self.0.inherited.load(Ordering::SeqCst);
        if inherited { PreviousShutdown::Unclean } else { PreviousShutdown::Clean }
    }
}

impl fmt::Debug for FileMarker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileMarker").field("places", &self.0.places).finish_non_exhaustive()
    }
}

impl Place {
    fn is_written(&self) -> bool {
        self.written.load(Ordering::SeqCst)
    }
}

fn with_suffix(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(SUFFIX);
    name.into()
}

fn write_durably(path: &Path) -> io::Result<()> {
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(TEXT.as_bytes())?;
    file.sync_all()?;
    sync_folder(path)
}

fn remove_durably(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Ok(()) => sync_folder(path),
        Err(error) if is_absent(&error) => Ok(()),
        Err(error) => Err(error),
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()
}

/// What the name of the file ends in.
const SUFFIX: &str = "outage";

/// For whoever finds the file.
const TEXT: &str = "Commands were sent while the database was down. This file is removed when the database \
                    is back; found at a start, what is due in the queue expires.\n";

/// A command waits so long for its mark, and then goes without.
const PATIENCE: Duration = Duration::from_millis(400);

#[cfg(test)]
mod tests {
    use super::*;

    fn files(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[tokio::test]
    async fn a_mark_is_in_both_places_until_it_is_taken_away() {
        let (data, runtime) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let store = data.path().join("venue.db");
        let marker = FileMarker::new(&store, Some(runtime.path()));
        assert_eq!(marker.durability(), OrderDurability::Stored);
        assert_eq!(marker.set().await, OrderDurability::Marked);
        assert_eq!((files(data.path()), files(runtime.path())), (1, 1));
        assert_eq!(
            marker.previous_shutdown(),
            PreviousShutdown::Clean,
            "its own run knows the fences"
        );
        assert!(marker.clear(marker.calls()).await);
        assert_eq!((files(data.path()), files(runtime.path())), (0, 0));
        assert_eq!(marker.durability(), OrderDurability::Stored);
    }

    #[tokio::test]
    async fn either_place_is_enough_and_without_any_it_is_told() {
        let runtime = tempfile::tempdir().unwrap();
        let nowhere = Path::new("/dev/null/venue.db");
        let marker = FileMarker::new(nowhere, Some(runtime.path()));
        assert_eq!(marker.set().await, OrderDurability::Marked);
        assert_eq!(files(runtime.path()), 1);
        let marker = FileMarker::new(nowhere, Some(runtime.path()));
        assert_eq!(marker.previous_shutdown(), PreviousShutdown::Unclean);
        let marker = FileMarker::new(nowhere, None);
        assert_eq!(marker.set().await, OrderDurability::MemoryOnly);
        assert_eq!(marker.durability(), OrderDurability::MemoryOnly);
        assert!(marker.clear(marker.calls()).await);
        assert_eq!(marker.durability(), OrderDurability::Stored);
    }

    #[tokio::test]
    async fn the_next_run_finds_the_mark_and_is_clean_when_it_is_taken_away() {
        let data = tempfile::tempdir().unwrap();
        let store = data.path().join("venue.db");
        FileMarker::new(&store, None).set().await;
        let marker = FileMarker::new(&store, None);
        assert_eq!(
            (marker.previous_shutdown(), marker.durability()),
            (PreviousShutdown::Unclean, OrderDurability::Marked)
        );
        let calls = marker.calls();
        marker.set().await;
        assert!(!marker.clear(calls).await, "something was sent since");
        assert_eq!(marker.previous_shutdown(), PreviousShutdown::Unclean);
        assert!(marker.clear(marker.calls()).await);
        assert_eq!(marker.previous_shutdown(), PreviousShutdown::Clean);
        assert_eq!(FileMarker::new(&store, None).previous_shutdown(), PreviousShutdown::Clean);
    }
}
