//! docs/conformance.md names tests that exist.

use std::path::Path;

use crate::files::{all_rust_files, read};

/// Shorter words in the checklist are columns and fields.
const SHORTEST_NAME: usize = 24;

/// What is in backticks and looks like the name of a test.
fn named_tests(text: &str) -> Vec<&str> {
    let is_name = |word: &&str| {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        word.len() > SHORTEST_NAME && word.contains('_') && word.bytes().all(plain)
    };
    text.split('`').skip(1).step_by(2).filter(is_name).collect()
}

#[test]
fn every_test_that_the_checklist_names_exists() {
    let checklist = read(Path::new("docs/conformance.md"));
    let names = named_tests(&checklist);
    assert!(names.len() > 40, "only {} names in the checklist", names.len());
    let code: String = all_rust_files().iter().map(|path| read(path)).collect();
    let missing: Vec<_> = names
        .iter()
        .filter(|name| !code.contains(&format!("{name}(")) && !code.contains(&format!("{name}\n")))
        .collect();
    assert!(missing.is_empty(), "there are no such tests: {missing:#?}");
}
