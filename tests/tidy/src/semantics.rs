//! docs/semantics.md: its index names functions and tests that exist, and whoever cites a rule cites
//! one that exists.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use crate::files::{SKIPPED, read};

const RULES: &str = "docs/semantics.md";

/// It stays short enough to be read: each rule has a line, and one in the index.
const MAX_LINES: usize = 600;

/// Files that may cite a rule.
const CITING: [&str; 7] = ["rs", "md", "mjs", "js", "toml", "sql", "sh"];

/// One line of the index.
#[derive(Debug)]
struct Line<'d> {
    rule: &'d str,
    function: &'d str,
    /// At least one.
    tests: Vec<&'d str>,
}

fn is_number(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('.').is_some_and(|(chapter, number)| digits(chapter) && digits(number))
}

/// What stands in backticks: one or several names.
fn quoted(cell: &str) -> Option<Vec<&str>> {
    let names: Vec<&str> = cell.strip_prefix('`')?.strip_suffix('`')?.split("`, `").collect();
    names.iter().all(|name| !name.is_empty() && !name.contains('`')).then_some(names)
}

/// The rules of the text, in order: each begins a line as `- **3.4** `.
fn rules(text: &str) -> Vec<&str> {
    let bold = text.lines().filter_map(|line| line.strip_prefix("- **")?.split_once("** "));
    bold.map(|(rule, _)| rule).collect()
}

/// The lines of the index: `| 3.4 | what it says | `path::function` | `path::test`, `path::test` |`.
///
/// # Errors
/// The first line that begins as one and is none.
fn index(text: &str) -> Result<Vec<Line<'_>>, String> {
    let mut lines = Vec::new();
    for line in text.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        if !cells.first().is_some_and(|cell| is_number(cell)) {
            continue;
        }
        let [rule, says, function, test] = cells[..] else {
            return Err(format!("not four cells: {line}"));
        };
        let (Some(functions), Some(tests), false) =
            (quoted(function), quoted(test), says.is_empty())
        else {
            return Err(format!("something is missing: {line}"));
        };
        let [function] = functions[..] else {
            return Err(format!("one function is enough: {line}"));
        };
        lines.push(Line { rule, function, tests });
    }
    Ok(lines)
}

