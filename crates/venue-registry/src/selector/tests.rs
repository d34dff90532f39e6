use proptest::prelude::*;

use super::*;
use crate::Expansion;
use crate::registry::tests::{read, venue, with_sources};

fn expand(texts: &[&str]) -> (Vec<String>, u64, Vec<String>) {
    let selectors: Vec<Selector> = texts.iter().map(|text| text.parse().unwrap()).collect();
    let Expansion { ports, duplicates, unmatched } = Selector::expand(&selectors, &read(&venue()));
    let ports = ports.iter().map(ToString::to_string).collect();
    (ports, duplicates, unmatched.into_iter().map(|unmatched| unmatched.reason).collect())
}

fn ports(text: &str) -> Vec<String> {
    let (ports, _, unmatched) = expand(&[text]);
    assert_eq!(unmatched, [""; 0], "{text}");
    ports
}

#[test]
fn every_way_of_naming_ports_finds_them() {
    assert_eq!(ports("ir-1/2"), ["ir-1/2"]);
    assert_eq!(ports("ir-1/4"), ["ir-1/4"], "a port that is named is meant");
    assert_eq!(ports("ir-1"), ["ir-1/1", "ir-1/2", "ir-1/3"]);
    assert_eq!(ports("tv:vip"), ["ir-1/3"]);
    assert_eq!(ports("tv:\"Patio 5\""), ["ir-2/5"]);
    assert_eq!(ports("zone=patio"), ["ir-2/1"]);
    assert_eq!(ports("tag=sports"), ["ir-1/2", "ir-1/3", "ir-2/1"]);
    assert_eq!(ports("all").len(), 5);
    assert_eq!(ports("zone in (bar,patio),tag!=vip"), ["ir-1/1", "ir-1/2", "ir-2/1"]);
    assert_eq!(ports("zone notin (bar), device=ir-2"), ["ir-2/1", "ir-2/5"]);
    assert_eq!(ports("profile==slow"), ["ir-1/3"]);
    assert_eq!(ports("tag=vip,tag=sports"), ["ir-1/3"]);
}

#[test]
fn a_selector_means_screens_unless_it_names_a_box() {
    let registry = read(&with_sources());
    let expand = |text: &str| {
        let expansion = Selector::expand(&[text.parse().unwrap()], &registry);
        let ports: Vec<_> = expansion.ports.iter().map(ToString::to_string).collect();
        let reasons = expansion.unmatched.into_iter().map(|unmatched| unmatched.reason);
        (ports, reasons.collect::<Vec<_>>().join("; "))
    };
    assert_eq!(expand("all").0, ["ir-1/1", "ir-1/2", "ir-1/3", "ir-2/1", "ir-2/5"]);
    assert_eq!(expand("zone notin (bar)").0, ["ir-2/1", "ir-2/5"], "and no box of the rack");
    assert_eq!(expand("source=dtv-1").0, ["ir-rack/1"]);
    assert_eq!(expand("source in (dtv-1,cable-1)").0, ["ir-rack/1", "ir-rack/2"]);
    for named in ["ir-rack/1", "tv:Box 1"] {
        assert_eq!(expand(named).0, ["ir-rack/1"]);
    }
    let (ports, reason) = expand("ir-rack");
    assert!(ports.is_empty() && reason.contains("source=SOURCE"), "{reason}");
    assert!(expand("source=dtv-9").1.contains("there are cable-1, dtv-1"));
}

#[test]
fn a_port_that_is_named_twice_counts_once() {
    let (ports, duplicates, _) = expand(&["zone=bar", "tag=vip", "ir-1/1"]);
    assert_eq!((ports.len(), duplicates), (3, 2));
}

#[test]
fn what_matches_nothing_is_told_with_what_there_is() {
    let (ports, _, reasons) =
        expand(&["zone=bra", "ir-9", "ir-9/1", "tv:Bar 9", "zone=patio,tag=vip", "ir-1/1"]);
    assert_eq!(ports, ["ir-1/1"]);
    assert_eq!(
        reasons,
        [
            "there is no zone bra: there are bar, patio",
            "there is no device ir-9: there are ir-1, ir-2",
            "there is no device ir-9: there are ir-1, ir-2",
            "no TV is called \"Bar 9\"",
            "no port meets zone=patio,tag=vip",
        ]
    );
}

#[test]
fn what_is_no_selector_says_what_would_be_right() {
    for text in [
        "",
        "zone=",
        "zone=Main Bar",
        "room=bar",
        "zone in bar",
        "zonein (bar)",
        "tv:",
        "ir-1/9",
        "ir 1",
        "zone in (bar",
        "tag=a,,tag=b",
        "zone in ((bar))",
        "a=b",
    ] {
        let error = text.parse::<Selector>().unwrap_err();
        assert!(!error.to_string().is_empty(), "{text}");
    }
    assert!("x".repeat(1_001).parse::<Selector>().is_err());
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_and_what_is_read_reads_back(text in "\\PC{0,60}") {
        if let Ok(selector) = text.parse::<Selector>() {
            prop_assert_eq!(selector.to_string().parse::<Selector>(), Ok(selector));
        }
    }

    #[test]
    fn requirements_read_back(
        text in "(zone|tag|device|profile)( in \\((a|b-1),c\\)| notin \\(x\\)|=y|!=z)(,tag=q)?"
    ) {
        let selector: Selector = text.parse().unwrap();
        prop_assert_eq!(selector.to_string().parse::<Selector>(), Ok(selector));
    }
}
