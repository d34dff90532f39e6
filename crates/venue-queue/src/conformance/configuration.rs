//! What the venue is made of is kept, all or nothing.

use venue_domain::{BatchId, ItemChange, ItemKind, RunOutcome, ScheduleRun};

use super::{Factory, given::at, sides::*};

fn put(kind: ItemKind, id: &str, body: &str) -> ItemChange {
    ItemChange::Put { kind, id: id.to_owned(), body: body.to_owned() }
}

/// See its name.
pub async fn a_change_is_kept_with_its_revision(factory: &impl Factory) {
    let store = factory.fresh().await;
    assert_eq!(store.configuration().await.unwrap().revision, 0);
    let first = vec![put(ItemKind::Zone, "bar", "{}"), put(ItemKind::Device, "ir-1", "{}")];
    assert_eq!(store.configure(first).await, Ok(1));
    let second = vec![
        put(ItemKind::Zone, "bar", r#"{"name":"Bar"}"#),
        ItemChange::Remove { kind: ItemKind::Device, id: "ir-1".to_owned() },
        ItemChange::Remove { kind: ItemKind::Device, id: "ir-9".to_owned() },
        put(ItemKind::Key, "ir-2", "secret"),
    ];
    assert_eq!(store.configure(second).await, Ok(2));
    let store = factory.reopen(store).await;
    let all = store.configuration().await.unwrap();
    let items = all.items.iter().map(|item| (item.kind, &*item.id, item.revision, &*item.body));
    let expected =
        [(ItemKind::Key, "ir-2", 2, "secret"), (ItemKind::Zone, "bar", 2, r#"{"name":"Bar"}"#)];
    assert_eq!(items.collect::<Vec<_>>(), expected);
    assert_eq!(all.revision, 2);
}

/// See its name.
pub async fn what_was_kept_elsewhere_replaces_all(factory: &impl Factory) {
    let store = factory.fresh().await;
    store.configure(vec![put(ItemKind::Zone, "bar", "{}")]).await.unwrap();
    store.configure(vec![put(ItemKind::Zone, "patio", "{}")]).await.unwrap();
    let kept = store.configuration().await.unwrap();
    let other = factory.fresh().await;
    other.configure(vec![put(ItemKind::Tag, "vip", "{}")]).await.unwrap();
    other.restore_configuration(kept.clone()).await.unwrap();
    assert_eq!(other.configuration().await, Ok(kept));
    assert_eq!(other.configure(vec![put(ItemKind::Tag, "vip", "{}")]).await, Ok(3));
}

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
pub async fn the_first_word_on_an_occurrence_stands(factory: &impl Factory) {
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
