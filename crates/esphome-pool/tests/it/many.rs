//! Many devices at once, and the end of them all.

use std::{collections::BTreeSet, time::Duration};

use esphome_codec::{Encryption, Keepalive, Message};
use esphome_pool::{
    AddError, Call, CallEnd, DeviceConfig, DeviceHandle, DeviceState, EvidenceWanted, Pool,
    PoolConfig,
};

use crate::{
    peer::{Behaviour, Order, Peer, PeerConfig},
    rig::{Rig, device, infrared, late, online, online_at, within},
};

/// `count` peers with names of their own, added to `pool`.
async fn fleet(pool: &Pool, count: usize, behaviour: Behaviour) -> Vec<(Peer, DeviceHandle)> {
    let mut fleet = Vec::new();
    for number in 0..count {
        let name = format!("ir-{number}");
        let config = PeerConfig { name: name.clone(), behaviour, ..PeerConfig::default() };
        let peer = Peer::start(config).await;
        let handle = pool.add(DeviceConfig { name: Some(name), ..device(&peer) }).unwrap();
        fleet.push((peer, handle));
    }
    fleet
}

fn opened(fleet: &[(Peer, DeviceHandle)]) -> usize {
    fleet.iter().map(|(peer, _)| peer.opened()).sum()
}

#[tokio::test]
async fn no_more_handshakes_are_under_way_than_configured() {
    let pool = Pool::new(PoolConfig { parallel_connects: 2, ..PoolConfig::default() });
    let deaf = Behaviour { reads: false, ..Behaviour::default() };
    let fleet = fleet(&pool, 6, deaf).await;
    // All have begun, and two of them have got to a socket.
    within(async {
        while pool.stats().connects < 6 || opened(&fleet) < 2 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(opened(&fleet), 2);

    // Each that gets ready makes place for one more.
    let mut ready = 0;
    while let Some((peer, handle)) = fleet.iter().find(|(peer, handle)| {
        peer.opened() > 0 && !matches!(handle.state(), DeviceState::Online(_))
    }) {
        peer.mind(|behaviour| behaviour.reads = true);
        online(handle).await;
        ready += 1;
        let expected = (ready + 2).min(6);
        within(async {
            while opened(&fleet) < expected {
                tokio::task::yield_now().await;
            }
        })
        .await;
        assert_eq!(opened(&fleet), expected);
    }
    assert_eq!((ready, pool.stats().sessions_open), (6, 6));
}

#[tokio::test]
async fn devices_that_accept_and_say_nothing_do_not_keep_others_waiting() {
    let handshake_permit = Duration::from_millis(20);
    let config = PoolConfig { parallel_connects: 1, handshake_permit, ..PoolConfig::default() };
    let pool = Pool::new(config);
    let deaf = Behaviour { reads: false, ..Behaviour::default() };
    let _deaf = fleet(&pool, 3, deaf).await;
    let config = PeerConfig { name: "ir-well".into(), ..PeerConfig::default() };
    let peer = Peer::start(config).await;
    let well = pool.add(DeviceConfig { name: Some("ir-well".into()), ..device(&peer) }).unwrap();
    online(&well).await;
    assert_eq!(pool.stats().sessions_open, 1, "the others have not said a word");
}

#[tokio::test]
async fn devices_that_are_lost_together_do_not_come_back_in_step() {
    const COUNT: usize = 200;
    let pool = Pool::new(PoolConfig::default());
    let fleet = fleet(&pool, COUNT, Behaviour::default()).await;
    for (_, handle) in &fleet {
        online(handle).await;
    }
    let pauses: Vec<_> = fleet.iter().map(|(_, handle)| pause(handle.clone())).collect();
    let pauses: Vec<_> = pauses.into_iter().map(tokio::spawn).collect();
    // Each of them looks at the state before any session is lost.
    tokio::task::yield_now().await;
    for (peer, _) in &fleet {
        peer.order(Order::Reset);
    }
    let mut distinct = BTreeSet::new();
    for pause in pauses {
        distinct.insert(within(pause).await.unwrap());
    }
    let spread = *distinct.last().unwrap() - *distinct.first().unwrap();
    assert!(distinct.len() > COUNT / 2, "{} pauses", distinct.len());
    assert!(spread > Duration::from_millis(150), "{spread:?}");
    assert!(distinct.iter().all(|pause| *pause <= Duration::from_millis(250)));

    for (_, handle) in &fleet {
        online_at(handle, COUNT as u64 + 1).await;
    }
    assert_eq!(pool.stats().sessions, 2 * COUNT as u64, "two for each, and no more");
    assert!(fleet.iter().all(|(peer, _)| peer.overlaps() == 0));
    assert_eq!(pool.stats().sessions_open, COUNT as u64);
}

/// How long a device pauses after its first loss.
async fn pause(handle: DeviceHandle) -> Duration {
    let mut states = handle.watch();
    loop {
        if let DeviceState::Offline { since, attempt: 0, next_try, .. } =
            *states.borrow_and_update()
        {
            return next_try - since;
        }
        states.changed().await.unwrap();
    }
}

#[tokio::test]
async fn shutdown_says_goodbye_to_all_and_waits_for_every_task() {
    let pool = Pool::new(PoolConfig::default());
    let mut fleet = fleet(&pool, 20, Behaviour::default()).await;
    for (_, handle) in &fleet {
        online(handle).await;
    }
    within(pool.shutdown(Duration::from_secs(60))).await;
    for (peer, handle) in &mut fleet {
        assert!(matches!(handle.state(), DeviceState::Stopped));
        peer.saw_message(|m| matches!(m, Message::DisconnectRequest(_)).then_some(())).await;
        peer.saw_close().await;
        let call = Call::new(infrared(), EvidenceWanted::InfraredComplete);
        let report = within(handle.call(call, late())).await;
        assert!(matches!(report.end, CallEnd::Stopped), "{report:?}");
    }
    assert_eq!(pool.stats().sessions_open, 0);
    let late = Peer::start(PeerConfig::default()).await;
    assert_eq!(pool.add(device(&late)).unwrap_err(), AddError::Stopped);
}

#[tokio::test]
async fn shutdown_leaves_a_device_that_does_not_part() {
    let mut rig = Rig::new().await;
    rig.peer.mind(|behaviour| behaviour.parts = false);
    within(rig.pool.shutdown(Duration::from_secs(60))).await;
    assert!(matches!(rig.device.state(), DeviceState::Stopped));
    rig.peer.saw_close().await;
}

#[tokio::test]
async fn a_pool_that_is_dropped_ends_its_sessions() {
    let Rig { pool, mut peer, device } = Rig::new().await;
    drop(pool);
    peer.saw_message(|m| matches!(m, Message::DisconnectRequest(_)).then_some(())).await;
    peer.saw_close().await;
    let mut states = device.watch();
    within(states.wait_for(|state| matches!(state, DeviceState::Stopped))).await.unwrap();
}

#[tokio::test]
async fn a_call_is_a_small_future() {
    let rig = Rig::new().await;
    let call = Call::new(infrared(), EvidenceWanted::InfraredComplete);
    let size = size_of_val(&rig.device.call(call, late()));
    assert!(size < 1_024, "{size} bytes");
}

#[tokio::test]
async fn a_setting_with_which_nothing_could_be_opened_is_refused_by_its_name() {
    let usual = PoolConfig::default;
    let zero = Duration::ZERO;
    let keepalive = Keepalive { interval: zero, ..Keepalive::default() };
    for (config, name) in [
        (PoolConfig { parallel_connects: 0, ..usual() }, "parallel_connects"),
        (PoolConfig { mailbox: 0, ..usual() }, "mailbox"),
        (PoolConfig { mailbox: usize::MAX, ..usual() }, "mailbox"),
        (PoolConfig { messages: 0, ..usual() }, "messages"),
        (PoolConfig { connect_timeout: zero, ..usual() }, "connect_timeout"),
        (PoolConfig { keepalive, ..usual() }, "keepalive.interval"),
    ] {
        let device = DeviceConfig {
            name: Some("ir-1".to_owned()),
            address: "127.0.0.1:1".to_owned(),
            mac: None,
            encryption: Encryption::Plaintext,
        };
        let refused = Pool::new(config).add(device).unwrap_err().to_string();
        assert!(refused.contains(name) && refused.contains("must be"), "{refused}");
    }
}
