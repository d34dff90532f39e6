//! What became of the occurrences of schedules.

use venue_domain::{BatchId, RunOutcome, ScheduleRun};

use crate::{Factory, given::at, sides::*};

fn run(occurrence: &str, outcome: RunOutcome) -> ScheduleRun {
    ScheduleRun {
        schedule: "opening".to_owned(),
        occurrence: occurrence.to_owned(),
        due_at: at(1),
        noted_at: at(2),
        outcome,
        batch_id: (outcome == RunOutcome::Fired).then(BatchId::generate),
        detail: (outcome == RunOutcome::Refused).then(|| "no such zone".to_owned()),
    }
}

/// See its name.
pub async fn the_first_word_on_an_occurrence_stands(factory: &impl Factory<Store: RunLog>) {
    let store = factory.fresh().await;
    let fired = run("2027-03-28T02:30", RunOutcome::Fired);
    let refused = run("2027-03-29T02:30", RunOutcome::Refused);
    store.note_runs(vec![fired.clone(), refused.clone()]).await.unwrap();
    let again = run("2027-03-28T02:30", RunOutcome::Missed);
    let other = ScheduleRun { schedule: "closing".to_owned(), ..again.clone() };
    store.note_runs(vec![again, other]).await.unwrap();
    let store = factory.reopen(store).await;
    let runs = store.runs("opening".to_owned(), 10).await;
    assert_eq!(runs, Ok(vec![refused.clone(), fired]));
    assert_eq!(store.runs("opening".to_owned(), 1).await, Ok(vec![refused]));
}
