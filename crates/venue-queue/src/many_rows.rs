//! Rows of one table, written with as few statements as there can be.

use rusqlite::{Connection, ToSql};
use venue_domain::StoreError;

use crate::error::IntoStoreError;

/// A statement that writes one row, and the same for several rows.
#[derive(Debug)]
pub(crate) struct ManyRows(Vec<(usize, String)>);

/// The values of a row are handed to this, in the order of its columns.
pub(crate) type Bind<'a> = &'a mut dyn FnMut(&[&dyn ToSql]) -> rusqlite::Result<()>;

/// So many rows are written by one statement, the most first.
const SIZES: [usize; 3] = [32, 8, 1];

impl ManyRows {
    /// `head` is the statement up to its values, of which a row has so many as `columns`.
    pub(crate) fn new(head: &str, columns: usize) -> Self {
        Self::around(head, columns, "")
    }

    /// As [`new`](Self::new), with what comes behind the values.
    pub(crate) fn around(head: &str, columns: usize, tail: &str) -> Self {
        let row = format!("({})", vec!["?"; columns].join(", "));
        let sql = |size| format!("{head} VALUES {}{tail}", vec![row.as_str(); size].join(", "));
        Self(SIZES.map(|size| (size, sql(size))).into())
    }

    /// Writes `rows`, of which `values` hands over the values.
    pub(crate) fn write<T>(
        &self,
        connection: &Connection,
        rows: &[T],
        values: impl Fn(&T, Bind<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), StoreError> {
        let mut rest = rows;
        for (size, sql) in &self.0 {
            while let Some((now, later)) = rest.split_at_checked(*size) {
                let mut statement = connection.prepare_cached(sql).store_err()?;
                let mut column = 0;
                for row in now {
                    let mut bind = |values: &[&dyn ToSql]| {
                        for value in values {
                            column += 1;
                            statement.raw_bind_parameter(column, value)?;
                        }
                        Ok(())
                    };
                    values(row, &mut bind).store_err()?;
                }
                statement.raw_execute().store_err()?;
                rest = later;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::params;

    use super::*;

    #[test]
    fn however_many_they_are_all_rows_are_written() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE pairs (a, b)").unwrap();
        let pairs = ManyRows::new("INSERT INTO pairs (a, b)", 2);
        for count in [0, 1, 7, 8, 33, 47] {
            let rows: Vec<i64> = (0..count).collect();
            let write = pairs.write(&connection, &rows, |row, bind| bind(params![row, row * 2]));
            write.unwrap();
            let sql = "SELECT count(*), coalesce(sum(b - a), 0) FROM pairs";
            let found = connection.query_row(sql, (), |row| Ok((row.get(0)?, row.get(1)?)));
            assert_eq!(found, Ok((count, count * (count - 1) / 2)));
            connection.execute_batch("DELETE FROM pairs").unwrap();
        }
    }
}
