use serde_json::json;
use venue_domain::{Configuration, ItemKind};
use venue_registry::{Base, Edit, Expected};

use super::*;
use crate::{
    ScheduleEdit,
    edit::tests::{NOW, make, opening, venue},
};

/// Daily at 10:00 in Sydney; now is 11:00 there, on the first of March, a Monday.
fn daily() -> Configuration {
    let mut configuration = venue();
    make(&mut configuration, ScheduleEdit::Create { value: opening() }, NOW).unwrap();
    configuration
}

fn edit(configuration: &mut Configuration, edit: ScheduleEdit) -> Result<(), String> {
    make(configuration, edit, NOW)
        .map_err(|error| format!("{}|{error}", error.field().unwrap_or_default()))
}

fn skip(on: Option<&str>) -> ScheduleEdit {
    ScheduleEdit::Skip { id: "opening".to_owned(), on: on.map(str::to_owned) }
}

fn unskip(on: Option<&str>) -> ScheduleEdit {
    ScheduleEdit::Unskip { id: "opening".to_owned(), on: on.map(str::to_owned) }
}

fn patch(patch: Value) -> ScheduleEdit {
    ScheduleEdit::Patch { id: "opening".to_owned(), patch, expected: Expected::Any }
}

fn run(on: &str, to: &str) -> RunMove {
    let id = id_of_moved(&Schedules::default(), "opening", on);
    RunMove { on: on.to_owned(), to: to.to_owned(), put_back: None, id }
}

/// The week, with why a run is left out.
fn week(configuration: &Configuration) -> Vec<String> {
    let (schedules, problems) = Schedules::read(configuration, NOW);
    assert_eq!(problems, []);
    let end = NOW.plus(std::time::Duration::from_secs(4 * 24 * 3_600));
    let told = |one: &crate::AgendaEntry<'_>| {
        let why = one.left_out.map(|why| format!(" {why:?}")).unwrap_or_default();
        format!("{} {}{why}", one.due.local, one.entry.definition.id)
    };
    schedules.agenda(NOW, end, 99).iter().map(told).collect()
}

#[test]
fn any_run_to_come_is_skipped_and_is_done_after_all() {
    let mut all = daily();
    edit(&mut all, skip(Some("2027-03-03"))).unwrap();
    edit(&mut all, skip(Some("2027-03-04T10:00"))).unwrap();
    edit(&mut all, skip(None)).unwrap();
    let left_out = [
        "2027-03-02T10:00 opening Skipped",
        "2027-03-03T10:00 opening Skipped",
        "2027-03-04T10:00 opening Skipped",
        "2027-03-05T10:00 opening",
    ];
    assert_eq!(week(&all), left_out);
    edit(&mut all, skip(None)).unwrap();
    assert_eq!(week(&all), left_out, "asked again, it is the same run");
    edit(&mut all, unskip(Some("2027-03-03"))).unwrap();
    edit(&mut all, unskip(None)).unwrap();
    assert_eq!(week(&all)[..2], ["2027-03-02T10:00 opening", "2027-03-03T10:00 opening"]);
    assert_eq!(
        edit(&mut all, unskip(Some("2027-03-03"))).unwrap_err(),
        "|nothing of opening is skipped then"
    );
}

#[test]
fn a_run_that_there_is_not_is_refused_with_when_there_is_one() {
    let mut all = daily();
    edit(&mut all, patch(json!({"cron": "0 10 * * fri"}))).unwrap();
    for (on, said) in [
        (
            "2027-03-03",
            "on|on: it does not run on 2027-03-03 (a Wednesday); its next run behind that is at 2027-03-05T10:00",
        ),
        (
            "2027-03-05T11:00",
            "on|on: it does not run on 2027-03-05T11:00 (a Friday); its next run behind that is at 2027-03-12T10:00",
        ),
        ("2027-02-26", "on|on: the run of 2027-02-26 is past; give one that is to come"),
        (
            "soon",
            "on|on: give the date of a run such as 2026-12-25, or its local date and time such as 2026-12-25T19:30",
        ),
    ] {
        assert_eq!(edit(&mut all, skip(Some(on))).unwrap_err(), said);
        assert_eq!(edit(&mut all, unskip(Some(on))).unwrap_err(), said);
    }
    for (days, said) in [
        (json!(["2027-03-06"]), "except|except: it does not run on 2027-03-06 (a Saturday);"),
        (json!(["2027-02-26"]), "except|except: the run of 2027-02-26 is past;"),
        (json!(["26.2.2027"]), "except[0]|"),
    ] {
        let refused = edit(&mut all, patch(json!({"except": days}))).unwrap_err();
        assert!(refused.starts_with(said), "{refused}");
    }
    let refused = edit(&mut all, patch(json!({"holidays": "sometimes"}))).unwrap_err();
    assert!(refused.starts_with("holidays|") && refused.contains("skip"), "{refused}");
}

