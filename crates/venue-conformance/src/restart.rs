//! What holds when the service ends at any instant and begins again.

use std::sync::Arc;

use venue_domain::{ChannelNumber, Due, Fences, OrderKey, PreviousShutdown, Reason, Status};

use crate::{
    Factory,
    given::{at, batch, claim, command, device, direct, drain, ended, new, status},
    sides::*,
};

/// See its name.
pub async fn acknowledged_commands_survive(factory: &impl Factory<Store: Queue>) {
    let store = factory.fresh().await;
    let waiting = new("channel 5", "ir-1/2", 1);
    let sent = direct(command("power_on", "ir-2/1", 2), Reason::Delivered);
    let batch = batch("wall", "mute_on", &["ir-1/1", "ir-3/1"], 3);
    store.enqueue(waiting.clone()).await.unwrap();
    store.record(vec![sent.clone()]).await.unwrap();
    store.create_batch(batch.clone()).await.unwrap();
    let before = store.open_commands(None, None, 10).await.unwrap();
    let store = factory.reopen(store).await;
    assert_eq!(store.open_commands(None, None, 10).await.unwrap(), before);
    assert_eq!(store.depth().due, 3);
    assert_eq!(status(&store, sent.command.id).await, ended(Reason::Delivered));
    assert_eq!(store.batch(batch.id).await.unwrap().unwrap().counts.of(Status::Pending), 2);
    let expected = [waiting.command.id, batch.commands[0].command.id];
    assert_eq!(drain(&store, "ir-1", 10).await, expected);
}

/// See its name.
pub async fn nothing_is_assumed_of_a_slot_whose_newest_command_nobody_accounts_for(
    factory: &impl Factory<Store: Queue>,
) {
    let store = factory.fresh().await;
    for (text, port) in [("channel 5", "ir-1/1"), ("power_on", "ir-1/1"), ("channel 5", "ir-1/2")] {
        store.record(vec![direct(command(text, port, 1), Reason::Delivered)]).await.unwrap();
    }
    // Made durable before its first byte; then the process was killed.
    store.supersede(Arc::new(command("channel 7", "ir-1/1", 100)), at(100)).await.unwrap();
    let store = factory.reopen(store).await;
    store.start(PreviousShutdown::Clean, at(200)).await.unwrap();
    let ports = store.port_status(Some(device("ir-1"))).await.unwrap();
    let channels: Vec<_> =
        ports.iter().map(|port| port.channel.as_ref().map(ChannelNumber::as_str)).collect();
    assert_eq!(channels, [None, Some("5")]);
    assert_eq!(ports[0].power, Some(true), "only of that slot");
    // What came long before the last is not under way, although retention took its record.
    store.supersede(Arc::new(command("channel 7", "ir-2/1", 90_000)), at(90_000)).await.unwrap();
    store
        .record(vec![direct(command("channel 5", "ir-1/1", 90_001), Reason::Delivered)])
        .await
        .unwrap();
    store.supersede(Arc::new(command("channel 9", "ir-1/1", 90_002)), at(90_002)).await.unwrap();
    store
        .record(vec![direct(command("power_on", "ir-1/3", 180_000), Reason::Delivered)])
        .await
        .unwrap();
    store.start(PreviousShutdown::Clean, at(180_001)).await.unwrap();
    let ports = store.port_status(Some(device("ir-1"))).await.unwrap();
    assert_eq!(ports[0].channel.as_ref().map(ChannelNumber::as_str), Some("5"));
}

