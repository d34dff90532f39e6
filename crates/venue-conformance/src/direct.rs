//! Direct commands: recorded behind the answer, felt by what waits.

use venue_domain::{
    DirectRecord, EffectGroup, PortStatus, Reason, RoutingMethod, Status, StoreError,
};

use crate::{
    Factory,
    given::{at, attempt, claim, command, device, direct, ended, new, serve, status},
    sides::*,
};

async fn port(store: &impl Queue, number: usize) -> PortStatus {
    store.port_status(Some(device("ir-1"))).await.unwrap().swap_remove(number)
}

/// See its name.
pub async fn a_direct_command_is_recorded_with_its_attempt_and_only_once(
    factory: &impl Factory<Store: Queue>,
) {
    let store = &factory.fresh().await;
    let sent = direct(command("channel 5", "ir-1/2", 10), Reason::Delivered);
    let lost = direct(command("power", "ir-1/3", 11), Reason::NoEvidence);
    for _ in 0..2 {
        store.record(vec![sent.clone(), lost.clone()]).await.unwrap();
    }
    let page = store.history(venue_domain::HistoryQuery { limit: 9, ..Default::default() });
    assert_eq!(page.await.unwrap().items.len(), 2);
    let account = store.command(sent.command.id).await.unwrap().unwrap();
    assert_eq!(account.attempts, std::slice::from_ref(&sent.attempt));
    assert_eq!(account.record.queue_id, None);
    assert_eq!(account.record.routing_method, RoutingMethod::DirectSuccess);
    assert_eq!(account.record.completed_at, Some(at(50)));
    let lost = store.command(lost.command.id).await.unwrap().unwrap().record;
    assert_eq!((lost.status, lost.routing_method), (Status::Unknown, RoutingMethod::DirectFailed));
}

/// See its name.
pub async fn a_command_is_stored_once(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    let queued = new("channel 5", "ir-1/2", 10);
    store.enqueue(queued.clone()).await.unwrap();
    // What waits is not recorded as direct as well, and its end is its own.
    store.record(vec![direct(queued.command.clone(), Reason::DeviceOffline)]).await.unwrap();
    assert_eq!(status(store, queued.command.id).await.0, Status::Pending);
    assert!(serve(store, "ir-1", Reason::Delivered, 20).await.is_some());
    assert_eq!(status(store, queued.command.id).await, ended(Reason::Delivered));
    // What has ended does not wait again.
    let sent = command("power_on", "ir-1/2", 30);
    store.record(vec![direct(sent.clone(), Reason::DeviceOffline)]).await.unwrap();
    for command in [sent, queued.command] {
        let refused = store.enqueue(crate::given::queued(command.clone())).await;
        assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{refused:?}");
        assert!(store.waiting(&command.target).is_empty());
    }
}

/// See its name.
pub async fn only_what_was_delivered_changes_the_port_status(factory: &impl Factory<Store: Queue>) {
    let store = &factory.fresh().await;
    let reasons = [Reason::NoEvidence, Reason::Refused, Reason::DeviceOffline];
    for (ms, reason) in (0..).zip(reasons) {
        store.record(vec![direct(command("channel 5", "ir-1/2", ms), reason)]).await.unwrap();
        store.enqueue(new("channel 5", "ir-1/3", ms * 10 + 5)).await.unwrap();
        serve(store, "ir-1", reason, ms * 10 + 6).await.unwrap();
    }
    assert!(store.port_status(Some(device("ir-1"))).await.unwrap().is_empty());
    store
        .record(vec![direct(command("input hdmi1", "ir-1/2", 100), Reason::Delivered)])
        .await
        .unwrap();
    store.enqueue(new("channel 060", "ir-1/2", 200)).await.unwrap();
    serve(store, "ir-1", Reason::Delivered, 201).await.unwrap();
    let known = port(store, 0).await;
    assert_eq!(known.channel.unwrap().as_str(), "060");
    assert_eq!(known.input.unwrap().as_str(), "hdmi1");
    assert_eq!((known.last_command.as_str(), known.last_command_at), ("channel", at(241)));
    store.enqueue(new("channel_up", "ir-1/2", 300)).await.unwrap();
    serve(store, "ir-1", Reason::Delivered, 301).await.unwrap();
    assert_eq!(port(store, 0).await.channel, None);
    let board = direct(command("diagnostic_signal", "ir-1/0", 400), Reason::Delivered);
    store.record(vec![board]).await.unwrap();
    assert_eq!(store.port_status(Some(device("ir-1"))).await.unwrap().len(), 1);
}

