//! What is told of a device beside its lane.

use tokio::time::Instant;
use venue_domain::{Hostname, Presence, Probe, ProbeOutcome};

use crate::{
    fake::{PingReaction, Reaction},
    floor::{Floor, ms, pass},
};

fn device() -> Hostname {
    "ir-1".parse().unwrap()
}

async fn ping(floor: &Floor) -> ProbeOutcome {
    let deadline = Instant::now() + ms(5_000);
    floor.lanes.ping(&device(), deadline.into_std()).await
}

#[tokio::test(start_paused = true)]
async fn a_ping_does_not_wait_for_the_lane() {
    let floor = Floor::new();
    floor.device.will([Reaction::Takes(ms(2_000))]);
    let busy = floor.send("mute@1").await;
    assert_eq!(ping(&floor).await, ProbeOutcome::Answered { round_trip: ms(0) });
    assert!(!busy.is_answered());
    busy.delivery().await;
}

#[tokio::test(start_paused = true)]
async fn silence_is_told_apart_from_no_session() {
    let floor = Floor::new();
    floor.device.will_ping([PingReaction::Hangs]);
    assert_eq!(ping(&floor).await, ProbeOutcome::Silent);
    floor.device.disconnect();
    assert_eq!(ping(&floor).await, ProbeOutcome::NoSession);
    let nobody: Hostname = "ir-9".parse().unwrap();
    let deadline = (Instant::now() + ms(5_000)).into_std();
    assert_eq!(floor.lanes.ping(&nobody, deadline).await, ProbeOutcome::NoSession);
}

#[tokio::test(start_paused = true)]
async fn presence_is_told_with_its_age() {
    let floor = Floor::new();
    pass(ms(9_000)).await;
    let presence = || floor.lanes.snapshot(&device()).unwrap().presence;
    assert_eq!(presence(), Presence::Online { since: ms(9_000) });
    floor.device.disconnect();
    pass(ms(400)).await;
    let Presence::Offline { since, next_try, .. } = presence() else { panic!("offline") };
    assert_eq!((since, next_try), (ms(400), ms(600)));
    assert!(floor.lanes.snapshot(&"ir-9".parse().unwrap()).is_none());
}

#[tokio::test(start_paused = true)]
async fn capabilities_are_those_of_the_latest_session_although_it_is_gone() {
    let floor = Floor::new();
    floor.device.disconnect();
    let capabilities = floor.lanes.capabilities(&device()).unwrap();
    let channel = capabilities.actions.iter().find(|action| action.name == "tv_channel").unwrap();
    let arguments: Vec<_> = channel.arguments.iter().map(|arg| (&*arg.name, arg.kind)).collect();
    assert_eq!(arguments, [("port", "int"), ("channel", "string")]);
    assert!(!channel.replies);
}
