use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::registry::tests::{KEY, put, read, venue};

fn decide(edit: Edit) -> Result<Configuration, EditError> {
    let mut configuration = venue();
    let changes = edit.decide(&configuration, &Base::default())?;
    configuration.apply(&changes, 2);
    Ok(configuration)
}

fn patch(kind: Kind, id: &str, patch: Value) -> Edit {
    Edit::Patch { kind, id: id.to_owned(), patch, expected: Expected::Any }
}

fn remove(kind: Kind, id: &str) -> Edit {
    Edit::Remove { kind, id: id.to_owned(), expected: Expected::Any }
}

#[test]
fn a_new_device_is_there_with_its_revision() {
    let value = json!({"hostname": "ir-3", "address": "10.0.0.3", "ports": [{"index": 1}]});
    let after = read(&decide(Edit::Create { kind: Kind::Device, value }).unwrap());
    let listed = after.device(&"ir-3".parse().unwrap()).unwrap();
    assert_eq!((listed.revision, listed.value.address.as_str()), (Some(2), "10.0.0.3:6053"));
    assert_eq!(after.device(&"ir-1".parse().unwrap()).unwrap().revision, Some(1));
}

#[test]
fn a_patch_changes_what_it_names_and_nothing_else() {
    let after =
        read(&decide(patch(Kind::Device, "ir-2", json!({"name": "New", "mac": null}))).unwrap());
    let device = &after.device(&"ir-2".parse().unwrap()).unwrap().value;
    assert_eq!((device.name.as_deref(), device.mac, device.ports.len()), (Some("New"), None, 2));
}

#[test]
fn what_does_not_fit_is_refused_and_names_the_field() {
    let wrong = [
        (json!({"addres": "x"}), "addres"),
        (json!({"address": "a b"}), "address"),
        (json!({"ports": [{"index": 7}]}), "ports[0].index"),
        (json!({"ports": [{"index": 1, "zone": "Main Bar"}]}), "ports[0].zone"),
    ];
    for (value, field) in wrong {
        let error = decide(patch(Kind::Device, "ir-2", value)).unwrap_err();
        let EditError::Shape { field: found, .. } = &error else { panic!("{error}") };
        assert_eq!(found, field);
    }
    let error =
        decide(patch(Kind::Device, "ir-2", json!({"ports": [{"index": 1, "zone": "bra"}]})));
    assert_eq!(
        error.unwrap_err().to_string(),
        "devices/ir-2, ports[0].zone: there is no zone bra: there are bar, patio"
    );
}

#[test]
fn an_item_keeps_its_name_and_there_is_one_of_it() {
    let error = decide(patch(Kind::Zone, "bar", json!({"id": "pub"}))).unwrap_err();
    assert!(matches!(error, EditError::Renamed { .. }));
    let value = json!({"id": "bar"});
    let error = decide(Edit::Create { kind: Kind::Zone, value }).unwrap_err();
    assert!(matches!(error, EditError::Exists { .. }));
    let error = decide(remove(Kind::Zone, "pub")).unwrap_err();
    assert_eq!(error, EditError::NotFound { kind: Kind::Zone, id: "pub".into() });
}

#[test]
fn what_was_changed_since_is_not_overwritten() {
    let edit = |revision| Edit::Replace {
        kind: Kind::Tag,
        id: "vip".to_owned(),
        value: json!({"id": "vip"}),
        expected: Expected::Revision(revision),
    };
    assert_eq!(decide(edit(7)), Err(EditError::Stale { found: 1, expected: 7 }));
    assert_eq!(read(&decide(edit(1)).unwrap()).revision(), 2);
}

#[test]
fn what_others_refer_to_stays() {
    let error = decide(remove(Kind::Zone, "bar")).unwrap_err();
    let EditError::InUse { problems } = error else { panic!("{error}") };
    assert_eq!(problems.len(), 3, "one for each port");
}

