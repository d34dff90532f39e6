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
    edit: AgendaEdit,
    now: Timestamp,
) -> Result<(), AgendaError> {
    let (registry, _) = Registry::read(configuration, &Base::default());
    let changes = edit.decide(configuration, &registry, now)?;
    let revision = configuration.revision + 1;
    configuration.apply(&changes, revision);
    Ok(())
}

fn refused(value: Value) -> AgendaError {
    make(&mut venue(), AgendaEdit::Create { value }, NOW).unwrap_err()
}

fn with(field: &str, wrong: &Value) -> Value {
    let mut value = opening();
    merge_patch(&mut value, json!({field: wrong}));
    value
}

#[test]
fn a_schedule_is_made_changed_paused_and_removed() {
    let mut configuration = venue();
    make(&mut configuration, AgendaEdit::Create { value: opening() }, NOW).unwrap();
    let entry = |configuration: &Configuration| {
        let (agenda, problems) = Agenda::read(configuration, NOW);
        assert_eq!(problems, []);
        agenda.get("opening").cloned()
    };
    let made = entry(&configuration).unwrap();
    assert_eq!((made.revision, made.standing), (2, Standing::new(NOW)));
    assert_eq!(made.next(NOW, 2)[1].local.to_string(), "2027-03-03T10:00");
    let (id, expected) = ("opening".to_owned(), Expected::Revision(2));
    let patch = json!({"name": "Opening", "steps": ["on"]});
    make(&mut configuration, AgendaEdit::Patch { id: id.clone(), patch, expected }, NOW).unwrap();
    let changed = entry(&configuration).unwrap();
    assert_eq!((changed.definition.steps.len(), changed.standing), (1, made.standing));
    make(&mut configuration, AgendaEdit::Pause { id: id.clone() }, NOW).unwrap();
    assert_eq!(entry(&configuration).unwrap().next(NOW, 1), []);
    let skip = make(&mut configuration, AgendaEdit::Skip { id: id.clone() }, NOW);
    assert_eq!(skip, Err(AgendaError::NothingToSkip { id: id.clone() }));
    make(&mut configuration, AgendaEdit::Resume { id: id.clone() }, NOW).unwrap();
    make(&mut configuration, AgendaEdit::Skip { id: id.clone() }, NOW).unwrap();
    let skipped = entry(&configuration).unwrap().standing.skip.unwrap().to_string();
    assert_eq!(skipped, "2027-03-02T10:00");
    let expected = Expected::Revision(2);
    let stale = AgendaEdit::Remove { id: id.clone(), expected };
    assert!(matches!(make(&mut configuration, stale, NOW), Err(AgendaError::Stale { .. })));
    let gone = AgendaEdit::Remove { id, expected: Expected::Any };
    make(&mut configuration, gone, NOW).unwrap();
    assert_eq!(entry(&configuration), None);
    assert_eq!(configuration.items.len(), 2, "and its standing with it");
}

#[test]
fn another_trigger_begins_anew_and_a_pause_stays() {
    let mut configuration = venue();
    make(&mut configuration, AgendaEdit::Create { value: opening() }, NOW).unwrap();
    let id = || "opening".to_owned();
    make(&mut configuration, AgendaEdit::Pause { id: id() }, NOW).unwrap();
    let later = NOW.plus(std::time::Duration::from_secs(60));
    let (patch, expected) = (json!({"cron": "0 11 * * *"}), Expected::Any);
    make(&mut configuration, AgendaEdit::Patch { id: id(), patch, expected }, later).unwrap();
    let (agenda, _) = Agenda::read(&configuration, later);
    let standing = agenda.get("opening").unwrap().standing;
    assert_eq!((standing.since, standing.paused), (later, true));
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
    assert_eq!(refused(past), AgendaError::Over);
    let mut configuration = venue();
    make(&mut configuration, AgendaEdit::Create { value: opening() }, NOW).unwrap();
    let twice = make(&mut configuration, AgendaEdit::Create { value: opening() }, NOW);
    assert_eq!(twice, Err(AgendaError::Exists { id: "opening".into() }));
}

#[test]
fn what_can_no_longer_be_read_is_told_and_can_be_removed() {
    let mut configuration = venue();
    let body = r#"{"id":"old","selectors":["all"],"steps":["hop"]}"#.to_owned();
    let old = ItemChange::Put { kind: ItemKind::Schedule, id: "old".into(), body };
    configuration.apply(&[old], 2);
    let (agenda, problems) = Agenda::read(&configuration, NOW);
    assert_eq!((agenda.entries().count(), problems.len()), (0, 1));
    let gone = AgendaEdit::Remove { id: "old".into(), expected: Expected::Any };
    make(&mut configuration, gone, NOW).unwrap();
    let unknown = AgendaEdit::Remove { id: "old".into(), expected: Expected::Any };
    let unknown = make(&mut configuration, unknown, NOW);
    assert_eq!(unknown, Err(AgendaError::NotFound { id: "old".into() }));
}
