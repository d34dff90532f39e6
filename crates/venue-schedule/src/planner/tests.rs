use serde_json::{Value, json};
use venue_domain::{Configuration, ItemChange, ItemKind};
use venue_registry::{Base, Expected};

use super::*;
use crate::{
    ScheduleEdit, ScheduleEditError, Schedules,
    edit::tests::{NOW, make, make_as, opening},
};

/// Two TVs in the bar, of which the second one shows a box that a TV of the hall shows as well; and that one.
fn venue() -> Configuration {
    let mut configuration = Configuration::default();
    let put = |kind, id: &str, body: Value| ItemChange::Put {
        kind,
        id: id.to_owned(),
        body: body.to_string(),
    };
    let changes = [
        put(ItemKind::Zone, "bar", json!({"id": "bar"})),
        put(ItemKind::Zone, "hall", json!({"id": "hall"})),
        put(ItemKind::Tag, "sports", json!({"id": "sports"})),
        put(ItemKind::Source, "box", json!({"id": "box", "port": {"hostname": "ir-1", "port": 4}})),
        put(
            ItemKind::Device,
            "ir-1",
            json!({"hostname": "ir-1", "address": "10.0.0.1", "ports": [
                {"index": 1, "zone": "bar", "tags": ["sports"]},
                {"index": 2, "zone": "bar", "source": "box"},
                {"index": 3, "zone": "hall", "source": "box"},
                {"index": 4},
            ]}),
        ),
    ];
    configuration.apply(&changes, 1);
    let (_, problems) = Registry::read(&configuration, &Base::default());
    assert_eq!(problems, []);
    configuration
}

fn operator(name: &str) -> Planner {
    let zones = Some(BTreeSet::from(["bar".to_owned()]));
    Planner { name: Some(name.to_owned()), zones, own_only: true }
}

fn plan(selector: &str, step: &str) -> ScheduleEdit {
    let mut value = opening();
    value["selectors"] = json!([selector]);
    value["steps"] = json!([step]);
    ScheduleEdit::Create { value }
}

#[test]
fn whoever_is_limited_to_zones_plans_there_and_not_through_a_shared_box() {
    let refused = |selector, step| {
        let error = make_as(&operator("sam"), &mut venue(), plan(selector, step), NOW).err()?;
        assert_eq!(error.field(), Some("selectors"));
        Some(error.to_string())
    };
    assert_eq!(refused("tag=sports", "channel 501"), None);
    assert_eq!(refused("zone=bar", "off"), None, "power goes to the TVs");
    for (selector, step) in [("zone=hall", "off"), ("all", "off"), ("zone=bar", "channel 501")] {
        let detail = refused(selector, step).unwrap();
        assert_eq!(
            detail, "selectors: this would change ir-1/3 outside of your zones",
            "{selector}"
        );
    }
    // A preset counts as what it sets: power goes to the TVs, a channel to the box that others show too.
    for (sets, is_refused) in [(json!({"power": "on"}), false), (json!({"channel": "501"}), true)] {
        let mut entry = json!({"targets": ["zone=bar"]});
        entry.as_object_mut().unwrap().append(sets.clone().as_object_mut().unwrap());
        let preset = json!({"id": "night", "name": "Night", "entries": [entry]});
        let mut with_preset = venue();
        let body = preset.to_string();
        let put = ItemChange::Put { kind: ItemKind::Preset, id: "night".to_owned(), body };
        with_preset.apply(&[put], with_preset.revision + 1);
        let made =
            make_as(&operator("sam"), &mut with_preset, plan("zone=bar", "preset night"), NOW);
        assert_eq!(made.is_err(), is_refused, "{sets}: {made:?}");
    }
    let by_manager = make(&mut venue(), plan("all", "off"), NOW);
    assert_eq!(by_manager, Ok(()));
}

#[test]
fn whoever_may_not_change_a_schedule_is_told_what_is_so() {
    let id = || "opening".to_owned();
    let pause = |configuration: &mut Configuration| {
        make_as(&operator("sam"), configuration, ScheduleEdit::Pause { id: id() }, NOW)
    };
    let mut nobodys = venue();
    make(&mut nobodys, plan("tag=sports", "on"), NOW).unwrap();
    assert_eq!(pause(&mut nobodys), Err(ScheduleEditError::MakerNotKnown));
    let mut own = venue();
    make_as(&operator("sam"), &mut own, plan("tag=sports", "on"), NOW).unwrap();
    let patch = json!({"selectors": ["all"]});
    make(&mut own, ScheduleEdit::Patch { id: id(), patch, expected: Expected::Any }, NOW).unwrap();
    let refused = pause(&mut own).unwrap_err().to_string();
    assert!(refused.starts_with("you made this schedule, but it changes TVs outside"), "{refused}");
    assert!(refused.contains("(ir-1/3)"), "{refused}");
}

#[test]
fn what_somebody_else_planned_is_theirs_and_a_managers() {
    let id = || "opening".to_owned();
    let edits = || {
        let expected = Expected::Any;
        let patch = json!({"name": "Mine"});
        [
            ScheduleEdit::Patch { id: id(), patch, expected },
            ScheduleEdit::Replace { id: id(), value: opening(), expected },
            ScheduleEdit::Pause { id: id() },
            ScheduleEdit::Resume { id: id() },
            ScheduleEdit::Skip { id: id(), on: None },
            ScheduleEdit::Remove { id: id(), expected },
        ]
    };
    let mut configuration = venue();
    make_as(&operator("sam"), &mut configuration, plan("tag=sports", "on"), NOW).unwrap();
    for edit in edits() {
        let refused = make_as(&operator("kim"), &mut configuration, edit, NOW).unwrap_err();
        assert_eq!(refused, ScheduleEditError::NotOwn { made_by: "sam".to_owned() });
    }
    let replaced = |edit: &ScheduleEdit| matches!(edit, ScheduleEdit::Replace { .. });
    for edit in edits().into_iter().filter(|edit| !replaced(edit)) {
        let mut own = configuration.clone();
        make_as(&operator("sam"), &mut own, edit.clone(), NOW).unwrap();
        make(&mut configuration.clone(), edit, NOW).unwrap();
    }
}

#[test]
fn a_tv_that_is_moved_out_of_the_zones_of_whoever_planned_is_left_alone() {
    let mut configuration = venue();
    make_as(&operator("sam"), &mut configuration, plan("tag=sports", "on"), NOW).unwrap();
    let out_of_reach = |configuration: &Configuration| {
        let (registry, _) = Registry::read(configuration, &Base::default());
        let (schedules, _) = Schedules::read(configuration, NOW);
        let entry = schedules.get("opening").unwrap();
        let may = operator("sam").may_change(entry, &registry);
        (entry.is_out_of_reach(&"ir-1/1".parse().unwrap(), &registry), may)
    };
    assert_eq!(out_of_reach(&configuration), (false, true));
    let mut moved = configuration.clone();
    for item in &mut moved.items {
        item.body = item.body.replace(r#""zone":"bar""#, r#""zone":"hall""#);
    }
    assert_eq!(out_of_reach(&moved), (true, false));
    // A manager who writes it plans for all zones; it stays that of whoever made it.
    let patch = ScheduleEdit::Patch {
        id: "opening".to_owned(),
        patch: json!({"name": "All"}),
        expected: Expected::Any,
    };
    make(&mut moved, patch, NOW).unwrap();
    assert_eq!(out_of_reach(&moved), (false, false));
    assert_eq!(
        Schedules::read(&moved, NOW).0.get("opening").unwrap().plan.made_by.as_deref(),
        Some("sam")
    );
}
