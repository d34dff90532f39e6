//! One session and never two, and what keeps it and ends it.

use std::{future::ready, pin::pin, time::Duration};

use esphome_codec::{Keepalive, Message, ProtocolError, proto};
use esphome_pool::{
    AddError, Call, CallEnd, ConnectError, DeviceHandle, DeviceState, EvidenceWanted, Pool,
    PoolConfig, Written,
};

use crate::{
    peer::{Order, Peer, PeerConfig, Seen},
    rig::{
        Rig, device, infrared, is_reply, late, offline, online, online_at, soon, telling, told,
        within,
    },
};

fn is_lost_to(cause: &ConnectError, expected: &ProtocolError) -> bool {
    matches!(cause, ConnectError::Protocol { source } if source == expected)
}

#[tokio::test]
async fn there_is_one_session_and_never_two_over_every_kind_of_reconnect() {
    let mut rig = Rig::new().await;
    for (number, order) in
        [Order::Close, Order::Reset, Order::SayAndGarble(Vec::new())].into_iter().enumerate()
    {
        rig.peer.order(order);
        let session = online_at(&rig.device, number as u64 + 2).await;
        assert_eq!(session.epoch, number as u64 + 2);
        assert_eq!(rig.pool.stats().sessions_open, 1);
    }
    for _ in 0..20 {
        assert!(within(rig.pool.remove("ir-1")).await);
        rig.device = rig.pool.add(device(&rig.peer)).unwrap();
        online(&rig.device).await;
        assert_eq!(rig.pool.stats().sessions_open, 1);
    }
    assert!(is_reply(&told(&rig.device, "hello", late()).await.end));
    assert_eq!(rig.peer.texts(), ["hello"]);
    assert_eq!((rig.peer.opened(), rig.peer.overlaps()), (24, 0));
}

#[tokio::test]
async fn a_name_is_taken_until_its_session_has_ended() {
    let rig = Rig::new().await;
    let again = || rig.pool.add(device(&rig.peer));
    assert!(matches!(again(), Err(AddError::Duplicate { .. })));
    {
        let mut removing = pin!(rig.pool.remove("ir-1"));
        tokio::select! {
            biased;
            _ = &mut removing => panic!("the session has had no chance to end"),
            () = ready(()) => {}
        }
        assert!(matches!(again(), Err(AddError::Duplicate { .. })));
        assert!(within(removing).await);
    }
    assert!(again().is_ok());
    assert!(!within(rig.pool.remove("ir-2")).await);
}

#[tokio::test]
async fn a_second_remove_leaves_a_device_alone_that_was_added_since() {
    let rig = Rig::new().await;
    let mut second = pin!(rig.pool.remove("ir-1"));
    tokio::select! {
        biased;
        _ = &mut second => panic!("the session has had no chance to end"),
        () = ready(()) => {}
    }
    assert!(within(rig.pool.remove("ir-1")).await);
    let added = rig.pool.add(device(&rig.peer)).unwrap();
    assert!(!within(second).await);
    online(&added).await;
    assert!(rig.pool.device("ir-1").is_some());
    assert_eq!(rig.pool.devices().len(), 1);
}

#[tokio::test]
async fn the_state_tells_each_step() {
    let pool = Pool::new(PoolConfig::default());
    let peer = Peer::start(PeerConfig::default()).await;
    let handle = pool.add(device(&peer)).unwrap();
    assert!(matches!(handle.state(), DeviceState::Connecting { attempt: 1, .. }));
    assert!(handle.latest_session().is_none() && handle.last_contact().is_none());

    let session = online(&handle).await;
    assert_eq!((session.epoch, session.address), (1, peer.address));
    assert_eq!(session.peer.device_info.esphome_version, "2026.10.0");
    assert_eq!(session.peer.listing.actions.len(), 2);
    assert!(handle.last_contact().is_some());

    // Nobody listens any more: tries fail, and are counted.
    drop(peer);
    let mut attempts = Vec::new();
    let mut states = handle.watch();
    while attempts.len() < 3 {
        if let DeviceState::Offline { attempt, .. } = *states.borrow_and_update() {
            attempts.push(attempt);
        }
        within(states.changed()).await.unwrap();
    }
    assert_eq!(attempts, [0, 1, 2]);
    assert_eq!(handle.latest_session().unwrap().epoch, 1);
    assert!(within(pool.remove("ir-1")).await);
    assert!(matches!(handle.state(), DeviceState::Stopped));
}

#[tokio::test]
async fn what_a_device_asks_is_answered() {
    let mut rig = Rig::new().await;
    rig.peer.say(proto::PingRequest {});
    rig.peer.saw_message(|m| matches!(m, Message::PingResponse(_)).then_some(())).await;
    rig.peer.say(proto::GetTimeRequest {});
    let seconds = rig
        .peer
        .saw_message(|m| {
            if let Message::GetTimeResponse(time) = m { Some(time.epoch_seconds) } else { None }
        })
        .await;
    assert!(seconds > 1_700_000_000, "{seconds}");
    rig.peer.say(proto::DisconnectRequest::default());
    rig.peer.saw_message(|m| matches!(m, Message::DisconnectResponse(_)).then_some(())).await;
}

