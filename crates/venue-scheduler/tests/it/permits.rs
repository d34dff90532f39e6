//! The limit on attempts in flight, and who gets a permit.

use std::time::Duration;

use tokio::time::Instant;
use venue_domain::{Priority, Reason, Status};
use venue_scheduler::{SchedulerConfig, SchedulerState};

use crate::{
    devices::Reaction,
    venue::{Venue, pass},
};

fn workers(number: u32) -> SchedulerConfig {
    SchedulerConfig { workers: number.try_into().unwrap(), ..SchedulerConfig::default() }
}

async fn paused(venue: &Venue) {
    venue.scheduler.pause();
    venue.wait_for(SchedulerState::Paused).await;
}

#[tokio::test(start_paused = true)]
async fn no_more_attempts_are_in_flight_than_there_are_workers() {
    let venue = Venue::with(workers(8));
    for device in 0..100 {
        venue.enqueue(venue.bulk("power_on", &format!("ir-{device}/1"))).await;
    }
    venue.recorder.wait_for_ended(100).await;
    assert_eq!(venue.devices.most_in_flight(), 8);
}

#[tokio::test(start_paused = true)]
async fn a_system_command_takes_no_permit_from_a_tv_and_says_nothing_of_congestion() {
    let venue = Venue::with(workers(2));
    let start = Instant::now();
    for device in 1..=10 {
        let device = format!("ir-{device}");
        venue.devices.will(&device, [Reaction::Hangs]);
        venue.enqueue(venue.system("health_check", &format!("{device}/0"))).await;
    }
    venue.devices.wait_for_asked(10).await;
    let tv = venue.enqueue(venue.bulk("power_on", "ir-99/1")).await;
    assert_eq!(venue.end_of(tv).await, (Status::Completed, Reason::Delivered));
    assert!(start.elapsed() < Duration::from_secs(1), "it has not waited for them");
    venue.recorder.wait_for_ended(11).await;
    assert_eq!(venue.scheduler.stats().limit, 2, "they do not make the venue slower");
}

#[tokio::test(start_paused = true)]
async fn devices_that_wait_for_a_permit_take_turns() {
    let venue = Venue::with(workers(1));
    paused(&venue).await;
    for port in 1..=3 {
        for device in ["ir-1", "ir-2", "ir-3"] {
            venue.enqueue(venue.bulk("power_on", &format!("{device}/{port}"))).await;
        }
    }
    venue.scheduler.resume();
    venue.recorder.wait_for_ended(9).await;
    let words = venue.devices.words();
    for round in words.chunks(3) {
        let mut devices: Vec<&str> =
            round.iter().map(|what| &what["power_on ".len()..][..4]).collect();
        devices.sort_unstable();
        assert_eq!(devices, ["ir-1", "ir-2", "ir-3"], "{words:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_most_urgent_device_gets_the_next_permit() {
    let venue = Venue::with(workers(1));
    paused(&venue).await;
    for device in ["ir-1", "ir-2"] {
        venue.enqueue(venue.bulk("power_on", &format!("{device}/1"))).await;
    }
    let mut urgent = venue.bulk("power_on", "ir-3/1");
    urgent.priority = Priority::INTERACTIVE;
    venue.enqueue(urgent).await;
    venue.scheduler.resume();
    venue.recorder.wait_for_ended(3).await;
    assert_eq!(venue.devices.words()[0], "power_on ir-3/1");
}

#[tokio::test(start_paused = true)]
async fn a_hundred_dead_devices_delay_none_of_nine_hundred_healthy_ones() {
    let venue = Venue::with(workers(50));
    for device in 0..100 {
        venue.devices.leave(&format!("ir-{device}"));
    }
    let start = Instant::now();
    let targets = (0..1_000).map(|device| format!("ir-{device}/1"));
    let commands = targets.map(|target| venue.bulk("power_on", &target)).collect();
    let id = venue.batch(commands).await;
    venue.devices.wait_for_sent(900).await;
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    venue.recorder.wait_for_ended(1_000).await;
    assert_eq!(venue.recorder.all().finished_batches, [id]);
    assert_eq!(start.elapsed().as_secs(), 6);
}

#[tokio::test(start_paused = true)]
async fn the_limit_halves_when_many_attempts_end_unknown_and_recovers() {
    let venue = Venue::with(workers(40));
    for device in 0..40 {
        venue.devices.will(&format!("ir-{device}"), [Reaction::Hangs]);
        venue.enqueue(venue.bulk("power", &format!("ir-{device}/1"))).await;
    }
    venue.recorder.wait_for_ended(40).await;
    assert_eq!(venue.scheduler.stats().limit, 20);
    pass(Duration::from_secs(2)).await;
    assert_eq!(venue.scheduler.stats().limit, 28);
    pass(Duration::from_secs(60)).await;
    assert_eq!(venue.scheduler.stats().limit, 40);
}

#[tokio::test(start_paused = true)]
async fn devices_that_wait_for_a_permit_go_on_as_the_limit_recovers() {
    let venue = Venue::with(workers(20));
    for device in 0..20 {
        venue.devices.will(&format!("ir-{device}"), [Reaction::Hangs]);
        venue.enqueue(venue.bulk("power", &format!("ir-{device}/1"))).await;
    }
    venue.recorder.wait_for_ended(20).await;
    let long = [Reaction::Takes(Duration::from_secs(4))];
    for device in 100..120 {
        venue.devices.will(&format!("ir-{device}"), long.clone());
        venue.enqueue(venue.bulk("power", &format!("ir-{device}/1"))).await;
    }
    let start = Instant::now();
    venue.devices.wait_for_sent(40).await;
    assert!(start.elapsed() < Duration::from_secs(6), "{:?}", start.elapsed());
    assert!(start.elapsed() > Duration::from_secs(3), "the limit was halved");
}

#[tokio::test(start_paused = true)]
async fn the_figures_tell_what_is_in_flight_and_how_busy_it_was() {
    let venue = Venue::with(workers(10));
    for device in 0..5 {
        let long = [Reaction::Takes(Duration::from_secs(4))];
        venue.devices.will(&format!("ir-{device}"), long);
        venue.enqueue(venue.bulk("power", &format!("ir-{device}/1"))).await;
    }
    venue.devices.wait_for_sent(5).await;
    let stats = venue.scheduler.stats();
    assert_eq!((stats.state, stats.in_flight, stats.limit), (SchedulerState::Running, 5, 10));
    venue.recorder.wait_for_ended(5).await;
    let stats = venue.scheduler.stats();
    assert_eq!((stats.in_flight, stats.attempts, stats.delivered), (0, 5, 5));
    assert!((stats.utilisation - 0.5 * 4.0 / 60.0).abs() < 0.01, "{stats:?}");
}
