//! From SQLite's errors to the causes that callers decide by.

use std::{io, path::PathBuf};

use rusqlite::ErrorCode;
use snafu::Snafu;
use venue_domain::StoreError;

/// Why a store could not be opened.
#[derive(Debug, Snafu)]
#[snafu(visibility(pub(crate)))]
#[non_exhaustive]
pub enum OpenError {
    /// The linked SQLite can corrupt a WAL that several connections share.
    #[snafu(display("the linked SQLite {found} is older than 3.51.3, whose WAL can be trusted"))]
    OldSqlite {
        /// The version that is linked.
        found: String,
    },
    /// The folder or the file cannot be made or read.
    #[snafu(display("cannot use {}", path.display()))]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The database cannot be used.
    #[snafu(display("cannot open the database {}", path.display()))]
    Database {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: StoreError,
    },
    /// The database does not keep a setting that the store relies on.
    #[snafu(display("the database answers {found:?} to {pragma}"))]
    Setting {
        /// The setting.
        pragma: &'static str,
        /// What it answers.
        found: String,
    },
    /// A size of the store is zero, and nothing could ever be done.
    #[snafu(display("{size} of a store is at least 1, and here it is 0"))]
    Zero {
        /// The field of [`StoreConfig`](crate::StoreConfig).
        size: &'static str,
    },
    /// The thread of the writer could not be started.
    #[snafu(display("cannot start the thread of the writer"))]
    Thread {
        /// What the system says.
        source: io::Error,
    },
}

impl OpenError {
    /// The cause, in the terms of those who use the store.
    #[must_use]
    pub fn store_error(&self) -> StoreError {
        match self {
            Self::Database { source, .. } => source.clone(),
            Self::OldSqlite { .. }
            | Self::File { .. }
            | Self::Setting { .. }
            | Self::Zero { .. }
            | Self::Thread { .. } => StoreError::Unavailable,
        }
    }
}

/// What SQLite's error means for the store.
pub(crate) fn to_store_error(error: rusqlite::Error) -> StoreError {
    let rusqlite::Error::SqliteFailure(failure, message) = error else {
        return StoreError::Invalid { rule: error.to_string() };
    };
    let among = |codes: &[ErrorCode]| codes.contains(&failure.code);
    if failure.extended_code == READONLY_DBMOVED {
        StoreError::Deleted
    } else if among(&[ErrorCode::ReadOnly, ErrorCode::PermissionDenied]) {
        StoreError::ReadOnly
    } else if among(&LOCKED) {
        StoreError::Busy
    } else if among(&[ErrorCode::DiskFull]) {
        StoreError::Full
    } else if among(&[ErrorCode::DatabaseCorrupt, ErrorCode::NotADatabase]) {
        StoreError::Corrupt
    } else if among(&[ErrorCode::SystemIoFailure, ErrorCode::OutOfMemory]) {
        StoreError::Disk
    } else if among(&[ErrorCode::CannotOpen]) {
        StoreError::Unavailable
    } else {
        // A broken rule of the schema, or a statement that is wrong: no fault of the disk.
        StoreError::Invalid { rule: message.unwrap_or_else(|| failure.to_string()) }
    }
}

/// Somebody else holds the database.
const LOCKED: [ErrorCode; 3] =
    [ErrorCode::DatabaseBusy, ErrorCode::DatabaseLocked, ErrorCode::FileLockingProtocolFailed];

/// The file was renamed or deleted under the connection (`SQLITE_READONLY_DBMOVED`).
const READONLY_DBMOVED: i32 = 8 | (4 << 8);

/// Results of SQLite in the terms of the store.
pub(crate) trait IntoStoreError<T> {
    /// The value, or what its absence means.
    fn store_err(self) -> Result<T, StoreError>;
}

impl<T> IntoStoreError<T> for rusqlite::Result<T> {
    fn store_err(self) -> Result<T, StoreError> {
        self.map_err(to_store_error)
    }
}

/// The end of a job that panicked: nothing of it is kept, and the store is not called down for it.
pub(crate) fn panicked() -> StoreError {
    tracing::error!("work for the store panicked: this is a bug, report it");
    StoreError::Invalid { rule: "the work panicked: this is a bug in venued".to_owned() }
}

#[cfg(test)]
mod tests {
    use rusqlite::{Error, ffi};

    use super::*;

    #[test]
    fn every_fault_of_the_disk_has_its_own_cause() {
        let cases = [
            (ffi::SQLITE_BUSY, StoreError::Busy),
            (ffi::SQLITE_LOCKED, StoreError::Busy),
            (ffi::SQLITE_READONLY, StoreError::ReadOnly),
            (READONLY_DBMOVED, StoreError::Deleted),
            (ffi::SQLITE_FULL, StoreError::Full),
            (ffi::SQLITE_CORRUPT, StoreError::Corrupt),
            (ffi::SQLITE_NOTADB, StoreError::Corrupt),
            (ffi::SQLITE_IOERR, StoreError::Disk),
            (ffi::SQLITE_CANTOPEN, StoreError::Unavailable),
        ];
        for (code, expected) in cases {
            let error = Error::SqliteFailure(ffi::Error::new(code), None);
            assert_eq!(to_store_error(error), expected, "{code}");
        }
    }

    #[test]
    fn a_broken_rule_is_told_and_does_not_put_the_store_down() {
        let broken = ffi::Error::new(ffi::SQLITE_CONSTRAINT);
        let error = Error::SqliteFailure(broken, Some("CHECK constraint failed: port".into()));
        let cause = to_store_error(error);
        assert_eq!(cause, StoreError::Invalid { rule: "CHECK constraint failed: port".into() });
        assert!(!cause.is_down());
    }
}
