//! What was in flight without an owner.

use std::time::Duration;

use tokio::time::Instant;
use venue_domain::{
    MemoryMarker, OrderDurability, OrderKey, OutageMarker, PreviousShutdown, Reason, Status,
    Timestamp, WorkQueue,
};
use venue_scheduler::{SchedulerConfig, SchedulerState};

use crate::{
    devices::Reaction,
    store::Store,
    venue::{Venue, pass, settle_down},
};

/// What an earlier run leaves that sent commands during an outage.
async fn marked() -> MemoryMarker {
    let marker = MemoryMarker::default();
    marker.set().await;
    marker.next_run()
}

/// A venue that was killed with `what` in flight, and started again.
async fn killed_with(what: &str) -> (Venue, venue_domain::CommandId) {
    let first = Venue::start();
    first.devices.will("ir-1", [Reaction::Hangs]);
    let id = first.enqueue(first.bulk(what, "ir-1/1")).await;
    first.devices.wait_for_sent(1).await;
    let (store, clock): (Store, _) = (first.store.clone(), first.clock);
    drop(first);
    pass(Duration::from_millis(10)).await;
    (Venue::at(store, clock, MemoryMarker::default(), SchedulerConfig::default()), id)
}

#[tokio::test(start_paused = true)]
async fn an_absolute_command_in_flight_at_a_crash_is_sent_again_at_the_start() {
    let (venue, id) = killed_with("power_on").await;
    assert_eq!(venue.end_of(id).await, (Status::Completed, Reason::Delivered));
    assert_eq!(venue.devices.words(), ["power_on ir-1/1"]);
}

#[tokio::test(start_paused = true)]
async fn a_toggle_in_flight_at_a_crash_ends_unknown_and_is_told() {
    let (venue, id) = killed_with("power").await;
    assert_eq!(venue.end_of(id).await, (Status::Unknown, Reason::Interrupted));
    pass(Duration::from_secs(60)).await;
    assert!(venue.devices.words().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_waited_at_a_crash_is_sent_after_the_start() {
    let first = Venue::start();
    first.devices.leave("ir-1");
    let id = first.enqueue(first.bulk("power_on", "ir-1/1")).await;
    pass(Duration::from_millis(100)).await;
    let (store, clock) = (first.store.clone(), first.clock);
    drop(first);
    let second = Venue::at(store, clock, MemoryMarker::default(), SchedulerConfig::default());
    assert_eq!(second.end_of(id).await, (Status::Completed, Reason::Delivered));
}

#[tokio::test(start_paused = true)]
async fn after_an_unclean_stop_what_is_due_expires() {
    let first = Venue::start();
    first.scheduler.pause();
    first.wait_for(SchedulerState::Paused).await;
    let id = first.enqueue(first.bulk("power_on", "ir-1/1")).await;
    let (store, clock) = (first.store.clone(), first.clock);
    drop(first);
    let second = Venue::at(store, clock, marked().await, SchedulerConfig::default());
    assert_eq!(second.end_of(id).await, (Status::Expired, Reason::UncleanStop));
    second.wait_for(SchedulerState::Running).await;
    settle_down().await;
    assert_eq!(second.marker.durability(), OrderDurability::Stored, "told once");
    assert_eq!(second.marker.previous_shutdown(), PreviousShutdown::Clean);
}

#[tokio::test(start_paused = true)]
async fn new_keys_are_above_everything_that_is_stored() {
    let store = Store::default();
    let high = Timestamp::from_unix_ms(9_000_000_000_000);
    let first = Venue::over(store.clone(), SchedulerConfig::default());
    let mut new = first.bulk("power_on", "ir-1/1");
    new.command.key = OrderKey::at(high, 77);
    first.enqueue(new).await;
    drop(first);
    let second = Venue::over(store, SchedulerConfig::default());
    second.wait_for(SchedulerState::Running).await;
    let key = second.order.next(Timestamp::from_unix_ms(0));
    assert!(key > OrderKey::at(high, 77));
}

#[tokio::test(start_paused = true)]
async fn a_claim_whose_answer_was_lost_is_rescued_when_its_lease_is_over() {
    let venue = Venue::start();
    venue.wait_for(SchedulerState::Running).await;
    venue.store.lose_claims(1);
    let start = Instant::now();
    let id = venue.enqueue(venue.bulk("power_on", "ir-1/1")).await;
    assert_eq!(venue.end_of(id).await, (Status::Completed, Reason::Delivered));
    assert!((15..17).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
    let after = venue.enqueue(venue.bulk("power_on", "ir-1/2")).await;
    assert_eq!(venue.end_of(after).await, (Status::Completed, Reason::Delivered));
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_the_transport_starts_the_scheduler_again_and_loses_nothing() {
    let venue = Venue::start();
    venue.devices.will("ir-1", [Reaction::Panics]);
    let hit = venue.enqueue(venue.bulk("power_on", "ir-1/1")).await;
    let behind = venue.enqueue(venue.bulk("power_on", "ir-1/2")).await;
    for id in [hit, behind] {
        assert_eq!(venue.end_of(id).await, (Status::Completed, Reason::Delivered));
    }
    assert_eq!(venue.scheduler.stats().panics, 1, "somebody can be told");
}

#[tokio::test(start_paused = true)]
async fn a_pause_outlives_the_start_afresh_of_the_owner_task() {
    let venue = Venue::start();
    venue.scheduler.pause();
    venue.wait_for(SchedulerState::Paused).await;
    // Nobody is told of it: only a scheduler that has taken over the store knows of it.
    let hidden = venue.bulk("power_on", "ir-1/1");
    let id = hidden.command.id;
    venue_domain::CommandQueue::enqueue(&venue.store, hidden).await.unwrap();
    venue.waker().store_replaced();
    pass(Duration::from_secs(60)).await;
    assert!(venue.scheduler.is_paused());
    assert_eq!(venue.devices.asked(), 0);
    venue.scheduler.resume();
    assert_eq!(venue.end_of(id).await, (Status::Completed, Reason::Delivered));
}

#[tokio::test(start_paused = true)]
async fn a_restored_database_is_taken_over_as_at_a_start() {
    let venue = Venue::start();
    venue.wait_for(SchedulerState::Running).await;
    let hidden = venue.bulk("power_on", "ir-7/1");
    let id = hidden.command.id;
    venue_domain::CommandQueue::enqueue(&venue.store, hidden).await.unwrap();
    let now = Timestamp::from_unix_ms(0);
    assert!(venue.store.memory.upcoming(now, 1).await.unwrap().is_empty());
    venue.waker().store_replaced();
    assert_eq!(venue.end_of(id).await, (Status::Completed, Reason::Delivered));
}