#[tokio::test]
async fn an_announced_disconnect_pauses_before_the_next_try() {
    let mut rig = Rig::new().await;
    rig.peer.say(proto::DisconnectRequest::default());
    rig.peer.saw_message(|m| matches!(m, Message::DisconnectResponse(_)).then_some(())).await;
    rig.peer.order(Order::Close);
    let loss = offline(&rig.device).await;
    assert!(matches!(*loss.cause, ConnectError::Announced), "{}", loss.cause);
    assert!(loss.pause >= Duration::from_secs(5), "{:?}", loss.pause);
    assert!(loss.pause <= Duration::from_millis(5_250), "{:?}", loss.pause);

    // The board is sighted again before that.
    rig.device.reconnect_now();
    online_at(&rig.device, 2).await;
}

#[tokio::test]
async fn haste_in_a_session_does_not_shorten_the_pause_after_it() {
    let rig = Rig::new().await;
    rig.device.reconnect_now();
    rig.peer.order(Order::Say(vec![proto::DisconnectRequest::default().into()]));
    rig.peer.order(Order::Close);
    offline(&rig.device).await;
    let told = told_nothing(&rig.device).await;
    assert!(
        matches!(told, CallEnd::NotConnected { state: DeviceState::Offline { .. } }),
        "{told:?}"
    );
    assert_eq!(rig.pool.stats().connects, 1);
}

/// A call is refused by the task itself only after it has had its chance to reconnect.
async fn told_nothing(handle: &DeviceHandle) -> CallEnd {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    let call = Call::new(infrared(), EvidenceWanted::InfraredComplete);
    within(handle.call(call, late())).await.end
}

#[tokio::test]
async fn a_device_that_announces_its_end_and_stays_is_left() {
    let mut rig = Rig::new().await;
    rig.peer.say(proto::DisconnectRequest::default());
    rig.peer.saw_close().await;
    assert!(matches!(*offline(&rig.device).await.cause, ConnectError::Announced));
}

fn lively() -> PoolConfig {
    let (interval, dead_after) = (Duration::from_millis(100), Duration::from_secs(1));
    PoolConfig { keepalive: Keepalive { interval, dead_after }, ..PoolConfig::default() }
}

#[tokio::test]
async fn a_half_open_peer_is_given_up_and_its_calls_are_unknown() {
    let rig = Rig::with(lively()).await;
    rig.peer.mind(|behaviour| (behaviour.reads, behaviour.pongs) = (false, false));
    // The kernel at the other end takes the bytes all the same.
    let report = told(&rig.device, "hello", late()).await;
    let CallEnd::SessionLost { written: Written::Started, cause } = &report.end else {
        panic!("{report:?}");
    };
    assert!(is_lost_to(cause, &ProtocolError::PingTimeout), "{cause}");

    rig.peer.mind(|behaviour| (behaviour.reads, behaviour.pongs) = (true, true));
    online_at(&rig.device, 2).await;
    assert_eq!(rig.peer.overlaps(), 0);
}

#[tokio::test]
async fn a_device_that_only_answers_pings_stays() {
    let mut rig = Rig::with(lively()).await;
    // Far more of them than a silent device is forgiven.
    for _ in 0..15 {
        rig.peer.saw_message(|m| matches!(m, Message::PingRequest(_)).then_some(())).await;
    }
    assert_eq!(online(&rig.device).await.epoch, 1);
    assert_eq!(rig.peer.opened(), 1);
}

#[tokio::test]
async fn a_device_that_is_connected_and_says_nothing_is_tried_again() {
    let pool = Pool::new(PoolConfig {
        hello_timeout: Duration::from_millis(100),
        ..PoolConfig::default()
    });
    let mut config = PeerConfig::default();
    config.behaviour.reads = false;
    let mut peer = Peer::start(config).await;
    let handle = pool.add(device(&peer)).unwrap();
    let loss = offline(&handle).await;
    assert!(is_lost_to(&loss.cause, &ProtocolError::HelloTimeout), "{}", loss.cause);
    assert!(loss.pause >= Duration::from_millis(100), "{:?}", loss.pause);
    peer.mind(|behaviour| behaviour.reads = true);
    online(&handle).await;
    peer.saw(|seen| matches!(seen, Seen::Opened).then_some(())).await;
    assert_eq!(peer.overlaps(), 0);
}

#[tokio::test]
async fn calls_that_end_leave_a_session_that_serves_on() {
    let rig = Rig::new().await;
    rig.peer.mind(|behaviour| behaviour.replies = false);
    let calls: Vec<_> = (0..40).map(|n| telling(&rig.device, &n.to_string(), soon())).collect();
    for call in calls {
        let report = within(call).await.unwrap();
        assert!(matches!(report.end, CallEnd::NothingInTime { .. }), "{report:?}");
    }
    rig.peer.mind(|behaviour| behaviour.replies = true);
    let report = told(&rig.device, "hello", late()).await;
    assert!(is_reply(&report.end));
    assert_eq!(report.epoch, Some(1));
}
