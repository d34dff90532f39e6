//! The ids of runs that come at another time.

use crate::ScheduleState;

/// A longer id would make the names of batches too long.
pub(crate) const LONGEST_ID: usize = 24;

/// The id of what the run of the schedule `id` on a day becomes; `number` tells apart what was moved before and is over.
pub(crate) fn moved_id(id: &str, on: &str, number: usize) -> String {
    let month_and_day: String = on
        .chars()
        .take("2026-12-25".len())
        .skip("2026".len())
        .filter(char::is_ascii_digit)
        .collect();
    let more = if number == 1 { String::new() } else { format!("-{number}") };
    let end = format!("-{month_and_day}{more}");
    let begin: String = id.chars().take(LONGEST_ID.saturating_sub(end.len())).collect();
    begin + &end
}

/// What was moved was known by the id of its schedule alone, until that was stored with the run. Where several runs of a
/// day are left out, nobody knows which of them it was: they are all kept from being done twice.
pub(crate) fn with_moved_by_id(
    state: ScheduleState,
    id: &str,
    has: impl Fn(&str) -> bool,
) -> ScheduleState {
    let moved = state.skips.iter().filter_map(|run| {
        let copy = moved_id(id, &run.to_string(), 1);
        has(&copy).then_some((*run, copy))
    });
    let moved = moved.collect();
    ScheduleState { moved, ..state }
}
