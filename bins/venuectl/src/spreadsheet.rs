//! Spreadsheets as CSV, as whatever program wrote them: with commas, semicolons or tabs, in UTF-8, UTF-16
//! or Windows-1252.

use std::{
    fs,
    io::{self, Read},
    mem,
    path::Path,
    str::FromStr,
};

use encoding_rs::{Encoding, WINDOWS_1252};
use snafu::{ResultExt, ensure};

use crate::error::{FileSnafu, InputError, SpreadsheetSnafu};

/// A table with named columns.
#[derive(Debug)]
pub(crate) struct Sheet {
    columns: Vec<String>,
    rows: Vec<Row>,
}

/// One row of it.
#[derive(Debug)]
pub(crate) struct Row {
    /// Its first line in the file, counted from 1.
    pub(crate) line: u64,
    cells: Vec<String>,
}

/// What stands in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cell<T> {
    /// The sheet has no such column: nothing is said.
    NoColumn,
    /// Nothing stands there.
    Empty,
    /// This.
    Value(T),
    /// Something that cannot be used; the problem is noted.
    Wrong,
}

impl<T> Cell<T> {
    /// Sets `field` to what the cell says: a column that is not there leaves it as it is.
    pub(crate) fn set(self, field: &mut Option<T>) {
        match self {
            Self::NoColumn | Self::Wrong => {}
            Self::Empty => *field = None,
            Self::Value(value) => *field = Some(value),
        }
    }
}

/// What is wrong with a sheet, in the order of its lines.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<String>);

impl Problems {
    /// Notes that the row at `line` is wrong.
    pub(crate) fn row(&mut self, line: u64, what: &str) {
        self.0.push(format!("line {line}: {what}"));
    }

    /// Nothing of a sheet is used that has any.
    pub(crate) fn none_or_error(self, path: &Path) -> Result<(), InputError> {
        ensure!(self.0.is_empty(), SpreadsheetSnafu { path, problems: self.0 });
        Ok(())
    }
}

impl Sheet {
    /// Reads the file at `path`, or standard input for `-`. Its first row names the columns: `required`
    /// must be there, `optional` may be, in any order.
    pub(crate) fn read(
        path: &Path,
        required: &[&str],
        optional: &[&str],
    ) -> Result<Self, InputError> {
        let text = decoded(&bytes(path)?);
        Self::parse(&text, path, required, optional)
    }

    fn parse(
        text: &str,
        path: &Path,
        required: &[&str],
        optional: &[&str],
    ) -> Result<Self, InputError> {
        let wrong = |problem: String| SpreadsheetSnafu { path, problems: vec![problem] }.build();
        let (mut columns, mut rows, mut problems) = (None, Vec::new(), Problems::default());
        let delimiter = delimiter(text);
        let text = &with_whole_rows(text, delimiter, &mut problems);
        let mut lines = Lines::of(text);
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        for record in reader.records() {
            let record = record.map_err(|error| wrong(error.to_string()))?;
            let line = lines.at(record.position().map_or(0, csv::Position::byte));
            let cells: Vec<String> = record.iter().map(str::to_owned).collect();
            let Some(columns) = &columns else {
                // What cannot be read may have been the first row.
                let first = named(&cells, required, optional).map_err(|problem| {
                    let known = mem::take(&mut problems).none_or_error(path);
                    known.err().unwrap_or_else(|| wrong(problem))
                });
                columns = Some(first?);
                continue;
            };
            match misfit(&cells, Vec::len(columns)) {
                Some(what) => problems.row(line, &what),
                None if cells.iter().all(String::is_empty) => {}
                None => rows.push(Row { line, cells }),
            }
        }
        problems.none_or_error(path)?;
        let columns = columns.ok_or_else(|| {
            wrong(format!("it is empty: the first line names the columns {}", required.join(", ")))
        })?;
        Ok(Self { columns, rows })
    }

    /// The names behind the colon of the columns `column:NAME`.
    pub(crate) fn names_of(&self, column: &str) -> Vec<&str> {
        let split = self.columns.iter().filter_map(|known| known.split_once(':'));
        split.filter(|(known, _)| *known == column).map(|(_, name)| name).collect()
    }

