//! A function fits a screen.

use crate::files::{all_rust_files, read};

/// A screenful.
const MAX_LINES: usize = 60;

/// Those that were longer before the check, each to be split when its file is worked on: file, function, and
/// how many lines it has. The numbers only fall.
const LONGER: [(&str, &str, usize); 8] = [
    ("bins/venued/src/daemon.rs", "run", 71),
    ("bins/venued/src/daemon.rs", "start", 84),
    ("bins/venued/src/durable.rs", "start", 80),
    ("crates/device-sim/src/infrared/irp_decoder.rs", "notation", 82),
    ("crates/venue-http/src/api_error.rs", "status", 61),
    ("crates/venue-http/src/idempotency.rs", "serve", 76),
    ("crates/venue-queue/src/enqueue.rs", "insert", 61),
    ("tests/order/src/generation.rs", "start", 102),
];

/// The name of the function that begins at `line`, and how far it is indented.
fn begun(line: &str) -> Option<(usize, &str)> {
    let code = line.trim_start();
    let (before, rest) =
        code.strip_prefix("fn ").map_or_else(|| code.split_once(" fn "), |r| Some(("", r)))?;
    let modifiers = ["pub", "pub(crate)", "pub(super)", "const", "async", "unsafe"];
    let is_function = before.split_whitespace().all(|word| modifiers.contains(&word));
    let name = rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next()?;
    is_function.then_some((line.len() - code.len(), name))
}

/// The functions of a formatted file, without those of its tests: the name, and how many lines each has.
fn functions(text: &str) -> Vec<(&str, usize)> {
    let text = text.split("\n#[cfg(test)]\nmod ").next().unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (first, line) in lines.iter().enumerate() {
        let Some((indent, name)) = begun(line) else { continue };
        // A declaration without a body, or a body of one line.
        let ends = |line: &str| line.ends_with(';') || (line.contains('{') && line.ends_with('}'));
        if ends(line) {
            continue;
        }
        let is_last = |line: &&str| {
            let is_outside = line.len() > indent && !line[..=indent].trim().is_empty();
            is_outside
                && line.get(..indent).is_some_and(|before| before.trim().is_empty())
                && (line.trim() == "}" || line.ends_with(';'))
        };
        let length = lines[first + 1..].iter().position(is_last);
        found.push((name, length.map_or(1, |length| length + 2)));
    }
    found
}

#[test]
fn every_function_fits_a_screen() {
    let (mut wrong, mut count, mut longer) = (Vec::new(), 0, 0);
    for path in all_rust_files() {
        let file = path.to_string_lossy();
        let is_test = path.ends_with("tests.rs") || file.contains("/tests/");
        if is_test {
            continue;
        }
        for (name, lines) in functions(&read(&path)) {
            count += 1;
            let left = LONGER.iter().find(|(of, function, _)| *of == file && *function == name);
            let is_listed = left.is_some_and(|(_, _, left)| *left == lines);
            longer += usize::from(is_listed);
            if lines > MAX_LINES && !is_listed {
                wrong.push(format!("{file}: {name} has {lines} lines"));
            }
        }
    }
    assert!(count > 3_000, "only {count} functions were found");
    assert!(wrong.is_empty(), "split these:\n  {}", wrong.join("\n  "));
    assert_eq!(longer, LONGER.len(), "a listed function is shorter or gone: say so in LONGER");
}

#[test]
fn a_function_ends_where_its_brace_is() {
    let text = "fn a() {\n    b();\n    if c {\n    }\n}\n\nimpl D {\n    pub(crate) async fn e(\n        f: u8,\n    ) \
                -> u8 {\n        f\n    }\n\n    fn g();\n}\n\n#[cfg(test)]\nmod tests {\n    fn h() {\n    }\n}\n";
    assert_eq!(functions(text), [("a", 5), ("e", 5)]);
}
