//! Opens the file of the database: permissions, settings, schema.

use std::{
    fs::{self, OpenOptions},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, backup::Backup, types::ValueRef};
use rusqlite_migration::{M, Migrations};
use snafu::{ResultExt, ensure};
use venue_domain::StoreError;

use crate::{
    error::{
        DatabaseSnafu, FileSnafu, IntoStoreError, OldSqliteSnafu, OpenError, SettingSnafu,
        to_store_error,
    },
    exchange, sequence,
};

/// The first SQLite without the WAL-reset race.
pub(crate) const OLDEST_SQLITE: i32 = 3_051_003;

/// How long the writer waits for a lock that somebody else holds.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(1);

/// More than all statements of the writer, so that none is ever compiled twice.
const STATEMENTS: usize = 160;

/// Opens the database at `path` for writing, makes it if need be, and brings its schema up to
/// date; an older schema is copied beside it first.
pub(crate) fn open(path: &Path) -> Result<Connection, OpenError> {
    ensure_fixed(rusqlite::version_number())?;
    exchange::finish(path).context(DatabaseSnafu { path })?;
    prepare_file(path)?;
    let mut connection = connect(path).context(DatabaseSnafu { path })?;
    settings(&connection, path)?;
    let steps = &crate::migrations::STEPS;
    migrate(&mut connection, path, steps).context(DatabaseSnafu { path })?;
    // Wherever the file comes from: no number is given out twice.
    sequence::raise(&connection, 0).context(DatabaseSnafu { path })?;
    Ok(connection)
}

/// Whether SQLite `version` is new enough, as SQLite counts: 3051003 is 3.51.3.
fn ensure_fixed(version: i32) -> Result<(), OpenError> {
    ensure!(version >= OLDEST_SQLITE, OldSqliteSnafu { found: rusqlite::version() });
    Ok(())
}

/// The folder and an empty file, readable by nobody else: SQLite gives its side files the
/// permissions of the main one.
fn prepare_file(path: &Path) -> Result<(), OpenError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.context(FileSnafu { path: folder })?;
    }
    if !path.exists() {
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        made.context(FileSnafu { path })?;
    }
    Ok(())
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).store_err()?;
    ensure_writable(&connection)?;
    connection.busy_timeout(BUSY_TIMEOUT).store_err()?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// SQLite opens a file that it may not write for reading only, and such a connection stays so when
/// the file can be written again.
fn ensure_writable(connection: &Connection) -> Result<(), StoreError> {
    if connection.is_readonly("main").store_err()? { Err(StoreError::ReadOnly) } else { Ok(()) }
}

/// The settings of the writer. A pragma that is misspelt is silently ignored, so each is read
/// back.
fn settings(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    for (pragma, set, expected) in [
        ("journal_mode", "PRAGMA journal_mode = WAL", "wal"),
        ("synchronous", "PRAGMA synchronous = FULL", "2"),
        ("temp_store", "PRAGMA temp_store = MEMORY", "2"),
        // A queue of many thousand rows stays in memory, so that a change reads nothing.
        ("cache_size", "PRAGMA cache_size = -32768", "-32768"),
        // A page that changes often is copied into the database once in a while, not each time.
        ("wal_autocheckpoint", "PRAGMA wal_autocheckpoint = 4000", "4000"),
        // While somebody reads for long the log only grows. When it is begun anew it is cut to this.
        ("journal_size_limit", "PRAGMA journal_size_limit = 16777216", "16777216"),
    ] {
        connection.execute_batch(set).map_err(to_store_error).context(DatabaseSnafu { path })?;
        let found = read_pragma(connection, pragma).context(DatabaseSnafu { path })?;
        ensure!(found == expected, SettingSnafu { pragma, found });
    }
    Ok(())
}

pub(crate) fn read_pragma(connection: &Connection, pragma: &str) -> Result<String, StoreError> {
    let value = connection.pragma_query_value(None, pragma, |row| match row.get_ref(0)? {
        ValueRef::Text(text) => Ok(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Integer(number) => Ok(number.to_string()),
        ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => Ok(String::new()),
    });
    value.store_err()
}

/// The schema of the database; 0 for an empty one.
pub(crate) fn schema_of(connection: &Connection) -> Result<u64, StoreError> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0)).store_err()
}

