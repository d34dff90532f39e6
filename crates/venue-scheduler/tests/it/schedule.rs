//! Scheduled commands: promoted on time, in the order, and before anything else is looked at.

use std::time::Duration;

use tokio::time::Instant;
use venue_domain::{
    Class, CommandQueue, Due, MemoryMarker, QueueId, Reason, ScheduledCommand, Status, StoreError,
};
use venue_scheduler::{SchedulerConfig, SchedulerState};

use crate::{
    store::Store,
    venue::{Venue, pass, settle_down, times},
};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(start_paused = true)]
async fn a_scheduled_command_is_sent_when_it_is_due() {
    let venue = Venue::start();
    let start = Instant::now();
    let id = venue.enqueue(venue.scheduled("power_on", "ir-1/1", MINUTE)).await;
    assert_eq!(venue.end_of(id).await, (Status::Completed, Reason::Delivered));
    assert_eq!(times(&venue, start)[0] / 100, 600);
}

#[tokio::test(start_paused = true)]
async fn a_scheduled_command_outranks_what_was_wished_before_it_was_due_and_not_what_came_after() {
    let venue = Venue::start();
    venue.enqueue(venue.scheduled("channel 5", "ir-1/1", MINUTE)).await;
    pass(MINUTE / 2).await;
    let before = venue.command("channel 7", "ir-1/1", Class::Interactive);
    assert_eq!(venue.fences.superseded_by(&before), None);
    venue.devices.wait_for_sent(1).await;
    assert!(venue.fences.superseded_by(&before).is_some());
    let after = venue.command("channel 9", "ir-1/1", Class::Interactive);
    assert_eq!(venue.fences.superseded_by(&after), None);
}

#[tokio::test(start_paused = true)]
async fn the_fences_rise_when_it_is_due_although_the_store_is_down() {
    let venue = Venue::start();
    venue.enqueue(venue.scheduled("channel 5", "ir-1/1", MINUTE)).await;
    settle_down().await;
    let older = venue.command("channel 7", "ir-1/1", Class::Interactive);
    venue.store.fail(Some(StoreError::Full));
    venue.waker().store_failed();
    pass(MINUTE + Duration::from_millis(5)).await;
    assert!(venue.fences.superseded_by(&older).is_some());
    assert_eq!(venue.devices.asked(), 0, "queued commands are not sent while the store is down");
    venue.store.fail(None);
    venue.devices.wait_for_sent(1).await;
    assert_eq!(venue.devices.words(), ["channel 5 ir-1/1"]);
}

#[tokio::test(start_paused = true)]
async fn what_becomes_due_before_the_queue_is_taken_over_raises_its_fences_in_time() {
    let store = Store::default();
    store.fail(Some(StoreError::Disk));
    let venue = Venue::over(store, SchedulerConfig::default());
    venue.wait_for(SchedulerState::Starting).await;
    let Due::Scheduled { at: due_at, .. } = venue.scheduled("channel 5", "ir-1/1", MINUTE).due
    else {
        panic!("it is scheduled")
    };
    let command = venue.scheduled("channel 5", "ir-1/1", MINUTE).command;
    venue.waker().scheduled(ScheduledCommand {
        queue_id: QueueId::new(7),
        due_at,
        wish: None,
        command,
    });
    // Nobody looks at the fences: a timer has to see to it.
    pass(MINUTE - Duration::from_millis(5)).await;
    assert_eq!(venue.fences.entries(), []);
    pass(Duration::from_millis(10)).await;
    assert_eq!(venue.fences.entries().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_wish_raises_no_fence() {
    let venue = Venue::start();
    let id = venue.enqueue(venue.scheduled("power_off", "ir-1/1", MINUTE)).await;
    venue.queue().cancel(id, venue.now()).await.unwrap();
    let other = venue.command("channel 7", "ir-1/1", Class::Interactive);
    pass(2 * MINUTE).await;
    assert_eq!(venue.fences.superseded_by(&other), None);
}

#[tokio::test(start_paused = true)]
async fn a_missed_run_keeps_its_due_time_and_loses_to_what_was_wished_since() {
    let first = Venue::start();
    first.wait_for(SchedulerState::Running).await;
    let (store, clock) = (first.store.clone(), first.clock);
    let missed = first.enqueue(first.scheduled("channel 5", "ir-1/1", MINUTE)).await;
    let late = first.enqueue(first.scheduled("channel 5", "ir-2/1", MINUTE)).await;
    first.scheduler.shutdown().await.unwrap();
    pass(2 * MINUTE).await;
    // Somebody wishes something else before the scheduler is there again.
    let newer = first.command("channel 7", "ir-1/1", Class::Interactive);
    let entries = first.fences.entries();
    let second = Venue::at(store, clock, MemoryMarker::default(), SchedulerConfig::default());
    second.fences.merge(&entries);
    assert_eq!(second.end_of(missed).await, (Status::Superseded, Reason::Superseded));
    assert_eq!(second.account(missed).await.record.superseded_by, Some(newer.id));
    assert_eq!(second.end_of(late).await, (Status::Completed, Reason::Delivered));
    let record = second.account(late).await.record;
    assert_eq!(record.key.unwrap().instant.venue_time(), record.due_at);
}

#[tokio::test(start_paused = true)]
async fn more_wishes_than_are_kept_in_memory_are_all_sent() {
    let config =
        SchedulerConfig { schedule_limit: 4.try_into().unwrap(), ..SchedulerConfig::default() };
    let venue = Venue::with(config);
    venue.wait_for(SchedulerState::Running).await;
    for device in 0..30 {
        let wait = MINUTE * (1 + device / 10) * 45;
        let new = venue.scheduled("power_on", &format!("ir-{device}/1"), wait);
        // Not told: found in the store alone.
        venue.store.enqueue(new).await.unwrap();
    }
    let tell = venue.scheduled("power_on", "ir-99/1", MINUTE);
    venue.enqueue(tell).await;
    venue.recorder.wait_for_ended(31).await;
    assert_eq!(venue.devices.words().len(), 31);
}

#[tokio::test(start_paused = true)]
async fn a_wish_that_the_scheduler_was_not_told_in_time_is_promoted_all_the_same() {
    let venue = Venue::start();
    venue.wait_for(SchedulerState::Running).await;
    let (lost, known) = (
        venue.scheduled("power_on", "ir-1/1", MINUTE),
        venue.scheduled("power_on", "ir-2/1", 2 * MINUTE),
    );
    venue.store.enqueue(lost).await.unwrap();
    venue.enqueue(known).await;
    venue.recorder.wait_for_ended(2).await;
    assert_eq!(venue.now().unix_ms() % 1_000 / 100, 0);
}
