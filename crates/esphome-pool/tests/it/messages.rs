//! What a device says by itself, and what is sent to it without evidence.

use bytes::Bytes;
use esphome_codec::{CallError, EntityDescription, EntityId, Message, proto};
use esphome_pool::SendError;

use crate::{
    peer::{INFRARED, LIGHT, Order, SUB_DEVICE},
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
async fn two_sub_devices_with_one_key_stay_two_in_listing_states_and_commands() {
    let mut rig = Rig::new().await;
    let session = rig.device.latest_session().unwrap();
    let entities: Vec<_> =
        session.peer.listing.entities.iter().map(EntityDescription::id).collect();
    let entity = |device_id| EntityId { device_id, key: INFRARED };
    assert_eq!(entities[..2], [entity(0), entity(SUB_DEVICE)]);
    let listed = session.peer.listing.entity(entity(SUB_DEVICE)).unwrap();
    assert_eq!(listed.device_id, session.peer.device_info.devices[0].device_id);

    let mut messages = rig.device.messages();
    for device_id in [SUB_DEVICE, 0] {
        rig.peer.say(proto::BinarySensorStateResponse { key: 5, device_id, ..Default::default() });
        let message = within(messages.recv()).await.unwrap();
        assert_eq!(message.entity(), Some(EntityId { device_id, key: 5 }));
    }
    for device_id in [SUB_DEVICE, 0] {
        let check = proto::UpdateCommandRequest { key: 5, command: 2, device_id };
        within(rig.device.send(check.into(), late())).await.unwrap();
        let sent = rig.peer.saw_message(|message| message.entity()).await;
        assert_eq!(sent, EntityId { device_id, key: 5 });
    }
}

#[tokio::test]
async fn a_kind_whose_states_are_not_modelled_is_listed_and_its_states_come_raw() {
    let rig = Rig::new().await;
    let entity = EntityId { device_id: SUB_DEVICE, key: LIGHT };
    let session = rig.device.latest_session().unwrap();
    let light = session.peer.listing.entity(entity).unwrap();
    assert_eq!((light.kind.name(), light.name.as_str()), ("light", "Sign"));
    assert_eq!(light.icon, "mdi:lamp");

    // On (field 2), and of the sub-device 7 (field 14).
    let mut messages = rig.device.messages();
    let bytes = Bytes::from_static(b"\x0d\x04\x00\x00\x00\x10\x01\x70\x07");
    rig.peer.order(Order::SayRaw(24, bytes.clone()));
    let message = within(messages.recv()).await.unwrap();
    assert_eq!(*message, Message::RawState { id: 24, entity, bytes });
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
