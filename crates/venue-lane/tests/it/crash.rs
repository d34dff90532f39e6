//! A fault of ours: the lane goes on, and says nothing that it does not know.

use venue_domain::{Outcome, Unknown};

use crate::{
    fake::Reaction,
    floor::{Floor, ms, pass},
};

#[tokio::test(start_paused = true)]
async fn a_lane_that_crashes_is_served_on() {
    let floor = Floor::new();
    assert!(floor.send("mute@1").await.delivered().await);
    floor.device.crash();
    // Whoever meets the fault may be told that nothing was sent; whoever comes then is served.
    let _met = floor.send("mute@2").await.outcome().await;
    pass(ms(1_000)).await;
    assert!(floor.send("mute@3").await.delivered().await);
}

#[tokio::test(start_paused = true)]
async fn what_was_in_flight_in_a_crash_is_unknown_and_never_called_unsent() {
    let floor = Floor::new();
    floor.device.will([Reaction::Hangs]);
    let handed = floor.send("power@1").await;
    floor.device.wait_for_sent(1).await;
    floor.device.crash();
    // Something makes the lane look at the device again.
    let next = floor.send("mute@2").await;
    assert_eq!(handed.outcome().await, Outcome::Unknown(Unknown::SessionLost));
    // The board may run it yet: nothing goes before it has answered.
    assert!(next.delivered().await);
    let answered = *floor.device.pinged().last().unwrap();
    assert!(floor.device.sent()[1].start >= answered);
    assert_eq!(floor.device.words(), ["power@1", "mute@2"]);
}
