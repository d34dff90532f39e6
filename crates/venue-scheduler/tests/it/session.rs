//! Devices that go away and come back.

use std::time::Duration;

use tokio::{
    task::yield_now,
    time::{Instant, advance},
};
use venue_domain::{Cancelled, CommandQueue, MaxAttempts, NewCommand, OrderKey, Reason, Status};

use crate::{
    devices::Reaction,
    venue::{Venue, pass, settle_down, times},
};

#[tokio::test(start_paused = true)]
async fn what_waits_for_a_session_is_tried_at_once_when_it_comes() {
    let venue = Venue::start();
    venue.devices.leave("ir-1");
    let id = venue.enqueue(venue.bulk("power_on", "ir-1/1")).await;
    pass(Duration::from_millis(2_500)).await;
    let back = Instant::now();
    venue.devices.come_back("ir-1");
    venue.waker().session("ir-1".parse().unwrap());
    assert_eq!(venue.end_of(id).await, (Status::Completed, Reason::Delivered));
    assert!(times(&venue, back)[0] <= 5, "not only when the wait of 4 s is over");
}

#[tokio::test(start_paused = true)]
async fn a_session_that_comes_while_the_attempt_is_being_settled_is_not_missed() {
    let venue = Venue::start();
    venue.devices.leave("ir-1");
    venue.enqueue(venue.bulk("power_on", "ir-1/1")).await;
    // Told before the scheduler has looked at the device at all.
    venue.waker().session("ir-1".parse().unwrap());
    settle_down().await;
    let back = Instant::now();
    venue.devices.come_back("ir-1");
    venue.waker().session("ir-1".parse().unwrap());
    venue.devices.wait_for_sent(1).await;
    assert!(times(&venue, back)[0] <= 5);
}

#[tokio::test(start_paused = true)]
async fn a_command_may_wait_for_its_device_without_using_up_attempts() {
    let venue = Venue::start();
    venue.devices.leave("ir-1");
    let wait_for_device = Duration::from_secs(300);
    let id =
        venue.enqueue(NewCommand { wait_for_device, ..venue.bulk("power_on", "ir-1/1") }).await;
    pass(Duration::from_secs(200)).await;
    assert_eq!(venue.account(id).await.record.attempts, 0);
    let back = Instant::now();
    venue.devices.come_back("ir-1");
    venue.waker().session("ir-1".parse().unwrap());
    assert_eq!(venue.end_of(id).await, (Status::Completed, Reason::Delivered));
    assert!(times(&venue, back)[0] <= 5);
    assert_eq!(venue.account(id).await.record.attempts, 1);
}

#[tokio::test(start_paused = true)]
async fn waiting_for_a_device_ends_and_then_attempts_count() {
    let venue = Venue::start();
    venue.devices.leave("ir-1");
    let wait_for_device = Duration::from_secs(60);
    let start = Instant::now();
    let id =
        venue.enqueue(NewCommand { wait_for_device, ..venue.bulk("power_on", "ir-1/1") }).await;
    assert_eq!(venue.end_of(id).await, (Status::Failed, Reason::DeviceOffline));
    assert_eq!(start.elapsed().as_secs(), 66);
}

/// After a reboot the order clock is ahead of the time: it begins above every key that may have been given.
#[tokio::test(start_paused = true)]
async fn how_long_a_command_waits_for_its_device_is_no_question_of_its_place_in_the_order() {
    let venue = Venue::start();
    settle_down().await;
    venue.devices.leave("ir-1");
    venue.devices.leave("ir-2");
    let instant = venue.now().plus(Duration::from_secs(120));
    venue.order.raise(OrderKey::at(instant, 0));
    let start = Instant::now();
    let hasty = venue.enqueue(venue.bulk("power_on", "ir-1/1")).await;
    let wait_for_device = Duration::from_secs(60);
    let patient = NewCommand { wait_for_device, ..venue.bulk("power_on", "ir-2/1") };
    assert!(patient.command.key.instant.venue_time() > instant.minus(Duration::from_millis(1)));
    let patient = venue.enqueue(patient).await;
    assert_eq!(venue.end_of(hasty).await, (Status::Failed, Reason::DeviceOffline));
    assert_eq!(start.elapsed().as_secs(), 6);
    assert_eq!(venue.end_of(patient).await, (Status::Failed, Reason::DeviceOffline));
    assert_eq!(start.elapsed().as_secs(), 66);
}

