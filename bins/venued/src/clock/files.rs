//! What is kept of the clock, as files: one beside the database, one in the runtime directory. Either
//! is enough.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use super::anchor::Kept;

/// Where the clock is kept. Clones name the same files.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClockFiles {
    places: Vec<PathBuf>,
    /// The database.
    store: Option<PathBuf>,
}

impl ClockFiles {
    /// Those of the database at `store`.
    pub(crate) fn new(store: &Path, runtime: Option<&Path>) -> Self {
        let beside = with_suffix(store);
        let name = beside.file_name().map(PathBuf::from).unwrap_or_else(|| SUFFIX.into());
        let in_runtime = runtime.map(|folder| folder.join(name));
        let places = in_runtime.into_iter().chain([beside]).collect();
        Self { places, store: Some(store.to_owned()) }
    }

    /// Whether there was a run before.
    pub(super) fn has_past(&self) -> bool {
        self.store.as_ref().is_some_and(|store| store.exists())
    }

    /// What the last run kept, or the last one of the boot `boot_id`; `None` where neither place can be
    /// read.
    pub(super) fn read(&self, boot_id: Option<&str>) -> Option<Kept> {
        let found: Vec<Kept> = self.places.iter().filter_map(|path| read(path)).collect();
        let same = |kept: &&Kept| boot_id.is_some() && kept.boot_id.as_deref() == boot_id;
        let newest = found.iter().filter(same).max_by_key(|kept| kept.written_at);
        newest.or_else(|| found.iter().max_by_key(|kept| kept.written_at)).cloned()
    }

    /// Replaces what is kept; tells whether it is kept at least in one place.
    pub(super) fn write(&self, kept: &Kept) -> bool {
        let mut one = self.places.is_empty();
        for path in &self.places {
            match write(path, kept) {
                Ok(()) => one = true,
                Err(error) => tracing::debug!(%error, path = %path.display(), "no clock here"),
            }
        }
        one
    }
}

fn with_suffix(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(SUFFIX);
    name.into()
}

fn read(path: &Path) -> Option<Kept> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            if error.kind() != io::ErrorKind::NotFound {
                tracing::warn!(%error, path = %path.display(), "the clock cannot be read here");
            }
            return None;
        }
    };
    let kept = serde_json::from_slice(&bytes);
    kept.inspect_err(|error| {
        tracing::warn!(%error, path = %path.display(), "what is kept of the clock is damaged");
    })
    .ok()
}

/// Whatever happens, there is the old file or the new one.
fn write(path: &Path, kept: &Kept) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    // Made with mode 0600.
    let mut file = NamedTempFile::new_in(folder)?;
    let mut bytes = serde_json::to_vec(kept)?;
    bytes.push(b'\n');
    file.write_all(&bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    File::open(folder)?.sync_all()
}

/// What the name of the file ends in.
const SUFFIX: &str = "clock";

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(boot_id: &str, written_at: i64) -> Kept {
        Kept {
            boot_id: Some(boot_id.to_owned()),
            base_ms: 1,
            offset_ms: 2,
            written_at,
            keys_below: 3,
            floor: 4,
            forget_from: 5,
            gaps: Vec::new(),
            doubt: None,
            jump: None,
        }
    }

    #[test]
    fn either_place_is_enough_and_the_one_of_this_boot_counts() {
        let (data, runtime) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let store = data.path().join("venue.db");
        let both = ClockFiles::new(&store, Some(runtime.path()));
        assert_eq!(both.read(Some("a")), None);
        assert!(!both.has_past());
        assert!(both.write(&kept("a", 7)));
        assert_eq!(both.read(Some("a")), Some(kept("a", 7)));
        let nowhere = ClockFiles::new(Path::new("/dev/null/venue.db"), Some(runtime.path()));
        assert!(nowhere.write(&kept("b", 5)), "one place is enough");
        assert_eq!(both.read(Some("b")), Some(kept("b", 5)));
        assert_eq!(both.read(Some("c")), Some(kept("a", 7)), "after a reboot the newest counts");
        fs::write(data.path().join("venue.db.clock"), "{").unwrap();
        assert_eq!(both.read(Some("a")), Some(kept("b", 5)), "one that is damaged is no matter");
        assert!(!ClockFiles::new(Path::new("/dev/null/venue.db"), None).write(&kept("a", 1)));
    }
}
