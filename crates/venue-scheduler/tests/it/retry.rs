//! What is tried again, when, and what never is.

use std::time::Duration;

use tokio::time::Instant;
use venue_domain::{Due, MaxAttempts, NewCommand, NotSent, Reason, Status};

use crate::{
    devices::Reaction,
    venue::{Venue, pass, times},
};

const HANGS: [Reaction; 3] = [Reaction::Hangs, Reaction::Hangs, Reaction::Hangs];

/// The whole seconds between two commands on the wire, less the 5 s of each attempt.
fn waits(venue: &Venue) -> Vec<u128> {
    let sent = venue.devices.sent();
    let gaps = sent.windows(2).map(|pair| (pair[1].at - pair[0].at).as_millis());
    gaps.map(|gap| (gap.saturating_sub(5_000) + 50) / 1_000).collect()
}

#[tokio::test(start_paused = true)]
async fn a_bulk_command_is_tried_at_once_and_again_after_2_and_4_seconds() {
    let venue = Venue::start();
    venue.devices.will("ir-1", HANGS);
    let id = venue.enqueue(venue.bulk("power_on", "ir-1/1")).await;
    assert_eq!(venue.end_of(id).await, (Status::Unknown, Reason::NoEvidence));
    assert_eq!(waits(&venue), [2, 4]);
    assert_eq!(venue.account(id).await.record.attempts, 3);
}

#[tokio::test(start_paused = true)]
async fn a_fallback_is_tried_after_2_and_4_and_8_seconds() {
    let venue = Venue::start();
    let start = Instant::now();
    venue.devices.will("ir-1", HANGS);
    let mut new = venue.fallback("power_on", "ir-1/1");
    new.command.expires_at = venue.now().plus(Duration::from_secs(60));
    let id = venue.enqueue(new).await;
    venue.end_of(id).await;
    assert_eq!(times(&venue, start)[0] / 100, 20);
    assert_eq!(waits(&venue), [4, 8]);
}

#[tokio::test(start_paused = true)]
async fn a_toggle_a_step_and_a_key_are_never_sent_again_after_unknown() {
    let venue = Venue::start();
    for (port, what) in [(1, "power"), (2, "volume_up"), (3, "number 5"), (4, "ok")] {
        venue.devices.will("ir-1", [Reaction::Hangs]);
        let id = venue.enqueue(venue.bulk(what, &format!("ir-1/{port}"))).await;
        assert_eq!(venue.end_of(id).await, (Status::Unknown, Reason::NoEvidence), "{what}");
    }
    pass(Duration::from_secs(600)).await;
    assert_eq!(venue.devices.words().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_toggle_of_which_no_byte_left_is_tried_again() {
    let venue = Venue::start();
    venue.devices.will("ir-1", [Reaction::NotSent(NotSent::Stalled)]);
    let id = venue.enqueue(venue.bulk("power", "ir-1/1")).await;
    assert_eq!(venue.end_of(id).await, (Status::Completed, Reason::Delivered));
    assert_eq!(venue.account(id).await.attempts.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_channel_is_tried_again_only_when_the_quiet_gap_is_over() {
    let venue = Venue::start();
    venue.devices.will("ir-1", [Reaction::Hangs]);
    let id = venue.enqueue(venue.bulk("channel 501", "ir-1/1")).await;
    assert_eq!(venue.end_of(id).await, (Status::Completed, Reason::Delivered));
    assert_eq!(waits(&venue), [4]);
}

#[tokio::test(start_paused = true)]
async fn a_port_that_rests_is_waited_for_without_an_attempt() {
    let venue = Venue::start();
    let start = Instant::now();
    let wait = Duration::from_secs(6);
    venue.devices.will("ir-1", [Reaction::NotSent(NotSent::NotBefore { wait })]);
    let id = venue.enqueue(venue.bulk("channel 5", "ir-1/1")).await;
    venue.end_of(id).await;
    assert_eq!(times(&venue, start)[0] / 100, 60);
    assert_eq!(venue.account(id).await.record.attempts, 1);
}

#[tokio::test(start_paused = true)]
async fn a_busy_lane_costs_no_attempt_and_nothing_spins() {
    let venue = Venue::start();
    let busy = [NotSent::LaneBusy, NotSent::LaneFull].map(Reaction::NotSent);
    venue.devices.will("ir-1", busy.into_iter().cycle().take(20));
    let once = NewCommand { max_attempts: MaxAttempts::ONCE, ..venue.bulk("power", "ir-1/1") };
    let start = Instant::now();
    let id = venue.enqueue(once).await;
    assert_eq!(venue.end_of(id).await, (Status::Completed, Reason::Delivered));
    assert_eq!(venue.account(id).await.record.attempts, 1);
    assert!(times(&venue, start)[0] >= 20 * 100);
}

#[tokio::test(start_paused = true)]
async fn a_slow_device_is_given_four_of_its_replies_between_two_attempts() {
    let venue = Venue::start();
    for _ in 0..3 {
        venue.devices.will("ir-1", [Reaction::Takes(Duration::from_millis(1_500))]);
        let id = venue.enqueue(venue.bulk("power_on", "ir-1/1")).await;
        venue.end_of(id).await;
    }
    venue.devices.will("ir-1", [Reaction::Hangs]);
    let id = venue.enqueue(venue.bulk("power_on", "ir-1/1")).await;
    venue.end_of(id).await;
    assert_eq!(waits(&venue).last(), Some(&6));
}

#[tokio::test(start_paused = true)]
async fn after_the_last_attempt_the_reason_is_told() {
    let venue = Venue::start();
    venue.devices.leave("ir-1");
    let start = Instant::now();
    let id = venue.enqueue(venue.bulk("power_on", "ir-1/1")).await;
    assert_eq!(venue.end_of(id).await, (Status::Failed, Reason::DeviceOffline));
    assert_eq!(start.elapsed().as_secs(), 6, "at once, after 2 and after 4 seconds");
    assert_eq!(venue.account(id).await.attempts.len(), 3);
    assert_eq!(venue.devices.asked(), 0, "nothing is tried at a device that is known to be away");
}

#[tokio::test(start_paused = true)]
async fn an_attempt_after_the_end_of_its_life_is_not_made() {
    let venue = Venue::start();
    venue.devices.leave("ir-1");
    let mut new = venue.bulk("power", "ir-1/1");
    new.command.expires_at = venue.now().plus(Duration::from_secs(3));
    new.due = Due::Now;
    let id = venue.enqueue(new).await;
    assert_eq!(venue.end_of(id).await, (Status::Expired, Reason::Expired));
    assert_eq!(venue.account(id).await.attempts.len(), 2);
}
