//! A store that does not fail but does not answer either: nobody waits for it for long.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, timeout};
use venue_domain::{Class, CommandQueue, NewCommand, Reason, Status, StoreError};
use venue_scheduler::SchedulerState;

use crate::venue::{Venue, pass, settle_down};

/// How long `call` took, and that nobody knows what became of it.
async fn given_up<T: std::fmt::Debug>(
    call: impl Future<Output = Result<T, StoreError>>,
) -> Duration {
    let start = Instant::now();
    let answer = timeout(Duration::from_secs(60), call).await;
    let answer = answer.expect("the store that hangs holds up whoever asks it");
    assert_eq!(answer.unwrap_err(), StoreError::Interrupted);
    start.elapsed()
}

#[tokio::test(start_paused = true)]
async fn a_newer_command_is_held_up_for_a_second_at_most_and_what_it_replaced_is_told_later() {
    let venue = Venue::start();
    venue.wait_for(SchedulerState::Running).await;
    venue.devices.leave("ir-1");
    let older = venue.bulk("power_on", "ir-1/1");
    let older = venue.enqueue(older).await;
    settle_down().await;
    venue.store.hang(true);
    let newer = Arc::new(venue.command("power_off", "ir-1/1", Class::Interactive));
    let took = given_up(venue.queue().supersede(newer, venue.now())).await;
    assert!(took <= Duration::from_secs(1), "{took:?}");
    settle_down().await;
    assert!(!venue.availability.is_up(), "the next one need not wait");
    venue.store.hang(false);
    assert_eq!(venue.end_of(older).await, (Status::Superseded, Reason::Superseded));
    venue.wait_for(SchedulerState::Running).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_handed_to_a_store_that_hangs_is_stored_and_sent_when_it_answers_again() {
    let venue = Venue::start();
    venue.wait_for(SchedulerState::Running).await;
    venue.store.hang(true);
    let new = venue.fallback("power_on", "ir-1/1");
    let id = new.command.id;
    let took = given_up(venue.queue().enqueue(new)).await;
    assert!(took <= Duration::from_secs(2), "{took:?}");
    pass(Duration::from_secs(5)).await;
    assert!(venue.devices.sent().is_empty());
    venue.store.hang(false);
    assert_eq!(venue.end_of(id).await, (Status::Completed, Reason::Delivered));
    assert_eq!(venue.devices.sent().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn whatever_else_is_asked_of_a_store_that_hangs_ends_as_well() {
    let venue = Venue::start();
    venue.devices.leave("ir-1");
    let wait_for_device = Duration::from_secs(300);
    let id = venue.enqueue(NewCommand { wait_for_device, ..venue.bulk("power", "ir-1/1") }).await;
    venue.store.hang(true);
    let (queue, now) = (venue.queue(), venue.now());
    let recorded = given_up(queue.record(Vec::new())).await;
    assert!(recorded <= Duration::from_secs(2), "{recorded:?}");
    let all = given_up(queue.enqueue_all(vec![venue.bulk("mute", "ir-1/2")])).await;
    let cancelled = given_up(queue.cancel(id, now)).await;
    assert!(all.max(cancelled) <= Duration::from_secs(5), "{all:?} {cancelled:?}");
    venue.store.hang(false);
    let (status, reason) = venue.end_of(id).await;
    assert_eq!((status, reason), (Status::Cancelled, Reason::Cancelled), "told late, but told");
}