/// See its name.
pub async fn what_was_in_flight_goes_back_or_ends_as_unknown(factory: &impl Factory<Store: Queue>) {
    let store = factory.fresh().await;
    let cases = [
        ("ir-1", "channel 5", true),
        ("ir-2", "power", false),
        ("ir-3", "volume_up", false),
        ("ir-4", "number 5", false),
        ("ir-5", "power_off", true),
    ];
    let mut ids = Vec::new();
    for (name, text, _) in cases {
        let new = new(text, &format!("{name}/1"), 0);
        ids.push(new.command.id);
        store.enqueue(new).await.unwrap();
        claim(&store, name, 1).await.unwrap();
    }
    let store = factory.reopen(store).await;
    let start = store.start(PreviousShutdown::Clean, at(100)).await.unwrap();
    assert_eq!(start.rescued.devices, [device("ir-1"), device("ir-5")]);
    assert_eq!(start.rescued.ended_commands.ended.len(), 3);
    for ((name, text, back), id) in cases.into_iter().zip(ids) {
        if back {
            let claim = claim(&store, name, 101).await.unwrap();
            assert_eq!((claim.command.id, claim.unknown_seen), (id, true), "{text}");
        } else {
            assert_eq!(status(&store, id).await, ended(Reason::Interrupted), "{text}");
            assert_eq!(claim(&store, name, 101).await, None);
        }
    }
}

/// See its name.
pub async fn stored_fences_hold_against_what_is_taken_back(factory: &impl Factory<Store: Queue>) {
    let store = factory.fresh().await;
    let old = new("channel 5", "ir-1/2", 1);
    store.enqueue(old.clone()).await.unwrap();
    claim(&store, "ir-1", 2).await.unwrap();
    store.supersede(command("channel 7", "ir-1/2", 3).into(), at(3)).await.unwrap();
    let store = factory.reopen(store).await;
    let start = store.start(PreviousShutdown::Clean, at(100)).await.unwrap();
    assert_eq!(start.rescued.ended_commands.ended[0].reason, Reason::Superseded);
    // It was in flight: that it was replaced as well does not undo it.
    let may_have_acted = (Status::Unknown, Some(Reason::Superseded));
    assert_eq!(status(&store, old.command.id).await, may_have_acted);
    assert_eq!(claim(&store, "ir-1", 101).await, None);
}

/// See its name.
pub async fn after_an_unclean_stop_what_is_due_expires(factory: &impl Factory<Store: Queue>) {
    let store = factory.fresh().await;
    let due = new("channel 5", "ir-1/2", 1);
    let in_flight = new("channel 5", "ir-2/2", 1);
    let mut retry = new("channel 5", "ir-3/2", 1);
    retry.due = Due::At(at(50));
    let mut next_try = new("channel 5", "ir-5/2", 1);
    next_try.due = Due::At(at(4_000));
    // Accepted while the clock was ahead.
    let mut ahead = new("channel 5", "ir-6/2", 7_200_000);
    ahead.command.expires_at = at(9_000_000);
    let mut later = new("channel 5", "ir-4/2", 1);
    later.due = Due::Scheduled { at: at(5_000), wish: None };
    for new in [&due, &in_flight, &retry, &next_try, &ahead, &later] {
        store.enqueue(new.clone()).await.unwrap();
    }
    claim(&store, "ir-2", 2).await.unwrap();
    let store = factory.reopen(store).await;
    let start = store.start(PreviousShutdown::Unclean, at(100)).await.unwrap();
    for new in [&due, &retry, &next_try, &ahead] {
        assert_eq!(status(&store, new.command.id).await, ended(Reason::UncleanStop));
    }
    let may_have_acted = (Status::Unknown, Some(Reason::UncleanStop));
    assert_eq!(status(&store, in_flight.command.id).await, may_have_acted);
    assert_eq!(status(&store, later.command.id).await.0, Status::Pending);
    assert_eq!(start.due_times, [(device("ir-4"), at(5_000))]);
    assert!(start.rescued.devices.is_empty());
    assert_eq!(start.next_due, Some(at(5_000)));
}

