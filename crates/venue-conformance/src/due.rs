//! Commands that wait for a time, and commands whose time is over.

use std::time::Duration;

use venue_domain::{
    Cancelled, CommandId, Due, NewCommand, OrderKey, PortSet, Reason, Settlement, Status,
    WallOffset,
};

use crate::{
    Factory,
    given::{at, attempt, claim, command, device, direct, drain, due, ended, finish, new, status},
    sides::*,
};

/// See its name.
pub async fn a_command_that_is_due_later_is_not_claimed_before_it_is_promoted(
    factory: &impl Factory<Store: Queue>,
) {
    let store = &factory.fresh().await;
    let mut later = new("channel 5", "ir-1/2", 0);
    later.due = Due::At(at(2_000));
    store.enqueue(later.clone()).await.unwrap();
    assert_eq!((store.depth().due, store.depth().later), (0, 1));
    let lease = at(99_000);
    let claimed = store.claim(device("ir-1"), PortSet::EMPTY, lease, at(1_000)).await.unwrap();
    assert_eq!((claimed.claim, claimed.next_due), (None, Some(at(2_000))));
    let early = store.promote(Vec::new(), at(1_999)).await.unwrap();
    assert!(early.devices.is_empty());
    assert_eq!(early.next_due, Some(at(2_000)));
    let promoted = store.promote(Vec::new(), at(2_000)).await.unwrap();
    assert_eq!(promoted.devices, [device("ir-1")]);
    assert_eq!((store.depth().due, store.depth().later), (1, 0));
    assert_eq!(drain(store, "ir-1", 2_000).await, [later.command.id]);
}

/// See its name.
pub async fn a_scheduled_command_raises_its_fences_when_it_becomes_due(
    factory: &impl Factory<Store: Queue>,
) {
    let store = &factory.fresh().await;
    let mut scheduled = new("channel 9", "ir-1/2", 0);
    scheduled.due = Due::Scheduled { at: at(5_000), wish: None };
    scheduled.command.expires_at = at(600_000);
    let id = store.enqueue(scheduled.clone()).await.unwrap().answer.queue_id();
    // A wish that comes before it is due is no older than it, and waits undisturbed.
    let wish = new("channel 5", "ir-1/2", 1);
    store.enqueue(wish.clone()).await.unwrap();
    assert_eq!(status(store, wish.command.id).await.0, Status::Pending);
    let upcoming = store.upcoming(at(5_001), 10).await.unwrap();
    assert_eq!((upcoming.len(), upcoming[0].queue_id, upcoming[0].due_at), (1, id, at(5_000)));
    assert_eq!(upcoming[0].command.action, scheduled.command.action);
    assert!(store.upcoming(at(5_000), 10).await.unwrap().is_empty());
    // Without a place in the order it stays as it is, although it is due.
    let unnamed = store.promote(Vec::new(), at(5_000)).await.unwrap();
    assert!(unnamed.devices.is_empty());
    let key = OrderKey::at(at(5_000), 7_000);
    let promoted = store.promote(vec![due(id, key, 5_000)], at(5_000)).await.unwrap();
    assert_eq!((promoted.devices, promoted.next_due), (vec![device("ir-1")], None));
    assert_eq!(promoted.ended_commands.ended[0].command, wish.command.id);
    assert_eq!(status(store, wish.command.id).await, ended(Reason::Superseded));
    let claim = claim(store, "ir-1", 5_001).await.unwrap();
    assert_eq!((claim.command.id, claim.command.key), (scheduled.command.id, key));
}