#[test]
fn an_exception_stays_when_the_schedule_is_changed_and_is_told_as_such() {
    let mut all = daily();
    edit(&mut all, patch(json!({"except": ["2027-03-04", "2027-03-03"]}))).unwrap();
    assert_eq!(week(&all)[1], "2027-03-03T10:00 opening Exception");
    let refused = edit(&mut all, unskip(Some("2027-03-03"))).unwrap_err();
    assert_eq!(refused, "on|on: that day is one of its exceptions: take it out of except");
    // It no longer runs then, and is not asked again why.
    edit(&mut all, patch(json!({"cron": "0 10 * * fri"}))).unwrap();
    let (schedules, _) = Schedules::read(&all, NOW);
    let item = serde_json::to_value(&schedules.get("opening").unwrap().definition).unwrap();
    assert_eq!(item["except"], json!(["2027-03-03", "2027-03-04"]));
}

#[test]
fn the_holidays_of_the_venue_are_skipped_or_are_the_only_days() {
    let mut all = daily();
    let only = || patch(json!({"holidays": "only"}));
    let refused = edit(&mut all, only()).unwrap_err();
    assert!(
        refused.starts_with("holidays|holidays: the venue has no holiday to come"),
        "{refused}"
    );
    let holidays = Edit::Venue { patch: json!({"holidays": ["2027-03-04"]}) };
    let changes = holidays.decide(&all, &Base::default()).unwrap();
    all.apply(&changes, 9);
    assert!(all.items.iter().any(|item| item.kind == ItemKind::Venue));
    assert_eq!(week(&all).len(), 4);
    edit(&mut all, patch(json!({"holidays": "skip"}))).unwrap();
    assert_eq!(week(&all)[2], "2027-03-04T10:00 opening Holiday");
    edit(&mut all, only()).unwrap();
    assert_eq!(week(&all), ["2027-03-04T10:00 opening"]);
}

#[test]
fn one_run_comes_at_another_time_and_the_others_stay() {
    let mut all = daily();
    let change = |run| ScheduleEdit::Move { id: "opening".to_owned(), run };
    edit(&mut all, change(run("2027-03-03", "11:30"))).unwrap();
    let moved = [
        "2027-03-02T10:00 opening",
        "2027-03-03T10:00 opening Skipped",
        "2027-03-03T11:30 opening-0303",
        "2027-03-04T10:00 opening",
    ];
    assert_eq!(week(&all)[..4], moved);
    let (schedules, _) = Schedules::read(&all, NOW);
    let copy = &schedules.get("opening-0303").unwrap().definition;
    assert_eq!((copy.name.as_deref(), &copy.cron), (Some("opening"), &None));
    assert_eq!(id_of_moved(&schedules, "opening", "2027-03-03T10:00"), "opening-0303-2");
    let long = id_of_moved(&schedules, "a-very-long-name-of-24-c", "2027-03-03");
    assert_eq!((long.len(), long.ends_with("-0303")), (24, true), "{long}");
    for (moved, said) in [
        (run("2027-03-04", "soon"), "to|to: give a time of that day such as 20:00"),
        (run("2027-03-04", "2020-01-01T10:00"), "at|at: this time is in the past"),
    ] {
        let refused = edit(&mut all, change(moved)).unwrap_err();
        assert!(refused.starts_with(said), "{refused}");
    }
    // It comes once: neither again at its own time, nor at a third one.
    let refused = edit(&mut all, change(run("2027-03-03", "12:30"))).unwrap_err();
    assert!(refused.starts_with("on|on: that run is skipped, or was moved before"), "{refused}");
    let refused = edit(&mut all, unskip(Some("2027-03-03"))).unwrap_err();
    assert!(
        refused.starts_with("on|on: that run was moved, the schedule opening-0303"),
        "{refused}"
    );
    let mut again = all.clone();
    let remove = ScheduleEdit::Remove { id: "opening-0303".to_owned(), expected: Expected::Any };
    edit(&mut again, remove).unwrap();
    edit(&mut again, unskip(Some("2027-03-03T10:00"))).unwrap();
    assert!(week(&again).contains(&"2027-03-03T10:00 opening".to_owned()), "{:?}", week(&again));
    edit(&mut all, patch(json!({"cron": "0 10,12 * * *"}))).unwrap();
    let refused = edit(&mut all, change(run("2027-03-05", "11:30"))).unwrap_err();
    assert_eq!(refused, "on|on: it runs 2 times on that day; name one, such as 2027-03-05T10:00");
    // What has one run only is itself moved.
    edit(
        &mut all,
        ScheduleEdit::Move { id: "opening-0303".to_owned(), run: run("2027-03-03", "13:00") },
    )
    .unwrap();
    assert!(week(&all).contains(&"2027-03-03T13:00 opening-0303".to_owned()), "{:?}", week(&all));
}

