//! Tables: columns of text, no borders, the same on a terminal and in a file.

use comfy_table::{ContentArrangement, Table, presets};

use crate::{colour::painted, format::harmless};

/// Rows under a header.
pub(crate) fn rows<const N: usize>(
    header: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let mut table = borderless();
    table.set_header(header);
    for row in rows {
        table.add_row(row.map(|cell| harmless(&cell)));
    }
    painted(finished(&table), &header.map(str::to_owned))
}

/// A column of a list, by its header.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Column {
    /// Shown always.
    Always(&'static str),
    /// Shown in a wide table only.
    Wide(&'static str),
}

/// Rows under a header, of the columns that are wanted.
pub(crate) fn columns<const N: usize>(
    columns: [Column; N],
    rows: impl IntoIterator<Item = [String; N]>,
    is_wide: bool,
) -> String {
    let is_shown = |column: &Column| is_wide || matches!(column, Column::Always(_));
    let shown = columns.each_ref().map(is_shown);
    let header = columns.iter().map(|(Column::Always(name) | Column::Wide(name))| *name);
    let kept = |cells: Vec<String>| -> Vec<String> {
        cells
            .into_iter()
            .zip(shown)
            .filter_map(|(cell, is_shown)| is_shown.then_some(cell))
            .collect()
    };
    let mut table = borderless();
    let header = kept(header.map(str::to_owned).collect());
    table.set_header(header.clone());
    for row in rows {
        table.add_row(kept(row.map(|cell| harmless(&cell)).into()));
    }
    painted(finished(&table), &header)
}

/// One fact a line.
pub(crate) fn facts<'n>(facts: impl IntoIterator<Item = (&'n str, String)>) -> String {
    let mut table = borderless();
    for (name, value) in facts {
        table.add_row([name.to_owned(), harmless(&value)]);
    }
    finished(&table)
}

fn borderless() -> Table {
    let mut table = Table::new();
    // A row is a line, however wide: what reads it may be `grep`.
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table
}

fn finished(table: &Table) -> String {
    let mut text = String::new();
    for line in table.lines() {
        // The style pads every cell on both sides.
        text.push_str(line.strip_prefix(' ').unwrap_or(&line).trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_nothing_is_drawn() {
        let text = rows(["A", "LONG"], [["first".into(), "x".into()], ["b".into(), "y z".into()]]);
        assert_eq!(text, "A      LONG\nfirst  x\nb      y z\n");
    }

    #[test]
    fn a_row_is_one_line_whatever_is_in_it() {
        let wide = "x".repeat(500);
        let text = rows(["A"], [[wide.clone()], ["two\nlines\u{1b}[1m".into()]]);
        assert_eq!(text, format!("A\n{wide}\ntwo�lines�[1m\n"));
    }

    #[test]
    fn a_wide_table_has_all_columns() {
        let header = [Column::Always("A"), Column::Wide("B"), Column::Always("C")];
        let row = ["1", "2", "3"].map(str::to_owned);
        assert_eq!(columns(header, [row.clone()], false), "A  C\n1  3\n");
        assert_eq!(columns(header, [row], true), "A  B  C\n1  2  3\n");
    }

    #[test]
    fn facts_have_no_header() {
        assert_eq!(
            facts([("mode", "normal".into()), ("up", "3 s".into())]),
            "mode  normal\nup    3 s\n"
        );
    }
}
