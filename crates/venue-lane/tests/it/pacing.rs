//! Air time, gaps, warm-up and the quiet gap.

use std::time::Duration;

use tokio::time::Instant;
use venue_domain::{Class, Delivery, DirectTransport, NotSent, Outcome, Refused};

use crate::{
    fake::{Fake, Reaction},
    floor::{BUDGET, Floor, ms, pass, settle},
};

/// From the end of the first call to the start of the second.
fn pause(device: &Fake) -> Duration {
    let sent = device.sent();
    let [first, second] = sent.as_slice() else { panic!("{sent:?}") };
    second.start - first.end.unwrap()
}

/// Three digits of 68 ms with gaps of 300 ms between them.
const AIR_TIME: Duration = ms(804);

#[tokio::test(start_paused = true)]
async fn a_channel_of_three_digits_holds_the_board_for_its_air_time() {
    let floor = Floor::new();
    assert!(floor.send("channel 501@1").await.delivered().await);
    assert!(floor.send("mute@2").await.delivered().await);
    assert_eq!(pause(&floor.device), AIR_TIME);
}

#[tokio::test(start_paused = true)]
async fn the_same_port_cools_down_for_the_gap_as_well() {
    let floor = Floor::new();
    assert!(floor.send("channel 501@1").await.delivered().await);
    assert!(floor.send("mute@1").await.delivered().await);
    assert_eq!(pause(&floor.device), AIR_TIME + ms(100));
}

#[tokio::test(start_paused = true)]
async fn a_second_channel_does_not_destroy_the_first_one_of_another_port() {
    let floor = Floor::new();
    let first = floor.send("channel 501@1").await;
    let second = floor.send("channel 7@2").await;
    assert!(first.delivered().await && second.delivered().await);
    assert_eq!(pause(&floor.device), AIR_TIME);
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_the_device_refused_holds_the_board_as_well() {
    let floor = Floor::new();
    floor.device.will([Reaction::Refuses("port out of range")]);
    let words = "port out of range".to_owned();
    let refused = Outcome::Refused(Refused::ByDevice { words });
    assert_eq!(floor.outcome("channel 501@1").await, refused);
    assert!(floor.send("mute@2").await.delivered().await);
    assert_eq!(pause(&floor.device), AIR_TIME, "it may have run it before it said no");
}

#[tokio::test(start_paused = true)]
async fn the_diagnostic_signal_waits_for_no_air_time() {
    let floor = Floor::new();
    assert!(floor.send("channel 501@1").await.delivered().await);
    let signal = floor.accept("diagnostic_signal 1@0", Class::Immediate);
    assert!(floor.hand(&signal, BUDGET).await.delivered().await);
    assert_eq!(pause(&floor.device), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_channel_during_the_warm_up_is_told_at_once_not_before_when() {
    let floor = Floor::new();
    assert!(floor.send("power_on@1").await.delivered().await);
    pass(ms(2_000)).await;
    let asked = Instant::now();
    let NotSent::NotBefore { wait } = floor.send("channel 501@1").await.not_sent().await else {
        panic!("the warm-up takes longer than the budget")
    };
    assert_eq!(wait, ms(6_000));
    assert_eq!(asked.elapsed(), Duration::ZERO);
    pass(ms(20_000)).await;
    assert_eq!(floor.device.words(), ["power_on@1"], "what was told as not sent is never sent");
}

#[tokio::test(start_paused = true)]
async fn a_cooldown_that_ends_only_at_the_deadline_is_too_long_as_well() {
    let floor = Floor::new();
    assert!(floor.send("power_on@1").await.delivered().await);
    let channel = floor.accept("channel 501@1", Class::Interactive);
    let reason = floor.hand(&channel, ms(8_000)).await.not_sent().await;
    assert_eq!(reason, NotSent::NotBefore { wait: ms(8_000) });
}

#[tokio::test(start_paused = true)]
async fn a_port_that_warms_up_is_shown_to_take_no_channel_until_then() {
    let floor = Floor::new();
    assert!(floor.send("power_on@2").await.delivered().await);
    let sent = Instant::now();
    settle().await;
    let resting = floor.lane().resting;
    assert_eq!(resting.len(), 1, "{resting:?}");
    assert_eq!(resting[0].port.number(), 2);
    assert_eq!(resting[0].until - sent.into_std(), ms(8_000));
}

#[tokio::test(start_paused = true)]
async fn a_channel_with_time_enough_waits_for_the_warm_up() {
    let floor = Floor::new();
    assert!(floor.send("power_on@1").await.delivered().await);
    let channel = floor.accept("channel 501@1", Class::Bulk);
    assert!(floor.hand(&channel, ms(20_000)).await.delivered().await);
    assert_eq!(pause(&floor.device), ms(8_000));
}

#[tokio::test(start_paused = true)]
async fn a_command_of_the_queue_is_told_how_long_its_port_pauses_and_does_not_wait_in_the_lane() {
    let floor = Floor::new();
    assert!(floor.send("power_on@1").await.delivered().await);
    let rest = ms(8_000) - ms(3_000);
    tokio::time::advance(ms(3_000)).await;
    let deadline = || (Instant::now() + ms(6_000)).into_std();
    let queued = floor.accept("channel 501@1", Class::Bulk);
    let (delivery, _) = floor.lanes.deliver_timed(queued, deadline()).await;
    let Delivery::Ended { outcome: Outcome::NotSent(NotSent::NotBefore { wait }), .. } = delivery
    else {
        panic!("{delivery:?}")
    };
    assert!(wait <= rest && wait + ms(100) > rest, "{wait:?}");
    // What is only a moment away is waited for.
    tokio::time::advance(wait - ms(100)).await;
    let again = floor.accept("channel 501@1", Class::Bulk);
    let (delivery, _) = floor.lanes.deliver_timed(again, deadline()).await;
    assert!(matches!(delivery, Delivery::Ended { outcome: Outcome::Delivered(_), .. }));
}

#[tokio::test(start_paused = true)]
async fn other_ports_and_other_actions_do_not_wait_for_the_warm_up() {
    let floor = Floor::new();
    assert!(floor.send("power_on@1").await.delivered().await);
    let waiting = floor.hand(&floor.accept("channel 501@1", Class::Bulk), ms(20_000)).await;
    let started = Instant::now();
    assert!(floor.send("channel 501@2").await.delivered().await);
    assert!(floor.send("volume_up@1").await.delivered().await);
    assert!(started.elapsed() < ms(1_500));
    assert!(waiting.delivered().await);
    let last = floor.device.sent().pop().unwrap();
    assert_eq!(last.what, "channel 501@1");
}

#[tokio::test(start_paused = true)]
async fn several_steps_are_as_many_calls_of_the_boards_action_with_the_gap_of_the_port() {
    let floor = Floor::new();
    assert!(floor.send("volume_up 3@1").await.delivered().await);
    let sent = floor.device.sent();
    let what: Vec<_> = sent.iter().map(|sent| sent.what.as_str()).collect();
    assert_eq!(what, ["volume_up@1"; 3]);
    // The board answers before it has sent its frame of 68 ms.
    assert!(sent.windows(2).all(|two| two[1].start - two[0].end.unwrap() == ms(168)), "{sent:?}");
    let floor = Floor::new();
    floor.device.will([Reaction::Takes(ms(10)), Reaction::Refuses("busy")]);
    let partly = venue_domain::Unknown::Partly { delivered: 1, of: 3 };
    assert_eq!(floor.outcome("volume_up 3@1").await, Outcome::Unknown(partly));
    assert_eq!(floor.device.sent().len(), 2, "it stops there");
}
