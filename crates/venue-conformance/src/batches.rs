//! Batches: every command answered for, counts that are always right, an end told once.

use venue_domain::{
    BatchCounts, BatchCreated, BatchId, BatchOrigin, DerivedBatch, Due, EndedCommands, Enqueued,
    NewCommand, OrderKey, Reason, RedoKind, Settlement, Status, StoreError,
};

use crate::{
    Factory,
    given::{
        at, attempt, batch, batch_id, claim, command, direct, drain, ended, finish, new, serve,
        status,
    },
    sides::*,
};

/// The counts of a batch, held against a recount of its commands.
async fn counted(store: &impl Queue, id: &BatchId) -> BatchCounts {
    let shown = store.batch(id.clone()).await.unwrap().unwrap();
    let commands = store.batch_commands(id.clone(), None, 1_000).await.unwrap();
    let recount: BatchCounts = commands.iter().map(|record| record.status).collect();
    assert_eq!(shown.counts, recount);
    assert_eq!(shown.finished_at.is_some(), recount.is_finished());
    recount
}

/// See its name.
pub async fn a_batch_answers_for_every_command(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    let newer = direct(command("channel 7", "ir-2/1", 500), Reason::Delivered);
    store.record(vec![newer]).await.unwrap();
    let batch = batch("wall", "channel 5", &["ir-1/1", "ir-1/2", "ir-2/1"], 10);
    let stored = store.create_batch(batch.clone()).await.unwrap();
    let BatchCreated::Created(answers) = stored.answer else { panic!("{stored:?}") };
    assert!(matches!(answers[0], Enqueued::Waiting { .. }));
    assert!(matches!(answers[1], Enqueued::Waiting { .. }));
    assert!(matches!(answers[2], Enqueued::Superseded { .. }));
    let record = store.batch(batch.id.clone()).await.unwrap().unwrap();
    assert_eq!((record.rejected, record.duplicates), (1, 2));
    assert_eq!(record.notes, batch.notes);
    assert_eq!((record.created_at, record.finished_at), (at(10), None));
    assert_eq!(record.counts.total(), 3);
    let ids: Vec<_> = answers.iter().map(Enqueued::queue_id).collect();
    let shown = store.batch_commands(batch.id.clone(), None, 1_000).await.unwrap();
    let shown: Vec<_> = shown.iter().filter_map(|record| record.queue_id).collect();
    assert_eq!(shown, ids);
    let page = store.batch_commands(batch.id, Some(ids[0]), 1).await.unwrap();
    assert_eq!(page[0].queue_id, Some(ids[1]));
    assert_eq!(store.batch(batch_id("nobody")).await, Ok(None));
}

/// See its name.
pub async fn counts_equal_a_recount_after_every_change(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    let ports = ["ir-1/1", "ir-1/2", "ir-1/3", "ir-2/1", "ir-3/1", "ir-4/1", "ir-5/1"];
    let batch = batch("wall", "power", &ports, 0);
    let id = batch.id.clone();
    let toggles: Vec<_> = batch.commands.iter().map(|new| new.command.id).collect();
    store.create_batch(batch).await.unwrap();
    assert_eq!(counted(store, &id).await.of(Status::Pending), 7);
    serve(store, "ir-1", Reason::Delivered, 1).await.unwrap();
    assert_eq!(counted(store, &id).await.of(Status::Completed), 1);
    let retried = claim(store, "ir-1", 2).await.unwrap();
    assert_eq!(counted(store, &id).await.of(Status::Processing), 1);
    let retry = Settlement::Retry { attempt: attempt(Reason::LaneBusy, 2), due_at: at(2_000) };
    store.settle(retried.ticket, retry, at(3)).await.unwrap();
    assert_eq!(counted(store, &id).await.of(Status::Processing), 0);
    serve(store, "ir-2", Reason::NoEvidence, 3).await.unwrap();
    serve(store, "ir-3", Reason::Refused, 4).await.unwrap();
    store.cancel(toggles[5], at(5)).await.unwrap();
    store.enqueue(new("power_on", "ir-5/1", 900)).await.unwrap();
    let counts = counted(store, &id).await;
    let terminal = [Status::Unknown, Status::Failed, Status::Cancelled, Status::Superseded];
    for status in terminal {
        assert_eq!(counts.of(status), 1, "{status}");
    }
    let interrupted = claim(store, "ir-1", 5).await.unwrap();
    counted(store, &id).await;
    store.rescue(interrupted.command.expires_at).await.unwrap();
    assert_eq!(counted(store, &id).await.of(Status::Unknown), 2);
    store.expire(at(60_000)).await.unwrap();
    let counts = counted(store, &id).await;
    assert_eq!((counts.of(Status::Expired), counts.total()), (1, 7));
    assert!(counts.is_finished());
}

