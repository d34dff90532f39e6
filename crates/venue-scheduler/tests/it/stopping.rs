//! The stop: nothing more is handed out, and nothing is lost.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Notify, time::Instant};
use venue_domain::{Status, StoreError};
use venue_scheduler::{SchedulerConfig, SchedulerState, StopError};

use crate::{
    devices::Reaction,
    venue::{Venue, settle_down},
};

#[tokio::test(start_paused = true)]
async fn an_idle_scheduler_stops_at_once() {
    let venue = Venue::start();
    venue.wait_for(SchedulerState::Running).await;
    let start = Instant::now();
    venue.scheduler.shutdown().await.unwrap();
    assert!(start.elapsed() < Duration::from_millis(10));
    assert_eq!(venue.scheduler.stats().state, SchedulerState::Stopping);
}

#[tokio::test(start_paused = true)]
async fn what_is_in_flight_runs_to_its_end_and_nothing_more_is_claimed() {
    let venue = Venue::start();
    venue.devices.will("ir-1", [Reaction::Takes(Duration::from_secs(2))]);
    let begun = venue.enqueue(venue.bulk("power", "ir-1/1")).await;
    let waits = venue.enqueue(venue.bulk("power", "ir-1/2")).await;
    venue.devices.wait_for_sent(1).await;
    venue.scheduler.shutdown().await.unwrap();
    assert_eq!(venue.account(begun).await.record.status, Status::Completed);
    let record = venue.account(waits).await.record;
    assert_eq!((record.status, record.attempts), (Status::Pending, 0));
}

#[tokio::test(start_paused = true)]
async fn what_its_lane_gives_back_unsent_keeps_its_attempts() {
    let venue = Venue::start();
    let let_go = Arc::new(Notify::new());
    venue.devices.will("ir-1", [Reaction::GivenBack(let_go.clone())]);
    let id = venue.enqueue(venue.bulk("power", "ir-1/1")).await;
    venue.devices.wait_for_asked(1).await;
    let (stopped, ()) = tokio::join!(venue.scheduler.shutdown(), async {
        settle_down().await;
        let_go.notify_one();
    });
    stopped.unwrap();
    let record = venue.account(id).await.record;
    assert_eq!((record.status, record.attempts), (Status::Pending, 0));
}

#[tokio::test(start_paused = true)]
async fn a_stop_waits_no_longer_than_its_grace() {
    let grace = Duration::from_secs(2);
    let venue = Venue::with(SchedulerConfig { grace, ..SchedulerConfig::default() });
    venue.devices.will("ir-1", [Reaction::Hangs]);
    let id = venue.enqueue(venue.bulk("power_on", "ir-1/1")).await;
    venue.devices.wait_for_sent(1).await;
    let start = Instant::now();
    assert_eq!(venue.scheduler.shutdown().await, Err(StopError::GraceOver));
    assert_eq!(start.elapsed().as_secs(), 2);
    assert_eq!(venue.account(id).await.record.status, Status::Processing, "for the next start");
}

#[tokio::test(start_paused = true)]
async fn a_stop_during_an_outage_settles_what_it_can() {
    let venue = Venue::start();
    let let_go = Arc::new(Notify::new());
    venue.devices.will("ir-1", [Reaction::Held(let_go.clone())]);
    let id = venue.enqueue(venue.bulk("power", "ir-1/1")).await;
    venue.devices.wait_for_asked(1).await;
    venue.store.fail(Some(StoreError::Full));
    let_go.notify_one();
    venue.devices.wait_for_sent(1).await;
    settle_down().await;
    let (stopped, ()) = tokio::join!(venue.scheduler.shutdown(), async {
        settle_down().await;
        venue.store.fail(None);
    });
    stopped.unwrap();
    assert_eq!(venue.account(id).await.record.status, Status::Completed);
}

#[tokio::test(start_paused = true)]
async fn a_stop_before_the_store_was_ever_there_is_in_order() {
    let store = crate::store::Store::default();
    store.fail(Some(StoreError::Unavailable));
    let venue = Venue::over(store, SchedulerConfig::default());
    settle_down().await;
    venue.scheduler.shutdown().await.unwrap();
}
