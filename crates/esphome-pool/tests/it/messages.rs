//! What a device says by itself, and what is sent to it without evidence.

use std::sync::Arc;

use bytes::Bytes;
use esphome_codec::{CallError, EntityDescription, EntityId, Message, proto};
use esphome_pool::{Messages, PoolConfig, Received, SendError};

use crate::{
    peer::{INFRARED, LIGHT, Order, SUB_DEVICE},
    rig::{Rig, late, within},
};

/// The next message of a reader that has missed none.
async fn next(messages: &mut Messages) -> Arc<Message> {
    match within(messages.recv()).await {
        Some(Received::Message(message)) => message,
        other => panic!("{other:?}"),
    }
}

fn sensor(key: u32) -> Message {
    proto::SensorStateResponse { key, ..Default::default() }.into()
}

#[tokio::test]
async fn what_a_device_says_by_itself_is_passed_on() {
    let rig = Rig::new().await;
    let mut messages = rig.device.messages();
    let state = proto::TextSensorStateResponse { key: 5, ..Default::default() };
    rig.peer.say(state.clone());
    let message = next(&mut messages).await;
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
        let message = next(&mut messages).await;
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
    let message = next(&mut messages).await;
    assert_eq!(*message, Message::RawState { id: 24, entity, bytes });
}

#[tokio::test]
async fn what_nobody_here_knows_goes_both_ways_with_its_bytes() {
    let mut rig = Rig::new().await;
    let mut messages = rig.device.messages();
    rig.peer.order(Order::SayRaw(160, Bytes::from_static(b"\x08\x2a")));
    let message = next(&mut messages).await;
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

#[tokio::test]
async fn a_reader_that_is_too_slow_is_told_how_many_states_it_has_missed() {
    let rig = Rig::with(PoolConfig { messages: 4, ..PoolConfig::default() }).await;
    let (mut slow, mut quick) = (rig.device.messages(), rig.device.messages());
    rig.peer.order(Order::Say((1..=10).map(sensor).collect()));
    // Behind them: all have been handed out by now.
    rig.device.ping(late()).await.unwrap();
    assert_eq!(within(slow.recv()).await, Some(Received::Missed(6)));
    for key in 7..=10 {
        assert_eq!(*next(&mut slow).await, sensor(key));
    }
    // It is told once, and keeps up from then on; others are told for themselves.
    rig.peer.say(sensor(11));
    assert_eq!(*next(&mut slow).await, sensor(11));
    assert_eq!(within(quick.recv()).await, Some(Received::Missed(7)));
    assert_eq!(*next(&mut quick).await, sensor(8));
}

#[tokio::test]
async fn a_reader_ends_with_its_device_after_what_has_come() {
    let rig = Rig::new().await;
    let mut messages = rig.device.messages();
    rig.peer.say(sensor(1));
    rig.device.ping(late()).await.unwrap();
    assert!(within(rig.pool.remove("ir-1")).await);
    assert_eq!(*next(&mut messages).await, sensor(1));
    assert_eq!(within(messages.recv()).await, None);
}

#[tokio::test]
async fn what_is_answered_in_turn_is_not_sent_past_its_turn() {
    let mut rig = Rig::new().await;
    let infrared = proto::InfraredTransmitRequest { key: INFRARED, ..Default::default() };
    let action = proto::ExecuteServiceRequest { key: 1, call_id: 1, ..Default::default() };
    for message in [infrared.into(), action.into(), proto::PingRequest {}.into()] {
        let id = Message::id(&message);
        for refused in [
            within(rig.device.send(message, late())).await,
            within(rig.device.send_raw(id, Bytes::new(), late())).await,
        ] {
            let Err(SendError::Unsendable { source }) = refused else { panic!("{refused:?}") };
            assert!(matches!(source, CallError::Counted { .. }), "{source}");
        }
    }
    rig.device.ping(late()).await.unwrap();
    let first = rig.peer.saw_message(|m| matches!(m.id(), 7 | 42 | 136).then_some(m)).await;
    assert_eq!(first.id(), 7, "the ping, and nothing before it");
}
