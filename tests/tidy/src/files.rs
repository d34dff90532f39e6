//! What every file must have, and what no file may have.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Folders that are not ours to judge.
pub(crate) const SKIPPED: [&str; 3] = ["target", ".git", "__pycache__"];

/// A screenful times ten; a longer file has two ideas in it.
const MAX_LINES: usize = 500;

/// All Rust files below `folder`, as paths from the root.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let entries = fs::read_dir(super::root().join(folder)).expect("a folder can be read");
    for entry in entries.flatten() {
        let name = entry.file_name();
        let path = folder.join(&name);
        if entry.path().is_dir() {
            if !SKIPPED.iter().any(|skipped| name == *skipped) {
                found.extend(rust_files(&path));
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

pub(crate) fn all_rust_files() -> Vec<PathBuf> {
    let all = rust_files(Path::new(""));
    assert!(all.len() > 50, "the root is the wrong one");
    all
}

pub(crate) fn read(path: &Path) -> String {
    let text = fs::read_to_string(super::root().join(path));
    text.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_rust_file_says_what_it_is_for_and_is_short() {
    for path in all_rust_files() {
        let text = read(&path);
        let lines = text.lines().count();
        assert!(lines <= MAX_LINES, "{} has {lines} lines: split it", path.display());
        // The tests of a module say with their names what they are for.
        let is_module_tests = path.ends_with("tests.rs");
        let has_line = text.lines().any(|line| line.starts_with("//! "));
        assert!(has_line || is_module_tests, "{} has no //! line", path.display());
    }
}

#[test]
fn tests_wait_for_events_and_not_for_time() {
    let pause = concat!("sleep", "(");
    for path in all_rust_files() {
        let in_tests = path.components().any(|part| part.as_os_str() == "tests");
        if in_tests || path.ends_with("tests.rs") {
            assert!(
                !read(&path).contains(pause),
                "{} waits for time: wait for an event",
                path.display()
            );
        }
    }
}

#[test]
fn sql_lives_with_the_store_alone() {
    let words = [concat!("SELECT", " "), concat!("INSERT", " INTO"), concat!("DELETE", " FROM")];
    for path in all_rust_files() {
        // A baseline of a benchmark speaks to a database of its own.
        let of_store = ["venue-queue", "migrations", "benches"]
            .iter()
            .any(|store| path.components().any(|part| part.as_os_str() == *store));
        let text = read(&path);
        let found = words.iter().find(|word| text.contains(**word));
        assert!(of_store || found.is_none(), "{} speaks SQL: {found:?}", path.display());
    }
}

#[test]
fn the_architecture_stays_short_enough_to_be_read() {
    let lines = read(Path::new("docs/architecture.md")).lines().count();
    assert!(lines < 200, "docs/architecture.md has {lines} lines");
}
