//! The numbers of rows that never come back: each is above all that were given out before.
//!
//! SQLite keeps the last number of a table in `sqlite_sequence`, which has a row for the table only
//! once something was stored in it, and which a damaged file or an old copy may not give.

use rusqlite::{Connection, OptionalExtension};
use venue_domain::StoreError;

use crate::error::IntoStoreError;

/// The tables that number their rows, and where the numbers that they gave out can still be seen. A
/// finished command has left its queue, and its number is in the history.
const NUMBERED: [(&str, &[&str]); 3] = [
    (
        "command_queue",
        &["SELECT max(id) FROM command_queue", "SELECT max(queue_id) FROM command_history"],
    ),
    ("audit", &["SELECT max(id) FROM audit"]),
    ("device_logs", &["SELECT max(id) FROM device_logs"]),
];

/// So many numbers may have been given out that nobody can see any more.
pub(crate) const GAP: i64 = 1_000_000;

/// Lets every table go on above all numbers that can be seen in the database, and `gap` above those. It
/// writes only where that is not so already.
pub(crate) fn raise(connection: &Connection, gap: i64) -> Result<(), StoreError> {
    for (table, seen) in NUMBERED {
        let stored = stored(connection, table)?;
        let mut highest = stored.unwrap_or(0);
        for sql in seen {
            let seen =
                connection.query_row(sql, (), |row| row.get::<_, Option<i64>>(0)).store_err()?;
            highest = highest.max(seen.unwrap_or(0));
        }
        set(connection, table, stored, highest.saturating_add(gap))?;
    }
    Ok(())
}

/// The same for what `source` knows of its own numbers, as far as it can be read.
pub(crate) fn follow(source: &Connection, target: &Connection) -> Result<(), StoreError> {
    for (table, _) in NUMBERED {
        let Ok(Some(last)) = stored(source, table) else { continue };
        let own = stored(target, table)?;
        set(target, table, own, own.unwrap_or(0).max(last))?;
    }
    Ok(())
}

/// The last number of `table`; `None` if it never had a row.
fn stored(connection: &Connection, table: &str) -> Result<Option<i64>, StoreError> {
    // A damaged file may have it more than once.
    let sql = "SELECT max(seq) FROM sqlite_sequence WHERE name = ?1";
    let found = connection.query_row(sql, [table], |row| row.get::<_, Option<i64>>(0));
    found.optional().store_err().map(Option::flatten)
}

/// The table has no key that a row could be replaced by.
fn set(
    connection: &Connection,
    table: &str,
    stored: Option<i64>,
    last: i64,
) -> Result<(), StoreError> {
    if last <= stored.unwrap_or(0) {
        return Ok(());
    }
    connection.execute("DELETE FROM sqlite_sequence WHERE name = ?1", [table]).store_err()?;
    let insert = "INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)";
    connection.execute(insert, (table, last)).store_err().map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::open;

    fn last(connection: &Connection, table: &str) -> Option<i64> {
        stored(connection, table).unwrap()
    }

    #[test]
    fn every_numbered_table_of_the_schema_is_known_here() {
        let folder = tempfile::tempdir().unwrap();
        let connection = open::open(&folder.path().join("queue.db")).unwrap();
        let sql = "SELECT name FROM sqlite_schema WHERE sql LIKE '%AUTOINCREMENT%' ORDER BY name";
        let mut select = connection.prepare(sql).unwrap();
        let names = select.query_map((), |row| row.get::<_, String>(0)).unwrap();
        let names: Vec<String> = names.map(Result::unwrap).collect();
        let mut known = NUMBERED.map(|(table, _)| table);
        known.sort_unstable();
        assert_eq!(names, known);
    }

    #[test]
    fn a_sequence_without_a_row_is_raised_too_and_none_ever_goes_back() {
        let folder = tempfile::tempdir().unwrap();
        let connection = open::open(&folder.path().join("queue.db")).unwrap();
        assert_eq!(last(&connection, "command_queue"), None, "nothing was ever stored");
        raise(&connection, 0).unwrap();
        assert_eq!(last(&connection, "command_queue"), None, "there is nothing to be above of");
        raise(&connection, GAP).unwrap();
        assert_eq!(last(&connection, "command_queue"), Some(GAP));
        assert_eq!(last(&connection, "audit"), Some(GAP));
        let other = open::open(&folder.path().join("other.db")).unwrap();
        set(&other, "command_queue", None, 7).unwrap();
        follow(&other, &connection).unwrap();
        assert_eq!(last(&connection, "command_queue"), Some(GAP), "it was above");
        follow(&connection, &other).unwrap();
        assert_eq!(last(&other, "command_queue"), Some(GAP));
        assert_eq!(last(&other, "device_logs"), Some(GAP));
    }
}
