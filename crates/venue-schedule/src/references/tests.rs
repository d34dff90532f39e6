use serde_json::json;
use venue_domain::ItemKind;
use venue_registry::{Edit, Expected, Kind, Registry};

use super::*;
use crate::{
    ScheduleEdit, VenueDocument,
    edit::tests::{NOW, make, opening, venue},
};

/// A venue whose schedule runs a preset and types a channel of the line-up.
fn with_schedule() -> Configuration {
    let mut configuration = venue();
    let put = |kind, id: &str, body: &str| ItemChange::Put {
        kind,
        id: id.to_owned(),
        body: body.to_owned(),
    };
    let preset =
        r#"{"id":"evening","name":"Evening","entries":[{"targets":["zone=bar"],"power":"on"}]}"#;
    let channel = r#"{"id":"sports","name":"Sports","number":"501"}"#;
    let changes =
        [put(ItemKind::Preset, "evening", preset), put(ItemKind::Channel, "sports", channel)];
    configuration.apply(&changes, 2);
    let mut value = opening();
    value["steps"] = json!(["on", "preset evening", "channel sports"]);
    make(&mut configuration, ScheduleEdit::Create { value }, NOW).unwrap();
    configuration
}

fn removal(kind: Kind, id: &str, configuration: &Configuration) -> Vec<ItemChange> {
    let edit = Edit::Remove { kind, id: id.to_owned(), expected: Expected::Any };
    edit.decide(configuration, &Base::default()).unwrap()
}

#[test]
fn what_a_schedule_names_is_kept_until_the_schedule_is_gone() {
    let mut configuration = with_schedule();
    for (kind, id, told) in [
        (Kind::Preset, "evening", "schedules/opening, steps[1]: names preset evening"),
        (Kind::Channel, "sports", "schedules/opening, steps[2]: names channel sports"),
    ] {
        let changes = removal(kind, id, &configuration);
        let error = keep_references(&changes, &configuration, &Base::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("it is in use: {told}: change or remove the schedule first")
        );
    }
    let edit = ScheduleEdit::Remove { id: "opening".to_owned(), expected: Expected::Any };
    make(&mut configuration, edit, NOW).unwrap();
    let changes = removal(Kind::Preset, "evening", &configuration);
    assert_eq!(keep_references(&changes, &configuration, &Base::default()), Ok(()));
}

#[test]
fn a_document_without_the_preset_is_refused_unless_the_schedule_goes_too() {
    let configuration = with_schedule();
    let (registry, _) = Registry::read(&configuration, &Base::default());
    let (schedules, _) = Schedules::read(&configuration, NOW);
    let whole = VenueDocument::of(&registry, &schedules, NOW).into_value();
    let applied = |change: fn(&mut serde_json::Value)| {
        let mut value = whole.clone();
        change(&mut value);
        let document = VenueDocument::read(value).unwrap();
        let decided = document.decide(&configuration, &Base::default(), true, Expected::Any, NOW);
        decided.map(|changes| changes.len()).map_err(|error| error.to_string())
    };
    let refused = applied(|value| value["presets"] = json!([])).unwrap_err();
    assert!(
        refused.contains("names preset evening: change or remove the schedule first"),
        "{refused}"
    );
    let both = applied(|value| {
        value["presets"] = json!([]);
        value["schedules"] = json!([]);
    });
    assert_eq!(both, Ok(3), "the preset, the schedule and how far it was handled");
}

#[test]
fn what_was_broken_before_is_in_nobodys_way() {
    let mut configuration = with_schedule();
    let changes = removal(Kind::Preset, "evening", &configuration);
    configuration.apply(&changes, 9);
    let changes = [ItemChange::Remove { kind: ItemKind::Channel, id: "nobody".to_owned() }];
    assert_eq!(keep_references(&changes, &configuration, &Base::default()), Ok(()));
}
