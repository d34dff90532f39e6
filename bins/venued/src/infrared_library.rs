//! The folder of infrared code files that the configuration names: indexed when somebody asks, read one file
//! at a time.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::task::spawn_blocking;
use venue_domain::BoxFuture;
use venue_http::{
    FoundFiles, LibraryControl, LibraryError, LibraryFile, LibrarySets, LibraryWanted,
};
use venue_infrared::{
    CodeSet, SetId, SetSource,
    import::{ImportSource, MAX_TEXT_BYTES},
};

mod index;

use index::{Found, Index, Wanted};

/// How long an index is used before the folder is read anew: who updates a database sees it soon.
const LIFE: Duration = Duration::from_secs(300);

/// The library. Clones share its index.
#[derive(Clone)]
pub(crate) struct Library(Arc<Inner>);

struct Inner {
    folder: Option<PathBuf>,
    /// `None` until somebody asks. Held while the folder is read, so that it is read once.
    index: Mutex<Option<(Instant, Arc<Index>)>>,
}

impl fmt::Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Library").field(&self.0.folder).finish()
    }
}

impl Library {
    /// The library in `folder`; nothing is read yet.
    pub(crate) fn new(folder: Option<PathBuf>) -> Self {
        Self(Arc::new(Inner { folder, index: Mutex::new(None) }))
    }
}

impl Inner {
    /// The index, read anew where it is too old. Blocks.
    fn index(&self, folder: &Path, now: Instant) -> Result<Arc<Index>, LibraryError> {
        let mut kept = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some((built, index)) if now.saturating_duration_since(*built) < LIFE => {
                return Ok(Arc::clone(index));
            }
            Some(_) | None => {}
        }
        let index = Index::build(folder).map_err(|error| LibraryError::Unreadable {
            path: folder.display().to_string(),
            reason: snafu::Report::from_error(error).to_string(),
        })?;
        tracing::info!(folder = %folder.display(), files = index.len(), "the library was indexed");
        let index = Arc::new(index);
        *kept = Some((now, Arc::clone(&index)));
        Ok(index)
    }

    fn find(&self, folder: &Path, wanted: &LibraryWanted) -> Result<FoundFiles, LibraryError> {
        let index = self.index(folder, Instant::now())?;
        let LibraryWanted { make, model, kind, after, limit } = wanted;
        let (found, has_more) =
            index.find(Wanted { make, model, kind: *kind }, after.as_deref(), *limit);
        let files = found.into_iter().map(shown).collect();
        let count = u64::try_from(index.len()).unwrap_or(u64::MAX);
        Ok(FoundFiles { files, has_more, count, is_cut: index.is_cut })
    }

    fn read(&self, folder: &Path, path: &str) -> Result<(LibraryFile, String), LibraryError> {
        let index = self.index(folder, Instant::now())?;
        // Only what was found in the folder is opened: a path from outside is none of these.
        let found = index
            .file(path)
            .ok_or_else(|| LibraryError::NoSuchFile { path: path.chars().take(200).collect() })?;
        let text = text_of(folder, &found.path)?;
        Ok((shown(found), text))
    }

    /// The sets in the files that match. One that cannot be read has none.
    fn sets(&self, folder: &Path, wanted: &LibraryWanted) -> Result<LibrarySets, LibraryError> {
        let index = self.index(folder, Instant::now())?;
        let LibraryWanted { make, model, kind, after, limit } = wanted;
        let wanted = Wanted { make, model, kind: *kind };
        let (found, _) = index.find(wanted, after.as_deref(), usize::MAX);
        let left_out = found.len().saturating_sub(*limit);
        let read = found.into_iter().take(*limit).filter_map(|file| set_in(folder, file));
        let left_out = u64::try_from(left_out).unwrap_or(u64::MAX);
        Ok(LibrarySets { sets: read.collect(), left_out })
    }
}