/// See its name.
pub async fn a_batch_is_finished_exactly_once(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    let batch = batch("pair", "power_on", &["ir-1/1", "ir-2/1"], 0);
    let id = batch.id.clone();
    let created = store.create_batch(batch).await.unwrap();
    assert_eq!(created.ended_commands, EndedCommands::default());
    serve(store, "ir-1", Reason::Delivered, 1).await.unwrap();
    assert_eq!(store.batch(id.clone()).await.unwrap().unwrap().finished_at, None);
    let last = claim(store, "ir-2", 2).await.unwrap();
    let settled = store.settle(last.ticket, finish(Reason::Refused, 2), at(42)).await.unwrap();
    assert_eq!(settled.ended_commands.finished_batches, std::slice::from_ref(&id));
    assert_eq!(store.batch(id.clone()).await.unwrap().unwrap().finished_at, Some(at(42)));
    let late = store.settle(last.ticket, finish(Reason::Refused, 2), at(43)).await.unwrap();
    assert_eq!(late.ended_commands, EndedCommands::default());
    let cancelled = store.cancel_batch(id.clone(), at(44)).await.unwrap().unwrap();
    assert_eq!(cancelled.ended_commands, EndedCommands::default());
    assert_eq!(store.batch(id).await.unwrap().unwrap().finished_at, Some(at(42)));
    // A batch without commands has nothing left to do when it is made.
    let empty = crate::given::batch("empty", "power_on", &[], 50);
    let created = store.create_batch(empty.clone()).await.unwrap();
    assert_eq!(created.ended_commands.finished_batches, std::slice::from_ref(&empty.id));
    assert_eq!(store.batch(empty.id).await.unwrap().unwrap().finished_at, Some(at(50)));
}

/// See its name.
pub async fn a_batch_of_the_same_name_is_refused_and_changes_nothing(
    factory: &impl Factory<Store: Queue>,
) {
    let store = &factory.fresh().await;
    let first = batch("wall", "channel 5", &["ir-1/1"], 0);
    store.create_batch(first.clone()).await.unwrap();
    let second = batch("wall", "channel 6", &["ir-1/1", "ir-1/2"], 10);
    let stored = store.create_batch(second).await.unwrap();
    assert_eq!(stored.answer, BatchCreated::Exists);
    assert_eq!(stored.ended_commands, EndedCommands::default());
    assert_eq!(counted(store, &first.id).await.total(), 1);
    assert!(store.waiting(&"ir-1/2".parse().unwrap()).is_empty());
    assert_eq!(drain(store, "ir-1", 20).await, [first.commands[0].command.id]);
}

/// See its name.
pub async fn cancelling_a_batch_leaves_what_is_in_flight(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    let batch = batch("wall", "channel 5", &["ir-1/1", "ir-1/2", "ir-2/1"], 0);
    let id = batch.id.clone();
    store.create_batch(batch).await.unwrap();
    let other = new("channel 5", "ir-1/3", 1);
    store.enqueue(other.clone()).await.unwrap();
    // Interactive goes before bulk: serve it out of the way.
    assert_eq!(serve(store, "ir-1", Reason::Delivered, 2).await, Some(other.command.id));
    let in_flight = claim(store, "ir-1", 3).await.unwrap();
    let cancelled = store.cancel_batch(id.clone(), at(4)).await.unwrap().unwrap();
    assert_eq!((cancelled.in_flight, cancelled.ended_commands.ended.len()), (1, 2));
    assert!(cancelled.ended_commands.finished_batches.is_empty());
    assert_eq!(counted(store, &id).await.of(Status::Cancelled), 2);
    let settled = store.settle(in_flight.ticket, finish(Reason::Delivered, 3), at(5)).await;
    assert_eq!(settled.unwrap().ended_commands.finished_batches, [id]);
    assert_eq!(store.cancel_batch(batch_id("nobody"), at(6)).await, Ok(None));
}

