//! Which entity of a device is meant.

use std::fmt;

use prost::encoding::{self, DecodeContext};

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

/// The field of the sub-device in a state that is handed on raw; `None` if `id` is no such state.
const fn device_id_of_state(id: u16) -> Option<u32> {
    Some(match id {
        // Siren, lock, alarm control panel, event.
        56 | 59 | 95 | 108 => 3,
        // Camera image, number, text, valve, date and time.
        44 | 50 | 98 | 110 | 113 => 4,
        // Media player, water heater.
        64 | 133 => 5,
        // Cover, date, time.
        22 | 101 | 104 => 6,
        // Fan, light, climate.
        23 => 8,
        24 => 14,
        47 => 16,
        _ => return None,
    })
}

/// The key of every state is in this field.
const KEY: u32 = 1;

/// Whose state message `id` is; `None` if it is no state that is handed on raw, or no protobuf.
pub(crate) fn entity_of_state(id: u16, mut payload: &[u8]) -> Option<EntityId> {
    let device_id = device_id_of_state(id)?;
    let mut entity = EntityId::default();
    while !payload.is_empty() {
        let (field, wire_type) = encoding::decode_key(&mut payload).ok()?;
        let context = DecodeContext::default();
        let read = if field == KEY {
            encoding::fixed32::merge(wire_type, &mut entity.key, &mut payload, context)
        } else if field == device_id {
            encoding::uint32::merge(wire_type, &mut entity.device_id, &mut payload, context)
        } else {
            encoding::skip_field(wire_type, field, &mut payload, context)
        };
        read.ok()?;
    }
    Some(entity)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use prost::encoding::{WireType, encode_key, encode_varint};

    use super::*;
    use crate::Message;

    /// Message ids, with the fields of the key and of the sub-device (api.proto of ESPHome 2026.10).
    const FIELDS: [(u16, u32, u32); 56] = [
        (12, 2, 10),
        (13, 2, 13),
        (14, 2, 13),
        (15, 2, 16),
        (16, 2, 14),
        (17, 2, 10),
        (18, 2, 9),
        (21, 1, 4),
        (22, 1, 6),
        (23, 1, 8),
        (24, 1, 14),
        (25, 1, 4),
        (26, 1, 3),
        (27, 1, 4),
        (33, 1, 3),
        (43, 2, 8),
        (44, 1, 4),
        (46, 2, 26),
        (47, 1, 16),
        (49, 2, 14),
        (50, 1, 4),
        (52, 2, 9),
        (53, 1, 4),
        (54, 1, 3),
        (55, 2, 11),
        (56, 1, 3),
        (58, 2, 12),
        (59, 1, 3),
        (61, 2, 9),
        (62, 1, 2),
        (63, 2, 10),
        (64, 1, 5),
        (94, 2, 11),
        (95, 1, 3),
        (97, 2, 12),
        (98, 1, 4),
        (100, 2, 8),
        (101, 1, 6),
        (103, 2, 8),
        (104, 1, 6),
        (107, 2, 10),
        (108, 1, 3),
        (109, 2, 12),
        (110, 1, 4),
        (112, 2, 8),
        (113, 1, 4),
        (116, 2, 9),
        (117, 1, 11),
        (118, 1, 3),
        (132, 2, 7),
        (133, 1, 5),
        (135, 2, 7),
        (136, 2, 1),
        (137, 2, 1),
        (148, 2, 7),
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
        assert_eq!(Message::decode(160, b"").unwrap().entity(), None);
    }

    #[test]
    fn a_state_that_is_not_modelled_comes_with_its_entity_and_all_its_bytes() {
        let entity = EntityId { device_id: 7, key: 0x6c69_6768 };
        // A light: its brightness is a float, its effect a text.
        let mut bytes = payload(1, 14, entity);
        bytes.extend(b"\x1d\x00\x00\x80\x3f\x4a\x04None");
        let message = Message::decode(24, &bytes).unwrap();
        let id = 24;
        assert_eq!(message, Message::RawState { id, entity, bytes: bytes.clone().into() });
        // What is cut is not blamed on the session: the bytes are all there is to tell.
        let cut = &bytes[..bytes.len() - 1];
        let unknown = Message::Unknown { id, bytes: Bytes::copy_from_slice(cut) };
        assert_eq!(Message::decode(24, cut).unwrap(), unknown);
    }

    #[test]
    fn the_sub_device_is_shown_where_there_is_one() {
        let entity = |device_id| EntityId { device_id, key: 0xab }.to_string();
        assert_eq!((entity(0).as_str(), entity(7).as_str()), ("000000ab", "7/000000ab"));
    }
}