/// See its name.
pub async fn what_is_for_later_counts_as_waiting_when_it_becomes_due(
    factory: &impl Factory<Store: Queue>,
) {
    let store = factory.fresh().await;
    let (mut tonight, port) = (new("ok", "ir-1/2", 0), new("ok", "ir-1/2", 0).command.target);
    tonight.due = Due::Scheduled { at: at(5_000), wish: None };
    tonight.command.expires_at = at(600_000);
    let id = store.enqueue(tonight.clone()).await.unwrap().answer.queue_id();
    assert!(store.waiting(&port).is_empty(), "nothing direct waits behind it all day");
    let withdrawn = store.cancel(tonight.command.id, at(1)).await.unwrap();
    assert!(matches!(withdrawn, Cancelled::Cancelled(_)), "{withdrawn:?} {id}");
    assert!(store.waiting(&port).is_empty());
    tonight.command.id = CommandId::generate();
    let id = store.enqueue(tonight.clone()).await.unwrap().answer.queue_id();
    let store = factory.reopen(store).await;
    assert!(store.waiting(&port).is_empty(), "nor after a restart");
    let key = OrderKey::at(at(5_000), 7_000);
    store.promote(vec![due(id, key, 5_000)], at(5_000)).await.unwrap();
    assert_eq!(store.waiting(&port).sequence_keys, 1);
    assert_eq!(drain(&store, "ir-1", 5_001).await, [tonight.command.id]);
    assert!(store.waiting(&port).is_empty());
}

/// See its name.
pub async fn what_is_wished_for_a_wall_time_moves_with_the_wall_clock(
    factory: &impl Factory<Store: Queue>,
) {
    let store = &factory.fresh().await;
    let mut wished = new("channel 9", "ir-1/2", 0);
    wished.due =
        Due::Scheduled { at: at(50_000), wish: Some(WallOffset::default().shown(at(50_000))) };
    wished.command.expires_at = at(60_000);
    let mut step = new("channel 9", "ir-1/3", 0);
    step.due = Due::Scheduled { at: at(70_000), wish: None };
    step.command.expires_at = at(80_000);
    let mut retry = new("channel 9", "ir-1/4", 0);
    retry.due = Due::At(at(90_000));
    retry.command.expires_at = at(95_000);
    for new in [&wished, &step, &retry] {
        store.enqueue(new.clone()).await.unwrap();
    }
    let times = async |new: &NewCommand| {
        let record = store.command(new.command.id).await.unwrap().unwrap().record;
        (record.due_at, record.expires_at)
    };
    // Said twice, it is moved once.
    for moved in [1, 0] {
        assert_eq!(store.move_wishes(WallOffset::from_ms(-7_000)).await, Ok(moved));
    }
    assert_eq!(times(&wished).await, (at(57_000), at(67_000)), "the clock was set back by 7 s");
    assert_eq!(times(&step).await, (at(70_000), at(80_000)), "nobody wished for a time of day");
    assert_eq!(times(&retry).await, (at(90_000), at(95_000)));
    assert_eq!(store.move_wishes(WallOffset::from_ms(20_000)).await, Ok(1));
    assert_eq!(times(&wished).await, (at(30_000), at(40_000)));
    let id = store.upcoming(at(30_001), 9).await.unwrap()[0].queue_id;
    let key = OrderKey::at(at(30_000), 7_000);
    store.promote(vec![due(id, key, 30_000)], at(30_000)).await.unwrap();
    assert_eq!(store.move_wishes(WallOffset::default()).await, Ok(0), "it has its place");
}

/// See its name.
pub async fn a_wish_that_was_due_is_due_although_the_clock_is_set_back_before_it_is_stored(
    factory: &impl Factory<Store: Queue>,
) {
    let store = &factory.fresh().await;
    let wait_for_device = Duration::from_secs(20);
    let mut wished = NewCommand { wait_for_device, ..new("channel 5", "ir-1/1", 0) };
    let wish = Some(WallOffset::default().shown(at(9_000)));
    wished.due = Due::Scheduled { at: at(9_000), wish };
    wished.command.expires_at = at(609_000);
    let id = store.enqueue(wished).await.unwrap().answer.queue_id();
    // It got its place when its time came; the clock was set before that was stored.
    let key = OrderKey::at(at(9_000), 1);
    assert_eq!(store.move_wishes(WallOffset::from_ms(-3_600_000)).await, Ok(1));
    store.promote(vec![due(id, key, 9_000)], at(9_100)).await.unwrap();
    let claim = claim(store, "ir-1", 9_200).await.unwrap();
    assert_eq!(claim.waits_until, at(29_000));
    assert_eq!(claim.command.expires_at, at(609_000));
    let record = store.command(claim.command.id).await.unwrap().unwrap().record;
    assert_eq!(record.due_at, at(9_000));
}

