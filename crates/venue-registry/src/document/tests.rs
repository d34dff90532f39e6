use serde_json::json;

use super::*;
use crate::{
    Base, Edit, Expected,
    registry::tests::{read, venue},
};

fn apply(document: &Document, prune: bool) -> Edit {
    Edit::Apply { document: Box::new(document.clone()), prune, expected: Expected::Any }
}

#[test]
fn what_is_exported_changes_nothing_when_it_is_applied() {
    let registry = read(&venue());
    let document = Document::of(&registry);
    assert_eq!(document.diff(&registry, true), Ok(vec![]));
    let text = serde_json::to_value(&document).unwrap();
    assert!(!text.to_string().contains("noise"), "keys are never exported");
    let back = Document::read(text).unwrap();
    assert_eq!(back, document);
    assert_eq!(apply(&back, true).decide(&venue(), &Base::default()).unwrap(), []);
}

#[test]
fn an_empty_registry_becomes_what_the_document_says() {
    let document = Document::of(&read(&venue()));
    let mut empty = venue_domain::Configuration::default();
    let changes = apply(&document, false).decide(&empty, &Base::default()).unwrap();
    empty.apply(&changes, 1);
    assert_eq!(Document::of(&read(&empty)), document);
}

#[test]
fn a_difference_names_item_and_fields() {
    let registry = read(&venue());
    let mut document = Document::of(&registry);
    document.devices.remove(0);
    document.devices[0].name = Some("Garden".to_owned());
    document.devices[0].mac = None;
    document.zones.push(Zone { id: "roof".parse().unwrap(), name: None, order: 0 });
    let shown = |prune| -> Vec<String> {
        let diff = document.diff(&registry, prune).unwrap();
        diff.iter().map(|c| format!("{} {:?} {}", c.item, c.change, c.fields.join("+"))).collect()
    };
    let kept = ["zones/roof Added ", "devices/ir-2 Changed mac+name"];
    assert_eq!(shown(false), kept);
    assert_eq!(shown(true), [kept[0], kept[1], "devices/ir-1 Removed "]);
}

#[test]
fn a_document_that_contradicts_itself_is_refused() {
    let twice = Document::read(json!({"zones": [{"id": "bar"}, {"id": "bar"}]})).unwrap();
    let error = twice.diff(&read(&venue()), false).unwrap_err();
    assert_eq!(error.to_string(), "bar is in zones twice");
    let wrong = Document::read(json!({"devices": [{"hostname": "ir-1", "adress": 1}]}));
    let EditError::Shape { field, .. } = wrong.unwrap_err() else { panic!() };
    assert_eq!(field, "devices[0].adress");
}

#[test]
fn pruning_what_is_in_use_is_refused_as_a_whole() {
    let mut document = Document::of(&read(&venue()));
    document.zones.clear();
    let error = apply(&document, true).decide(&venue(), &Base::default()).unwrap_err();
    assert!(matches!(error, EditError::Unfit { problems } if problems.len() == 4));
}

#[test]
fn every_field_that_cannot_be_read_is_named() {
    let document = json!({
        "devices": [
            {"hostname": "ir-1", "address": "10.0.0.1", "ports": [
                {"index": 1, "zone": "Not A Label!", "default_channel": "five"},
                {"index": 2, "tags": ["a", "b c"], "name": "right"}]},
            {"hostname": "ir-2", "address": "not an address", "colour": "red"}],
    });
    let names = |document| {
        let found = Document::unreadable_fields(document);
        found.into_iter().map(|(field, _)| field).collect::<Vec<_>>()
    };
    assert_eq!(
        names(document),
        [
            "devices[0].ports[0].default_channel",
            "devices[0].ports[0].zone",
            "devices[0].ports[1].tags[1]",
            "devices[1].address",
            "devices[1].colour",
        ]
    );
    // Without its id a zone is none: what is behind it is not looked at.
    assert_eq!(
        names(json!({"zones": [{"id": "Not A Label!"}, {"id": "Nor This!"}]})),
        ["zones[0].id"]
    );
    assert_eq!(names(json!({"zones": [{"id": "bar"}]})), Vec::<String>::new());
    assert_eq!(names(json!([])), [""]);
}