    /// The rows, in order.
    pub(crate) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// What `row` has under `column`. What cannot be used is noted in `problems`.
    pub(crate) fn cell<T>(&self, row: &Row, column: &str, problems: &mut Problems) -> Cell<T>
    where
        T: FromStr,
        T::Err: std::error::Error,
    {
        self.cell_with(row, column, problems, |text| {
            text.parse().map_err(|error: T::Err| venue_domain::one_line(&error))
        })
    }

    /// As [`Self::cell`], read by `read`, which says what would be right.
    pub(crate) fn cell_with<T>(
        &self,
        row: &Row,
        column: &str,
        problems: &mut Problems,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Cell<T> {
        let Some(place) = self.columns.iter().position(|known| known == column) else {
            return Cell::NoColumn;
        };
        let text = row.cells.get(place).map_or("", String::as_str);
        if text.is_empty() {
            return Cell::Empty;
        }
        read(text).map_or_else(
            |what| {
                problems.row(row.line, &format!("{column} {text:?}: {what}"));
                Cell::Wrong
            },
            Cell::Value,
        )
    }

    /// As [`Self::cell`], of a column that needs a value in each row.
    pub(crate) fn needed<T>(&self, row: &Row, column: &str, problems: &mut Problems) -> Option<T>
    where
        T: FromStr,
        T::Err: std::error::Error,
    {
        match self.cell(row, column, problems) {
            Cell::Value(value) => Some(value),
            Cell::Wrong => None,
            Cell::NoColumn | Cell::Empty => {
                problems.row(row.line, &format!("{column} is empty"));
                None
            }
        }
    }
}

/// `yes` or `no`, as people write it in a cell.
pub(crate) fn yes_or_no(text: &str) -> Result<bool, String> {
    match text.to_lowercase().as_str() {
        "yes" | "y" | "true" | "1" | "x" => Ok(true),
        "no" | "n" | "false" | "0" => Ok(false),
        _ => Err("give yes or no".to_owned()),
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>, InputError> {
    if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        return io::stdin().read_to_end(&mut bytes).map(|_| bytes).context(FileSnafu { path });
    }
    fs::read(path).context(FileSnafu { path })
}

/// UTF-8 or what a byte order mark says; anything else was written by an older program on Windows.
fn decoded(bytes: &[u8]) -> String {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return encoding.decode(bytes).0.into_owned();
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

/// What stands between the names of the columns.
fn delimiter(text: &str) -> u8 {
    let header = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |delimiter: u8| header.bytes().filter(|byte| *byte == delimiter).count();
    let mut most = b',';
    for delimiter in [b';', b'\t'] {
        if count(delimiter) > count(most) {
            most = delimiter;
        }
    }
    most
}

/// Counts the lines of a text, from one place to the next, so that each byte is looked at once.
#[derive(Debug)]
struct Lines<'t> {
    bytes: &'t [u8],
    counted: usize,
    line: u64,
}

impl<'t> Lines<'t> {
    const fn of(text: &'t str) -> Self {
        Self { bytes: text.as_bytes(), counted: 0, line: 1 }
    }

    /// The line of the first row at or after `byte`, which is no earlier than the one that was asked for before: empty
    /// lines before it belong to no row.
    fn at(&mut self, byte: u64) -> u64 {
        let byte = usize::try_from(byte).unwrap_or(usize::MAX).min(self.bytes.len());
        let start = byte.max(self.counted);
        let rest = &self.bytes[start..];
        let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let passed = &self.bytes[self.counted..start + blank];
        self.line += passed.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.counted = start + blank;
        self.line
    }
}

/// What is wrong with the number of cells in a row under `count` columns. A cell that is not there is no
/// empty one, which would take a value away: a separator or a quote is missing.
fn misfit(cells: &[String], count: usize) -> Option<String> {
    // Spreadsheets fill up with empty cells.
    if let Some(extra) = cells.iter().skip(count).find(|cell| !cell.is_empty()) {
        return Some(format!("{extra:?} is beyond the {count} named columns"));
    }
    let (given, says) = (cells.len(), cells.iter().any(|cell| !cell.is_empty()));
    (says && given < count).then(|| {
        format!(
            "it has {given} of the {count} cells that the first line names: an empty cell needs its \
             separator too"
        )
    })
}

/// The text without the rows in which it is open where a quoted cell ends; those are noted. What follows
/// stays in its line.
fn with_whole_rows(text: &str, delimiter: u8, problems: &mut Problems) -> String {
    let (mut whole, mut start) = (String::with_capacity(text.len()), 0);
    let mut lines = Lines::of(text);
    while start < text.len() {
        let (length, astray) = first_row(&text[start..], delimiter);
        let row = &text[start..start + length];
        if let Some(quote) = astray {
            let from: String = row[quote..].lines().take(1).flat_map(str::chars).take(20).collect();
            let line = lines.at((start + quote) as u64);
            let what = format!(
                "the quote at {from} does not open and close one cell: it stands right at the \
                 separators, and a quote inside a cell is written twice"
            );
            problems.row(line, &what);
            whole.extend(row.chars().filter(|c| matches!(c, '\r' | '\n')));
        } else {
            whole.push_str(row);
        }
        start += length;
    }
    whole
}

/// Where a reader of cells is.
#[derive(Clone, Copy)]
enum Place {
    Start,
    Blank,
    Plain,
    Quoted,
    /// After a quote that closes the cell, or is the first of two.
    Closed,
    /// After the closed cell.
    After,
}

/// How long the first row is, its end of the line included, and where in it a quote stands that does not
/// open and close one cell: then the row is taken to end with the line of that quote.
fn first_row(text: &str, delimiter: u8) -> (usize, Option<usize>) {
    let (mut place, mut opened) = (Place::Start, 0);
    let astray = |quote: usize| {
        let end = text[quote..].find('\n').map_or(text.len(), |end| quote + end + 1);
        (end, Some(quote))
    };
    for (at, byte) in text.bytes().enumerate() {
        place = match (place, byte) {
            (Place::Quoted, b'"') => Place::Closed,
            (Place::Quoted, _) | (Place::Closed, b'"') => Place::Quoted,
            (_, b'\r' | b'\n') => return (at + 1, None),
            (_, byte) if byte == delimiter => Place::Start,
            (Place::Start, b'"') => {
                opened = at;
                Place::Quoted
            }
            (Place::Start | Place::Blank, b' ' | b'\t') => Place::Blank,
            (Place::Blank, b'"') => return astray(at),
            (Place::Closed | Place::After, b' ' | b'\t') => Place::After,
            (Place::Closed | Place::After, _) => return astray(opened),
            (Place::Start | Place::Blank | Place::Plain, _) => Place::Plain,
        };
    }
    match place {
        Place::Quoted => astray(opened),
        Place::Start | Place::Blank | Place::Plain | Place::Closed | Place::After => {
            (text.len(), None)
        }
    }
}

/// The columns, by the first row.
fn named(cells: &[String], required: &[&str], optional: &[&str]) -> Result<Vec<String>, String> {
    let one_word = |name: &str| name.to_lowercase().replace([' ', '-'], "_");
    // What is behind the colon is a name of the venue's own.
    let columns: Vec<String> = cells
        .iter()
        .map(|name| match name.split_once(':') {
            Some((column, of)) => format!("{}:{}", one_word(column.trim()), of.trim()),
            None => one_word(name),
        })
        .collect();
    let may_be = [required, optional].concat();
    let is_known = |column: &str| {
        let of_all = column.split_once(':').map(|(column, _)| format!("{column}:NAME"));
        may_be.iter().any(|known| *known == column || of_all.as_deref() == Some(known))
    };
    for (place, (column, written)) in columns.iter().zip(cells).enumerate() {
        if !is_known(column) {
            let all = may_be.join(", ");
            return Err(format!("there is no column {written:?}: there may be {all}"));
        }
        if columns[..place].contains(column) {
            return Err(format!("the column {written} is there twice"));
        }
    }
    match required.iter().find(|name| !columns.iter().any(|column| column == *name)) {
        Some(missing) => Err(format!("the column {missing} is missing in the first line")),
        None => Ok(columns),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(text: &str) -> Result<Sheet, String> {
        let sheet = Sheet::parse(text, Path::new("tvs.csv"), &["name"], &["port", "zone"]);
        sheet.map_err(|error| error.to_string())
    }

    fn names(text: &str) -> Vec<(u64, String)> {
        let sheet = sheet(text).unwrap();
        let mut problems = Problems::default();
        let name =
            |row: &Row, problems: &mut Problems| sheet.needed(row, "name", problems).unwrap();
        sheet.rows().iter().map(|row| (row.line, name(row, &mut problems))).collect()
    }

    #[test]
    fn lines_are_those_of_the_file_after_empty_and_multi_line_cells() {
        let text = "name,port\n\nBar,1\n\"Left\nof door\",2\n\n\n,\nPatio,3\n";
        let expected = [(3, "Bar"), (4, "Left\nof door"), (9, "Patio")];
        assert_eq!(names(text), expected.map(|(line, name)| (line, name.to_owned())));
    }

    #[test]
    fn commas_semicolons_and_tabs_stand_between_cells() {
        for text in ["name,port\nBar,1", "Name;Port\nBar;1", "NAME\tport\nBar\t1\n"] {
            assert_eq!(names(text), [(2, "Bar".to_owned())], "{text:?}");
        }
    }

    #[test]
    fn every_encoding_that_spreadsheets_write_is_read() {
        let utf16: Vec<u8> = [0xFF, 0xFE]
            .into_iter()
            .chain("Café".encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        for bytes in [b"Caf\xE9".as_slice(), "Café".as_bytes(), "\u{FEFF}Café".as_bytes(), &utf16]
        {
            assert_eq!(decoded(bytes), "Café");
        }
    }

    #[test]
    fn a_column_that_is_not_there_says_nothing_and_an_empty_cell_says_nothing_is_there() {
        let sheet = sheet("name,port\nBar,\nPatio,7\nRoof,x").unwrap();
        let mut problems = Problems::default();
        let cells: Vec<Cell<u8>> =
            sheet.rows().iter().map(|row| sheet.cell(row, "port", &mut problems)).collect();
        assert_eq!(cells, [Cell::Empty, Cell::Value(7), Cell::Wrong]);
        let zone: Cell<String> = sheet.cell(&sheet.rows()[0], "zone", &mut problems);
        assert_eq!(zone, Cell::NoColumn);
        let mut field = Some("before".to_owned());
        zone.set(&mut field);
        assert_eq!(field.as_deref(), Some("before"));
        Cell::Empty.set(&mut field);
        assert_eq!(field, None);
        let error = problems.none_or_error(Path::new("tvs.csv")).unwrap_err().to_string();
        assert!(error.contains("tvs.csv") && error.contains("line 4: port \"x\""), "{error}");
    }

    #[test]
    fn a_row_whose_cells_are_open_is_refused_with_its_line_and_every_such_row_at_once() {
        let text = "name,port,zone\n\
                    \"Pool 1,1,pool\n\
                    Bar,2\n\
                    \"Left\nof \"\"door\"\" \" ,3,bar\n\
                    \"Patio\" x,4,bar\n\
                    Roof, \"5\",bar\n\
                    55\" TV,6,\n\
                    \n\
                    Hall,7,\"bar\n";
        let error = sheet(text).unwrap_err();
        for words in [
            "line 2: the quote at \"Pool 1,1,pool does not open and close one cell",
            "line 3: it has 2 of the 3 cells",
            "line 6: the quote at \"Patio\" x",
            "line 7: the quote at \"5\",bar",
            "line 10: the quote at \"bar",
        ] {
            assert!(error.contains(words), "{words}: {error}");
        }
        assert_eq!(error.matches("line ").count(), 6, "and no other: {error}");
    }

    #[test]
    fn what_is_wrong_with_the_columns_is_said_in_their_names() {
        let cases = [
            ("name,room\nBar,1", "no column \"room\": there may be name, port, zone"),
            ("port\n1", "the column name is missing in the first line"),
            ("name,Name\na,b", "the column Name is there twice"),
            ("", "it is empty: the first line names the columns name"),
            ("name,port\nBar,1,2", "line 2: \"2\" is beyond the 2 named columns"),
            ("name,\"port\nBar,1", "line 1: the quote at \"port "),
        ];
        for (text, words) in cases {
            let error = sheet(text).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }
}