/// See its name.
pub async fn a_wish_that_lies_long_past_by_a_clock_that_the_store_does_not_know_has_expired(
    factory: &impl Factory<Store: Queue>,
) {
    let store = &factory.fresh().await;
    let mut wished = new("channel 5", "ir-1/1", 0);
    let wish = Some(WallOffset::default().shown(at(1_000_000)));
    wished.due = Due::Scheduled { at: at(1_000_000), wish };
    wished.command.expires_at = at(1_600_000);
    let id = store.enqueue(wished.clone()).await.unwrap().answer.queue_id();
    // The clock was set forward by an hour, and that is not stored.
    let due_at = 1_000_000 - 3_600_000;
    let key = OrderKey::at(at(due_at), 1);
    let promoted = store.promote(vec![due(id, key, due_at)], at(5_000)).await.unwrap();
    assert_eq!(promoted.ended_commands.ended.len(), 1);
    assert_eq!(status(store, wished.command.id).await, ended(Reason::Expired));
    assert_eq!(claim(store, "ir-1", 5_001).await, None);
}

/// See its name.
pub async fn a_scheduled_command_that_comes_too_late_for_its_slot_is_superseded(
    factory: &impl Factory<Store: Queue>,
) {
    let store = &factory.fresh().await;
    let mut missed = new("channel 9", "ir-1/2", 0);
    missed.due = Due::Scheduled { at: at(5_000), wish: None };
    missed.command.expires_at = at(600_000);
    let id = store.enqueue(missed.clone()).await.unwrap().answer.queue_id();
    let newer = direct(command("channel 7", "ir-1/2", 8_000), Reason::Delivered);
    store.record(vec![newer]).await.unwrap();
    // A missed run keeps its due time as its place.
    let key = OrderKey::at(at(5_000), 9_000);
    let promoted = store.promote(vec![due(id, key, 5_000)], at(9_000)).await.unwrap();
    assert_eq!(promoted.ended_commands.ended.len(), 1);
    assert_eq!(status(store, missed.command.id).await, ended(Reason::Superseded));
    assert_eq!(claim(store, "ir-1", 9_001).await, None);
}

/// See its name.
pub async fn of_two_wishes_that_become_due_together_the_newer_one_holds(
    factory: &impl Factory<Store: Queue>,
) {
    let store = &factory.fresh().await;
    let mut ids = Vec::new();
    for action in ["power_on", "power_off"] {
        let mut wished = new(action, "ir-1/1", 0);
        wished.due = Due::Scheduled { at: at(5_000), wish: None };
        ids.push((store.enqueue(wished.clone()).await.unwrap().answer.queue_id(), wished));
    }
    let key = |sequence| OrderKey::at(at(5_000), sequence);
    let named = vec![due(ids[0].0, key(1), 5_000), due(ids[1].0, key(2), 5_000)];
    let promoted = store.promote(named, at(5_000)).await.unwrap();
    let ended: Vec<_> = promoted.ended_commands.ended.iter().map(|ended| ended.command).collect();
    assert_eq!(ended, [ids[0].1.command.id], "with the same change");
    let older = status(store, ids[0].1.command.id).await;
    assert_eq!(older, (Status::Superseded, Some(Reason::Superseded)));
    let claimed = claim(store, "ir-1", 5_001).await.unwrap();
    assert_eq!(claimed.command.id, ids[1].1.command.id);
}

