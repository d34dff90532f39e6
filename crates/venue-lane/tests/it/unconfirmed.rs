//! After an unknown outcome: nothing is sent until the device has answered or has a new session.

use std::time::Duration;

use tokio::time::Instant;
use venue_domain::{Class, Evidence, NotSent, Outcome, Unknown};

use crate::{
    fake::{PingReaction, Reaction},
    floor::{BUDGET, Floor, ms, pass, settle},
};

const NO_EVIDENCE: Outcome = Outcome::Unknown(Unknown::NoEvidence);

#[tokio::test(start_paused = true)]
async fn the_reply_is_the_evidence_where_there_is_one_and_otherwise_the_answer_to_a_ping() {
    let floor = Floor::new();
    assert_eq!(floor.outcome("info@2").await, Outcome::Delivered(Evidence::Reply));
    assert_eq!(floor.outcome("mute@2").await, Outcome::Delivered(Evidence::PingBarrier));
    floor.device.will([Reaction::Hangs]);
    assert_eq!(floor.outcome("info@3").await, Outcome::Unknown(Unknown::NoEvidence));
}

#[tokio::test(start_paused = true)]
async fn a_toggle_is_written_once_although_its_outcome_is_unknown() {
    let floor = Floor::new();
    floor.device.will([Reaction::Hangs]);
    let started = Instant::now();
    assert_eq!(floor.outcome("power@1").await, NO_EVIDENCE);
    assert_eq!(started.elapsed(), BUDGET);
    pass(ms(60_000)).await;
    floor.device.disconnect();
    pass(ms(1_000)).await;
    floor.device.connect(2);
    assert!(floor.send("mute@2").await.delivered().await);
    pass(ms(60_000)).await;
    assert_eq!(floor.device.words(), ["power@1", "mute@2"]);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_until_the_device_has_answered_on_the_same_session() {
    let floor = Floor::new();
    floor.device.will([Reaction::Hangs]);
    floor.device.will_ping([PingReaction::Hangs]);
    assert_eq!(floor.outcome("mute@1").await, NO_EVIDENCE);
    settle().await;
    assert!(floor.lane().unconfirmed);
    let waiting = floor.hand(&floor.accept("mute_on@2", Class::Bulk), ms(30_000)).await;
    pass(ms(2_000)).await;
    assert_eq!(floor.device.words(), ["mute@1"], "the first ping is still owed");
    assert_eq!(waiting.outcome().await, Outcome::Delivered(Evidence::PingBarrier));
    let answered = *floor.device.pinged().last().unwrap();
    assert!(floor.device.sent()[1].start >= answered);
    assert!(!floor.lane().unconfirmed);
}

#[tokio::test(start_paused = true)]
async fn not_even_the_diagnostic_signal_goes_before_the_answer() {
    let floor = Floor::new();
    floor.device.will([Reaction::Hangs]);
    floor.device.will_ping([PingReaction::Hangs; 9]);
    assert_eq!(floor.outcome("mute@1").await, NO_EVIDENCE);
    let signal = floor.accept("diagnostic_signal 1@0", Class::Immediate);
    assert_eq!(floor.hand(&signal, ms(5_000)).await.not_sent().await, NotSent::Unconfirmed);
    assert_eq!(floor.device.words(), ["mute@1"]);
}

#[tokio::test(start_paused = true)]
async fn a_new_session_needs_no_ping_after_an_unknown_outcome() {
    let floor = Floor::new();
    floor.device.will([Reaction::Hangs]);
    let handed = floor.send("mute@1").await;
    floor.device.wait_for_sent(1).await;
    floor.device.disconnect();
    assert_eq!(handed.outcome().await, Outcome::Unknown(Unknown::SessionLost));
    assert_eq!(floor.send("mute@2").await.not_sent().await, NotSent::Offline);
    floor.device.connect(2);
    assert!(floor.send("mute@2").await.delivered().await);
    assert!(floor.device.pinged().is_empty());
    assert_eq!(floor.device.sent()[1].epoch, 2);
}

#[tokio::test(start_paused = true)]
async fn a_command_that_waits_in_vain_for_the_ping_is_not_sent_as_unconfirmed() {
    let floor = Floor::new();
    floor.device.will([Reaction::Hangs]);
    floor.device.will_ping([PingReaction::Hangs; 9]);
    assert_eq!(floor.outcome("mute@1").await, NO_EVIDENCE);
    let first = floor.send("mute@2").await;
    floor.device.wait_for_pings(1).await;
    pass(ms(500)).await;
    let during_the_ping = floor.send("mute@3").await;
    assert_eq!(first.not_sent().await, NotSent::Unconfirmed);
    assert_eq!(during_the_ping.not_sent().await, NotSent::Unconfirmed);
    assert_eq!(floor.device.words(), ["mute@1"]);
}

#[tokio::test(start_paused = true)]
async fn after_the_ping_a_busy_lane_is_called_busy() {
    let floor = Floor::new();
    floor.device.will([Reaction::Hangs, Reaction::Takes(ms(2_500))]);
    floor.device.will_ping([PingReaction::Fails]);
    assert_eq!(floor.outcome("mute@1").await, NO_EVIDENCE);
    let first = floor.send("volume_up@2").await;
    let other = floor.hand(&floor.accept("mute@3", Class::Bulk), ms(2_000)).await;
    assert_eq!(other.not_sent().await, NotSent::LaneBusy);
    assert!(first.delivered().await);
}

#[tokio::test(start_paused = true)]
async fn the_device_is_asked_although_nobody_waits() {
    let floor = Floor::new();
    floor.device.will([Reaction::Hangs]);
    assert_eq!(floor.outcome("channel 501@1").await, NO_EVIDENCE);
    floor.device.wait_for_pings(1).await;
    settle().await;
    assert!(!floor.lane().unconfirmed);
    pass(ms(60_000)).await;
    let later = floor.send("channel 501@1").await;
    assert!(later.delivered().await, "the quiet gap has long passed");
}

#[tokio::test(start_paused = true)]
async fn a_new_session_is_noticed_although_nobody_waits() {
    let floor = Floor::new();
    floor.device.will([Reaction::Hangs]);
    let handed = floor.send("channel 501@1").await;
    floor.device.wait_for_sent(1).await;
    floor.device.disconnect();
    assert_eq!(handed.outcome().await, Outcome::Unknown(Unknown::SessionLost));
    pass(ms(1_000)).await;
    assert!(floor.lane().unconfirmed);
    floor.device.connect(2);
    settle().await;
    assert!(!floor.lane().unconfirmed);
    pass(ms(60_000)).await;
    let later = floor.send("channel 501@1").await;
    assert!(later.delivered().await, "the quiet gap has long passed");
}

#[tokio::test(start_paused = true)]
async fn digits_wait_until_half_typed_ones_are_gone_the_newer_wish_too() {
    let floor = Floor::new();
    floor.device.will([Reaction::Hangs]);
    assert_eq!(floor.outcome("channel 501@1").await, NO_EVIDENCE);
    let asked = Instant::now();
    let NotSent::NotBefore { wait } = floor.send("channel 7@1").await.not_sent().await else {
        panic!("the quiet gap takes longer than the budget")
    };
    assert_eq!(wait, ms(4_000));
    assert_eq!(asked.elapsed(), Duration::ZERO);
    let bulk = floor.accept("channel 9@1", Class::Bulk);
    assert!(floor.hand(&bulk, ms(10_000)).await.delivered().await);
    assert_eq!(floor.device.sent()[1].start - asked, ms(4_000));
}

#[tokio::test(start_paused = true)]
async fn the_quiet_gap_counts_from_the_answer_until_then_digits_may_still_be_typed() {
    let floor = Floor::new();
    floor.device.will([Reaction::Hangs]);
    floor.device.will_ping([PingReaction::Hangs]);
    assert_eq!(floor.outcome("channel 501@1").await, NO_EVIDENCE);
    floor.device.wait_for_pings(2).await;
    let NotSent::NotBefore { wait } = floor.send("channel 7@1").await.not_sent().await else {
        panic!("the device may have typed just now")
    };
    assert_eq!(wait, ms(4_000));
}

#[tokio::test(start_paused = true)]
async fn pings_that_fail_at_once_do_not_make_the_lane_spin() {
    let floor = Floor::new();
    floor.device.will([Reaction::Hangs]);
    floor.device.will_ping([PingReaction::Fails; 200]);
    assert_eq!(floor.outcome("mute@1").await, NO_EVIDENCE);
    assert_eq!(floor.send("mute@2").await.not_sent().await, NotSent::Unconfirmed);
    let pings = floor.device.pinged().len();
    assert!((2..=14).contains(&pings), "{pings} pings in 3 s");
}
