//! Copies of the database: online, verified, and back again.

use std::{
    fmt::Write,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, OpenFlags};
use venue_domain::{StoreError, Timestamp};

use crate::{
    error::IntoStoreError,
    file_identity::FileIdentity,
    files::{beside, put_in_place, remove_side_files, rename, with_suffix},
    open::{self, copy_database, schema_of},
    reader::Readers,
    writer::WriterThread,
};

/// Copies what `connection` sees to `to`, verified; `to` appears whole or not at all.
pub(crate) fn backup(connection: &Connection, to: &Path) -> Result<(), StoreError> {
    let partial = beside(to, "partial");
    copy_database(connection, &partial)?;
    verify(&partial)?;
    put_in_place(&partial, to)
}

/// Checks that the file at `path` is a sound database of a schema that is known here.
///
/// # Errors
/// [`StoreError::Corrupt`], [`StoreError::Newer`], or why it cannot be read.
pub fn verify(path: &Path) -> Result<(), StoreError> {
    let connection = look_into(path)?;
    let found = schema_of(&connection)?;
    let known = crate::migrations::STEPS.len() as u64;
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    let check =
        connection.pragma_query_value(None, "integrity_check", |row| row.get::<_, String>(0));
    match check.store_err()?.as_str() {
        "ok" if found > 0 => Ok(()),
        _ => Err(StoreError::Corrupt),
    }
}

/// Opens the database at `path` for reading only, and leaves nothing beside it: a copy has no log, and SQLite
/// makes one for it unless it is told that the file does not change.
fn look_into(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if with_suffix(path, "-wal").exists() {
        return Connection::open_with_flags(path, flags).store_err();
    }
    let mut name = String::from("file:");
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                name.push(char::from(*byte));
            }
            // Writing to a string does not fail.
            other => drop(write!(name, "%{other:02X}")),
        }
    }
    name.push_str("?immutable=1");
    Connection::open_with_flags(name, flags | OpenFlags::SQLITE_OPEN_URI).store_err()
}

/// Copies the verified backup at `from` to `to`, where there must be nothing: a damaged file is
/// [set aside](set_aside) first, never overwritten.
///
/// # Errors
/// [`StoreError::Invalid`] if there is a file at `to`; otherwise why the backup cannot be used.
pub fn restore(from: &Path, to: &Path) -> Result<(), StoreError> {
    if to.exists() {
        return Err(StoreError::Invalid { rule: "a database is never overwritten".into() });
    }
    verify(from)?;
    // What a lost database has left behind must not be taken for the backup's own.
    remove_side_files(to)?;
    let source = look_into(from)?;
    let partial = beside(to, "partial");
    copy_database(&source, &partial)?;
    verify(&partial)?;
    put_in_place(&partial, to)
}

/// Renames a damaged database with its side files; tells where it is.
///
/// # Errors
/// [`StoreError::Disk`] if the folder does not let it.
pub fn set_aside(path: &Path, now: Timestamp) -> Result<PathBuf, StoreError> {
    let aside = beside(path, &format!("damaged-{}", now.unix_ms()));
    rename(path, &aside)?;
    Ok(aside)
}

/// The file was deleted: what it held is still readable through the open connection, and becomes
/// a new file.
pub(crate) fn recover_deleted(
    writer: &mut WriterThread,
    readers: &Readers,
) -> Result<(), StoreError> {
    if writer.check_file().is_ok() {
        return Ok(());
    }
    if writer.path.exists() {
        // Another file is in its place: whose it is, a person has to say.
        return Err(StoreError::Deleted);
    }
    let partial = beside(&writer.path, "partial");
    copy_database(&writer.connection, &partial)?;
    verify(&partial)?;
    // The old connection is closed first: the last one removes the side files by their names,
    // which are those of the new file as well.
    readers.renew(&writer.path);
    let nothing = Connection::open_in_memory().store_err()?;
    drop(std::mem::replace(&mut writer.connection, nothing));
    writer.shared.set_identity(None);
    remove_side_files(&writer.path)?;
    put_in_place(&partial, &writer.path)?;
    writer.connection = open::open(&writer.path).map_err(|error| error.store_error())?;
    crate::trace::watch(&writer.connection);
    writer.shared.set_identity(FileIdentity::of(&writer.path));
    Ok(())
}