/// See its name.
pub async fn only_what_may_be_tried_anew_is_retryable(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    let ports = ["ir-1/1", "ir-2/1", "ir-3/1", "ir-4/1", "ir-5/1"];
    let absolute = batch("absolute", "channel 5", &ports, 0);
    store.create_batch(absolute.clone()).await.unwrap();
    serve(store, "ir-1", Reason::Delivered, 1).await.unwrap();
    serve(store, "ir-2", Reason::NoEvidence, 1).await.unwrap();
    serve(store, "ir-3", Reason::DeviceOffline, 1).await.unwrap();
    serve(store, "ir-4", Reason::DeviceOffline, 1).await.unwrap();
    store.enqueue(new("channel 9", "ir-4/1", 500)).await.unwrap();
    store.expire(at(60_000)).await.unwrap();
    let expected: Vec<_> = [1, 2, 4].map(|place: usize| absolute.commands[place].command.id).into();
    let found = store.retryable(absolute.id.clone()).await.unwrap();
    assert_eq!(found.iter().map(|record| record.id).collect::<Vec<_>>(), expected);
    let toggles = batch("toggles", "power", &["ir-1/2", "ir-2/2"], 100_000);
    store.create_batch(toggles.clone()).await.unwrap();
    serve(store, "ir-1", Reason::NoEvidence, 100_001).await.unwrap();
    serve(store, "ir-2", Reason::LaneFull, 100_001).await.unwrap();
    let found = store.retryable(toggles.id.clone()).await.unwrap();
    let expected = [toggles.commands[1].command.id];
    assert_eq!(found.iter().map(|record| record.id).collect::<Vec<_>>(), expected);
    // Keys do not supersede each other; but the first retry is the newer wish for the second.
    let keys = batch("keys", "ok", &["ir-1/3", "ir-2/3"], 200_000);
    store.create_batch(keys.clone()).await.unwrap();
    serve(store, "ir-1", Reason::LaneFull, 200_001).await.unwrap();
    serve(store, "ir-2", Reason::LaneFull, 200_001).await.unwrap();
    store.create_batch(batch("again", "ok", &["ir-1/3"], 200_002)).await.unwrap();
    let found = store.retryable(keys.id.clone()).await.unwrap();
    let expected = [keys.commands[1].command.id];
    assert_eq!(found.iter().map(|record| record.id).collect::<Vec<_>>(), expected);
}

/// See its name.
pub async fn an_undo_knows_what_was_assumed_before_and_who_came_since(
    factory: &impl Factory<Store: Queue>,
) {
    let store = &factory.fresh().await;
    let known = direct(command("channel 3", "ir-1/1", 0), Reason::Delivered);
    store.record(vec![known]).await.unwrap();
    let batch = batch("wall", "channel 5", &["ir-1/1", "ir-1/2"], 100);
    store.create_batch(batch.clone()).await.unwrap();
    assert_eq!(drain(store, "ir-1", 110).await.len(), 2);
    let someone = direct(command("volume_up", "ir-1/2", 200), Reason::Delivered);
    store.record(vec![someone]).await.unwrap();
    let before = store.before_batch(batch.id.clone()).await.unwrap();
    assert_eq!(before.len(), 2);
    let channel = before[0].status.as_ref().and_then(|status| status.channel.clone());
    assert_eq!(channel.unwrap().as_str(), "3");
    assert_eq!((before[0].commanded_since, before[1].commanded_since), (false, true));
    assert_eq!(before[1].status, None);
    let id = batch.commands[0].command.id;
    assert_eq!(status(store, id).await, ended(Reason::Delivered));
    assert!(store.before_batch(batch_id("nobody")).await.unwrap().is_empty());
}

/// See its name.
pub async fn who_came_since_is_told_by_the_order_whatever_the_clock_said(
    factory: &impl Factory<Store: Queue>,
) {
    let store = &factory.fresh().await;
    // Accepted while the clock was two hours ahead, or behind: keys go on above what they were.
    let key = |instant, sequence| OrderKey::at(at(instant), sequence);
    let mut before = command("channel 3", "ir-1/1", 0);
    before.key = key(7_200_000, 1);
    store.record(vec![direct(before, Reason::Delivered)]).await.unwrap();
    let mut batch = batch("wall", "channel 5", &["ir-1/1", "ir-1/2"], 100);
    for (sequence, new) in (2..).zip(&mut batch.commands) {
        new.command.key = key(7_200_000, sequence);
    }
    store.create_batch(batch.clone()).await.unwrap();
    assert_eq!(drain(store, "ir-1", 110).await.len(), 2);
    let since = async || {
        let before = store.before_batch(batch.id.clone()).await.unwrap();
        (before[0].commanded_since, before[1].commanded_since)
    };
    assert_eq!(since().await, (false, false), "the wish before it is no wish since");
    let mut after = command("volume_up", "ir-1/2", 0);
    after.key = key(7_200_000, 9);
    store.record(vec![direct(after, Reason::Delivered)]).await.unwrap();
    assert_eq!(since().await, (false, true));
    let before = store.before_batch(batch.id.clone()).await.unwrap();
    assert_eq!(before[0].above, Some(key(7_200_000, 1)));
}

