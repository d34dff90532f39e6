//! Prints every state of a device until Ctrl-C, over reconnects.
//!
//! `cargo run -p esphome-pool --example watch_states -- HOST:PORT [KEY IN BASE64]`

#![expect(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;

use esphome_pool::{
    DeviceConfig, DeviceHandle, Pool, PoolConfig, Received, Subscription,
    codec::{Encryption, EntityId, Message, Psk},
};

const USAGE: &str = "usage: watch_states HOST:PORT [KEY IN BASE64]";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let address = args.next().ok_or(USAGE)?;
    let encryption = match args.next() {
        Some(key) => Encryption::Noise(Psk::from_base64(&key)?),
        None => Encryption::Plaintext,
    };
    let pool = Pool::new(PoolConfig::default());
    let device = pool.add(DeviceConfig { encryption, ..DeviceConfig::at(address) })?;
    // The reader first, so that it has the first states as well.
    let mut messages = device.messages();
    device.subscribe(&Subscription::States)?;
    while let Some(received) = messages.recv().await {
        match received {
            Received::Message(message) => {
                if let Some(entity) = message.entity() {
                    println!("{}: {}", name(&device, entity), state(&message));
                }
            }
            Received::Missed(count) => {
                println!("{count} messages were missed; all states come again");
                device.subscribe(&Subscription::States)?;
            }
        }
    }
    Ok(())
}

/// The name of an entity, with that of its sub-device: two may have entities of the same name.
fn name(device: &DeviceHandle, id: EntityId) -> String {
    let Some(session) = device.latest_session() else { return id.to_string() };
    let (info, listing) = (&session.peer.device_info, &session.peer.listing);
    let entity = listing.entity(id).map_or_else(|| id.to_string(), |entity| entity.name.clone());
    match info.devices.iter().find(|sub_device| sub_device.device_id == id.device_id) {
        Some(sub_device) => format!("{}, {entity}", sub_device.name),
        None => entity,
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "messages are an open set")]
fn state(message: &Message) -> String {
    match message {
        Message::SensorState(state) => state.state.to_string(),
        Message::TextSensorState(state) => format!("{:?}", state.state),
        Message::BinarySensorState(state) => state.state.to_string(),
        Message::SwitchState(state) => state.state.to_string(),
        Message::SelectState(state) => format!("{:?}", state.state),
        Message::RawState { id, bytes, .. } => format!("message {id}, {bytes:02x?}"),
        other => format!("{other:?}"),
    }
}