/// See its name.
pub async fn what_has_expired_is_never_claimed(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    let old = new("channel 5", "ir-1/2", 0);
    let fresh = new("mute_on", "ir-1/2", 20_000);
    store.enqueue(old.clone()).await.unwrap();
    store.enqueue(fresh.clone()).await.unwrap();
    let claimed =
        store.claim(device("ir-1"), PortSet::EMPTY, at(99_000), at(30_000)).await.unwrap();
    assert_eq!(claimed.claim.unwrap().command.id, fresh.command.id);
    assert_eq!(claimed.ended_commands.ended[0].command, old.command.id);
    assert_eq!(status(store, old.command.id).await, ended(Reason::Expired));
}

/// See its name.
pub async fn expired_commands_end_and_the_next_expiry_is_told(
    factory: &impl Factory<Store: Queue>,
) {
    let store = &factory.fresh().await;
    let commands = [new("channel 5", "ir-1/2", 0), new("channel 5", "ir-2/2", 10)];
    for new in &commands {
        store.enqueue(new.clone()).await.unwrap();
    }
    let none = store.expire(at(29_999)).await.unwrap();
    assert!(none.ended_commands.ended.is_empty());
    assert_eq!(none.next_expiry, Some(at(30_000)));
    let one = store.expire(at(30_000)).await.unwrap();
    assert_eq!(one.ended_commands.ended[0].command, commands[0].command.id);
    assert_eq!(one.next_expiry, Some(at(30_010)));
    // What is in flight is not cut off by its expiry.
    let in_flight = claim(store, "ir-2", 30_005).await.unwrap();
    let all = store.expire(at(40_000)).await.unwrap();
    assert!(all.ended_commands.ended.is_empty());
    assert_eq!(all.next_expiry, None);
    assert_eq!(status(store, in_flight.command.id).await.0, Status::Processing);
}

/// See its name.
pub async fn a_session_wakes_what_was_given_back_to_wait_for_it(
    factory: &impl Factory<Store: Queue>,
) {
    let store = &factory.fresh().await;
    let mut patient = new("channel 5", "ir-1/1", 0);
    patient.wait_for_device = Duration::from_secs(20);
    let hasty = new("channel 5", "ir-1/2", 1);
    for new in [&patient, &hasty] {
        store.enqueue(new.clone()).await.unwrap();
        let claim = claim(store, "ir-1", 1).await.unwrap();
        let release = Settlement::Release { due_at: at(20_000) };
        store.settle(claim.ticket, release, at(2)).await.unwrap();
    }
    assert_eq!(store.wake(device("ir-1"), at(100)).await, Ok(1));
    let woken = claim(store, "ir-1", 101).await.unwrap();
    assert_eq!((woken.command.id, woken.attempt), (patient.command.id, 1));
    // Once it was tried, it waits as every other command does.
    let busy = attempt(Reason::LaneBusy, 101);
    let retry = Settlement::Retry { attempt: busy, due_at: at(2_000) };
    store.settle(woken.ticket, retry, at(102)).await.unwrap();
    assert_eq!(store.wake(device("ir-1"), at(103)).await, Ok(0));
}

/// See its name.
pub async fn how_long_a_command_waits_for_its_device_is_counted_in_time_and_not_in_keys(
    factory: &impl Factory<Store: Queue>,
) {
    let store = &factory.fresh().await;
    let wait_for_device = Duration::from_secs(20);
    let ahead = |sequence| OrderKey::at(at(120_000), sequence);
    let mut pressed = NewCommand { wait_for_device, ..new("channel 5", "ir-1/1", 0) };
    pressed.command.key = ahead(1);
    store.enqueue(pressed).await.unwrap();
    let waits_until = claim(store, "ir-1", 1).await.unwrap().waits_until;
    assert_eq!(waits_until, at(20_000));
    let mut wished = NewCommand { wait_for_device, ..new("channel 5", "ir-2/1", 2) };
    wished.due = Due::Scheduled { at: at(9_000), wish: None };
    let id = store.enqueue(wished).await.unwrap().answer.queue_id();
    store.promote(vec![due(id, ahead(2), 9_000)], at(9_010)).await.unwrap();
    let waits_until = claim(store, "ir-2", 9_011).await.unwrap().waits_until;
    assert_eq!(waits_until, at(29_000), "from its due time");
}

