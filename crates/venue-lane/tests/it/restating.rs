//! The newest wish, stated once more where an older one may still come to life.

use venue_domain::{Class, Outcome, Unknown};

use crate::{
    fake::Reaction,
    floor::{Floor, ms, pass, settle},
};

/// A floor on which `what` was handed to a hung device, whose session was then lost; a new one is
/// up, and no quiet gap is left.
async fn after_losing(what: &str) -> Floor {
    let floor = Floor::new();
    floor.device.will([Reaction::Hangs]);
    let handed = floor.send(what).await;
    floor.device.wait_for_sent(1).await;
    floor.device.disconnect();
    assert_eq!(handed.outcome().await, Outcome::Unknown(Unknown::SessionLost));
    pass(ms(1_000)).await;
    floor.device.connect(2);
    pass(ms(5_000)).await;
    floor
}

#[tokio::test(start_paused = true)]
async fn a_newer_wish_is_stated_once_more_after_the_quiet_gap_and_never_again() {
    let floor = after_losing("channel 5@1").await;
    assert!(floor.send("channel 7@1").await.delivered().await);
    pass(ms(120_000)).await;
    assert_eq!(floor.device.words(), ["channel 5@1", "channel 7@1", "channel 7@1"]);
    let sent = floor.device.sent();
    assert_eq!(sent[2].start - sent[1].end.unwrap(), ms(4_000));
    assert!(floor.send("channel 9@1").await.delivered().await);
    pass(ms(120_000)).await;
    assert_eq!(floor.device.words().len(), 4, "the ghost is laid");
}

#[tokio::test(start_paused = true)]
async fn the_newest_of_two_wishes_is_the_one_that_is_stated() {
    let floor = after_losing("channel 5@1").await;
    assert!(floor.send("channel 7@1").await.delivered().await);
    pass(ms(2_000)).await;
    assert!(floor.send("channel 9@1").await.delivered().await);
    pass(ms(120_000)).await;
    let expected = ["channel 5@1", "channel 7@1", "channel 9@1", "channel 9@1"];
    assert_eq!(floor.device.words(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_toggle_is_never_stated_again() {
    let floor = after_losing("power_on@1").await;
    assert!(floor.send("power@1").await.delivered().await);
    pass(ms(120_000)).await;
    assert_eq!(floor.device.words(), ["power_on@1", "power@1"]);
}

#[tokio::test(start_paused = true)]
async fn a_lost_toggle_makes_nobody_repeat_himself() {
    let floor = after_losing("power@1").await;
    assert!(floor.send("power_on@1").await.delivered().await);
    pass(ms(120_000)).await;
    assert_eq!(floor.device.words(), ["power@1", "power_on@1"]);
}

#[tokio::test(start_paused = true)]
async fn a_wish_that_was_overtaken_by_a_step_is_not_stated_again() {
    let floor = after_losing("channel 5@1").await;
    assert!(floor.send("channel 7@1").await.delivered().await);
    assert!(floor.send("channel_up@1").await.delivered().await);
    pass(ms(120_000)).await;
    assert_eq!(floor.device.words(), ["channel 5@1", "channel 7@1", "channel_up@1"]);
}

#[tokio::test(start_paused = true)]
async fn a_wish_that_was_accepted_since_is_not_overridden() {
    let floor = after_losing("channel 5@1").await;
    assert!(floor.send("channel 7@1").await.delivered().await);
    let _elsewhere = floor.accept("channel 9@1", Class::Interactive);
    pass(ms(120_000)).await;
    assert_eq!(floor.device.words(), ["channel 5@1", "channel 7@1"]);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_is_away_when_the_wish_is_due_only_puts_it_off() {
    let floor = after_losing("channel 5@1").await;
    assert!(floor.send("channel 7@1").await.delivered().await);
    floor.device.disconnect();
    pass(ms(6_000)).await;
    floor.device.connect(3);
    pass(ms(60_000)).await;
    let sent = floor.device.sent();
    assert_eq!(floor.device.words(), ["channel 5@1", "channel 7@1", "channel 7@1"]);
    assert_eq!(sent[2].epoch, 3);
}

#[tokio::test(start_paused = true)]
async fn a_wish_that_has_expired_is_not_stated_again() {
    let floor = after_losing("channel 5@1").await;
    assert!(floor.send("channel 7@1").await.delivered().await);
    floor.device.disconnect();
    pass(ms(31_000)).await;
    floor.device.connect(3);
    pass(ms(60_000)).await;
    assert_eq!(floor.device.words(), ["channel 5@1", "channel 7@1"]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_on_the_same_session_leaves_no_ghost() {
    let floor = Floor::new();
    floor.device.will([Reaction::Hangs]);
    assert_eq!(floor.outcome("mute_on@1").await, Outcome::Unknown(Unknown::NoEvidence));
    settle().await;
    assert!(floor.send("mute_off@1").await.delivered().await);
    floor.device.disconnect();
    floor.device.connect(2);
    pass(ms(120_000)).await;
    assert_eq!(floor.device.words(), ["mute_on@1", "mute_off@1"]);
}