/// Thrice a day; the run at noon of the third of March comes at 15:00, and those around it are skipped.
fn moved_among_others() -> Configuration {
    let mut all = daily();
    edit(&mut all, patch(json!({"cron": "0 10,12,14 * * *"}))).unwrap();
    let noon = run("2027-03-03T12:00", "15:00");
    edit(&mut all, ScheduleEdit::Move { id: "opening".to_owned(), run: noon }).unwrap();
    edit(&mut all, skip(Some("2027-03-03T10:00"))).unwrap();
    edit(&mut all, skip(Some("2027-03-03T14:00"))).unwrap();
    all
}

/// The runs of the third of March.
fn third(configuration: &Configuration) -> Vec<String> {
    let of_day = |one: &String| one.starts_with("2027-03-03");
    week(configuration).into_iter().filter(of_day).collect()
}

#[test]
fn of_several_runs_a_day_the_one_that_was_moved_keeps_none_of_the_others_from_being_done_after_all()
{
    let moved = "2027-03-03T12:00 opening Skipped";
    let copy = "2027-03-03T15:00 opening-0303";
    let done = ["2027-03-03T10:00 opening", moved, "2027-03-03T14:00 opening", copy];
    for on in [&["2027-03-03"][..], &["2027-03-03T10:00", "2027-03-03T14:00"]] {
        let mut all = moved_among_others();
        for on in on {
            edit(&mut all, unskip(Some(on))).unwrap();
        }
        assert_eq!(third(&all), done, "{on:?}");
        let refused = edit(&mut all, unskip(Some("2027-03-03"))).unwrap_err();
        assert!(refused.starts_with("on|on: that run was moved, the schedule opening-0303"));
        assert_eq!(edit(&mut all, unskip(None)).unwrap_err(), refused);
    }
    let mut all = moved_among_others();
    edit(&mut all, unskip(None)).unwrap();
    edit(&mut all, unskip(None)).unwrap();
    assert_eq!(third(&all), done, "what comes next is what was not moved");
}

#[test]
fn what_came_at_an_earlier_time_is_not_done_again_at_its_own() {
    let mut all = daily();
    let earlier = ScheduleEdit::Move { id: "opening".to_owned(), run: run("2027-03-03", "09:00") };
    edit(&mut all, earlier).unwrap();
    let between = NOW.plus(std::time::Duration::from_secs(46 * 3_600 + 1_800));
    let refused = make(&mut all, unskip(Some("2027-03-03")), between).unwrap_err().to_string();
    assert!(refused.contains("that run was moved"), "{refused}");
}

#[test]
fn what_an_older_version_moved_is_known_by_the_id_of_its_schedule() {
    let mut all = daily();
    let change = ScheduleEdit::Move { id: "opening".to_owned(), run: run("2027-03-03", "11:30") };
    edit(&mut all, change).unwrap();
    edit(&mut all, skip(Some("2027-03-04"))).unwrap();
    let state = all
        .items
        .iter_mut()
        .find(|item| item.kind == ItemKind::ScheduleState && item.id == "opening");
    let state = state.unwrap();
    let mut before: Value = serde_json::from_str(&state.body).unwrap();
    assert_eq!(before["moved"], json!({"2027-03-03T10:00": "opening-0303"}));
    before.as_object_mut().unwrap().remove("moved");
    state.body = before.to_string();
    let refused = edit(&mut all, unskip(Some("2027-03-03"))).unwrap_err();
    assert!(refused.starts_with("on|on: that run was moved, the schedule opening-0303"));
    edit(&mut all, unskip(Some("2027-03-04"))).unwrap();
    let kept =
        all.items.iter().find(|item| item.kind == ItemKind::ScheduleState && item.id == "opening");
    let kept = kept.unwrap();
    assert!(kept.body.contains("\"moved\":{\"2027-03-03T10:00\":\"opening-0303\"}"), "{kept:?}");
}
