//! Exceptions of a schedule: single runs that are left out or come at another time, and days on which it does not run.

use serde_json::{Value, json};
use snafu::{OptionExt, ensure};
use venue_domain::{ItemChange, Timestamp};
use venue_registry::Day;

use crate::{
    LeftOut, LocalTime, Occurrence, PendingPutBack, Schedule, ScheduleDefinition,
    ScheduleEditError, ScheduleState, Schedules, StoredSchedule, TimeOfDay, Trigger,
    edit_error::{
        NotThenSnafu, NothingToSkipSnafu, NothingToUnskipSnafu, PastRunSnafu, SeveralRunsSnafu,
        ShapeSnafu,
    },
    moved_id::moved_id,
    stored::stand,
};

/// The field that says which run is meant.
const ON: &str = "on";

/// The field with the days on which a schedule does not run.
const EXCEPT: &str = "except";

/// More than anybody writes.
const MOST_EXCEPTIONS: usize = 400;

/// Leaves out what comes next, or the runs that `on` names; asked again, they stay left out.
pub(crate) fn skip(
    entry: &StoredSchedule,
    on: Option<&str>,
    now: Timestamp,
) -> Result<ItemChange, ScheduleEditError> {
    let id = entry.definition.id.as_str();
    if let Some(on) = on {
        let runs = meant(entry, on, now)?;
        let state = entry.state.clone();
        return Ok(with(entry, runs.iter().fold(state, |state, run| state.skip(run.local))));
    }
    if let Some(pending) = entry.next_put_back() {
        return Ok(entry.with_put_back(Some(PendingPutBack { skip: true, ..pending.clone() })));
    }
    let schedule = &entry.schedule;
    let first = entry.state.next(schedule, now);
    let mut all = std::iter::successors(first, |last| schedule.next_after(last.at));
    let runs = |run: &Occurrence| schedule.days.left_out(run.local).is_none();
    let next = all.by_ref().take(MOST_EXCEPTIONS).find(runs).context(NothingToSkipSnafu { id })?;
    Ok(with(entry, entry.state.clone().skip(next.local)))
}

/// What was skipped is done after all: what comes next of it, or the runs that `on` names. Runs that come at another time
/// stay left out.
pub(crate) fn unskip(
    entry: &StoredSchedule,
    on: Option<&str>,
    schedules: &Schedules,
    now: Timestamp,
) -> Result<ItemChange, ScheduleEditError> {
    let id = entry.definition.id.as_str();
    let pending = entry.plan.put_back.as_ref().filter(|pending| pending.skip);
    if let (None, Some(pending)) = (on, pending) {
        return Ok(entry.with_put_back(Some(PendingPutBack { skip: false, ..pending.clone() })));
    }
    let runs = on.map(|on| meant(entry, on, now)).transpose()?;
    let skipped: Vec<LocalTime> = match &runs {
        Some(runs) => {
            let is_skipped = |local: &LocalTime| entry.state.skips.contains(local);
            runs.iter().map(|run| run.local).filter(is_skipped).collect()
        }
        None => entry.state.skips.iter().copied().collect(),
    };
    let Some(first) = skipped.first() else {
        let mut runs = runs.iter().flatten();
        let by_day = runs.find_map(|run| entry.schedule.days.left_out(run.local));
        let detail = match by_day {
            Some(LeftOut::Exception) => "that day is one of its exceptions: take it out of except",
            Some(LeftOut::Holiday) => "that day is a holiday, which the schedule skips",
            Some(LeftOut::Skipped) | None => return NothingToUnskipSnafu { id }.fail(),
        };
        return ShapeSnafu { field: ON, detail }.fail();
    };
    let stays_put = |run: &&LocalTime| moved_to(&entry.state, **run, schedules).is_none();
    // Without `on` it is what comes next.
    let count = if on.is_some() { skipped.len() } else { 1 };
    let after_all: Vec<LocalTime> = skipped.iter().filter(stays_put).copied().take(count).collect();
    if let (true, Some(copy)) = (after_all.is_empty(), moved_to(&entry.state, *first, schedules)) {
        let detail = format!(
            "that run was moved, the schedule {copy} runs in its place: remove that one, and it is done as before"
        );
        return ShapeSnafu { field: ON, detail }.fail();
    }
    let state = entry.state.clone();
    Ok(with(entry, after_all.into_iter().fold(state, ScheduleState::unskip)))
}

/// The schedule that runs, or ran, in the place of `run`: done after all, it would come twice. `None` where it is not
/// moved, or where that schedule is not there any more, or became one with runs of its own.
fn moved_to<'s>(
    state: &'s ScheduleState,
    run: LocalTime,
    schedules: &Schedules,
) -> Option<&'s str> {
    let copy = state.moved.get(&run)?;
    let is_once = |copy: &StoredSchedule| matches!(copy.schedule.trigger, Trigger::Once { .. });
    schedules.get(copy).is_some_and(is_once).then_some(copy.as_str())
}

/// A run that comes at another time.
pub(crate) enum Moved {
    /// The schedule itself, which has one run.
    Itself(Value),
    /// A schedule of its own for it, and the change that leaves it out of the one that it is of.
    Copy(Value, ItemChange),
}

/// Where and how a run is moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunMove {
    /// The run: its day, or its local date and time.
    pub on: String,
    /// A time of the same day such as `20:00`, or a local date and time.
    pub to: String,
    /// The time of day at which it is put back, if it is another one than that of the schedule; empty for none.
    pub put_back: Option<String>,
    /// The id of the schedule of its own that the run gets; see [`id_of_moved`].
    pub id: String,
}