/// Brings the database to the schema after `steps`.
fn migrate(connection: &mut Connection, path: &Path, steps: &[&str]) -> Result<(), StoreError> {
    let found = schema_of(connection)?;
    let known = steps.len() as u64;
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    if found == known {
        return Ok(());
    }
    if found > 0 {
        copy_database(connection, &copy_path(path, found))?;
    }
    let steps = Migrations::new(steps.iter().map(|sql| M::up(sql)).collect());
    steps.to_latest(connection).map_err(|error| {
        if let rusqlite_migration::Error::RusqliteError { err, .. } = error {
            to_store_error(err)
        } else {
            StoreError::Invalid { rule: error.to_string() }
        }
    })
}

/// Where the copy of a database of an older schema is kept.
fn copy_path(path: &Path, schema: u64) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".schema-{schema}"));
    name.into()
}

/// Copies the database through `connection` to a new file at `path`, replacing what is there.
pub(crate) fn copy_database(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let disk = |_| StoreError::Disk;
    if path.exists() {
        fs::remove_file(path).map_err(disk)?;
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(disk)?;
    let mut copy = Connection::open(path).store_err()?;
    // All pages in one step: one consistent moment, and no restart when somebody writes.
    Backup::new(connection, &mut copy).and_then(|backup| backup.step(-1)).store_err()?;
    copy.close().map_err(|(_, error)| to_store_error(error))?;
    OpenOptions::new().write(true).open(path).and_then(|file| file.sync_all()).map_err(disk)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_linked_sqlite_has_no_wal_reset_race() {
        ensure_fixed(rusqlite::version_number()).unwrap();
        // 3.51.3 is the first one without it.
        assert!(ensure_fixed(3_051_003).is_ok());
        for older in [3_051_002, 3_050_004] {
            assert!(matches!(ensure_fixed(older), Err(OpenError::OldSqlite { .. })), "{older}");
        }
    }

    #[test]
    fn the_steps_of_the_schema_fit_together() {
        let steps =
            Migrations::new(crate::migrations::STEPS.iter().map(|sql| M::up(sql)).collect());
        steps.validate().unwrap();
    }

    #[test]
    fn what_waits_is_kept_and_no_id_given_twice_where_the_tables_are_written_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue.db");
        prepare_file(&path).unwrap();
        let mut connection = connect(&path).unwrap();
        migrate(&mut connection, &path, &crate::migrations::STEPS[..13]).unwrap();
        let row = "INSERT INTO command_queue (
                command_id, hostname, command, port, effect_group, sets_state, sequence_key,
                repeatable, command_class, due_at, ready, expires_at, waits_until, order_instant,
                order_sequence, routing_method, created_at, notes
            ) VALUES (?1, 'ir-1', 'power', 5, 'power', 1, 0, 0, 'bulk', 1, 1, 9, 7, 1, ?2,
                'queued', 1, 'kept')";
        for (id, sequence) in [("a", 1), ("b", 2), ("c", 3)] {
            connection.execute(row, (id, sequence)).unwrap();
        }
        connection.execute("DELETE FROM command_queue WHERE command_id = 'c'", ()).unwrap();
        let status = "INSERT INTO port_status (
                hostname, port, last_command, last_command_at, power, updated_at, corrected_by
            ) VALUES ('ir-1', 5, 'power_on', 3, 1, 4, 'anna')";
        connection.execute(status, ()).unwrap();
        migrate(&mut connection, &path, &crate::migrations::STEPS).unwrap();
        let kept = "SELECT count(*) FROM command_queue WHERE notes = 'kept' AND waits_until = 7";
        assert_eq!(connection.query_row(kept, (), |row| row.get::<_, i64>(0)), Ok(2));
        let by = "SELECT corrected_by FROM port_status WHERE port = 5 AND power = 1";
        let by = connection.query_row(by, (), |row| row.get::<_, String>(0));
        assert_eq!(by, Ok("anna".to_owned()));
        let counts = crate::image::scan(&connection).unwrap().queue.counts();
        assert_eq!((counts.ready, counts.later, counts.in_flight), (2, 0, 0));
        connection.execute(row, ("d", 4)).unwrap();
        assert_eq!(connection.last_insert_rowid(), 4, "3 was given away once");
        let sql = "SELECT count(*) FROM sqlite_master WHERE tbl_name = 'command_queue'
            AND type = 'index'";
        let indexes = connection.query_row(sql, (), |row| row.get::<_, i64>(0));
        assert_eq!(indexes, Ok(5), "four of its own, and that of its names");
    }

    fn newest() -> u64 {
        crate::migrations::STEPS.len() as u64
    }

    #[test]
    fn a_database_of_an_older_schema_is_copied_before_it_is_brought_forward() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue.db");
        let steps = ["CREATE TABLE one (x INTEGER) STRICT", "CREATE TABLE two (x INTEGER) STRICT"];
        prepare_file(&path).unwrap();
        let mut connection = connect(&path).unwrap();
        migrate(&mut connection, &path, &steps[..1]).unwrap();
        let copy = copy_path(&path, 1);
        assert!(!copy.exists(), "there was nothing to copy");
        connection.execute("INSERT INTO one (x) VALUES (7)", ()).unwrap();
        migrate(&mut connection, &path, &steps).unwrap();
        assert_eq!(schema_of(&connection), Ok(2));
        let copied = Connection::open(&copy).unwrap();
        assert_eq!(schema_of(&copied), Ok(1));
        let kept = copied.query_row("SELECT x FROM one", (), |row| row.get::<_, i64>(0));
        assert_eq!(kept, Ok(7));
        // A step that fails leaves everything as it was.
        let broken = [steps[0], steps[1], "CREATE TABLE three (x INTEGER) STRICT; NONSENSE"];
        assert!(migrate(&mut connection, &path, &broken).is_err());
        assert_eq!(schema_of(&connection), Ok(2));
        let three = connection.prepare("SELECT x FROM three");
        assert!(three.is_err());
    }

    #[test]
    fn a_new_database_is_readable_by_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/queue.db");
        let connection = open(&path).unwrap();
        assert_eq!(schema_of(&connection), Ok(newest()));
        let names = fs::read_dir(path.parent().unwrap()).unwrap();
        for file in names.map(|entry| entry.unwrap().path()) {
            let mode = fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{}", file.display());
        }
    }

    #[test]
    fn a_connection_that_can_only_read_is_refused_since_it_would_never_write_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue.db");
        assert_eq!(ensure_writable(&open(&path).unwrap()), Ok(()));
        let reader = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        assert_eq!(ensure_writable(&reader), Err(StoreError::ReadOnly));
    }

    #[test]
    fn a_newer_database_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue.db");
        let connection = open(&path).unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        drop(connection);
        let error = open(&path).unwrap_err().store_error();
        assert_eq!(error, StoreError::Newer { found: 99, known: newest() });
        let connection = Connection::open(&path).unwrap();
        assert_eq!(schema_of(&connection), Ok(99));
    }

    #[test]
    fn a_file_that_is_no_database_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue.db");
        let text = "this is not a database, and it is longer than a header of one. ".repeat(99);
        fs::write(&path, &text).unwrap();
        assert_eq!(open(&path).unwrap_err().store_error(), StoreError::Corrupt);
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }

    #[test]
    fn a_copy_has_what_the_database_had() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue.db");
        let connection = open(&path).unwrap();
        connection.execute("INSERT INTO meta (name, value) VALUES ('x', 7)", ()).unwrap();
        let copy = copy_path(&path, 1);
        copy_database(&connection, &copy).unwrap();
        copy_database(&connection, &copy).unwrap();
        let read = Connection::open(&copy).unwrap();
        let value = read.query_row("SELECT value FROM meta", (), |row| row.get::<_, i64>(0));
        assert_eq!(value, Ok(7));
        assert_eq!(schema_of(&read), Ok(newest()));
    }
}
