use serde_json::json;
use venue_registry::Base;

use super::*;

/// A registry with one device in the zone `bar`, and no schedule.
pub(crate) fn venue() -> Configuration {
    let mut configuration = Configuration::default();
    let put = |kind, id: &str, body: &str| ItemChange::Put {
        kind,
        id: id.to_owned(),
        body: body.to_owned(),
    };
    let device = r#"{"hostname":"ir-1","address":"10.0.0.1","ports":[{"index":1,"zone":"bar"}]}"#;
    let zone = put(ItemKind::Zone, "bar", r#"{"id":"bar"}"#);
    configuration.apply(&[zone, put(ItemKind::Device, "ir-1", device)], 1);
    configuration
}

/// 2027-03-01T00:00:00Z.
pub(crate) const NOW: Timestamp = Timestamp::from_unix_ms(1_803_859_200_000);

pub(crate) fn opening() -> Value {
    json!({"id": "opening", "selectors": ["zone=bar"], "cron": "0 10 * * *",
        "zone": "Australia/Sydney", "steps": ["on", "wait 10 s", "channel 501"]})
}

pub(crate) fn make(
    configuration: &mut Configuration,
    edit: ScheduleEdit,
    now: Timestamp,
) -> Result<(), ScheduleEditError> {
    make_as(&Planner::default(), configuration, edit, now)
}

pub(crate) fn make_as(
    planner: &Planner,
    configuration: &mut Configuration,
    edit: ScheduleEdit,
    now: Timestamp,
) -> Result<(), ScheduleEditError> {
    let (registry, _) = Registry::read(configuration, &Base::default());
    let changes = edit.decide(configuration, &registry, planner, now)?;
    let revision = configuration.revision + 1;
    configuration.apply(&changes, revision);
    Ok(())
}

fn refused(value: Value) -> ScheduleEditError {
    make(&mut venue(), ScheduleEdit::Create { value }, NOW).unwrap_err()
}

fn with(field: &str, wrong: &Value) -> Value {
    let mut value = opening();
    merge_patch(&mut value, json!({field: wrong}));
    value
}

#[test]
fn a_schedule_is_made_changed_paused_and_removed() {
    let mut configuration = venue();
    make(&mut configuration, ScheduleEdit::Create { value: opening() }, NOW).unwrap();
    let entry = |configuration: &Configuration| {
        let (schedules, problems) = Schedules::read(configuration, NOW);
        assert_eq!(problems, []);
        schedules.get("opening").cloned()
    };
    let made = entry(&configuration).unwrap();
    assert_eq!((made.revision, &made.state), (2, &ScheduleState::new(NOW)));
    assert_eq!(made.next(NOW, 2)[1].local.to_string(), "2027-03-03T10:00");
    let (id, expected) = ("opening".to_owned(), Expected::Revision(2));
    let patch = json!({"name": "Opening", "steps": ["on"]});
    make(&mut configuration, ScheduleEdit::Patch { id: id.clone(), patch, expected }, NOW).unwrap();
    let changed = entry(&configuration).unwrap();
    assert_eq!((changed.definition.steps.len(), &changed.state), (1, &made.state));
    make(&mut configuration, ScheduleEdit::Pause { id: id.clone() }, NOW).unwrap();
    assert_eq!(entry(&configuration).unwrap().next(NOW, 1), []);
    let skip = make(&mut configuration, ScheduleEdit::Skip { id: id.clone(), on: None }, NOW);
    assert_eq!(skip, Err(ScheduleEditError::NothingToSkip { id: id.clone() }));
    make(&mut configuration, ScheduleEdit::Resume { id: id.clone() }, NOW).unwrap();
    make(&mut configuration, ScheduleEdit::Skip { id: id.clone(), on: None }, NOW).unwrap();
    let skipped = entry(&configuration).unwrap().state.skips.first().unwrap().to_string();
    assert_eq!(skipped, "2027-03-02T10:00");
    let expected = Expected::Revision(2);
    let stale = ScheduleEdit::Remove { id: id.clone(), expected };
    assert!(matches!(make(&mut configuration, stale, NOW), Err(ScheduleEditError::Stale { .. })));
    let gone = ScheduleEdit::Remove { id, expected: Expected::Any };
    make(&mut configuration, gone, NOW).unwrap();
    assert_eq!(entry(&configuration), None);
    assert_eq!(configuration.items.len(), 2, "and its state with it");
}

#[test]
fn another_trigger_begins_anew_and_a_pause_stays() {
    let mut configuration = venue();
    make(&mut configuration, ScheduleEdit::Create { value: opening() }, NOW).unwrap();
    let id = || "opening".to_owned();
    make(&mut configuration, ScheduleEdit::Pause { id: id() }, NOW).unwrap();
    let later = NOW.plus(std::time::Duration::from_secs(60));
    let (patch, expected) = (json!({"cron": "0 11 * * *"}), Expected::Any);
    make(&mut configuration, ScheduleEdit::Patch { id: id(), patch, expected }, later).unwrap();
    let (schedules, _) = Schedules::read(&configuration, later);
    let state = &schedules.get("opening").unwrap().state;
    assert_eq!((state.since, state.paused), (later, true));
}

#[test]
fn what_is_wrong_is_named_with_what_would_be_right() {
    let table = [
        (with("id", &json!("Opening Time")), "id"),
        (with("id", &json!("x".repeat(25))), "id"),
        (with("name", &json!("\u{1b}")), "name"),
        (with("selectors", &json!([])), "selectors"),
        (with("selectors", &json!(["zone=bar", "zone=bra"])), "selectors[1]"),
        (with("selectors", &json!(["zone in bar"])), "selectors[0]"),
        (with("cron", &json!("61 10 * * *")), "cron"),
        (with("zone", &json!("Mars")), "zone"),
        (with("steps", &json!(["on", "hop"])), "steps"),
        (with("missed", &json!("always")), "missed"),
        (with("stepz", &json!([])), "stepz"),
    ];
    for (value, field) in table {
        let error = refused(value.clone());
        assert_eq!(error.field(), Some(field), "{value}: {error}");
    }
    let past = json!({"id": "p", "selectors": ["all"], "at": "2020-01-01T00:00Z", "steps": ["on"]});
    assert_eq!(refused(past), ScheduleEditError::Over);
    let mut configuration = venue();
    make(&mut configuration, ScheduleEdit::Create { value: opening() }, NOW).unwrap();
    let twice = make(&mut configuration, ScheduleEdit::Create { value: opening() }, NOW);
    assert_eq!(twice, Err(ScheduleEditError::Exists { id: "opening".into() }));
}

#[test]
fn what_can_no_longer_be_read_is_told_and_can_be_removed() {
    let mut configuration = venue();
    let body = r#"{"id":"old","selectors":["all"],"steps":["hop"]}"#.to_owned();
    let old = ItemChange::Put { kind: ItemKind::Schedule, id: "old".into(), body };
    configuration.apply(&[old], 2);
    let (schedules, problems) = Schedules::read(&configuration, NOW);
    assert_eq!((schedules.entries().count(), problems.len()), (0, 1));
    let gone = ScheduleEdit::Remove { id: "old".into(), expected: Expected::Any };
    make(&mut configuration, gone, NOW).unwrap();
    let unknown = ScheduleEdit::Remove { id: "old".into(), expected: Expected::Any };
    let unknown = make(&mut configuration, unknown, NOW);
    assert_eq!(unknown, Err(ScheduleEditError::NotFound { id: "old".into() }));
}

#[test]
fn a_preset_that_there_is_can_be_scheduled() {
    let value = with("steps", &json!(["on", "preset game-day"]));
    let refusal = refused(value.clone()).to_string();
    assert_eq!(refusal, "steps[1]: there is no preset game-day");
    let mut configuration = venue();
    let body =
        r#"{"id":"game-day","name":"Game day","entries":[{"targets":["all"],"power":"on"}]}"#;
    let kind = ItemKind::Preset;
    let change = ItemChange::Put { kind, id: "game-day".to_owned(), body: body.to_owned() };
    configuration.apply(&[change], 2);
    let edit = ScheduleEdit::Create { value };
    assert_eq!(make(&mut configuration, edit, NOW), Ok(()));
}

#[test]
fn an_action_that_some_port_has_of_its_own_can_be_scheduled() {
    let value = with("steps", &json!(["on", "netflix"]));
    let refusal = refused(value.clone()).to_string();
    let expected = "steps[1]: \"netflix\" is not a step; steps are on, off, wait 10 s, channel 501, preset ID or an action";
    assert!(refusal.starts_with(expected), "{refusal}");
    let mut configuration = venue();
    let device = r#"{"hostname":"ir-1","address":"10.0.0.1","ports":[
        {"index":1,"zone":"bar","mapping":{"netflix":{"button":"Netflix"}}}]}"#;
    let change =
        ItemChange::Put { kind: ItemKind::Device, id: "ir-1".to_owned(), body: device.to_owned() };
    configuration.apply(&[change], 2);
    make(&mut configuration, ScheduleEdit::Create { value }, NOW).unwrap();
    let (schedules, problems) = Schedules::read(&configuration, NOW);
    assert_eq!((problems.len(), schedules.get("opening").is_some()), (0, true));
}