/// See its name.
pub async fn the_highest_key_is_above_all_that_were_stored(factory: &impl Factory<Store: Queue>) {
    let store = factory.fresh().await;
    let origin = store.start(PreviousShutdown::Clean, at(0)).await.unwrap().highest_key;
    let queued = new("channel 5", "ir-1/2", 1);
    assert!(origin < queued.command.key);
    store.enqueue(queued.clone()).await.unwrap();
    let highest = store.start(PreviousShutdown::Clean, at(2)).await.unwrap().highest_key;
    assert_eq!(highest, queued.command.key);
    let mut sent = command("volume_up", "ir-1/2", 3);
    sent.key = OrderKey::at(at(9_000), 77);
    store.record(vec![direct(sent.clone(), Reason::Delivered)]).await.unwrap();
    let store = factory.reopen(store).await;
    let highest = store.start(PreviousShutdown::Clean, at(4)).await.unwrap().highest_key;
    assert_eq!(highest, sent.key);
}

/// See its name.
pub async fn due_times_name_each_device_once(factory: &impl Factory<Store: Queue>) {
    let store = factory.fresh().await;
    for port in ["ir-3/1", "ir-3/2", "ir-1/1"] {
        store.enqueue(new("channel 5", port, 1)).await.unwrap();
    }
    for (port, due) in [("ir-2/1", 700), ("ir-2/2", 600), ("ir-3/3", 500), ("ir-4/1", 800)] {
        let mut later = new("channel 5", port, 1);
        later.due = Due::At(at(due));
        store.enqueue(later).await.unwrap();
    }
    let store = factory.reopen(store).await;
    let start = store.start(PreviousShutdown::Clean, at(100)).await.unwrap();
    let expected = [("ir-1", 100), ("ir-2", 600), ("ir-3", 100), ("ir-4", 800)];
    assert_eq!(start.due_times, expected.map(|(name, ms)| (device(name), at(ms))));
    assert_eq!(start.next_due, Some(at(500)));
    assert_eq!(start.next_expiry, Some(at(30_001)));
}

/// See its name.
pub async fn the_highest_key_is_above_what_was_merged(factory: &impl Factory<Store: Queue>) {
    let store = factory.fresh().await;
    store.enqueue(new("channel 5", "ir-1/2", 1)).await.unwrap();
    // Sent while the store was away: only its fence came to the store.
    let memory = Fences::new();
    let mut sent = command("volume_up", "ir-1/3", 3);
    sent.key = OrderKey::at(at(9_000), 77);
    memory.raise(&sent);
    store.merge_fences(memory.entries(), at(9_001)).await.unwrap();
    let store = factory.reopen(store).await;
    let highest = store.start(PreviousShutdown::Clean, at(9_002)).await.unwrap().highest_key;
    assert_eq!(highest, sent.key);
    // Older fences that are merged behind it take nothing back.
    let older = Fences::new();
    older.raise(&command("volume_up", "ir-1/3", 2));
    store.merge_fences(older.entries(), at(9_003)).await.unwrap();
    let store = factory.reopen(store).await;
    let start = store.start(PreviousShutdown::Clean, at(9_004)).await.unwrap();
    assert_eq!(start.highest_key, sent.key);
    let stored = Fences::new();
    stored.merge(&store.fences().await.unwrap());
    assert!(stored.newer_in_slot(&command("volume_down", "ir-1/3", 4)).is_some());
}

/// See its name.
pub async fn a_queue_id_is_never_used_twice(factory: &impl Factory<Store: Queue>) {
    let mut store = factory.fresh().await;
    let mut all = Vec::new();
    // Each finds an empty queue: what names the last one is gone from it, also over a restart.
    for ms in 0..4 {
        let new = new("volume_up", "ir-1/1", ms);
        let id = store.enqueue(new.clone()).await.unwrap().answer.queue_id();
        assert!(all.iter().all(|(known, _)| *known < id), "{id} after {all:?}");
        all.push((id, new.command.id));
        assert_eq!(drain(&store, "ir-1", ms).await, [new.command.id]);
        if ms % 2 == 1 {
            store = factory.reopen(store).await;
            store.start(PreviousShutdown::Clean, at(ms)).await.unwrap();
        }
    }
    for (id, command) in all {
        let account = store.queued(id).await.unwrap().unwrap();
        assert_eq!((account.record.id, account.record.queue_id), (command, Some(id)));
    }
}
