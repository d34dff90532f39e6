//! Damage of a kind that disks and careless hands do, for tests of those who have to live with it.

use std::{fs::File, io, os::unix::fs::FileExt, path::Path, time::Duration};

use rusqlite::Connection;

/// Writes garbage over everything in the database at `path` but the schema and the waiting commands.
///
/// # Errors
/// What the database or the disk says.
pub fn yield_to_queue(path: &Path) -> io::Result<()> {
    let pages = pages_besides_the_queue(path).map_err(io::Error::other)?;
    let file = File::options().write(true).open(path)?;
    pages
        .into_iter()
        .try_for_each(|page| file.write_all_at(&[0xA5; PAGE], (page - 1) * PAGE as u64))
}

/// Another process that holds a database; dropped, it lets go.
#[derive(Debug)]
pub struct Holder {
    _connection: Connection,
}

/// Takes the only lock for writing the database at `path`, as another process would.
///
/// # Errors
/// What the database says, if it is held by somebody else for long.
pub fn hold(path: &Path) -> io::Result<Holder> {
    let hold = || {
        let connection = Connection::open(path)?;
        connection.busy_timeout(HOLD_WITHIN)?;
        connection.execute_batch("BEGIN IMMEDIATE")?;
        Ok(Holder { _connection: connection })
    };
    hold().map_err(|error: rusqlite::Error| io::Error::other(error))
}

/// A writer is done long before.
const HOLD_WITHIN: Duration = Duration::from_secs(5);

fn pages_besides_the_queue(path: &Path) -> rusqlite::Result<Vec<u64>> {
    let connection = Connection::open(path)?;
    let mut select = connection.prepare(PAGES)?;
    let pages = select.query_map((), |row| row.get(0))?;
    pages.collect()
}

/// SQLite's usual size of a page.
const PAGE: usize = 4096;

const PAGES: &str =
    "SELECT pageno FROM dbstat WHERE name NOT IN ('sqlite_schema', 'command_queue')";
