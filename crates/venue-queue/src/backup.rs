//! Copies of the database: online, verified, and back again.

use std::{
    fmt::Write,
    fs::File,
    io::{self, Read},
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

/// Whether the file at `path` is the database of a store at all, sound or not: what is something else is not called
/// damaged.
///
/// # Errors
/// Why the file cannot be read.
pub fn is_store(path: &Path) -> io::Result<bool> {
    let mut begin = [0; HEADER.len()];
    match File::open(path)?.read_exact(&mut begin) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
        other => other?,
    }
    if begin != *HEADER {
        return Ok(false);
    }
    let asked = look_into(path).and_then(|connection| {
        connection.query_row(OUR_TABLE, (), |row| row.get::<_, bool>(0)).store_err()
    });
    // One that cannot be asked is damaged, whatever it is.
    Ok(asked.unwrap_or(true))
}

/// How each database of SQLite begins.
const HEADER: &[u8; 16] = b"SQLite format 3\0";

const OUR_TABLE: &str = "SELECT count(*) > 0 FROM sqlite_master WHERE name = 'command_queue'";

/// When something was written last in the store at `path`, by the time of its venue; `None` where nothing tells it.
#[must_use]
pub fn last_written(path: &Path) -> Option<Timestamp> {
    let connection = look_into(path).ok()?;
    // An older schema lacks some of them.
    let times = LAST_WRITTEN.iter().filter_map(|sql| {
        connection.query_row(sql, (), |row| row.get::<_, Option<i64>>(0)).ok().flatten()
    });
    times.max().map(Timestamp::from_unix_ms)
}

/// What has an index, or few rows.
const LAST_WRITTEN: [&str; 5] = [
    "SELECT max(at) FROM audit",
    "SELECT max(updated_at) FROM port_status",
    "SELECT max(noted_at) FROM schedule_runs",
    "SELECT max(completed_at) FROM command_history",
    "SELECT max(ended_at) FROM system_task_runs",
];

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
    writer.forget_all();
    writer.shared.set_identity(FileIdentity::of(&writer.path));
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::{SqliteStore, StoreConfig};

    #[tokio::test]
    async fn what_is_no_database_of_a_store_is_told_apart_from_a_damaged_one() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        SqliteStore::open(&at("ours.db"), StoreConfig::default()).unwrap().close().await;
        let mut damaged = fs::read(at("ours.db")).unwrap();
        damaged.truncate(damaged.len() / 2);
        fs::write(at("damaged.db"), damaged).unwrap();
        fs::write(at("holiday.jpg"), "no database at all, and longer than a header").unwrap();
        fs::write(at("empty"), "").unwrap();
        let other = Connection::open(at("other.db")).unwrap();
        other.execute_batch("CREATE TABLE bookmarks (url TEXT); PRAGMA user_version = 7").unwrap();
        drop(other);
        for (name, expected) in [
            ("ours.db", true),
            ("damaged.db", true),
            ("holiday.jpg", false),
            ("empty", false),
            ("other.db", false),
        ] {
            assert_eq!(is_store(&at(name)).unwrap(), expected, "{name}");
        }
        assert!(verify(&at("damaged.db")).is_err());
        assert!(is_store(&at("none")).is_err());
    }

    #[tokio::test]
    async fn a_store_tells_when_it_was_written_last() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("venue.db");
        SqliteStore::open(&path, StoreConfig::default()).unwrap().close().await;
        assert_eq!(last_written(&path), None, "nothing has happened in it");
        let connection = Connection::open(&path).unwrap();
        let run = "INSERT INTO system_task_runs (task, ended_at, failed, result) VALUES ('check', 1234, 0, '{}')";
        connection.execute(run, ()).unwrap();
        drop(connection);
        assert_eq!(last_written(&path), Some(Timestamp::from_unix_ms(1234)));
        assert_eq!(last_written(&folder.path().join("none")), None);
    }
}