/// See its name.
pub async fn a_record_that_comes_late_does_not_turn_the_port_status_back(
    factory: &impl Factory<Store: Queue>,
) {
    let store = &factory.fresh().await;
    let newer = direct(command("channel 7", "ir-1/2", 500), Reason::Delivered);
    let late = direct(command("channel 5", "ir-1/2", 100), Reason::Delivered);
    store.record(vec![newer]).await.unwrap();
    store.record(vec![late.clone()]).await.unwrap();
    assert_eq!(port(store, 0).await.channel.unwrap().as_str(), "7");
    assert_eq!(status(store, late.command.id).await, ended(Reason::Delivered));
}

/// See its name.
pub async fn a_direct_command_supersedes_what_waits_before_it_is_sent(
    factory: &impl Factory<Store: Queue>,
) {
    let store = &factory.fresh().await;
    let old = new("channel 5", "ir-1/2", 1);
    store.enqueue(old.clone()).await.unwrap();
    let newer = command("channel 7", "ir-1/2", 5);
    let ended_commands = store.supersede(newer.clone().into(), at(5)).await.unwrap();
    assert_eq!(ended_commands.ended[0].command, old.command.id);
    assert_eq!(claim(store, "ir-1", 6).await, None);
    // Itself it is not stored before it has ended, and its end does not wake the older one.
    assert_eq!(store.command(newer.id).await, Ok(None));
    let record = DirectRecord {
        attempt: attempt(Reason::DeviceOffline, 5),
        ..direct(newer, Reason::Refused)
    };
    store.record(vec![record]).await.unwrap();
    assert_eq!(claim(store, "ir-1", 60).await, None);
    assert_eq!(status(store, old.command.id).await, ended(Reason::Superseded));
}

/// See its name.
pub async fn what_waits_for_a_port_is_known_at_once(factory: &impl Factory<Store: Queue>) {
    let store = factory.fresh().await;
    let target = "ir-1/2".parse().unwrap();
    assert!(store.waiting(&target).is_empty());
    for (ms, text) in (1..).zip(["channel_up", "number 5", "ok", "mute_on"]) {
        store.enqueue(new(text, "ir-1/2", ms)).await.unwrap();
    }
    store.enqueue(new("channel 5", "ir-1/3", 1)).await.unwrap();
    let count = |group: EffectGroup| store.waiting(&target).by_group[group as usize];
    assert_eq!((count(EffectGroup::Channel), count(EffectGroup::Mute)), (2, 1));
    assert_eq!(store.waiting(&target).sequence_keys, 2);
    // In flight counts as well: its stored fence must hold before anything newer is sent.
    let in_flight = claim(&store, "ir-1", 10).await.unwrap();
    assert_eq!(count(EffectGroup::Channel), 2);
    let done = crate::given::finish(Reason::Delivered, 10);
    store.settle(in_flight.ticket, done, at(11)).await.unwrap();
    assert_eq!(count(EffectGroup::Channel), 1);
    let store = factory.reopen(store).await;
    let waiting = store.waiting(&target);
    assert_eq!(waiting.by_group, [0, 0, 1, 0, 1, 1, 0]);
    store.enqueue(new("power_off", "ir-1/2", 20)).await.unwrap();
    assert_eq!(store.waiting(&target).by_group, [1, 0, 0, 0, 0, 0, 0]);
    assert_eq!(store.waiting(&target).sequence_keys, 0);
}
