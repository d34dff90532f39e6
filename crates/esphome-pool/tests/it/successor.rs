//! What belongs to one session is never taken for something of the next one.

use std::sync::Arc;

use esphome_codec::proto;
use esphome_pool::{CallEnd, DeviceState, Written};

use crate::{
    peer::{Order, Peer, PeerConfig, reply},
    rig::{Rig, device, late, online, online_at, state, telling, within},
};

/// Makes a call, loses its session, and returns the call as the board saw it.
async fn lost_call(rig: &mut Rig) -> proto::ExecuteServiceRequest {
    let first = telling(&rig.device, "first", late());
    let call = rig.peer.saw_call().await;
    rig.peer.order(Order::Close);
    let report = first.await.unwrap();
    let lost = matches!(report.end, CallEnd::SessionLost { written: Written::Started, .. });
    assert!(lost, "{report:?}");
    call
}

#[tokio::test]
async fn a_reply_that_comes_on_the_next_session_is_nobodys() {
    let mut rig = Rig::new().await;
    rig.peer.mind(|behaviour| behaviour.replies = false);
    let first = lost_call(&mut rig).await;
    online_at(&rig.device, 2).await;

    let second = telling(&rig.device, "second", late());
    let call = rig.peer.saw_call().await;
    assert_ne!(call.call_id, first.call_id, "ids go on over sessions");
    let failure = proto::ExecuteServiceResponse { success: false, ..reply(&call) };
    rig.peer.order(Order::Say(vec![reply(&first).into(), failure.into()]));
    let report = second.await.unwrap();
    assert!(matches!(report.end, CallEnd::Replied { success: false, .. }), "{report:?}");
}

#[tokio::test]
async fn ids_and_epochs_go_on_when_a_device_is_removed_and_added_again() {
    let mut rig = Rig::new().await;
    rig.peer.mind(|behaviour| behaviour.replies = false);
    let first = lost_call(&mut rig).await;
    let before = online_at(&rig.device, 2).await.epoch;
    assert!(within(rig.pool.remove("ir-1")).await);

    let again = rig.pool.add(device(&rig.peer)).unwrap();
    let after = online(&again).await.epoch;
    assert!(after > before, "{after} is another session than {before}");
    let second = telling(&again, "second", late());
    let call = rig.peer.saw_call().await;
    assert_ne!(call.call_id, first.call_id);
    rig.peer.say(reply(&call));
    assert_eq!(second.await.unwrap().epoch, Some(after));
}

#[tokio::test]
async fn a_pong_that_nobody_asked_for_is_nobodys() {
    let mut rig = Rig::new().await;
    rig.peer.say(proto::PingResponse {});
    rig.peer.say(proto::PingResponse {});
    // The reply shows that the pongs before it were taken in.
    let called = telling(&rig.device, "hello", late());
    let call = rig.peer.saw_call().await;
    assert!(matches!(called.await.unwrap().end, CallEnd::Replied { .. }), "{call:?}");
    rig.peer.mind(|behaviour| behaviour.pongs = false);
    let soon = crate::rig::soon();
    assert!(within(rig.device.ping(soon)).await.is_err(), "no answer to this ping came");
}

#[tokio::test]
async fn two_devices_never_share_an_epoch() {
    let mut rig = Rig::new().await;
    let other = PeerConfig { name: "ir-2".into(), ..PeerConfig::default() };
    let other = Peer::start(other).await;
    let config = esphome_pool::DeviceConfig { name: Some("ir-2".into()), ..device(&other) };
    let second = rig.pool.add(config).unwrap();
    let second = state(&second, |state| match state {
        DeviceState::Online(session) => Some(Arc::clone(session)),
        DeviceState::Connecting { .. }
        | DeviceState::Offline { .. }
        | DeviceState::Misconfigured { .. }
        | DeviceState::Stopped => None,
    })
    .await;
    rig.peer.order(Order::Close);
    let third = online_at(&rig.device, second.epoch + 1).await;
    assert!(third.epoch > second.epoch);
    rig.peer.saw_close().await;
}
