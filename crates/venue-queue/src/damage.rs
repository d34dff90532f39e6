//! Damage of a kind that disks and careless hands do, for tests of those who have to live with it.

use std::{fs::File, io, os::unix::fs::FileExt, path::Path};

use rusqlite::Connection;

/// Writes garbage over everything in the database at `path` but the schema and the waiting commands.
///
/// # Errors
/// What the database or the disk says.
pub fn spare_the_queue(path: &Path) -> io::Result<()> {
    let pages = pages_besides_the_queue(path).map_err(io::Error::other)?;
    let file = File::options().write(true).open(path)?;
    pages
        .into_iter()
        .try_for_each(|page| file.write_all_at(&[0xA5; PAGE], (page - 1) * PAGE as u64))
}

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
