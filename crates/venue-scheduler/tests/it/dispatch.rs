//! What is handed out, when, and what is not asked.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Notify, time::Instant};
use venue_domain::{Class, CommandQueue, Due, Priority, Reason, Status};
use venue_scheduler::{SchedulerConfig, SchedulerState};

use crate::{
    devices::Reaction,
    store::Store,
    venue::{Venue, pass, settle_down, times},
};

#[tokio::test(start_paused = true)]
async fn a_command_that_arrives_is_sent_at_once_and_its_end_is_told() {
    let venue = Venue::start();
    venue.wait_for(SchedulerState::Running).await;
    let start = Instant::now();
    let id = venue.enqueue(venue.bulk("power_on", "ir-1/2")).await;
    assert_eq!(venue.end_of(id).await, (Status::Completed, Reason::Delivered));
    assert_eq!(venue.devices.words(), ["power_on ir-1/2"]);
    assert!(times(&venue, start)[0] <= 1, "nothing waits for a poll");
}

#[tokio::test(start_paused = true)]
async fn an_idle_scheduler_asks_nothing_for_an_hour() {
    let venue = Venue::start();
    for device in 1..=50 {
        venue.enqueue(venue.bulk("power_on", &format!("ir-{device}/1"))).await;
    }
    venue.recorder.wait_for_ended(50).await;
    settle_down().await;
    let calls = venue.store.calls();
    pass(Duration::from_secs(60 * 60)).await;
    assert_eq!(venue.store.calls(), calls, "{:?}", venue.store.names());
}

#[tokio::test(start_paused = true)]
async fn a_wish_for_tomorrow_costs_a_few_calls_and_not_one_a_second() {
    let venue = Venue::start();
    let start = Instant::now();
    let tomorrow = Duration::from_secs(20 * 60 * 60);
    venue.enqueue(venue.scheduled("power_on", "ir-1/1", tomorrow)).await;
    settle_down().await;
    let calls = venue.store.calls();
    pass(tomorrow - Duration::from_secs(120)).await;
    assert!(venue.store.calls() - calls <= 2, "{:?}", venue.store.names());
    venue.devices.wait_for_sent(1).await;
    assert_eq!(times(&venue, start)[0] / 1_000, tomorrow.as_millis() / 1_000);
}