#[tokio::test(start_paused = true)]
async fn no_attempt_is_counted_before_it_is_known_that_a_device_is_away() {
    let venue = Venue::start();
    venue.devices.dial("ir-1");
    venue.devices.dial("ir-2");
    let once = |target| {
        let new = venue.bulk("power_on", target);
        NewCommand { max_attempts: MaxAttempts::ONCE, ..new }
    };
    let met = venue.enqueue(once("ir-1/1")).await;
    let missed = venue.enqueue(once("ir-2/1")).await;
    settle_down().await;
    let calls = venue.store.calls();
    pass(Duration::from_millis(9_500)).await;
    assert_eq!(venue.store.calls(), calls, "it is looked at in memory");
    assert_eq!(venue.account(met).await.record.attempts, 0);
    let back = Instant::now();
    venue.devices.come_back("ir-1");
    venue.waker().session("ir-1".parse().unwrap());
    venue.devices.leave("ir-2");
    assert_eq!(venue.end_of(met).await, (Status::Completed, Reason::Delivered));
    assert!(times(&venue, back)[0] <= 5, "the session tells at once");
    assert_eq!(venue.end_of(missed).await, (Status::Failed, Reason::DeviceOffline));
    assert!(back.elapsed() < Duration::from_millis(1_100), "{:?}", back.elapsed());
}

/// What becomes due while something else of its device is in flight is promoted when that has ended, also if the
/// device is away by then: the store is not asked for it over and over again.
#[tokio::test(start_paused = true)]
async fn what_became_due_behind_a_command_in_flight_costs_a_few_calls_when_the_device_is_gone() {
    let venue = Venue::start();
    venue.devices.will("ir-1", [Reaction::Hangs, Reaction::Hangs]);
    let first = venue.enqueue(venue.bulk("power_on", "ir-1/1")).await;
    let second = venue.enqueue(venue.bulk("power_on", "ir-1/2")).await;
    venue.devices.wait_for_sent(2).await;
    venue.devices.leave("ir-1");
    let calls = venue.store.calls();
    // Meanwhile its attempt ends as unknown, some time after the first one was due again.
    for _ in 0..60 {
        advance(Duration::from_millis(100)).await;
        for _ in 0..500 {
            yield_now().await;
        }
    }
    let names = venue.store.names().split_off(calls);
    assert!(names.contains(&"settle") && names.len() < 30, "{} calls: {names:?}", names.len());
    assert_eq!(venue.end_of(first).await.0, Status::Unknown);
    assert_eq!(venue.end_of(second).await.0, Status::Unknown);
}

#[tokio::test(start_paused = true)]
async fn sessions_that_come_while_nothing_waits_cost_no_call() {
    let venue = Venue::start();
    settle_down().await;
    let calls = venue.store.calls();
    for device in 0..100 {
        venue.waker().session(format!("ir-{device}").parse().unwrap());
    }
    settle_down().await;
    assert_eq!(venue.store.calls(), calls);
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_a_device_that_is_away_is_never_in_flight() {
    let venue = Venue::start();
    venue.devices.leave("ir-1");
    let toggle = venue.enqueue(venue.bulk("power", "ir-1/1")).await;
    pass(Duration::from_millis(2_500)).await;
    let account = venue.account(toggle).await;
    assert_eq!((account.record.status, account.attempts.len()), (Status::Pending, 2));
    assert!(!venue.store.names().contains(&"claim"), "{:?}", venue.store.names());
    let cancelled = venue.queue().cancel(toggle, venue.now()).await.unwrap();
    assert!(matches!(cancelled, Cancelled::Cancelled(_)), "{cancelled:?}");
}
