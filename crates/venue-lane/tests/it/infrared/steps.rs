//! Several presses of one key as one command.

use std::time::Duration;

use venue_domain::{NotSent, Outcome, TimingProfile, Unknown};
use venue_lane::{PortTimings, esphome::PortDrivings};

use super::{Bar, COMPLETE, FRAMES, RMT, SILENT, infrared, press};
use crate::board::Does;

const LOUDER: [(&str, &str); 1] = [("volume_up", "rc5:0,16")];

/// A board whose port 1 has a key for the volume.
fn loud(board: ((u32, u32), &'static str)) -> Bar {
    let bar = Bar::new(board);
    bar.wire.drive(PortDrivings([(1.try_into().unwrap(), infrared("Port 1", &LOUDER))].into()));
    bar
}

#[tokio::test(start_paused = true)]
async fn several_steps_are_presses_of_their_own_with_the_gap_of_the_port() {
    let bar = loud(FRAMES);
    assert_eq!(bar.outcome("volume_up 4@1").await, COMPLETE);
    let flipping = [false, true, false, true].map(|toggle| press(1, "rc5:0,16", toggle));
    assert_eq!(bar.requests(), flipping);
    let gap = TimingProfile::default().command_gap + Duration::from_millis(10);
    let sent = bar.board.sent();
    assert!(sent.windows(2).all(|two| two[1].at - two[0].at == gap), "{sent:?}");
    // Hardware times all of them as one message.
    let bar = loud(RMT);
    assert_eq!(bar.outcome("volume_up 4@1").await, COMPLETE);
    assert_eq!(bar.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn presses_of_one_key_that_do_not_mark_themselves_are_as_far_apart_as_an_appliance_needs() {
    const SONY: [(&str, &str); 3] =
        [("volume_up", "sony12:1,18"), ("digit_1", "sony12:1,0"), ("digit_5", "sony12:1,4")];
    let quick = TimingProfile { digit_gap: Duration::from_millis(120), ..TimingProfile::default() };
    let bar = Bar::new(FRAMES);
    let driving = infrared("Port 1", &SONY);
    let paced = driving.paced(quick);
    assert_eq!((paced.command_gap.as_millis(), paced.frame.as_millis()), (200, 135));
    bar.wire.drive(PortDrivings([(1.try_into().unwrap(), driving)].into()));
    bar.lanes.add(
        "ir-1".parse().unwrap(),
        std::sync::Arc::clone(&bar.wire),
        PortTimings::all(paced),
    );
    for what in ["volume_up 3@1", "volume_up@1", "channel 155@1"] {
        assert_eq!(bar.outcome(what).await, COMPLETE, "{what}");
    }
    let sent = bar.board.sent();
    // The board says after 10 ms that a frame is out.
    let gaps = sent.windows(2).map(|two| (two[1].at - two[0].at).as_millis() - 10);
    assert_eq!(gaps.collect::<Vec<_>>(), [200, 200, 200, 200, 120, 200]);
    // Of what marks its presses the profile alone says it.
    assert_eq!(infrared("Port 1", &LOUDER).paced(quick).command_gap, quick.command_gap);
}

#[tokio::test(start_paused = true)]
async fn steps_stop_at_the_press_that_was_not_delivered_and_tell_how_many_were() {
    let shows = Does::Shows(Duration::from_millis(10));
    for (end, delivered) in [(Does::Fails(Duration::from_millis(40)), 3), (Does::Ends, 1)] {
        let bar = loud(FRAMES);
        let before = std::iter::repeat_n(shows, delivered.into());
        bar.board.will(before.chain([end]));
        let partly = Unknown::Partly { delivered, of: 5 };
        assert_eq!(bar.outcome("volume_up 5@1").await, Outcome::Unknown(partly));
        assert_eq!(bar.requests().len(), usize::from(delivered) + 1, "it stops there");
    }
    // Of the first press nothing else is known than of one that is alone.
    let bar = loud(FRAMES);
    bar.board.will([Does::Fails(Duration::from_millis(40))]);
    assert_eq!(bar.outcome("volume_up 5@1").await, SILENT);
    assert_eq!(bar.requests().len(), 1);
    // A press that comes late is a press all the same: nothing joins up.
    let bar = loud(FRAMES);
    bar.board.will([shows, Does::Shows(Duration::from_millis(1_900))]);
    assert_eq!(bar.outcome("volume_up 3@1").await, COMPLETE);
    assert_eq!(bar.requests().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_press_behind_steps_that_stopped_is_not_taken_for_a_held_key() {
    let shows = Does::Shows(Duration::from_millis(10));
    // The bit of the last press that left, and that of the next press.
    for (left, last) in [(1, false), (2, true), (3, false)] {
        let bar = loud(FRAMES);
        bar.board.will(std::iter::repeat_n(shows, left).chain([Does::Stalls]));
        let stopped = bar.outcome("volume_up 5@1").await;
        assert!(matches!(stopped, Outcome::Unknown(Unknown::Partly { .. })), "{stopped:?}");
        assert_eq!(bar.outcome("volume_up@1").await, COMPLETE);
        let requests = bar.requests();
        assert_eq!(requests[left - 1], press(1, "rc5:0,16", last));
        assert_eq!(requests.last(), Some(&press(1, "rc5:0,16", !last)), "behind {left}");
    }
}

#[tokio::test(start_paused = true)]
async fn steps_are_not_begun_without_time_for_all_of_them() {
    let bar = loud(FRAMES);
    let steps = bar.accept("volume_up 20@1");
    let outcome = bar.hand(&steps, Duration::from_secs(3)).await.unwrap();
    assert_eq!(outcome, Outcome::NotSent(NotSent::LaneBusy));
    assert_eq!(bar.requests(), []);
    assert_eq!(bar.hand(&steps, Duration::from_secs(5)).await.unwrap(), COMPLETE);
    assert_eq!(bar.requests().len(), 20);
}

#[tokio::test(start_paused = true)]
async fn what_is_newer_does_not_stop_steps_that_have_begun() {
    let bar = loud(FRAMES);
    let steps = bar.hand(&bar.accept("volume_up 3@1"), Duration::from_secs(5));
    bar.board.wait_for_sent(1).await;
    let newer = bar.hand(&bar.accept("volume_up@1"), Duration::from_secs(5));
    assert_eq!((steps.await.unwrap(), newer.await.unwrap()), (COMPLETE, COMPLETE));
    assert_eq!(bar.requests().len(), 4, "as a channel that is being typed");
}