/// See its name.
pub async fn a_session_wakes_only_what_waits_for_one(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    let reasons = [Reason::DeviceOffline, Reason::NoEvidence];
    let mut commands = Vec::new();
    for (reason, port) in reasons.into_iter().zip(["ir-1/1", "ir-1/2"]) {
        let new = new("channel 5", port, 0);
        store.enqueue(new.clone()).await.unwrap();
        let claim = claim(store, "ir-1", 1).await.unwrap();
        let retry = Settlement::Retry { attempt: attempt(reason, 1), due_at: at(8_000) };
        store.settle(claim.ticket, retry, at(2)).await.unwrap();
        commands.push(new.command.id);
    }
    let mut scheduled = new("channel 6", "ir-1/3", 0);
    scheduled.due = Due::Scheduled { at: at(9_000), wish: None };
    scheduled.command.expires_at = at(9_000).plus(Duration::from_secs(60));
    store.enqueue(scheduled).await.unwrap();
    assert_eq!(store.wake(device("ir-2"), at(100)).await, Ok(0));
    assert_eq!(store.wake(device("ir-1"), at(100)).await, Ok(1));
    assert_eq!(drain(store, "ir-1", 101).await, [commands[0]]);
}

/// See its name.
pub async fn a_session_wakes_the_keys_that_wait_behind_one_that_it_wakes(
    factory: &impl Factory<Store: Queue>,
) {
    let store = factory.fresh().await;
    let (first, second) = (new("number 1", "ir-1/2", 1), new("number 2", "ir-1/2", 2));
    let other = new("ok", "ir-1/3", 3);
    for new in [&first, &second, &other] {
        store.enqueue(new.clone()).await.unwrap();
    }
    // The first waits for its next attempt, and the second goes to wait behind it.
    let claimed = claim(&store, "ir-1", 10).await.unwrap();
    assert_eq!(claimed.command.id, first.command.id);
    let again =
        Settlement::Retry { attempt: attempt(Reason::DeviceOffline, 10), due_at: at(8_000) };
    store.settle(claimed.ticket, again, at(20)).await.unwrap();
    let claimed = claim(&store, "ir-1", 30).await.unwrap();
    assert_eq!(claimed.command.id, other.command.id, "of another port");
    store.settle(claimed.ticket, finish(Reason::Delivered, 30), at(40)).await.unwrap();
    assert_eq!(claim(&store, "ir-1", 50).await, None);
    assert_eq!(store.wake(device("ir-1"), at(1_000)).await, Ok(2));
    let sent = drain(&store, "ir-1", 1_000).await;
    assert_eq!(sent, [first.command.id, second.command.id]);
}

/// See its name.
pub async fn what_is_scheduled_expires_as_well(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    let mut missed = new("channel 5", "ir-1/1", 0);
    missed.due = Due::Scheduled { at: at(5_000), wish: None };
    missed.command.expires_at = at(9_000);
    let mut placed = missed.clone();
    placed.command.id = CommandId::generate();
    placed.command.target = new("ok", "ir-2/1", 0).command.target;
    store.enqueue(missed.clone()).await.unwrap();
    let id = store.enqueue(placed.clone()).await.unwrap().answer.queue_id();
    let key = OrderKey::at(at(5_000), 7_000);
    store.promote(vec![due(id, key, 5_000)], at(5_000)).await.unwrap();
    let early = store.expire(at(8_999)).await.unwrap();
    assert_eq!((early.ended_commands.ended.len(), early.next_expiry), (0, Some(at(9_000))));
    // Whether it got its place in the order or nobody gave it one.
    let over = store.expire(at(9_000)).await.unwrap();
    assert_eq!((over.ended_commands.ended.len(), over.next_expiry), (2, None));
    for new in [&missed, &placed] {
        assert_eq!(status(store, new.command.id).await, ended(Reason::Expired));
    }
    assert!(store.upcoming(at(60_000), 9).await.unwrap().is_empty());
}
