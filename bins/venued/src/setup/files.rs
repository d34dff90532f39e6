//! The files of set-up, beside the database: the code, and what `venued setup` was told for the next start.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;
use venue_auth::{SecretHash, SetupCode, TokenName};
use venue_registry::Venue;

use crate::{configuration::snapshot_of, tls_init};

/// What `venued setup` was told.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Prepared {
    pub(crate) venue: Venue,
    pub(crate) admin: PreparedPerson,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) staff: Option<PreparedPerson>,
}

/// Somebody who signs in from then on; of their PIN there is the hash alone.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PreparedPerson {
    pub(crate) name: TokenName,
    pub(crate) secret: SecretHash,
}

/// The code of the database at `store`: the one that is there, or a new one where the database is new. To be asked
/// before the database is made.
pub(crate) fn offered(store: &Path) -> Option<SetupCode> {
    match kept_or_new(store) {
        Ok(code) => code,
        Err(error) => {
            // Nobody can claim the venue; everything else works as without it.
            tracing::warn!(%error, "the code of set-up cannot be kept: the venue is set up with `venuectl`");
            None
        }
    }
}

fn kept_or_new(store: &Path) -> io::Result<Option<SetupCode>> {
    let path = code_of(store);
    match fs::read_to_string(&path) {
        Ok(text) => match SetupCode::parse(&text) {
            Some(code) => return Ok(Some(code)),
            None => {
                tracing::warn!("the file of the code of set-up has no code: there is a new one");
            }
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if !is_new(store) {
                return Ok(None);
            }
        }
        Err(error) => return Err(error),
    }
    let code = SetupCode::generate().map_err(io::Error::other)?;
    write(&path, format!("{}\n", code.reveal()).as_bytes())?;
    Ok(Some(code))
}

/// Whether nothing is there of a venue: neither the database nor what is known without it.
pub(crate) fn is_new(store: &Path) -> bool {
    !store.exists() && !snapshot_of(store).exists()
}

/// Whether the venue of the database at `store` can be claimed, as far as its files say.
pub(crate) fn may_be_claimed(store: &Path) -> bool {
    is_new(store) || code_of(store).exists()
}

/// Removes the code.
pub(crate) fn forget_code(store: &Path) -> io::Result<()> {
    forget(&code_of(store))
}

/// What `venued setup` has prepared, if anything.
pub(crate) fn read_prepared(store: &Path) -> io::Result<Option<Prepared>> {
    match fs::read(prepared_of(store)) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Removes what was prepared.
pub(crate) fn forget_prepared(store: &Path) -> io::Result<()> {
    forget(&prepared_of(store))
}

fn forget(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Ok(()) => folder_of(path)?.sync_all(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Where the code is.
fn code_of(store: &Path) -> PathBuf {
    beside(store, ".setup-code")
}

/// Where it is what `venued setup` was told.
pub(crate) fn prepared_of(store: &Path) -> PathBuf {
    beside(store, ".setup.json")
}

fn beside(store: &Path, end: &str) -> PathBuf {
    let mut name = store.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Replaces a file that its owner alone reads: whatever happens, there is the old one or the new one.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = tls_init::folder_of(path);
    fs::create_dir_all(folder)?;
    // Made with mode 0600.
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    File::open(folder)?.sync_all()
}

fn folder_of(path: &Path) -> io::Result<File> {
    File::open(tls_init::folder_of(path))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_new_database_has_a_code_and_one_that_was_there_has_none() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("venue.db");
        let code = offered(&store).unwrap();
        let mode = fs::metadata(code_of(&store)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600);
        // After a kill, and with the database that was made since.
        fs::write(&store, "x").unwrap();
        assert_eq!(offered(&store), Some(code));
        assert!(may_be_claimed(&store));
        forget_code(&store).unwrap();
        forget_code(&store).unwrap();
        assert_eq!(offered(&store), None, "it is closed for good");
        assert!(!may_be_claimed(&store));
        // The database is lost, and what is known of the venue is not.
        fs::rename(&store, snapshot_of(&store)).unwrap();
        assert_eq!(offered(&store), None);
    }

    #[test]
    fn a_file_without_a_code_has_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("venue.db");
        fs::write(code_of(&store), "").unwrap();
        let code = offered(&store).unwrap();
        assert_eq!(offered(&store), Some(code));
    }

    #[test]
    fn where_it_cannot_be_kept_there_is_none() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        assert_eq!(offered(&folder.path().join("file/venue.db")), None);
    }
}
