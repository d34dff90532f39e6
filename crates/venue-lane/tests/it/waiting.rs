//! What waits, and how its waiting ends.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Notify, time::Instant};
use venue_domain::{
    Class, Delivery, DirectTransport, NotSent, Outcome, Probe, ProbeOutcome, Refused,
};

use venue_lane::LanesConfig;

use crate::{
    fake::{Fake, PingReaction, Reaction},
    floor::{BUDGET, Floor, ms, pass, settle},
};

#[tokio::test(start_paused = true)]
async fn what_waits_past_its_deadline_is_told_so_and_never_sent() {
    let floor = Floor::new();
    floor.device.will([Reaction::Takes(ms(4_000))]);
    let busy = floor.hand(&floor.accept("mute@1", Class::Interactive), ms(5_000)).await;
    let started = Instant::now();
    let waiting = floor.send("mute@2").await;
    assert_eq!(waiting.not_sent().await, NotSent::LaneBusy);
    assert_eq!(started.elapsed(), BUDGET - ms(250), "so late there is no time for an answer");
    assert!(busy.delivered().await);
    pass(ms(60_000)).await;
    assert_eq!(floor.device.words(), ["mute@1"]);
}

#[tokio::test(start_paused = true)]
async fn a_toggle_is_not_begun_when_there_is_no_time_left_to_learn_of_its_end() {
    let floor = Floor::new();
    // Free 100 ms before the deadline: a press that begins then ends as unknown for good.
    floor.device.will([Reaction::Takes(BUDGET - ms(100))]);
    let busy = floor.send("mute@1").await;
    let toggle = floor.send("power@2").await;
    assert_eq!(toggle.not_sent().await, NotSent::LaneBusy);
    assert!(busy.delivered().await);
    assert_eq!(floor.device.words(), ["mute@1"]);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_withdraws_what_waits() {
    let floor = Floor::new();
    floor.device.will([Reaction::Takes(ms(500))]);
    let busy = floor.send("mute@1").await;
    floor.send("mute@2").await.drop_caller().await;
    assert!(busy.delivered().await);
    pass(ms(60_000)).await;
    assert_eq!(floor.device.words(), ["mute@1"]);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_withdraws_the_call_until_the_first_byte() {
    let floor = Floor::new();
    let first_byte = Arc::new(Notify::new());
    floor.device.will([Reaction::Held(Arc::clone(&first_byte))]);
    let handed = floor.send("mute@1").await;
    assert!(floor.lane().in_flight.is_some());
    handed.drop_caller().await;
    first_byte.notify_one();
    assert!(floor.send("mute@2").await.delivered().await);
    assert_eq!(floor.device.words(), ["mute@2"]);
}

#[tokio::test(start_paused = true)]
async fn what_has_begun_runs_to_its_end_without_its_caller() {
    let floor = Floor::new();
    floor.device.will([Reaction::Takes(ms(500))]);
    let handed = floor.send("channel 501@1").await;
    floor.device.wait_for_sent(1).await;
    handed.drop_caller().await;
    assert!(floor.send("mute@2").await.delivered().await);
    let sent = floor.device.sent();
    assert_eq!(sent[1].start - sent[0].end.unwrap(), ms(804), "it holds the board all the same");
}

#[tokio::test(start_paused = true)]
async fn a_full_lane_says_so_at_once() {
    let floor = Floor::with_capacity(2);
    floor.device.will([Reaction::Takes(ms(500))]);
    let mut handed = Vec::new();
    for what in ["mute@1", "mute@2", "mute@3"] {
        handed.push(floor.send(what).await);
    }
    let started = Instant::now();
    assert_eq!(floor.send("mute@4").await.not_sent().await, NotSent::LaneFull);
    assert_eq!(started.elapsed(), Duration::ZERO);
    for handed in handed {
        assert!(handed.delivered().await);
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_withdrawn_takes_no_room() {
    let floor = Floor::with_capacity(2);
    floor.device.will([Reaction::Takes(ms(500))]);
    let busy = floor.send("mute@1").await;
    let gone = [floor.send("mute@2").await, floor.send("mute@3").await];
    for handed in gone {
        handed.drop_caller().await;
    }
    let later = floor.send("mute@4").await;
    assert!(busy.delivered().await && later.delivered().await);
}

#[tokio::test(start_paused = true)]
async fn shutdown_tells_what_waits_and_lets_what_is_in_flight_end() {
    let floor = Floor::new();
    floor.device.will([Reaction::Takes(ms(500))]);
    let flying = floor.send("mute@1").await;
    let waiting = floor.send("mute@2").await;
    floor.device.wait_for_sent(1).await;
    let started = Instant::now();
    floor.lanes.shutdown().await;
    assert_eq!(started.elapsed(), ms(500));
    assert!(flying.delivered().await);
    assert_eq!(waiting.not_sent().await, NotSent::Stopping);
    assert_eq!(floor.send("mute@3").await.not_sent().await, NotSent::Stopping);
    assert_eq!(floor.device.words(), ["mute@1"]);
}

#[tokio::test(start_paused = true)]
async fn shutdown_waits_for_no_ping() {
    let floor = Floor::new();
    floor.device.will([Reaction::Hangs]);
    floor.device.will_ping([PingReaction::Hangs; 9]);
    floor.outcome("mute@1").await;
    let waiting = floor.send("mute@2").await;
    let lanes = Arc::clone(&floor.lanes);
    let probed = tokio::spawn(async move {
        let deadline = Instant::now() + ms(5_000);
        lanes.ping(&"ir-1".parse().unwrap(), deadline.into_std()).await
    });
    floor.device.wait_for_pings(2).await;
    let started = Instant::now();
    floor.lanes.shutdown().await;
    assert_eq!(started.elapsed(), Duration::ZERO);
    assert_eq!(waiting.not_sent().await, NotSent::Stopping);
    assert_eq!(probed.await.unwrap(), ProbeOutcome::Silent);
}

#[tokio::test(start_paused = true)]
async fn without_a_session_the_answer_comes_at_once_and_names_the_reason() {
    let floor = Floor::new();
    let started = Instant::now();
    floor.device.disconnect();
    assert_eq!(floor.send("mute@1").await.not_sent().await, NotSent::Offline);
    floor.device.misconfigure();
    assert_eq!(floor.send("mute@1").await.not_sent().await, NotSent::Misconfigured);
    floor.device.stop();
    assert_eq!(floor.send("mute@1").await.not_sent().await, NotSent::Stopping);
    assert_eq!(started.elapsed(), Duration::ZERO);
    assert!(floor.device.words().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_session_that_is_lost_ends_all_waiting_at_once() {
    let floor = Floor::new();
    assert!(floor.send("power_on@1").await.delivered().await);
    let resting = floor.hand(&floor.accept("channel 501@1", Class::Bulk), ms(30_000)).await;
    floor.device.disconnect();
    let lost = Instant::now();
    assert_eq!(resting.not_sent().await, NotSent::Offline);
    assert_eq!(lost.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_device_that_is_dialled_for_the_first_time_is_waited_for_and_after_that_it_is_offline() {
    let floor = Floor::of(Fake::dialled(), LanesConfig::default());
    let pressed = floor.send("power@1").await;
    pass(ms(500)).await;
    floor.device.connect(1);
    assert!(pressed.delivered().await, "straight after a start of the daemon");
    floor.device.disconnect();
    floor.device.dial(1);
    let offline = Outcome::NotSent(NotSent::Offline);
    assert_eq!(floor.send("power@1").await.outcome().await, offline, "it had been dialled before");

    let floor = Floor::of(Fake::dialled(), LanesConfig::default());
    let pressed = floor.send("power@1").await;
    pass(ms(500)).await;
    floor.device.disconnect();
    assert_eq!(pressed.outcome().await, offline, "as soon as that is known");
}

#[tokio::test(start_paused = true)]
async fn a_device_without_a_lane_is_offline() {
    let floor = Floor::new();
    let command = floor.accept_for("ir-9", "mute@1", Class::Interactive);
    assert_eq!(floor.hand(&command, BUDGET).await.not_sent().await, NotSent::Offline);
}

#[tokio::test(start_paused = true)]
async fn what_the_device_does_not_advertise_is_refused_and_holds_nobody_up() {
    let floor = Floor::new();
    floor.device.will([Reaction::Takes(ms(500))]);
    let busy = floor.send("mute@1").await;
    let refused = floor.send("menu@2").await;
    let next = floor.send("mute@3").await;
    let service = "tv_menu".to_owned();
    let not_advertised = Outcome::Refused(Refused::NotAdvertised { service });
    assert_eq!(refused.outcome().await, not_advertised);
    assert!(busy.delivered().await && next.delivered().await);
    assert_eq!(floor.device.words(), ["mute@1", "mute@3"]);
}

#[tokio::test(start_paused = true)]
async fn a_socket_that_takes_no_byte_leaves_nothing_unconfirmed() {
    let floor = Floor::new();
    floor.device.will([Reaction::Stalls]);
    assert_eq!(floor.send("power@1").await.not_sent().await, NotSent::Stalled);
    assert!(floor.send("power@1").await.delivered().await);
    assert!(floor.device.pinged().is_empty());
    assert_eq!(floor.device.words(), ["power@1"]);
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_session_is_gone_before_its_first_byte_was_not_sent() {
    let floor = Floor::new();
    let first_byte = Arc::new(Notify::new());
    floor.device.will([Reaction::Held(Arc::clone(&first_byte))]);
    let handed = floor.send("power@1").await;
    floor.device.disconnect();
    floor.device.connect(2);
    first_byte.notify_one();
    assert_eq!(handed.not_sent().await, NotSent::Offline);
    assert!(floor.send("mute@1").await.delivered().await);
    assert_eq!(floor.device.words(), ["mute@1"]);
}

#[tokio::test(start_paused = true)]
async fn the_time_that_is_told_includes_the_waiting() {
    let floor = Floor::new();
    floor.device.will([Reaction::Takes(ms(400)), Reaction::Takes(ms(20))]);
    let busy = floor.send("diagnostic_signal 1@0").await;
    let waiting = floor.send("mute@2").await;
    busy.delivery().await;
    let Delivery::Ended { took, .. } = waiting.delivery().await else { panic!("superseded") };
    assert_eq!(took, ms(420));
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_has_passed_already_sends_nothing() {
    let floor = Floor::new();
    let command = floor.accept("power@1", Class::Interactive);
    let delivery = floor.lanes.deliver(command, Instant::now().into_std()).await;
    assert!(matches!(
        delivery,
        Delivery::Ended { outcome: Outcome::NotSent(NotSent::LaneBusy), .. }
    ));
    settle().await;
    assert!(floor.device.words().is_empty());
}

#[tokio::test(start_paused = true)]
async fn how_fast_a_device_is_does_not_depend_on_how_long_a_command_waited() {
    let floor = Floor::new();
    floor.device.will([Reaction::Takes(ms(500)), Reaction::Takes(ms(30))]);
    let busy = floor.send("mute@1").await;
    let command = floor.accept("mute@2", Class::Interactive);
    let deadline = (Instant::now() + BUDGET).into_std();
    let (delivery, latency) = floor.lanes.deliver_timed(command, deadline).await;
    let Delivery::Ended { took, .. } = delivery else { panic!("superseded") };
    assert_eq!(latency, Some(ms(30)));
    assert!(took >= ms(530), "{took:?}");
    assert!(busy.delivered().await);
    floor.device.disconnect();
    let command = floor.accept("mute@2", Class::Interactive);
    let (_, latency) = floor.lanes.deliver_timed(command, deadline).await;
    assert_eq!(latency, None, "no byte left");
}