/// See its name.
pub async fn batches_come_the_newest_first_with_what_they_are_about(
    factory: &impl Factory<Store: Queue>,
) {
    let store = &factory.fresh().await;
    for (name, at) in [("early", 10), ("b-late", 20), ("a-late", 20)] {
        let ports = if name == "early" { &["ir-1/1", "ir-1/2"][..] } else { &["ir-3/1"] };
        store.create_batch(batch(name, "channel 5", ports, at)).await.unwrap();
    }
    let names = async |after: Option<&str>, limit| {
        let found = store.batches(after.map(batch_id), limit).await.unwrap();
        found.iter().map(|one| one.batch.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(None, 9).await, ["b-late", "a-late", "early"]);
    assert_eq!(names(None, 1).await, ["b-late"]);
    assert_eq!(names(Some("b-late"), 9).await, ["a-late", "early"]);
    let early = store.batches(Some(batch_id("a-late")), 9).await.unwrap().swap_remove(0);
    assert_eq!((early.ports, early.action.unwrap().name()), (2, "channel"));
    assert_eq!(early.batch.counts.of(Status::Pending), 2);
}

/// See its name.
pub async fn of_two_retries_at_once_one_is_stored(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    let steps = batch("steps", "volume_up", &["ir-1/1", "ir-2/1"], 0);
    store.create_batch(steps.clone()).await.unwrap();
    serve(store, "ir-1", Reason::LaneFull, 1).await.unwrap();
    serve(store, "ir-2", Reason::LaneFull, 1).await.unwrap();
    // Both were made from the same look at what failed.
    let again = |name: &str, ms| batch(name, "volume_up", &["ir-1/1", "ir-2/1"], ms);
    let origin = BatchOrigin { batch: steps.id.clone(), kind: RedoKind::Retry };
    let first = store.redo_batch(again("first", 10), origin.clone()).await.unwrap();
    let DerivedBatch::Created(answers) = first.answer else { panic!("{first:?}") };
    assert!(answers.iter().all(Option::is_some), "{answers:?}");
    let second = store.redo_batch(again("second", 11), origin.clone()).await.unwrap();
    assert_eq!(second.answer, DerivedBatch::Running(batch_id("first")));
    let made = store.batch(steps.id.clone()).await.unwrap().unwrap();
    assert_eq!((made.retried_by, made.undone_by), (Some(batch_id("first")), None));
    assert_eq!(drain(store, "ir-1", 20).await.len(), 1, "one step");
    assert_eq!(drain(store, "ir-2", 20).await.len(), 1, "one step");
    // After its end what it pressed is the newer wish, and no batch is made for nothing.
    let third = store.redo_batch(again("third", 30), origin).await.unwrap();
    assert_eq!(third.answer, DerivedBatch::Created(vec![None, None]));
    assert_eq!(store.batch(batch_id("third")).await, Ok(None));
    assert!(store.waiting(&"ir-1/1".parse().unwrap()).is_empty(), "nothing counts as waiting");
}

/// See its name.
pub async fn an_undo_leaves_out_what_was_commanded_before_it_was_stored(
    factory: &impl Factory<Store: Queue>,
) {
    let store = &factory.fresh().await;
    let off = batch("off", "power_off", &["ir-1/1", "ir-2/1"], 0);
    store.create_batch(off.clone()).await.unwrap();
    assert_eq!(drain(store, "ir-1", 1).await.len() + drain(store, "ir-2", 1).await.len(), 2);
    let someone = direct(command("channel 7", "ir-2/1", 50), Reason::Delivered);
    store.record(vec![someone]).await.unwrap();
    let origin = BatchOrigin { batch: off.id.clone(), kind: RedoKind::Undo };
    let undo = batch("undo", "power_on", &["ir-1/1", "ir-2/1"], 60);
    let undone = store.redo_batch(undo, origin).await.unwrap();
    let DerivedBatch::Created(answers) = undone.answer else { panic!("{undone:?}") };
    assert_eq!(answers.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false]);
    let made = store.batch(off.id.clone()).await.unwrap().unwrap();
    assert_eq!(made.undone_by, Some(batch_id("undo")));
    // The same once more is that one; nothing of it is stored twice.
    let origin = BatchOrigin { batch: off.id, kind: RedoKind::Undo };
    let again = batch("again", "power_on", &["ir-1/1", "ir-2/1"], 61);
    let again = store.redo_batch(again, origin).await.unwrap();
    assert_eq!(again.answer, DerivedBatch::Running(batch_id("undo")));
    assert_eq!(counted(store, &batch_id("undo")).await.total(), 1);
    assert!(store.waiting(&"ir-2/1".parse().unwrap()).is_empty());
    assert_eq!(drain(store, "ir-1", 70).await.len(), 1);
}