pub(crate) fn moved(
    entry: &StoredSchedule,
    RunMove { on, to, put_back, id }: RunMove,
    now: Timestamp,
) -> Result<Moved, ScheduleEditError> {
    let own = &entry.definition;
    let runs = meant(entry, &on, now)?;
    let first = runs.first().context(NothingToSkipSnafu { id: own.id.as_str() })?;
    ensure!(runs.len() == 1, SeveralRunsSnafu { count: runs.len(), first: first.local });
    let run = first.local;
    let is_off = entry.schedule.days.left_out(run).is_some();
    let off = "it does not run on that day: its day is one of its exceptions, or a holiday";
    ensure!(!is_off, ShapeSnafu { field: ON, detail: off });
    let gone = "that run is skipped, or was moved before: have it done after all, or change the schedule that it was moved to";
    ensure!(!entry.state.skips.contains(&run), ShapeSnafu { field: ON, detail: gone });
    let same_day = || {
        let time: TimeOfDay = to.parse().ok()?;
        Some(LocalTime::new(run.civil().date().to_datetime(time.0)))
    };
    let wrong =
        "give a time of that day such as 20:00, or a local date and time such as 2026-12-25T20:00";
    let to = to.parse().ok().or_else(same_day);
    let to: LocalTime = to.context(ShapeSnafu { field: "to", detail: wrong })?;
    let definition = ScheduleDefinition {
        at: Some(to.to_string()),
        cron: None,
        zone: Some(entry.zone().map_or("UTC", |zone| zone.name()).to_owned()),
        put_back: match put_back {
            Some(none) if none.is_empty() => None,
            Some(time) => Some(time),
            None => own.put_back.clone(),
        },
        except: std::collections::BTreeSet::new(),
        holidays: None,
        ..own.clone()
    };
    // What was read can be written.
    let mut value = serde_json::to_value(&definition).unwrap_or_default();
    if let Trigger::Once { .. } = entry.schedule.trigger {
        return Ok(Moved::Itself(value));
    }
    value["id"] = json!(id);
    value["name"] = json!(own.name.clone().unwrap_or_else(|| own.id.to_string()));
    Ok(Moved::Copy(value, with(entry, entry.state.clone().move_to(run, id))))
}

/// A free id for the run of the schedule `id` on a day, once it is moved: `football-1225`.
#[must_use]
pub fn id_of_moved(schedules: &Schedules, id: &str, on: &str) -> String {
    let mut all = (1..).map(|number| moved_id(id, on, number));
    all.find(|id| schedules.get(id).is_none()).unwrap_or_default()
}

/// Refuses days that are not exceptions of `before` yet, and on which `schedule` does not run anyway.
pub(crate) fn check_exceptions(
    definition: &ScheduleDefinition,
    schedule: &Schedule,
    before: Option<&StoredSchedule>,
    now: Timestamp,
) -> Result<(), ScheduleEditError> {
    let many = "give at most 400 dates; take away those that are past";
    let count = definition.except.len();
    ensure!(count <= MOST_EXCEPTIONS, ShapeSnafu { field: EXCEPT, detail: many });
    let is_known = |day: &Day| before.is_some_and(|before| before.definition.except.contains(day));
    for day in definition.except.iter().filter(|day| !is_known(day)) {
        let runs = schedule.on_day(*day);
        ensure!(!runs.is_empty(), not_then(EXCEPT, schedule, *day, day.to_string()));
        let is_past = runs.iter().all(|run| run.at <= now);
        ensure!(!is_past, PastRunSnafu { field: EXCEPT, run: day.to_string() });
    }
    Ok(())
}

/// The runs that somebody names by their day, or by their local date and time.
fn meant(
    entry: &StoredSchedule,
    on: &str,
    now: Timestamp,
) -> Result<Vec<Occurrence>, ScheduleEditError> {
    let schedule = &entry.schedule;
    let time = on.parse::<LocalTime>().ok();
    let day = time.map(LocalTime::day).or_else(|| on.parse().ok());
    let wrong = "give the date of a run such as 2026-12-25, or its local date and time such as 2026-12-25T19:30";
    let day = day.context(ShapeSnafu { field: ON, detail: wrong })?;
    let mut runs = schedule.on_day(day);
    runs.retain(|run| time.is_none_or(|time| run.local == time));
    ensure!(!runs.is_empty(), not_then(ON, schedule, day, on.to_owned()));
    runs.retain(|run| run.at > now && entry.state.handled.is_none_or(|last| run.local > last));
    ensure!(!runs.is_empty(), PastRunSnafu { field: ON, run: on });
    Ok(runs)
}

/// Says that there is no run then, and when there is one.
fn not_then(
    field: &'static str,
    schedule: &Schedule,
    day: Day,
    on: String,
) -> NotThenSnafu<&'static str, String, String, String> {
    let weekday = day.date().strftime("%A").to_string();
    let next = schedule.next_behind(day).map_or_else(
        || "it has no run behind that".to_owned(),
        |next| format!("its next run behind that is at {}", next.local),
    );
    NotThenSnafu { field, on, weekday, next }
}

fn with(entry: &StoredSchedule, state: ScheduleState) -> ItemChange {
    stand(entry.definition.id.as_str(), state, &entry.plan)
}

#[cfg(test)]
mod tests;
