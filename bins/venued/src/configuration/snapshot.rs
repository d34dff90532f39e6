//! The configuration beside the database, for a start without it: one file, readable by nobody else.

use std::{
    fs::{self, File, Permissions},
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use snafu::{OptionExt, ResultExt, Snafu};
use tempfile::NamedTempFile;
use venue_domain::{Configuration, ConfigurationItem};

/// Why a snapshot cannot be had.
#[derive(Debug, Snafu)]
pub(crate) enum SnapshotError {
    /// The file cannot be read.
    #[snafu(display("cannot read {}", path.display()))]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is no snapshot; what it holds is not quoted, it may be a key.
    #[snafu(display("{} is no snapshot: line {line}, column {column}", path.display()))]
    Shape {
        /// The file.
        path: PathBuf,
        /// Its line, from 1.
        line: usize,
        /// Its column, from 1.
        column: usize,
    },
}

/// Where the snapshot of the database at `store` is.
pub(crate) fn path_of(store: &Path) -> PathBuf {
    let mut name = store.as_os_str().to_owned();
    name.push(".configuration.json");
    name.into()
}

/// Reads the snapshot at `path`; `None` if there is none. One that others could read is closed to
/// them.
pub(crate) fn read(path: &Path) -> Result<Option<Configuration>, SnapshotError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        // Nor is there one where there is no folder.
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(error).context(ReadSnafu { path }),
    };
    close_to_others(path).context(ReadSnafu { path })?;
    let shape: Result<Shape, _> = serde_json::from_slice(&bytes);
    let shape = shape
        .map_err(|error| ShapeSnafu { path, line: error.line(), column: error.column() }.build())?;
    let Shape { revision, items } = shape;
    let mut read = Configuration { revision, items: Vec::with_capacity(items.len()) };
    for item in items {
        // A kind of a newer version is left out: that version will read the store.
        let Ok(kind) = item.kind.parse() else { continue };
        let Item { id, revision, body, .. } = item;
        read.items.push(ConfigurationItem { kind, id, revision, body });
    }
    Ok(Some(read))
}

fn close_to_others(path: &Path) -> io::Result<()> {
    if fs::metadata(path)?.permissions().mode() & 0o077 == 0 {
        return Ok(());
    }
    tracing::warn!(path = %path.display(), "others could read the keys in this file: closed to them");
    fs::set_permissions(path, Permissions::from_mode(0o600))
}

/// Replaces the snapshot at `path`: whatever happens, there is the old one or the new one.
pub(crate) fn write(path: &Path, configuration: &Configuration) -> io::Result<()> {
    let folder = path.parent().context(NoFolderSnafu).map_err(io::Error::other)?;
    // Made with mode 0600.
    let mut file = NamedTempFile::new_in(folder)?;
    let items = configuration.items.iter().map(Item::from).collect();
    let shape = Shape { revision: configuration.revision, items };
    let mut bytes = serde_json::to_vec(&shape)?;
    bytes.push(b'\n');
    file.write_all(&bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    File::open(folder)?.sync_all()
}

#[derive(Debug, Snafu)]
#[snafu(display("the snapshot has no folder"))]
struct NoFolder;

#[derive(Deserialize, Serialize)]
struct Shape {
    revision: u64,
    items: Vec<Item>,
}

#[derive(Deserialize, Serialize)]
struct Item {
    kind: String,
    id: String,
    revision: u64,
    body: String,
}

impl From<&ConfigurationItem> for Item {
    fn from(item: &ConfigurationItem) -> Self {
        let (kind, id) = (item.kind.name().to_owned(), item.id.clone());
        Self { kind, id, revision: item.revision, body: item.body.clone() }
    }
}

#[cfg(test)]
mod tests {
    use venue_domain::{ItemChange, ItemKind};

    use super::*;

    fn some() -> Configuration {
        let mut some = Configuration::default();
        let (kind, id, body) = (ItemKind::Key, "ir-1".to_owned(), "the-secret".to_owned());
        some.apply(&[ItemChange::Put { kind, id, body }], 7);
        some
    }

    #[test]
    fn a_snapshot_reads_back_and_nobody_else_can_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = path_of(&folder.path().join("venue.db"));
        assert_eq!(read(&path).unwrap(), None);
        write(&path, &Configuration::default()).unwrap();
        write(&path, &some()).unwrap();
        assert_eq!(read(&path).unwrap(), Some(some()));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
    }

    #[test]
    fn one_that_others_can_read_is_closed_to_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("snapshot");
        write(&path, &some()).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        read(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn what_is_no_snapshot_is_told_without_quoting_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("snapshot");
        fs::write(&path, r#"{"revision": "the-secret"}"#).unwrap();
        let error = read(&path).unwrap_err().to_string();
        assert!(error.contains("line 1") && !error.contains("the-secret"), "{error}");
    }
}
