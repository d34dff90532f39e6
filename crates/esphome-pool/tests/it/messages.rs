//! What a device says by itself, and what is sent to it without evidence.

use bytes::Bytes;
use esphome_codec::{CallError, Message, proto};
use esphome_pool::SendError;

use crate::{
    peer::Order,
    rig::{Rig, late, within},
};

#[tokio::test]
async fn what_a_device_says_by_itself_is_passed_on() {
    let rig = Rig::new().await;
    let mut messages = rig.device.messages();
    let state = proto::TextSensorStateResponse { key: 5, ..Default::default() };
    rig.peer.say(state.clone());
    let message = within(messages.recv()).await.unwrap();
    assert_eq!(*message, Message::TextSensorState(state));
}

#[tokio::test]
async fn what_nobody_here_knows_goes_both_ways_with_its_bytes() {
    let mut rig = Rig::new().await;
    let mut messages = rig.device.messages();
    rig.peer.order(Order::SayRaw(160, Bytes::from_static(b"\x08\x2a")));
    let message = within(messages.recv()).await.unwrap();
    let unknown = Message::Unknown { id: 160, bytes: Bytes::from_static(b"\x08\x2a") };
    assert_eq!(*message, unknown);

    let refused = within(rig.device.send(unknown, late())).await.unwrap_err();
    assert!(
        matches!(refused, SendError::Unsendable { source: CallError::Unknown { id: 160 } }),
        "{refused:?}"
    );
    within(rig.device.send_raw(161, Bytes::from_static(b"\x10\x01"), late())).await.unwrap();
    // The one that was refused is not before it.
    let sent = rig.peer.saw_message(|m| matches!(m, Message::Unknown { .. }).then_some(m)).await;
    assert_eq!(sent, Message::Unknown { id: 161, bytes: Bytes::from_static(b"\x10\x01") });
}