#[test]
fn a_device_goes_with_its_key() {
    let after = decide(remove(Kind::Device, "ir-2")).unwrap();
    let keys = after.items.iter().filter(|item| item.kind == ItemKind::Key);
    assert_eq!(keys.count(), 0);
}

#[test]
fn a_key_is_written_and_never_shown() {
    let key = |text: &str| Edit::Key {
        device: "ir-1".parse().unwrap(),
        key: Some(Secret(text.to_owned())),
    };
    assert!(!format!("{:?}", key(KEY)).contains(KEY));
    assert!(read(&decide(key(KEY)).unwrap()).has_key(&"ir-1".parse().unwrap()));
    let error = decide(key("hunter2")).unwrap_err().to_string();
    assert!(error.contains("noise_psk") && !error.contains("hunter2"), "{error}");
    let unknown = Edit::Key { device: "ir-9".parse().unwrap(), key: None };
    assert!(matches!(decide(unknown), Err(EditError::NotFound { .. })));
}

#[test]
fn what_the_file_fixes_is_changed_there() {
    let device =
        serde_json::from_value(json!({"hostname": "ir-1", "address": "10.9.9.9"})).unwrap();
    let base = Base { devices: vec![Arc::new(device)], ..Base::default() };
    let error = patch(Kind::Device, "ir-1", json!({})).decide(&venue(), &base).unwrap_err();
    assert_eq!(error, EditError::Fixed { id: "ir-1".into() });
}

#[test]
fn what_devices_of_the_file_name_is_not_removed_here() {
    let ports = json!([{"index": 1, "zone": "bar", "tags": ["vip"]}]);
    let device = json!({"hostname": "ir-9", "address": "10.9.9.9", "ports": ports});
    let base = Base {
        devices: vec![Arc::new(serde_json::from_value(device).unwrap())],
        ..Base::default()
    };
    let mut configuration = venue();
    configuration.items.retain(|item| item.kind != ItemKind::Device);
    for (kind, id) in [(Kind::Zone, "bar"), (Kind::Tag, "vip")] {
        let error = remove(kind, id).decide(&configuration, &base).unwrap_err();
        assert_eq!(error, EditError::Fixed { id: id.into() }, "it would be there all the same");
        let free = remove(kind, id).decide(&configuration, &Base::default());
        assert!(free.is_ok(), "{free:?}");
    }
}

#[test]
fn an_old_problem_is_no_reason_to_refuse_a_good_edit() {
    let mut configuration = venue();
    configuration.apply(&[put(ItemKind::Device, "ir-8", "{}")], 2);
    let edit = patch(Kind::Zone, "bar", json!({"name": "Pub"}));
    assert_eq!(edit.decide(&configuration, &Base::default()).unwrap().len(), 1);
}

#[test]
fn a_code_set_in_use_stays_and_names_the_field_that_is_wrong() {
    let set = json!({"id": "acme-tv", "make": "Acme", "kind": "tv", "keys": {"power": "nec1:4,8"}});
    let after = decide(Edit::Create { kind: Kind::CodeSet, value: set.clone() }).unwrap();
    assert_eq!(read(&after).codesets().count(), 1);
    let used = patch(Kind::Device, "ir-2", json!({"ports": [{"index": 1, "codeset": "acme-tv"}]}));
    let mut venue = after;
    let changes = used.decide(&venue, &Base::default()).unwrap();
    venue.apply(&changes, 3);
    let error = remove(Kind::CodeSet, "acme-tv").decide(&venue, &Base::default()).unwrap_err();
    assert!(matches!(error, EditError::InUse { .. }), "{error}");
    let wrong = patch(Kind::CodeSet, "acme-tv", json!({"keys": {"mute": "nec1:400,8"}}));
    let error = wrong.decide(&venue, &Base::default()).unwrap_err().to_string();
    assert_eq!(error, "keys.mute: device of nec1 must be 0 to 255, not 400");
}