/// See its name.
pub async fn another_part_of_a_batch_is_taken_back_while_one_is_under_way(
    factory: &impl Factory<Store: Queue>,
) {
    let store = &factory.fresh().await;
    let off = batch("off", "power_off", &["ir-1/1", "ir-2/1"], 0);
    store.create_batch(off.clone()).await.unwrap();
    assert_eq!(drain(store, "ir-1", 1).await.len() + drain(store, "ir-2", 1).await.len(), 2);
    for (name, target, at) in [("one", "ir-1/1", 50), ("two", "ir-2/1", 51)] {
        let origin = BatchOrigin { batch: off.id.clone(), kind: RedoKind::Undo };
        let undo = store.redo_batch(batch(name, "power_on", &[target], at), origin).await.unwrap();
        let DerivedBatch::Created(answers) = undo.answer else { panic!("{undo:?}") };
        assert!(answers.iter().all(Option::is_some), "{answers:?}");
        assert_eq!(counted(store, &batch_id(name)).await.total(), 1);
    }
}

/// See its name.
pub async fn what_is_for_later_does_not_hide_what_waits_now(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    for port in 1..=5 {
        let target = format!("ir-1/{port}");
        let later = NewCommand {
            due: Due::Scheduled { at: at(20_000), wish: None },
            ..new("power_on", &target, 0)
        };
        store.enqueue(later).await.unwrap();
    }
    let fresh = [new("mute_on", "ir-2/1", 10), new("power_on", "ir-2/2", 11)];
    for command in &fresh {
        store.enqueue(command.clone()).await.unwrap();
    }
    let seen = store.current_commands(3).await.unwrap();
    let seen: Vec<_> = seen.iter().map(|record| record.id).collect();
    assert_eq!(seen, [fresh[1].command.id, fresh[0].command.id], "the newest first");
}

/// See its name.
pub async fn all_commands_of_a_call_are_stored_or_none(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    let known = new("channel 5", "ir-9/1", 0);
    store.enqueue(known.clone()).await.unwrap();
    let waits = new("channel 5", "ir-1/1", 1);
    store.enqueue(waits.clone()).await.unwrap();
    // The last one is stored already: the call is refused, and with it what comes before.
    let fresh = new("channel 7", "ir-1/1", 10);
    let refused = store.enqueue_all(vec![fresh.clone(), known.clone()]).await;
    assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{refused:?}");
    let twice = new("channel 8", "ir-1/1", 11);
    let refused = store.enqueue_all(vec![twice.clone(), twice.clone()]).await;
    assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{refused:?}");
    let mut wall = batch("wall", "channel 7", &["ir-1/1", "ir-2/1"], 12);
    wall.commands[1] = known;
    let refused = store.create_batch(wall.clone()).await;
    assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{refused:?}");
    assert_eq!(store.batch(wall.id.clone()).await, Ok(None));
    for new in [&fresh, &twice, &wall.commands[0]] {
        assert_eq!(store.command(new.command.id).await, Ok(None));
    }
    assert!(store.waiting(&"ir-2/1".parse().unwrap()).is_empty());
    // No fence was raised by what is not there, and nothing ended for it.
    assert_eq!(drain(store, "ir-1", 20).await, [waits.command.id]);
    let older = new("channel 6", "ir-1/1", 9);
    let both = vec![older.clone(), new("mute_on", "ir-1/1", 10)];
    let stored = store.enqueue_all(both).await.unwrap().answer;
    assert!(stored.iter().all(|one| matches!(one, Enqueued::Waiting { .. })), "{stored:?}");
    assert_eq!(drain(store, "ir-1", 30).await.len(), 2);
}

/// See its name.
pub async fn a_port_that_a_batch_commands_twice_is_one_port(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    let steps = batch("steps", "volume_up", &["ir-1/1", "ir-1/1", "ir-1/2"], 0);
    store.create_batch(steps.clone()).await.unwrap();
    let shown = store.batches(None, 9).await.unwrap().swap_remove(0);
    assert_eq!((shown.ports, shown.batch.counts.total()), (2, 3));
    let before = store.before_batch(steps.id.clone()).await.unwrap();
    assert_eq!(before.len(), 2, "{before:?}");
    assert_eq!(drain(store, "ir-1", 10).await.len(), 3);
    assert_eq!(counted(store, &steps.id).await.of(Status::Completed), 3);
}
