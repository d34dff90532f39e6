use venue_registry::Expected;

use super::*;
use crate::{
    ScheduleEdit,
    edit::tests::{NOW, make, opening, venue},
};

fn with_schedules() -> Configuration {
    let mut configuration = venue();
    make(&mut configuration, ScheduleEdit::Create { value: opening() }, NOW).unwrap();
    let mut closing = opening();
    closing["id"] = json!("closing");
    make(&mut configuration, ScheduleEdit::Create { value: closing }, NOW).unwrap();
    make(&mut configuration, ScheduleEdit::Pause { id: "closing".to_owned() }, NOW).unwrap();
    configuration
}

fn exported(configuration: &Configuration) -> Value {
    let (registry, _) = Registry::read(configuration, &Base::default());
    let (schedules, problems) = Schedules::read(configuration, NOW);
    assert_eq!(problems, []);
    VenueDocument::of(&registry, &schedules, NOW).into_value()
}

fn apply(
    configuration: &mut Configuration,
    document: Value,
    prune: bool,
) -> Result<(), VenueDocumentError> {
    let document = VenueDocument::read(document)?;
    let changes = document.decide(configuration, &Base::default(), prune, Expected::Any, NOW)?;
    let revision = configuration.revision + 1;
    configuration.apply(&changes, revision);
    Ok(())
}

fn differences(configuration: &Configuration, document: Value, prune: bool) -> Vec<String> {
    let (registry, _) = Registry::read(configuration, &Base::default());
    let (schedules, _) = Schedules::read(configuration, NOW);
    let document = VenueDocument::read(document).unwrap();
    let changes = document.diff(&registry, &schedules, prune).unwrap();
    let shown = |change: Change| {
        let values = change.values.iter().map(|v| format!("{} {} {}", v.field, v.old, v.new));
        format!("{} {:?} {}", change.item, change.change, values.collect::<Vec<_>>().join("; "))
    };
    changes.into_iter().map(shown).collect()
}

#[test]
fn an_export_brings_an_empty_venue_back_with_its_schedules_and_their_pauses() {
    let document = exported(&with_schedules());
    assert!(differences(&with_schedules(), document.clone(), true).is_empty());
    let mut empty = Configuration::default();
    apply(&mut empty, document.clone(), false).unwrap();
    assert_eq!(exported(&empty), document);
    let (schedules, _) = Schedules::read(&empty, NOW);
    assert!(schedules.get("closing").unwrap().state.paused);
    assert!(!schedules.get("opening").unwrap().state.paused);
}

#[test]
fn a_document_changes_pauses_and_prunes_schedules_and_says_from_what_to_what() {
    let mut configuration = with_schedules();
    let mut document = exported(&configuration);
    let schedules = document["schedules"].as_array_mut().unwrap();
    schedules.remove(0);
    schedules[0]["steps"] = json!(["off"]);
    schedules[0]["paused"] = json!(true);
    let expected = [
        r#"schedules/opening Changed paused null true; steps ["on","wait 10 s","channel 501"] ["off"]"#,
        "schedules/closing Removed ",
    ];
    assert_eq!(differences(&configuration, document.clone(), true), expected);
    apply(&mut configuration, document.clone(), true).unwrap();
    assert_eq!(exported(&configuration), document);
}

#[test]
fn a_document_without_schedules_leaves_them_alone() {
    let mut configuration = with_schedules();
    let before = exported(&configuration)["schedules"].clone();
    let mut document = exported(&configuration);
    document.as_object_mut().unwrap().remove("schedules");
    apply(&mut configuration, document, true).unwrap();
    assert_eq!(exported(&configuration)["schedules"], before);
}

#[test]
fn a_schedule_written_by_hand_is_the_same_schedule() {
    let configuration = with_schedules();
    let mut document = exported(&configuration);
    document["schedules"][1]["cron"] = json!(" 0  10 * * * ");
    assert!(differences(&configuration, document, true).is_empty());
}

#[test]
fn a_schedule_without_a_zone_is_in_the_venues() {
    let configuration = with_schedules();
    let mut document = exported(&configuration);
    let zone = document["schedules"][1]["zone"].take();
    document["schedules"][1].as_object_mut().unwrap().remove("zone");
    document["venue"] = json!({"time_zone": zone});
    assert_eq!(differences(&configuration, document.clone(), true), ["venue Added "]);
    document["venue"] = json!({"time_zone": "Asia/Tokyo"});
    let told = differences(&configuration, document.clone(), true);
    assert!(told[1].ends_with(&format!("zone {zone} \"Asia/Tokyo\"")), "{told:?}");
    let mut changed = with_schedules();
    apply(&mut changed, document, true).unwrap();
    assert_eq!(exported(&changed)["schedules"][1]["zone"], "Asia/Tokyo");
}

#[test]
fn what_is_wrong_names_the_schedule_and_its_field_and_changes_nothing() {
    let cases = [
        ("cron", json!("61 * * * *"), "schedules/opening: cron: "),
        ("selectors", json!(["zone=roof"]), "schedules/opening: selectors[0]: "),
        ("paused", json!("yes"), "schedules/opening: paused: "),
        ("colour", json!("red"), "schedules/opening: colour"),
    ];
    for (field, wrong, beginning) in cases {
        let mut configuration = with_schedules();
        let before = configuration.clone();
        let mut document = exported(&configuration);
        document["schedules"][1][field] = wrong;
        let error = apply(&mut configuration, document, true).unwrap_err().to_string();
        assert!(error.starts_with(beginning), "{error}");
        assert_eq!(configuration, before);
    }
    for (list, words) in [(json!({}), "a list"), (json!([{"cron": "x"}]), "needs an id")] {
        let error = VenueDocument::read(json!({"schedules": list})).unwrap_err().to_string();
        assert!(error.starts_with("schedules: ") && error.contains(words), "{error}");
    }
}
