//! The endpoints in docs/http-api.md: made of what is declared, between two marks.

use std::{collections::BTreeSet, env, fs, path::Path};

use super::{
    operation::{role, shown_path},
    specs,
};
use crate::endpoint::{Limit, Spec};

/// With this in the environment the test writes the file instead.
const WRITE: &str = "VENUE_WRITE_OPENAPI";

const BEGIN: &str =
    "<!-- Made of the endpoints in crates/venue-http; `just openapi` renews it. -->\n";
const END: &str = "<!-- Up to here. -->\n";

fn reference() -> String {
    let specs = specs();
    let mut text = String::new();
    let mut group = "";
    for spec in &specs {
        if spec.group != group {
            group = spec.group;
            text +=
                &format!("\n### {group}\n\n| endpoint | role | what it does |\n|---|---|---|\n");
        }
        text += &row(spec);
    }
    text + "\n"
}

fn row(spec: &Spec) -> String {
    let names = (spec.description.query)();
    let query = names.iter().map(|one| format!("{}=", one.name)).collect::<Vec<_>>().join("&");
    let query = if query.is_empty() { query } else { format!("?{query}") };
    let role = role(spec.need).unwrap_or("");
    let counts = match spec.limit {
        Limit::Free => "",
        Limit::Command => " Counts as a command.",
        Limit::Bulk => " Counts as a bulk request.",
    };
    let details =
        if spec.details.is_empty() { String::new() } else { format!(" {}", spec.details) };
    let text = format!("{}.{details}{counts}", spec.summary);
    let text = if details.is_empty() && counts.is_empty() { spec.summary.to_owned() } else { text };
    format!("| `{} {}{query}` | {role} | {text} |\n", spec.method, shown_path(spec))
}

#[test]
fn the_reference_that_is_checked_in_is_this_one() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/http-api.md");
    let kept = fs::read_to_string(&file).unwrap();
    let (before, rest) = kept.split_once(BEGIN).expect("the mark before the endpoints");
    let (listed, behind) = rest.split_once(END).expect("the mark behind the endpoints");
    let shown = reference();
    if env::var_os(WRITE).is_some() {
        return fs::write(&file, format!("{before}{BEGIN}{shown}{END}{behind}")).unwrap();
    }
    assert!(
        listed == shown,
        "the endpoints in docs/http-api.md are not those that are declared. Renew them with\n  \
         {WRITE}=1 cargo test -p venue-http --lib checked_in"
    );
}

#[test]
fn endpoints_of_a_group_stand_together() {
    let mut groups: Vec<&str> = specs().iter().map(|spec| spec.group).collect();
    groups.dedup();
    let different: BTreeSet<&str> = groups.iter().copied().collect();
    assert_eq!(different.len(), groups.len(), "{groups:?}");
}
