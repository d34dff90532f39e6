//! The files of a database: renamed, replaced and removed together with their side files.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use venue_domain::StoreError;

/// Renames a database with its side files, as far as there are any.
pub(crate) fn rename(path: &Path, to: &Path) -> Result<(), StoreError> {
    for suffix in ["", "-wal", "-shm"] {
        let (from, to) = (with_suffix(path, suffix), with_suffix(to, suffix));
        if from.exists() {
            fs::rename(from, to).map_err(|_| StoreError::Disk)?;
        }
    }
    Ok(())
}

pub(crate) fn put_in_place(partial: &Path, to: &Path) -> Result<(), StoreError> {
    remove_side_files(partial)?;
    fs::rename(partial, to).map_err(|_| StoreError::Disk)?;
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = File::open(folder.unwrap_or_else(|| Path::new(".")));
    folder.and_then(|folder| folder.sync_all()).map_err(|_| StoreError::Disk)
}

pub(crate) fn remove_side_files(path: &Path) -> Result<(), StoreError> {
    for suffix in ["-wal", "-shm"] {
        let file = with_suffix(path, suffix);
        if file.exists() {
            fs::remove_file(file).map_err(|_| StoreError::Disk)?;
        }
    }
    Ok(())
}

pub(crate) fn beside(path: &Path, word: &str) -> PathBuf {
    with_suffix(path, &format!(".{word}"))
}

pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