#[tokio::test(start_paused = true)]
async fn a_device_has_one_command_in_flight_and_the_next_one_follows_its_air_time() {
    let venue = Venue::start();
    let start = Instant::now();
    venue.enqueue(venue.bulk("channel 501", "ir-1/1")).await;
    venue.enqueue(venue.bulk("power_on", "ir-1/2")).await;
    venue.recorder.wait_for_ended(2).await;
    assert_eq!(venue.devices.most_in_flight(), 1);
    let times = times(&venue, start);
    assert!((800..900).contains(&times[1]), "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_a_system_command_and_it_leaves_no_device_behind() {
    let venue = Venue::start();
    let start = Instant::now();
    let slow = Duration::from_secs(3);
    venue.devices.will("ir-1", [Reaction::Takes(slow)]);
    let log = venue.enqueue(venue.system("collect_logs", "ir-1/0")).await;
    venue.devices.wait_for_asked(1).await;
    let tv = venue.enqueue(venue.bulk("power_on", "ir-1/2")).await;
    assert_eq!(venue.end_of(tv).await, (Status::Completed, Reason::Delivered));
    assert!(start.elapsed() < slow, "it has not waited for the log");
    assert_eq!(venue.end_of(log).await, (Status::Completed, Reason::Delivered));
    // One that ends while its device is busy with a TV does not make it look free.
    let let_go = Arc::<Notify>::default();
    venue.devices.will("ir-1", [Reaction::Takes(slow), Reaction::Held(Arc::clone(&let_go))]);
    let log = venue.enqueue(venue.system("collect_logs", "ir-1/0")).await;
    venue.devices.wait_for_asked(3).await;
    let first = venue.enqueue(venue.bulk("power_off", "ir-1/2")).await;
    venue.devices.wait_for_asked(4).await;
    assert_eq!(venue.end_of(log).await, (Status::Completed, Reason::Delivered));
    let second = venue.enqueue(venue.bulk("mute_on", "ir-1/2")).await;
    settle_down().await;
    assert_eq!(venue.devices.asked(), 4, "one at a time");
    let_go.notify_one();
    for id in [first, second] {
        assert_eq!(venue.end_of(id).await, (Status::Completed, Reason::Delivered));
    }
}

#[tokio::test(start_paused = true)]
async fn priority_decides_among_the_commands_of_a_device() {
    let store = Store::default();
    let venue = Venue::over(store, one_worker());
    venue.scheduler.pause();
    venue.wait_for(SchedulerState::Paused).await;
    venue.enqueue(venue.bulk("power_on", "ir-1/1")).await;
    let mut system = venue.bulk("mute_on", "ir-1/2");
    system.priority = Priority::SYSTEM;
    venue.enqueue(system).await;
    let mut urgent = venue.bulk("mute_off", "ir-1/3");
    urgent.priority = Priority::INTERACTIVE;
    venue.enqueue(urgent).await;
    venue.scheduler.resume();
    venue.recorder.wait_for_ended(3).await;
    assert_eq!(venue.devices.words(), ["mute_off ir-1/3", "power_on ir-1/1", "mute_on ir-1/2"]);
}

#[tokio::test(start_paused = true)]
async fn while_it_is_paused_nothing_is_handed_out() {
    let venue = Venue::start();
    venue.scheduler.pause();
    venue.wait_for(SchedulerState::Paused).await;
    venue.enqueue(venue.bulk("power_on", "ir-1/1")).await;
    pass(Duration::from_secs(60)).await;
    assert_eq!(venue.devices.asked(), 0);
    venue.scheduler.resume();
    venue.devices.wait_for_sent(1).await;
}

#[tokio::test(start_paused = true)]
async fn a_newer_direct_command_kills_the_one_that_was_claimed_before_its_first_byte() {
    let venue = Venue::start();
    let let_go = Arc::new(Notify::new());
    venue.devices.will("ir-1", [Reaction::Held(let_go.clone())]);
    let older = venue.enqueue(venue.bulk("channel 5", "ir-1/1")).await;
    venue.devices.wait_for_asked(1).await;
    let newer = venue.command("channel 7", "ir-1/1", Class::Interactive);
    let_go.notify_one();
    assert_eq!(venue.end_of(older).await, (Status::Superseded, Reason::Superseded));
    assert_eq!(venue.account(older).await.record.superseded_by, Some(newer.id));
    assert!(venue.devices.words().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_newer_command_that_came_during_the_claim_is_minded_before_the_lane_is_asked() {
    let venue = Venue::start();
    let let_go = venue.store.hold_next_claim();
    let older = venue.enqueue(venue.bulk("channel 5", "ir-1/1")).await;
    settle_down().await;
    venue.command("channel 7", "ir-1/1", Class::Interactive);
    let_go.notify_one();
    assert_eq!(venue.end_of(older).await, (Status::Superseded, Reason::Superseded));
    assert_eq!(venue.devices.asked(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_was_claimed_when_the_pause_began_goes_back_with_its_attempts() {
    let venue = Venue::start();
    let let_go = venue.store.hold_next_claim();
    let id = venue.enqueue(venue.bulk("power", "ir-1/1")).await;
    settle_down().await;
    venue.scheduler.pause();
    venue.wait_for(SchedulerState::Paused).await;
    let_go.notify_one();
    settle_down().await;
    let record = venue.account(id).await.record;
    assert_eq!((record.status, record.attempts), (Status::Pending, 0));
    assert_eq!(venue.devices.asked(), 0);
    venue.scheduler.resume();
    assert_eq!(venue.end_of(id).await, (Status::Completed, Reason::Delivered));
}

#[tokio::test(start_paused = true)]
async fn what_outlives_its_life_is_never_sent_and_is_told_when_its_life_is_over() {
    let venue = Venue::start();
    venue.wait_for(SchedulerState::Running).await;
    venue.scheduler.pause();
    venue.wait_for(SchedulerState::Paused).await;
    let mut toggle = venue.bulk("power", "ir-1/1");
    toggle.command.expires_at = venue.now().plus(Duration::from_secs(10));
    let expires_at = toggle.command.expires_at;
    let id = venue.enqueue(toggle).await;
    assert_eq!(venue.end_of(id).await, (Status::Expired, Reason::Expired));
    assert_eq!(venue.now().unix_ms() / 100, expires_at.unix_ms() / 100);
    venue.scheduler.resume();
    pass(Duration::from_secs(60)).await;
    assert_eq!(venue.devices.asked(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_never_lasts_longer_than_the_life_of_its_command() {
    let venue = Venue::start();
    let held = Arc::new(Notify::new());
    venue.devices.will("ir-1", [Reaction::Held(held)]);
    let mut toggle = venue.bulk("power", "ir-1/1");
    toggle.command.expires_at = venue.now().plus(Duration::from_secs(2));
    let start = Instant::now();
    let id = venue.enqueue(toggle).await;
    assert_eq!(venue.end_of(id).await, (Status::Expired, Reason::Expired));
    assert!(venue.devices.words().is_empty());
    assert_eq!(start.elapsed().as_secs(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_told_to_be_finished_once() {
    let venue = Venue::start();
    let targets = (1..=20).map(|device| format!("ir-{device}/1"));
    let commands = targets.map(|target| venue.bulk("power_on", &target)).collect();
    let id = venue.batch(commands).await;
    venue.recorder.wait_for_ended(20).await;
    settle_down().await;
    assert_eq!(venue.recorder.all().finished_batches, [id]);
}

#[tokio::test(start_paused = true)]
async fn deferred_work_waits_for_its_time() {
    let venue = Venue::start();
    let start = Instant::now();
    let mut deferred = venue.bulk("power_on", "ir-1/1");
    deferred.due = Due::At(venue.now().plus(Duration::from_secs(30)));
    venue.enqueue(deferred).await;
    venue.devices.wait_for_sent(1).await;
    assert_eq!(times(&venue, start)[0] / 100, 300);
}

#[tokio::test(start_paused = true)]
async fn a_withdrawn_command_is_not_sent() {
    let venue = Venue::start();
    let mut later = venue.bulk("power_on", "ir-1/1");
    later.due = Due::At(venue.now().plus(Duration::from_secs(5)));
    let id = venue.enqueue(later).await;
    venue.queue().cancel(id, venue.now()).await.unwrap();
    pass(Duration::from_secs(60)).await;
    assert_eq!(venue.devices.asked(), 0);
}

fn one_worker() -> SchedulerConfig {
    SchedulerConfig { workers: 1.try_into().unwrap(), ..SchedulerConfig::default() }
}
