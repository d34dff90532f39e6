//! Two hundred devices, five of them dead: nobody waits for the dead ones.

use device_sim::{BlasterConfig, Fault, Fleet};
use tokio::task::JoinSet;

use crate::support::{Daemon, sim_toml, soon};

const DEVICES: u16 = 200;
const DEAD: [u16; 5] = [1, 50, 100, 150, 200];

fn name(number: u16) -> String {
    format!("ir-{number:06x}")
}

#[tokio::test(flavor = "multi_thread")]
async fn healthy_devices_are_served_while_dead_ones_are_still_waited_for() {
    let boards = (1..=DEVICES).map(|number| BlasterConfig::new(name(number), number));
    let fleet = Fleet::start(boards).await.unwrap();
    let daemon = std::sync::Arc::new(Daemon::start(&sim_toml(fleet.iter())).await);
    for number in 1..=DEVICES {
        daemon.wait_for_session(&name(number), 1).await;
    }
    for number in DEAD {
        fleet.get(&name(number)).unwrap().set_fault(Fault::Hung);
    }
    let (mut dead, mut healthy) = (JoinSet::new(), JoinSet::new());
    for number in DEAD.into_iter().chain((1..=DEVICES).filter(|n| !DEAD.contains(n))) {
        let daemon = std::sync::Arc::clone(&daemon);
        let set = if DEAD.contains(&number) { &mut dead } else { &mut healthy };
        set.spawn(async move { daemon.press(&name(number), 1, "mute").await });
    }
    while let Some(answer) = soon("an answer", healthy.join_next()).await {
        let answer = answer.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    assert!(dead.try_join_next().is_none(), "all healthy TVs are served before a dead one ends");
    while let Some(answer) = soon("an answer", dead.join_next()).await {
        assert_eq!(answer.unwrap().status, 504);
    }
    for number in (1..=DEVICES).filter(|number| !DEAD.contains(number)) {
        assert!(fleet.get(&name(number)).unwrap().tv(1).muted);
    }
}
