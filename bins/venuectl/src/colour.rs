//! Colours of tables on a terminal: what is well, what is not, and what is not known.

use std::sync::atomic::{AtomicBool, Ordering};

use clap::builder::styling::{AnsiColor, Style};

/// Whether tables are coloured; decided once, when it is known where they go.
static IS_ON: AtomicBool = AtomicBool::new(false);

/// The columns whose first word says how something is.
const COLUMNS: [&str; 5] = ["", "STATE", "STATUS", "RESULT", "SEVERITY"];

const WELL: [&str; 5] = ["online", "delivered", "ok", "done", "queued"];

const BAD: [&str; 8] =
    ["offline", "misconfigured", "failed", "expired", "rejected", "critical", "error", "!!"];

const DOUBTFUL: [&str; 8] =
    ["connecting", "unknown", "pending", "processing", "waiting", "warning", "paused", "note"];

/// Colours tables from now on if stdout is a terminal that shows colours, and `NO_COLOR` does not say otherwise.
pub(crate) fn decide() {
    let choice = anstream::AutoStream::choice(&std::io::stdout());
    IS_ON.store(choice != anstream::ColorChoice::Never, Ordering::Relaxed);
}

/// `table`, of which the first line is the header `names`, as the terminal shows it.
pub(crate) fn painted(table: String, names: &[String]) -> String {
    if IS_ON.load(Ordering::Relaxed) { paint(&table, names) } else { table }
}

fn paint(table: &str, names: &[String]) -> String {
    let mut lines = table.lines();
    let header = lines.next().unwrap_or_default();
    let bold = Style::new().bold();
    let places: Vec<usize> = names
        .iter()
        .filter(|name| COLUMNS.contains(&name.as_str()))
        .filter_map(|name| place(header, name))
        .collect();
    let mut text = format!("{bold}{header}{bold:#}\n");
    for line in lines {
        text.push_str(&row(line, &places));
        text.push('\n');
    }
    text
}

/// At which character a column begins.
fn place(header: &str, name: &str) -> Option<usize> {
    if name.is_empty() {
        return Some(0);
    }
    let starts = header.match_indices(name).map(|(start, _)| start);
    let mut starts = starts.filter(|start| *start == 0 || header[..*start].ends_with("  "));
    starts.next().map(|start| header[..start].chars().count())
}

fn row(line: &str, places: &[usize]) -> String {
    let mut text = line.to_owned();
    // From the right, so that what is inserted moves nothing that is still to be found.
    for place in places.iter().rev() {
        let Some((start, _)) = line.char_indices().nth(*place) else { continue };
        let rest = &line[start..];
        let end = rest.find([' ', ':', ',']).unwrap_or(rest.len());
        let word = &rest[..end];
        if let Some(colour) = tone(word) {
            let style = colour.on_default();
            text.replace_range(start..start + end, &format!("{style}{word}{style:#}"));
        }
    }
    text
}

fn tone(word: &str) -> Option<AnsiColor> {
    let is_in = |words: &[&str]| words.contains(&word);
    match () {
        () if is_in(&WELL) => Some(AnsiColor::Green),
        () if is_in(&BAD) => Some(AnsiColor::Red),
        () if is_in(&DOUBTFUL) => Some(AnsiColor::Yellow),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_that_says_how_it_is_has_a_colour_and_nothing_else_changes() {
        let names = ["NAME", "STATE"].map(str::to_owned);
        let table =
            "NAME     STATE\noffline  online\nCafé 第   offline since 3: gone\nx        -\n";
        let text = paint(table, &names);
        assert!(text.contains("offline  \u{1b}[32monline\u{1b}[0m\n"), "{text:?}");
        assert!(text.starts_with("\u{1b}[1mNAME     STATE\u{1b}[0m\n"), "{text:?}");
        let mut bare = text;
        for code in ["\u{1b}[1m", "\u{1b}[0m", "\u{1b}[31m", "\u{1b}[32m"] {
            bare = bare.replace(code, "");
        }
        assert_eq!(bare, table);
        assert_eq!(painted(table.to_owned(), &names), table, "off unless it was decided");
    }
}
