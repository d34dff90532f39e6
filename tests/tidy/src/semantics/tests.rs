//! The checks find planted errors.

use super::*;

const TEXT: &str = "\
- **1.1** One (rule 1.2).
- **1.2** Two.

| rule | says | carried by | falls |
|---|---|---|---|
| 1.1 | one | `a.rs::carry` | `a.rs::falls` |
| 1.2 | two | `a.rs::carry` | `p.mjs::it falls, too`, `a.rs::falls` |
";

const CODE: &str = "
fn carry() {}
#[test]
#[ignore = \"why not\"]
fn falls() {}
fn helper() {}
";

fn wrong(text: &str) -> Vec<String> {
    mismatches(&rules(text), &index(text).unwrap())
}

fn not_there(text: &str) -> Vec<String> {
    missing(&index(text).unwrap(), |path| match path {
        "a.rs" => Some(CODE.to_owned()),
        "p.mjs" => Some("test(\"it falls, too\", () => {".to_owned()),
        "m.rs" => Some("macro_rules! made {}\nmade! {\n    falls: Flaw,\n}".to_owned()),
        "crates/venue-conformance/src/a.rs" => Some("pub async fn falls(f: &F) {}".to_owned()),
        "crates/venue-conformance/src/groups.rs" => Some("a: falls other;".to_owned()),
        _ => None,
    })
}

#[test]
fn what_agrees_and_exists_is_right() {
    assert_eq!((wrong(TEXT), not_there(TEXT)), (vec![], vec![]));
    assert_eq!(mentioned(TEXT), ["1.2"]);
    for path in ["m.rs", "crates/venue-conformance/src/a.rs"] {
        let text = TEXT.replace("a.rs::falls", &format!("{path}::falls"));
        assert_eq!(not_there(&text), Vec::<String>::new(), "{path}");
    }
}

#[test]
fn a_rule_without_a_line_and_a_line_without_a_rule_are_found() {
    assert_eq!(
        wrong(&TEXT.replace("| 1.2", "| 1.3")),
        ["1.2 is in the text alone", "1.3 is in the index alone"]
    );
    let twice = TEXT.replace("- **1.2**", "- **1.1**");
    assert!(wrong(&twice).contains(&"1.1 is twice in the text".to_owned()));
    assert!(index(&TEXT.replace(" | `a.rs::falls`", "")).is_err());
    assert!(index(&TEXT.replace("| `a.rs::falls`", "|")).is_err());
    assert!(index(&TEXT.replace("`a.rs::carry`", "`a.rs::carry`, `a.rs::falls`")).is_err());
}

#[test]
fn what_does_not_exist_is_found() {
    let cases = [
        ("a.rs::carry", "b.rs::carry"),
        ("a.rs::carry", "a.rs::carried"),
        ("a.rs::falls", "a.rs::fall"),
        // It is no test.
        ("a.rs::falls", "a.rs::helper"),
        ("a.rs::falls", "m.rs::fall"),
        // It is not on the list of the suite.
        ("a.rs::falls", "crates/venue-conformance/src/a.rs::fall"),
        ("p.mjs::it falls", "p.mjs::it fails"),
        ("too`, `a.rs::falls", "too`, `a.rs::fell"),
    ];
    for (right, planted) in cases {
        assert_ne!(not_there(&TEXT.replace(right, planted)), Vec::<String>::new(), "{planted}");
    }
}

#[test]
fn citations_are_found_over_the_ends_of_lines() {
    let code = "\
//! Fences (docs/semantics.md,
//! rule 3.1). See docs/semantics.md, rules 3.2, 3.3 and
//! 4.1. It has 9.9 more. [rules](docs/semantics.md)
-- docs/semantics.md, rule 5.6.";
    assert_eq!(cited(code).unwrap(), ["3.1", "3.2", "3.3", "4.1", "5.6"]);
    assert!(cited("docs/semantics.md, rule of thumb").is_err());
    assert!(cited("docs/semantics.md, rule 12").is_err());
}