/// What is wrong with text and index: rules without a line, lines without a rule and numbers used twice.
fn mismatches(rules: &[&str], index: &[Line<'_>]) -> Vec<String> {
    let in_index: Vec<&str> = index.iter().map(|line| line.rule).collect();
    let mut wrong = Vec::new();
    for (place, all, other) in [("text", rules, &in_index[..]), ("index", &in_index[..], rules)] {
        let mut seen = BTreeSet::new();
        for rule in all {
            if !is_number(rule) {
                wrong.push(format!("{rule:?} in the {place} is no number"));
            }
            if !seen.insert(rule) {
                wrong.push(format!("{rule} is twice in the {place}"));
            }
            if !other.contains(rule) {
                wrong.push(format!("{rule} is in the {place} alone"));
            }
        }
    }
    wrong
}

/// Where the cases of the conformance suite are, and the list of them.
const SUITE: &str = "crates/venue-conformance/src/";

/// Whether `text` has a function of that name.
fn has_function(text: &str, name: &str) -> bool {
    let called = [format!("fn {name}("), format!("fn {name}<")];
    called.iter().any(|called| text.contains(called))
}

/// Whether a test of that name runs: one with a test attribute, one that a macro makes of a line
/// `name: What,`, a case of the conformance suite that is on its list, or a test of the page by its title.
fn has_test(path: &str, text: &str, name: &str, suite: &str) -> bool {
    if path.ends_with(".mjs") {
        return text.contains(&format!("test(\"{name}\""));
    }
    let listed = |text: &str| text.split_whitespace().any(|word| word.trim_matches(';') == name);
    if path.starts_with(SUITE) {
        return has_function(text, name) && listed(suite);
    }
    let made = format!("{name}: ");
    if text.contains("macro_rules!") && text.lines().any(|line| line.trim().starts_with(&made)) {
        return true;
    }
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let found = lines.iter().position(|line| has_function(line, name));
    let above =
        found.map(|at| lines[..at].iter().rev().take_while(|line| line.starts_with(['#', '/'])));
    above.is_some_and(|mut above| above.any(|line| line.starts_with("#[") && line.contains("test")))
}

/// What the index names and is not there. `read` answers with the text of a file, if there is one.
fn missing(index: &[Line<'_>], read: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let suite = read(&format!("{SUITE}groups.rs")).unwrap_or_default();
    let mut missing = Vec::new();
    for Line { rule, function, tests } in index {
        let tests = tests.iter().map(|test| (*test, true));
        for (what, is_test) in tests.chain([(*function, false)]) {
            let Some((path, name)) = what.rsplit_once("::") else {
                missing.push(format!("{rule}: {what} is no path::name"));
                continue;
            };
            let is_there = read(path).is_some_and(|text| {
                if is_test {
                    has_test(path, &text, name, &suite)
                } else {
                    has_function(&text, name)
                }
            });
            if !is_there {
                missing.push(format!("{rule}: there is no {what}"));
            }
        }
    }
    missing
}

/// The text without what begins the lines of a comment, in one line, so that a citation may be broken.
fn in_one_line(text: &str) -> String {
    let bare = |line: &str| {
        let line = line.trim();
        let marks = ["//!", "///", "//", "--", "#", "*", ">"];
        let bare = marks.iter().find_map(|mark| line.strip_prefix(mark)).unwrap_or(line);
        bare.trim().to_owned()
    };
    text.lines().map(bare).collect::<Vec<_>>().join(" ")
}

/// The rules that `text` cites: `docs/semantics.md, rule 3.4` or `docs/semantics.md, rules 3.4, 3.5 and 4.1`.
///
/// # Errors
/// What comes behind the name of the file, where that is no rule.
fn cited(text: &str) -> Result<Vec<String>, String> {
    let text = in_one_line(text);
    let mut cited = Vec::new();
    for (at, name) in text.match_indices(RULES) {
        let behind = &text[at + name.len()..];
        let Some(behind) = behind.strip_prefix(", rule") else {
            continue;
        };
        let words = behind.trim_start_matches('s').split(' ').skip(1);
        let mut any = false;
        for word in words {
            let number = word.trim_matches(|c: char| !c.is_ascii_digit());
            if is_number(number) {
                cited.push(number.to_owned());
                any = true;
                // The list goes on behind a comma, `and` or `to`.
                if !word.ends_with(number) && !word.ends_with(',') {
                    break;
                }
            } else if !matches!(word, "and" | "to") {
                break;
            }
        }
        if !any {
            return Err(behind.chars().take(30).collect());
        }
    }
    Ok(cited)
}

/// The rules that the text of the rules itself mentions: `rule 3.4`.
fn mentioned(text: &str) -> Vec<&str> {
    let behind = text.match_indices("(rule ").chain(text.match_indices(" rule "));
    let words =
        behind.filter_map(|(at, mark)| text[at + mark.len()..].split([' ', ')', ',']).next());
    words.map(|word| word.trim_end_matches('.')).filter(|word| is_number(word)).collect()
}

/// All files below `folder` that may cite a rule.
fn citing_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let entries = fs::read_dir(super::root().join(folder)).expect("a folder can be read");
    for entry in entries.flatten() {
        let name = entry.file_name();
        let path = folder.join(&name);
        if entry.path().is_dir() {
            let skipped = SKIPPED.iter().chain(&["node_modules"]);
            if !skipped.into_iter().any(|skipped| name == *skipped) {
                found.extend(citing_files(&path));
            }
        } else if path.extension().is_some_and(|ext| CITING.iter().any(|citing| ext == *citing)) {
            found.push(path);
        }
    }
    found
}

#[test]
fn text_and_index_of_the_rules_agree() {
    let text = read(Path::new(RULES));
    let (rules, index) = (rules(&text), index(&text).unwrap());
    assert!(rules.len() > 100, "only {} rules", rules.len());
    let wrong = mismatches(&rules, &index);
    assert!(wrong.is_empty(), "{wrong:#?}");
    let unknown: Vec<_> =
        mentioned(&text).into_iter().filter(|rule| !rules.contains(rule)).collect();
    assert!(unknown.is_empty(), "the rules mention others that do not exist: {unknown:?}");
    assert!(text.lines().count() <= MAX_LINES, "{RULES} is too long to be read");
}

#[test]
fn every_rule_has_a_function_and_a_test_that_exist() {
    let text = read(Path::new(RULES));
    let missing =
        missing(&index(&text).unwrap(), |path| fs::read_to_string(super::root().join(path)).ok());
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_rule_that_is_cited_exists() {
    let text = read(Path::new(RULES));
    let (rules, mut count) = (rules(&text), 0);
    // Put together, so that this file is none of those that cite.
    let old = concat!("command", "-semantics");
    for path in citing_files(Path::new("")) {
        // Its tests plant errors.
        let is_check = path.starts_with("tests/tidy");
        let text = read(&path);
        assert!(!text.contains(old), "{} cites {old}: cite {RULES}", path.display());
        if is_check || path == Path::new(RULES) {
            continue;
        }
        let cited = cited(&text)
            .unwrap_or_else(|found| panic!("{}: {RULES}, rule{found}: no number", path.display()));
        for rule in &cited {
            assert!(rules.contains(&rule.as_str()), "{}: there is no rule {rule}", path.display());
        }
        count += cited.len();
    }
    assert!(count >= 15, "only {count} citations were found");
}

mod tests;
