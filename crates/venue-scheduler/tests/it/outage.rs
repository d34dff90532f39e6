//! The store goes away and comes back.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Notify, time::Instant};
use venue_domain::{
    Class, CommandQueue, OrderDurability, OutageMarker, Reason, Status, StoreError,
};
use venue_scheduler::{SchedulerConfig, SchedulerState};

use crate::{
    devices::Reaction,
    store::Store,
    venue::{Venue, pass, settle_down},
};

async fn down(venue: &Venue) {
    venue.store.fail(Some(StoreError::ReadOnly));
    venue.waker().store_failed();
    venue.wait_for(SchedulerState::StoreDown).await;
}

#[tokio::test(start_paused = true)]
async fn what_ends_during_an_outage_is_settled_first_when_the_store_is_back() {
    let venue = Venue::start();
    let let_go = Arc::new(Notify::new());
    venue.devices.will("ir-1", [Reaction::Held(let_go.clone())]);
    let id = venue.enqueue(venue.bulk("power", "ir-1/1")).await;
    venue.devices.wait_for_asked(1).await;
    down(&venue).await;
    let_go.notify_one();
    venue.devices.wait_for_sent(1).await;
    settle_down().await;
    assert_eq!(venue.scheduler.stats().unsettled, 1);
    let before = venue.store.names().len();
    venue.store.fail(None);
    assert_eq!(venue.end_of(id).await, (Status::Completed, Reason::Delivered));
    venue.wait_for(SchedulerState::Running).await;
    let asked = venue.store.names().split_off(before);
    assert_eq!(asked[..2], ["settle", "merge_fences"], "{asked:?}");
    assert_eq!(venue.devices.words().len(), 1, "a toggle is not sent twice");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_down_is_asked_once_a_second_and_is_back_within_one() {
    let venue = Venue::start();
    venue.wait_for(SchedulerState::Running).await;
    down(&venue).await;
    let calls = venue.store.calls();
    pass(Duration::from_secs(60)).await;
    let asked = venue.store.calls() - calls;
    assert!((55..=61).contains(&asked), "{asked}");
    venue.store.fail(None);
    let back = Instant::now();
    venue.wait_for(SchedulerState::Running).await;
    assert!(back.elapsed() <= Duration::from_millis(1_010));
    assert!(venue.availability.is_up());
}

#[tokio::test(start_paused = true)]
async fn fences_that_rose_during_the_outage_kill_what_waits_before_anything_is_claimed() {
    let venue = Venue::start();
    venue.devices.leave("ir-1");
    let older = venue.enqueue(venue.bulk("channel 5", "ir-1/1")).await;
    settle_down().await;
    down(&venue).await;
    let newer = venue.command("channel 7", "ir-1/1", Class::Interactive);
    venue.devices.come_back("ir-1");
    venue.waker().session("ir-1".parse().unwrap());
    pass(Duration::from_secs(5)).await;
    venue.store.fail(None);
    assert_eq!(venue.end_of(older).await, (Status::Superseded, Reason::Superseded));
    assert_eq!(venue.account(older).await.record.superseded_by, Some(newer.id));
    assert!(venue.devices.words().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_waits_is_sent_when_the_store_is_back() {
    let venue = Venue::start();
    venue.devices.leave("ir-1");
    let id = venue.enqueue(venue.bulk("power_on", "ir-1/1")).await;
    settle_down().await;
    down(&venue).await;
    venue.devices.come_back("ir-1");
    venue.waker().session("ir-1".parse().unwrap());
    pass(Duration::from_secs(60)).await;
    assert!(venue.devices.words().is_empty());
    venue.store.fail(None);
    assert_eq!(venue.end_of(id).await, (Status::Completed, Reason::Delivered));
}

#[tokio::test(start_paused = true)]
async fn what_was_claimed_but_not_begun_when_the_store_failed_goes_back_unsent() {
    let venue = Venue::start();
    let let_go = venue.store.hold_next_claim();
    let id = venue.enqueue(venue.bulk("power", "ir-1/1")).await;
    settle_down().await;
    down(&venue).await;
    let_go.notify_one();
    pass(Duration::from_secs(5)).await;
    assert_eq!(venue.devices.asked(), 0);
    assert_eq!(venue.scheduler.stats().unsettled, 1);
    venue.store.fail(None);
    assert_eq!(venue.end_of(id).await, (Status::Completed, Reason::Delivered));
    assert_eq!(venue.account(id).await.record.attempts, 1);
}

#[tokio::test(start_paused = true)]
async fn a_row_that_was_stored_although_nobody_was_told_is_found_after_the_outage() {
    let venue = Venue::start();
    let known = venue.enqueue(venue.bulk("power_on", "ir-1/1")).await;
    venue.end_of(known).await;
    down(&venue).await;
    let new = venue.bulk("power_on", "ir-1/2");
    let id = new.command.id;
    venue.store.memory.enqueue(new).await.unwrap();
    venue.store.fail(None);
    assert_eq!(venue.end_of(id).await, (Status::Completed, Reason::Delivered));
}

#[tokio::test(start_paused = true)]
async fn the_scheduler_finds_an_outage_by_itself() {
    let venue = Venue::start();
    venue.wait_for(SchedulerState::Running).await;
    let mut later = venue.bulk("power_on", "ir-1/1");
    later.due = venue_domain::Due::At(later.command.accepted_at.plus(Duration::from_secs(5)));
    let id = venue.enqueue(later).await;
    venue.store.fail(Some(StoreError::Disk));
    venue.wait_for(SchedulerState::StoreDown).await;
    assert!(!venue.availability.is_up());
    venue.store.fail(None);
    assert_eq!(venue.end_of(id).await, (Status::Completed, Reason::Delivered));
}

#[tokio::test(start_paused = true)]
async fn an_outage_that_only_the_router_saw_ends_too() {
    let venue = Venue::start();
    venue.wait_for(SchedulerState::Running).await;
    venue.store.fail(Some(StoreError::Busy));
    let refused = venue.try_enqueue(venue.bulk("power_on", "ir-1/1")).await;
    assert_eq!(refused, Err(StoreError::Busy));
    venue.availability.mark_down();
    venue.wait_for(SchedulerState::StoreDown).await;
    venue.store.fail(None);
    venue.wait_for(SchedulerState::Running).await;
    assert!(venue.availability.is_up());
}

#[tokio::test(start_paused = true)]
async fn a_store_that_has_too_much_to_do_is_left_alone_for_a_while() {
    let venue = Venue::start();
    venue.wait_for(SchedulerState::Running).await;
    venue.store.fail(Some(StoreError::Overloaded));
    let mut later = venue.bulk("power_on", "ir-1/1");
    later.due = venue_domain::Due::At(later.command.accepted_at.plus(Duration::from_secs(1)));
    venue.store.fail(None);
    let id = venue.enqueue(later).await;
    venue.store.fail(Some(StoreError::Overloaded));
    pass(Duration::from_secs(10)).await;
    assert!(venue.availability.is_up(), "it is not down");
    venue.store.fail(None);
    assert_eq!(venue.end_of(id).await, (Status::Completed, Reason::Delivered));
}

#[tokio::test(start_paused = true)]
async fn a_start_without_a_store_takes_over_when_it_is_there() {
    let store = Store::default();
    store.fail(Some(StoreError::Unavailable));
    let venue = Venue::over(store, Default::default());
    let earlier = venue.command("channel 7", "ir-1/1", Class::Interactive);
    pass(Duration::from_secs(10)).await;
    assert!(!venue.availability.is_up());
    venue.store.fail(None);
    venue.wait_for(SchedulerState::Running).await;
    assert!(venue.availability.is_up());
    assert_eq!(venue.fences.superseded_by(&earlier), None);
    let id = venue.enqueue(venue.bulk("power_on", "ir-1/1")).await;
    assert_eq!(venue.end_of(id).await, (Status::Completed, Reason::Delivered));
}

#[tokio::test(start_paused = true)]
async fn a_bad_row_of_one_device_stops_no_other() {
    let venue = Venue::start();
    venue.wait_for(SchedulerState::Running).await;
    let invalid = StoreError::Invalid { rule: "CHECK".to_owned() };
    let bad = venue.bulk("power_on", "ir-1/1");
    venue.enqueue(bad).await;
    venue.store.fail(Some(invalid));
    settle_down().await;
    venue.store.fail(None);
    let start = Instant::now();
    let id = venue.enqueue(venue.bulk("power_on", "ir-2/1")).await;
    assert_eq!(venue.end_of(id).await, (Status::Completed, Reason::Delivered));
    assert!(start.elapsed() < Duration::from_secs(1));
    venue.recorder.wait_for_ended(2).await;
}

#[tokio::test(start_paused = true)]
async fn the_mark_of_an_outage_is_taken_away_when_the_fences_are_stored_and_not_before() {
    let venue = Venue::start();
    venue.wait_for(SchedulerState::Running).await;
    down(&venue).await;
    venue.marker.set().await;
    pass(Duration::from_secs(5)).await;
    assert_eq!(venue.marker.durability(), OrderDurability::Marked);
    let before = venue.store.names().len();
    venue.store.fail(None);
    venue.wait_for(SchedulerState::Running).await;
    settle_down().await;
    assert_eq!(venue.marker.durability(), OrderDurability::Stored);
    let asked = venue.store.names().split_off(before);
    let merges = asked.iter().filter(|name| **name == "merge_fences").count();
    assert_eq!(merges, 2, "once more for what was accepted meanwhile: {asked:?}");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_comes_a_little_later_is_taken_over_when_it_comes() {
    let store = Store::default();
    store.fail(Some(StoreError::Unavailable));
    let venue = Venue::over(store.clone(), SchedulerConfig::default());
    settle_down().await;
    assert_eq!(store.names(), ["move_wishes"], "it was tried, and rests");
    store.fail(None);
    let opened = Instant::now();
    venue.waker().store_replaced();
    venue.wait_for(SchedulerState::Running).await;
    assert_eq!(opened.elapsed(), Duration::ZERO, "nobody waits for the rest to be over");
    assert!(venue.availability.is_up());
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_replaced_while_it_is_taken_over_is_taken_over_anew() {
    let store = Store::default();
    let let_go = store.hold_next_start();
    let venue = Venue::over(store.clone(), SchedulerConfig::default());
    settle_down().await;
    venue.waker().store_replaced();
    settle_down().await;
    let_go.notify_one();
    venue.wait_for(SchedulerState::Running).await;
    let starts = store.names().into_iter().filter(|name| *name == "start").count();
    assert_eq!(starts, 2, "what was read of the one before counts no more");
}