/// The text of a file of the folder. Blocks.
fn text_of(folder: &Path, path: &str) -> Result<String, LibraryError> {
    let file = folder.join(path);
    let unreadable = |reason: String| LibraryError::Unreadable { path: path.to_owned(), reason };
    let metadata = fs::symlink_metadata(&file).map_err(|error| unreadable(error.to_string()))?;
    if !metadata.is_file() {
        return Err(unreadable("it is no file any more".to_owned()));
    }
    if metadata.len() > MAX_TEXT_BYTES as u64 {
        return Err(unreadable(format!("it has more than {MAX_TEXT_BYTES} bytes")));
    }
    let bytes = fs::read(&file).map_err(|error| unreadable(error.to_string()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The set in one file, named as an import would name it.
fn set_in(folder: &Path, found: Found) -> Option<(String, CodeSet)> {
    let text = text_of(folder, &found.path).ok()?;
    let mut import = ImportSource::new(found.format, &text).at_path(&found.path).read().ok()?;
    let make = import.make.take().or(found.make).unwrap_or_default();
    let words = format!("{make} {}", import.models.first().map_or("", String::as_str));
    let id = SetId::from_words(&words).or_else(|| SetId::from_words(&found.path))?;
    let format = found.format.to_string();
    let source = SetSource { format, file: Some(found.path.clone()), ..SetSource::default() };
    import.kind = import.kind.or(found.kind);
    Some((found.path, import.into_set(id, make, source)))
}

fn shown(Found { path, make, model, kind, format }: Found) -> LibraryFile {
    LibraryFile { path, make, model, kind, format }
}

/// What a task that panicked leaves behind.
fn lost() -> LibraryError {
    LibraryError::Unreadable {
        path: "the library".to_owned(),
        reason: "a task ended early".to_owned(),
    }
}

impl LibraryControl for Library {
    fn find(
        &self,
        wanted: LibraryWanted,
    ) -> BoxFuture<'_, Option<Result<FoundFiles, LibraryError>>> {
        let inner = Arc::clone(&self.0);
        Box::pin(async move {
            let folder = inner.folder.clone()?;
            let found = spawn_blocking(move || inner.find(&folder, &wanted)).await;
            Some(found.unwrap_or_else(|_| Err(lost())))
        })
    }

    fn read(&self, file: String) -> BoxFuture<'_, Result<(LibraryFile, String), LibraryError>> {
        let inner = Arc::clone(&self.0);
        Box::pin(async move {
            let folder = inner.folder.clone().ok_or(LibraryError::NoFolder)?;
            let read = spawn_blocking(move || inner.read(&folder, &file)).await;
            read.unwrap_or_else(|_| Err(lost()))
        })
    }

    fn sets(
        &self,
        wanted: LibraryWanted,
    ) -> BoxFuture<'_, Option<Result<LibrarySets, LibraryError>>> {
        let inner = Arc::clone(&self.0);
        Box::pin(async move {
            let folder = inner.folder.clone()?;
            let read = spawn_blocking(move || inner.sets(&folder, &wanted)).await;
            Some(read.unwrap_or_else(|_| Err(lost())))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REMOTE: &str = "Filetype: IR signals file\nVersion: 1\n";

    #[tokio::test]
    async fn files_are_found_and_read_and_nothing_beside_the_folder_is() {
        let folder = tempfile::tempdir().unwrap();
        let makes = folder.path().join("TVs/Acme");
        fs::create_dir_all(&makes).unwrap();
        fs::write(makes.join("Acme_T1000.ir"), REMOTE).unwrap();
        fs::write(makes.join("Acme_Big.ir"), vec![b'x'; MAX_TEXT_BYTES + 1]).unwrap();
        let library = Library::new(Some(folder.path().to_owned()));
        let wanted =
            LibraryWanted { make: "acme".to_owned(), limit: 10, ..LibraryWanted::default() };
        let found = library.find(wanted).await.unwrap().unwrap();
        assert_eq!((found.files.len(), found.count, found.has_more), (2, 2, false));
        let (file, text) = library.read("TVs/Acme/Acme_T1000.ir".to_owned()).await.unwrap();
        assert_eq!((file.make.as_deref(), text.as_str()), (Some("Acme"), REMOTE));
        for path in ["../secret.ir", "/etc/passwd", "TVs/Acme/../Acme/Acme_T1000.ir", ""] {
            let error = library.read(path.to_owned()).await.unwrap_err();
            assert_eq!(error, LibraryError::NoSuchFile { path: path.to_owned() });
        }
        let error = library.read("TVs/Acme/Acme_Big.ir".to_owned()).await.unwrap_err();
        assert!(error.to_string().ends_with("it has more than 2097152 bytes"), "{error}");
        fs::remove_file(makes.join("Acme_T1000.ir")).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", makes.join("Acme_T1000.ir")).unwrap();
        let error = library.read("TVs/Acme/Acme_T1000.ir".to_owned()).await.unwrap_err();
        assert!(error.to_string().ends_with("it is no file any more"), "{error}");
    }

    #[tokio::test]
    async fn without_a_folder_there_is_nothing_and_a_missing_one_is_named() {
        let library = Library::new(None);
        assert_eq!(library.find(LibraryWanted::default()).await, None);
        assert_eq!(library.read("a.ir".to_owned()).await.unwrap_err(), LibraryError::NoFolder);
        let library = Library::new(Some("/nowhere/at/all".into()));
        let error = library.find(LibraryWanted::default()).await.unwrap().unwrap_err();
        assert!(error.to_string().contains("/nowhere/at/all cannot be read"), "{error}");
    }

    #[test]
    fn the_folder_is_read_again_after_a_while() {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::new(None);
        let start = Instant::now();
        let count = |now| library.0.index(folder.path(), now).unwrap().len();
        assert_eq!(count(start), 0);
        fs::write(folder.path().join("a.ir"), REMOTE).unwrap();
        assert_eq!((count(start), count(start + LIFE)), (0, 1));
    }
}
