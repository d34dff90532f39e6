//! The newest delivered command, sent once more where an older one may still come to life.

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
    assert_eq!(floor.device.words().len(), 4, "nothing comes to life any more");
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
async fn another_board_under_the_name_is_sent_nothing_of_what_the_one_before_may_still_do() {
    let floor = after_losing("channel 5@1").await;
    assert!(floor.send("channel 7@1").await.delivered().await);
    floor.device.disconnect();
    pass(ms(1_000)).await;
    floor.device.connect_as(3, "02:00:00:00:00:02");
    pass(ms(120_000)).await;
    assert_eq!(floor.device.words(), ["channel 5@1", "channel 7@1"]);
    assert_eq!(floor.heard(), ["cleared 1"]);
    assert!(floor.send("channel 9@1").await.delivered().await);
    pass(ms(120_000)).await;
    assert_eq!(floor.device.words().len(), 3, "nor is what it was sent itself");
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
async fn it_counts_for_150_seconds_however_long_the_command_itself_lives() {
    for (away, again) in [(100_000, true), (145_000, false)] {
        let floor = after_losing("channel 5@1").await;
        assert!(floor.send("channel 7@1").await.delivered().await);
        floor.device.disconnect();
        pass(ms(away)).await;
        floor.device.connect(3);
        pass(ms(60_000)).await;
        let words = floor.device.words();
        assert_eq!(words.len(), if again { 3 } else { 2 }, "{away}: {words:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_retry_that_was_delivered_makes_nobody_type_twice_the_next_day() {
    let floor = Floor::new();
    floor.device.will([Reaction::Hangs]);
    let lost = floor.accept("channel 5@1", Class::Interactive);
    let handed = floor.hand(&lost, ms(3_000)).await;
    floor.device.wait_for_sent(1).await;
    floor.device.disconnect();
    assert_eq!(handed.outcome().await, Outcome::Unknown(Unknown::SessionLost));
    pass(ms(1_000)).await;
    floor.device.connect(2);
    pass(ms(5_000)).await;
    assert!(floor.hand(&lost, ms(3_000)).await.delivered().await, "its retry");
    pass(ms(24 * 3_600_000)).await;
    assert!(floor.send("channel 7@1").await.delivered().await);
    pass(ms(60_000)).await;
    assert_eq!(floor.device.words(), ["channel 5@1", "channel 5@1", "channel 7@1"]);
}

#[tokio::test(start_paused = true)]
async fn a_warm_up_puts_it_off_and_does_not_forget_it() {
    let floor = after_losing("channel 5@1").await;
    assert!(floor.send("channel 7@1").await.delivered().await);
    pass(ms(2_000)).await;
    assert!(floor.send("power_on@1").await.delivered().await);
    pass(ms(60_000)).await;
    let sent = floor.device.sent();
    assert_eq!(floor.device.words(), ["channel 5@1", "channel 7@1", "power_on@1", "channel 7@1"]);
    assert_eq!(sent[3].start - sent[2].end.unwrap(), ms(8_000));
}

#[tokio::test(start_paused = true)]
async fn a_newer_command_that_was_refused_does_not_end_it() {
    let floor = after_losing("channel 5@1").await;
    assert!(floor.send("channel 7@1").await.delivered().await);
    pass(ms(2_500)).await;
    floor.device.will([Reaction::Refuses("no")]);
    assert!(matches!(floor.outcome("channel 9@1").await, Outcome::Refused(_)));
    pass(ms(60_000)).await;
    let expected = ["channel 5@1", "channel 7@1", "channel 9@1", "channel 7@1"];
    assert_eq!(floor.device.words(), expected);
}

#[tokio::test(start_paused = true)]
async fn what_was_sent_once_more_and_lost_again_is_sent_a_third_time() {
    let floor = after_losing("channel 5@1").await;
    assert!(floor.send("channel 7@1").await.delivered().await);
    floor.device.will([Reaction::Hangs]);
    floor.device.wait_for_sent(3).await;
    floor.device.disconnect();
    pass(ms(1_000)).await;
    floor.device.connect(3);
    pass(ms(60_000)).await;
    let words = floor.device.words();
    assert_eq!(words, ["channel 5@1", "channel 7@1", "channel 7@1", "channel 7@1"]);
}

#[tokio::test(start_paused = true)]
async fn whoever_observes_hears_what_was_sent_once_more_and_what_is_over() {
    let floor = after_losing("channel 5@1").await;
    assert!(floor.send("channel 7@1").await.delivered().await);
    pass(ms(60_000)).await;
    assert_eq!(floor.heard(), ["again channel 7", "cleared 1"]);
    // Answered on its own session: nothing of it comes to life.
    floor.device.will([Reaction::Hangs]);
    assert_eq!(floor.outcome("mute_on@1").await, Outcome::Unknown(Unknown::NoEvidence));
    settle().await;
    assert_eq!(floor.heard(), ["cleared 1"]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_on_the_same_session_leaves_nothing_that_comes_to_life() {
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
