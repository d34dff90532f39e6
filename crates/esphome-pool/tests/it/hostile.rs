//! A device that floods, and a fault of our own: both end one session, and no more.

use std::time::Duration;

use esphome_codec::proto;
use esphome_pool::{
    Call, CallEnd, ConnectError, DeviceConfig, EvidenceWanted, InboundLimit, Misconfiguration,
    PoolConfig, Written,
};
use tokio::time::Instant;

use crate::{
    peer::{Order, Peer, PeerConfig},
    rig::{
        Rig, device, is_reply, late, misconfigured, offline, online, online_at, say, told, within,
    },
};

#[tokio::test]
async fn a_device_that_floods_is_cut_and_said_to_flood_while_others_are_served() {
    let rig = Rig::new().await;
    let other = Peer::start(PeerConfig { name: "ir-2".into(), ..PeerConfig::default() }).await;
    let config = DeviceConfig { name: Some("ir-2".into()), ..device(&other) };
    let second = rig.pool.add(config).unwrap();
    online(&second).await;

    rig.peer.order(Order::Flood);
    let start = Instant::now();
    let mut slowest = Duration::ZERO;
    let others = async {
        loop {
            let report = told(&second, "hello", late()).await;
            assert!(is_reply(&report.end), "{report:?}");
            slowest = slowest.max(report.took);
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        cause = misconfigured(&rig.device) => assert_eq!(cause, Misconfiguration::Flooding),
        () = others => {}
    }
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    assert!(slowest < Duration::from_millis(250), "{slowest:?}");
}

#[tokio::test]
async fn requests_are_answered_for_in_time_however_much_there_is_to_read() {
    // Without a bound: the flood goes on.
    let inbound = InboundLimit { burst: u64::MAX, bytes_per_second: 0 };
    let rig = Rig::with(PoolConfig { inbound, ..PoolConfig::default() }).await;
    rig.peer.order(Order::Flood);
    let deadline = Instant::now() + Duration::from_millis(200);
    let report = told(&rig.device, "hello", deadline).await;
    assert!(matches!(report.end, CallEnd::NothingInTime { .. }), "{report:?}");
    assert!(report.took < Duration::from_secs(1), "{:?}", report.took);
    let start = Instant::now();
    assert!(within(rig.pool.remove("ir-1")).await);
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_burst_and_answers_are_no_flood() {
    let inbound = InboundLimit { burst: 200_000, bytes_per_second: 0 };
    let rig = Rig::with(PoolConfig { inbound, ..PoolConfig::default() }).await;
    let text = proto::TextSensorStateResponse {
        state: "x".repeat(60_000),
        ..proto::TextSensorStateResponse::default()
    };
    rig.peer.order(Order::Say(vec![text.clone().into(), text.into()]));
    for _ in 0..1_000 {
        assert!(is_reply(&told(&rig.device, "hello", late()).await.end));
    }
    assert_eq!(rig.peer.opened(), 1);
}

#[tokio::test]
async fn a_session_task_that_crashes_tells_its_calls_and_is_started_anew() {
    let rig = Rig::new().await;
    let mut call = Call::new(say(&rig.device, "hello"), EvidenceWanted::Reply);
    call.guard = Some(Box::new(|| panic!("a fault of ours")));
    let report = within(rig.device.call(call, late())).await;
    // Nobody knows any more whether bytes left, so nobody says that none did.
    let CallEnd::SessionLost { written: Written::Started, cause } = report.end else {
        panic!("{report:?}")
    };
    assert!(matches!(*cause, ConnectError::Crashed), "{cause}");
    assert!(matches!(*offline(&rig.device).await.cause, ConnectError::Crashed));

    online_at(&rig.device, 2).await;
    assert!(is_reply(&told(&rig.device, "again", late()).await.end));
    assert_eq!(rig.pool.stats().sessions_open, 1);
    assert_eq!(rig.peer.overlaps(), 0, "never two sessions");
}
