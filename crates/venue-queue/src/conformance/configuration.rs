//! What the venue is made of is kept, all or nothing.

use venue_domain::{
    BatchId, Due, ItemChange, ItemKind, NewCommand, Reason, RunOutcome, ScheduleRun, Settlement,
    Status,
};

use super::{
    Factory, Store,
    given::{at, attempt, claim, command, direct, ended, new, queued, status},
    sides::*,
};

fn put(kind: ItemKind, id: &str, body: &str) -> ItemChange {
    ItemChange::Put { kind, id: id.to_owned(), body: body.to_owned() }
}

/// Makes changes, and tells their revision.
async fn revision(store: &impl Store, changes: Vec<ItemChange>) -> u64 {
    store.configure(changes, at(0)).await.unwrap().answer
}

/// See its name.
pub async fn a_change_is_kept_with_its_revision(factory: &impl Factory) {
    let store = factory.fresh().await;
    assert_eq!(store.configuration().await.unwrap().revision, 0);
    let first = vec![put(ItemKind::Zone, "bar", "{}"), put(ItemKind::Device, "ir-1", "{}")];
    assert_eq!(revision(&store, first).await, 1);
    let second = vec![
        put(ItemKind::Zone, "bar", r#"{"name":"Bar"}"#),
        ItemChange::Remove { kind: ItemKind::Device, id: "ir-1".to_owned() },
        ItemChange::Remove { kind: ItemKind::Device, id: "ir-9".to_owned() },
        put(ItemKind::Key, "ir-2", "secret"),
    ];
    assert_eq!(revision(&store, second).await, 2);
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
    revision(&store, vec![put(ItemKind::Zone, "bar", "{}")]).await;
    revision(&store, vec![put(ItemKind::Zone, "patio", "{}")]).await;
    let kept = store.configuration().await.unwrap();
    let other = factory.fresh().await;
    revision(&other, vec![put(ItemKind::Tag, "vip", "{}")]).await;
    other.restore_configuration(kept.clone(), at(0)).await.unwrap();
    assert_eq!(other.configuration().await, Ok(kept));
    assert_eq!(revision(&other, vec![put(ItemKind::Tag, "vip", "{}")]).await, 3);
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

fn removed(id: &str) -> ItemChange {
    ItemChange::Remove { kind: ItemKind::Device, id: id.to_owned() }
}

/// See its name.
pub async fn what_waits_for_a_device_is_withdrawn_with_it(factory: &impl Factory) {
    let store = factory.fresh().await;
    revision(&store, vec![put(ItemKind::Device, "ir-1", "{}")]).await;
    let scheduled = NewCommand {
        due: Due::Scheduled { at: at(60_000), wish: None },
        ..queued(command("ok", "ir-1/3", 1))
    };
    let gone = [new("power", "ir-1/1", 1), new("channel 5", "ir-1/2", 1), scheduled];
    let stays = new("channel 5", "ir-2/1", 1);
    for new in gone.iter().chain([&stays]) {
        store.enqueue(new.clone()).await.unwrap();
    }
    let stored = store.configure(vec![removed("ir-1")], at(5)).await.unwrap();
    assert_eq!(stored.aftermath.ended.len(), gone.len());
    let store = factory.reopen(store).await;
    for new in &gone {
        let id = new.command.id;
        assert_eq!(status(&store, id).await, (Status::Cancelled, Some(Reason::DeviceRemoved)));
        assert!(store.waiting(&new.command.target).is_empty());
    }
    assert_eq!(claim(&store, "ir-1", 61_000).await, None);
    // One that came in behind the removal, from somebody who did not know of it yet.
    let late = new("mute", "ir-1/1", 6);
    store.enqueue(late.clone()).await.unwrap();
    revision(&store, vec![put(ItemKind::Device, "ir-1", "another one")]).await;
    let withdrawn = (Status::Cancelled, Some(Reason::DeviceRemoved));
    assert_eq!(status(&store, late.command.id).await, withdrawn);
    store.enqueue(new("mute", "ir-1/2", 7)).await.unwrap();
    revision(&store, vec![put(ItemKind::Device, "ir-1", "edited")]).await;
    assert!(claim(&store, "ir-1", 8).await.is_some(), "of the one that is there");
    assert!(
        claim(&store, "ir-2", 6).await.is_some_and(|claim| claim.command.id == stays.command.id)
    );
}

/// See its name.
pub async fn another_board_inherits_neither_what_waits_nor_what_was_believed(
    factory: &impl Factory,
) {
    let store = factory.fresh().await;
    let item = vec![put(ItemKind::Device, "ir-1", "{}"), put(ItemKind::Device, "ir-2", "{}")];
    revision(&store, item).await;
    let delivered = ["ir-1/1", "ir-2/1"];
    let delivered = delivered.map(|port| direct(command("power_on", port, 1), Reason::Delivered));
    store.record(delivered.to_vec()).await.unwrap();
    let unknown = direct(command("channel 5", "ir-1/2", 2), Reason::SessionLost);
    store.record(vec![unknown]).await.unwrap();
    let scheduled = NewCommand {
        due: Due::Scheduled { at: at(60_000), wish: None },
        ..queued(command("ok", "ir-1/3", 1))
    };
    let waits = [new("mute_on", "ir-1/1", 3), scheduled];
    let stays = new("mute_on", "ir-2/1", 3);
    for new in waits.iter().chain([&stays]) {
        store.enqueue(new.clone()).await.unwrap();
    }
    let board = ItemChange::NewBoard { device: "ir-1".to_owned() };
    let stored = store.configure(vec![board], at(5)).await.unwrap();
    assert_eq!((stored.answer, stored.aftermath.ended.len()), (2, waits.len()));
    let store = factory.reopen(store).await;
    for new in &waits {
        let id = new.command.id;
        assert_eq!(status(&store, id).await, (Status::Cancelled, Some(Reason::DeviceRemoved)));
    }
    assert_eq!(status(&store, stays.command.id).await.0, Status::Pending);
    let believed = store.port_status(None).await.unwrap();
    assert_eq!(believed.iter().map(|one| one.port.to_string()).collect::<Vec<_>>(), ["ir-2/1"]);
    let memory = store.lane_memory(at(6)).await.unwrap();
    assert!(memory.iter().all(|(_, memory)| memory.late.is_empty()), "{memory:?}");
    let all = store.configuration().await.unwrap();
    assert_eq!(all.items.len(), 2, "it is as registered as before");
}

/// See its name.
pub async fn what_is_in_flight_for_a_device_that_goes_is_not_tried_on_another(
    factory: &impl Factory,
) {
    let store = &factory.fresh().await;
    revision(store, vec![put(ItemKind::Device, "ir-1", "{}")]).await;
    for (port, settlement, expected) in [
        ("ir-1/1", Settlement::Release { due_at: at(10) }, ended(Reason::Expired)),
        (
            "ir-1/2",
            Settlement::Retry { attempt: attempt(Reason::SessionLost, 2), due_at: at(10) },
            (Status::Unknown, Some(Reason::Expired)),
        ),
    ] {
        let new = new("channel 5", port, 1);
        store.enqueue(new.clone()).await.unwrap();
        let claimed = claim(store, "ir-1", 2).await.unwrap();
        let stored = store.configure(vec![removed("ir-1")], at(5)).await.unwrap();
        assert!(stored.aftermath.ended.is_empty(), "it ends as it ends");
        revision(store, vec![put(ItemKind::Device, "ir-1", "another one")]).await;
        store.settle(claimed.ticket, settlement, at(7)).await.unwrap();
        store.promote(Vec::new(), at(11)).await.unwrap();
        assert_eq!(claim(store, "ir-1", 11).await, None);
        assert_eq!(status(store, new.command.id).await, expected);
    }
}

/// See its name.
pub async fn what_waits_for_a_device_that_a_newer_configuration_lacks_is_withdrawn(
    factory: &impl Factory,
) {
    let store = &factory.fresh().await;
    let both = vec![put(ItemKind::Device, "ir-1", "{}"), put(ItemKind::Device, "ir-2", "{}")];
    revision(store, both).await;
    let mut newer = store.configuration().await.unwrap();
    newer.apply(&[removed("ir-1")], 2);
    // One of a device that the configuration never knew: a file fixes it.
    let [gone, stays, fixed] = ["ir-1/1", "ir-2/1", "ir-3/1"].map(|port| new("power", port, 1));
    for new in [&gone, &stays, &fixed] {
        store.enqueue(new.clone()).await.unwrap();
    }
    let aftermath = store.restore_configuration(newer, at(5)).await.unwrap();
    assert_eq!(aftermath.ended.len(), 1);
    assert_eq!(status(store, gone.command.id).await.1, Some(Reason::DeviceRemoved));
    for new in [stays, fixed] {
        assert_eq!(status(store, new.command.id).await.0, Status::Pending);
    }
}
