//! Which entity of a device is meant.

use std::fmt;

use crate::Message;

/// Names one entity of a device. A key alone does not: ESPHome computes it from the entity's name, so two
/// sub-devices may well have an entity with the same key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityId {
    /// The sub-device, 0 for the device itself.
    pub device_id: u32,
    /// The key within the sub-device; read from the listing, never computed.
    pub key: u32,
}

impl fmt::Display for EntityId {
    /// The key in hex, behind the sub-device if it belongs to one: `0x6972_0001` is `69720001`, on
    /// sub-device 7 `7/69720001`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.device_id != 0 {
            write!(f, "{}/", self.device_id)?;
        }
        write!(f, "{:08x}", self.key)
    }
}

/// The entity of a message whose struct has the fields `device_id` and `key`.
macro_rules! entity_of {
    ($message:expr, $($name:ident)*) => {
        match $message {
            $(Message::$name(m) => Some(EntityId { device_id: m.device_id, key: m.key }),)*
            _ => None,
        }
    };
}

impl Message {
    /// The entity that the message lists, commands, or tells something of; `None` if it is about none.
    #[must_use]
    pub const fn entity(&self) -> Option<EntityId> {
        entity_of!(
            self,
            ListEntitiesBinarySensor ListEntitiesSensor ListEntitiesSwitch ListEntitiesTextSensor
            ListEntitiesSelect ListEntitiesButton ListEntitiesUpdate ListEntitiesInfrared
            BinarySensorState SensorState SwitchState TextSensorState SelectState UpdateState
            SwitchCommand SelectCommand ButtonCommand UpdateCommand
            InfraredTransmit InfraredReceive InfraredTransmitComplete
        )
    }
}

#[cfg(test)]
mod tests {
    use prost::encoding::{WireType, encode_key, encode_varint};

    use super::*;

    /// Message ids, with the fields of the key and of the sub-device (api.proto of ESPHome 2026.10).
    const FIELDS: [(u16, u32, u32); 21] = [
        (12, 2, 10),
        (16, 2, 14),
        (17, 2, 10),
        (18, 2, 9),
        (21, 1, 4),
        (25, 1, 4),
        (26, 1, 3),
        (27, 1, 4),
        (33, 1, 3),
        (52, 2, 9),
        (53, 1, 4),
        (54, 1, 3),
        (61, 2, 9),
        (62, 1, 2),
        (116, 2, 9),
        (117, 1, 11),
        (118, 1, 3),
        (135, 2, 7),
        (136, 2, 1),
        (137, 2, 1),
        (153, 2, 1),
    ];

    fn payload(key_field: u32, device_id_field: u32, entity: EntityId) -> Vec<u8> {
        let mut payload = Vec::new();
        encode_key(key_field, WireType::ThirtyTwoBit, &mut payload);
        payload.extend(entity.key.to_le_bytes());
        encode_key(device_id_field, WireType::Varint, &mut payload);
        encode_varint(u64::from(entity.device_id), &mut payload);
        payload
    }

    #[test]
    fn two_sub_devices_with_one_key_are_told_apart_in_every_message() {
        for (id, key_field, device_id_field) in FIELDS {
            for device_id in [7, 300] {
                let entity = EntityId { device_id, key: 0x6972_0001 };
                let payload = payload(key_field, device_id_field, entity);
                let message = Message::decode(id, &payload).unwrap();
                assert_eq!(message.entity(), Some(entity), "{}", message.name());
                let mut again = Vec::new();
                message.encode_payload(&mut again);
                assert_eq!(Message::decode(id, &again).unwrap(), message);
            }
        }
        assert_eq!(Message::decode(7, b"").unwrap().entity(), None);
    }

    #[test]
    fn the_sub_device_is_shown_where_there_is_one() {
        let entity = |device_id| EntityId { device_id, key: 0xab }.to_string();
        assert_eq!((entity(0).as_str(), entity(7).as_str()), ("000000ab", "7/000000ab"));
    }
}
