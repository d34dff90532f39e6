//! The one table of message ids and their types.

use bytes::Bytes;
use prost::Message as _;

use crate::{EntityId, ProtocolError, entity::entity_of_state, proto};

/// Makes the [`Message`] enum, its ids, names, decoder and encoder from one table.
macro_rules! messages {
    ($($id:literal $name:ident($type:ident),)*) => {
        /// A message of the native API.
        ///
        /// Those that nobody has modelled come as [`Message::RawState`] or [`Message::Unknown`], with all
        /// their bytes. A later version of this crate may model them: read such a message by its
        /// [`Message::id`], whichever variant it is.
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        #[expect(missing_docs, reason = "each variant wraps the documented struct of its message")]
        pub enum Message {
            $($name(proto::$type),)*
            /// A message that this crate does not know; it is tolerated, always, and handed on as it
            /// came. One is sent by `send_raw` of a session, never by `send`.
            Unknown {
                /// Its id.
                id: u16,
                /// Its payload, undecoded.
                bytes: Bytes,
            },
            /// The state of an entity of a kind whose states this crate does not model, such as a light:
            /// which entity is decoded, the rest is handed on as it came. One is sent by `send_raw` of a
            /// session, never by `send`.
            RawState {
                /// The id of the message.
                id: u16,
                /// Whose state it is.
                entity: EntityId,
                /// The whole payload.
                bytes: Bytes,
            },
        }

        impl Message {
            /// The id on the wire.
            #[must_use]
            pub const fn id(&self) -> u16 {
                match self {
                    $(Self::$name(_) => $id,)*
                    Self::Unknown { id, .. } | Self::RawState { id, .. } => *id,
                }
            }

            /// The name, for logs.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => stringify!($name),)*
                    Self::Unknown { .. } => "Unknown",
                    Self::RawState { .. } => "RawState",
                }
            }

            /// Decodes the payload of message `id`. Unknown ids, fields and enum values are
            /// tolerated; the payload of an unknown id is copied.
            ///
            /// # Errors
            /// [`ProtocolError::Undecodable`] if the payload of a known message is no protobuf.
            pub fn decode(id: u16, payload: &[u8]) -> Result<Self, ProtocolError> {
                let decoded = match id {
                    $($id => proto::$type::decode(payload).map(Self::$name),)*
                    _ => return Ok(undecoded(id, payload)),
                };
                decoded.map_err(|_| ProtocolError::Undecodable { id })
            }

            /// The size of the payload in bytes.
            #[must_use]
            pub fn payload_size(&self) -> usize {
                match self {
                    $(Self::$name(message) => message.encoded_len(),)*
                    Self::Unknown { bytes, .. } | Self::RawState { bytes, .. } => bytes.len(),
                }
            }

            /// Appends the payload to `out`; what was not decoded as it came.
            pub fn encode_payload(&self, out: &mut Vec<u8>) {
                match self {
                    $(Self::$name(message) => message.encode_raw(out),)*
                    Self::Unknown { bytes, .. } | Self::RawState { bytes, .. } => {
                        out.extend_from_slice(bytes);
                    }
                }
            }
        }

        $(impl From<proto::$type> for Message {
            fn from(message: proto::$type) -> Self {
                Self::$name(message)
            }
        })*

        #[cfg(test)]
        const IDS: &[u16] = &[$($id,)*];
    };
}

impl From<proto::DeviceInfoResponse> for Message {
    fn from(message: proto::DeviceInfoResponse) -> Self {
        Self::DeviceInfoResponse(Box::new(message))
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
        if let Self::RawState { entity, .. } = self {
            return Some(*entity);
        }
        entity_of!(
            self,
            ListEntitiesBinarySensor ListEntitiesCover ListEntitiesFan ListEntitiesLight
            ListEntitiesSensor ListEntitiesSwitch ListEntitiesTextSensor ListEntitiesCamera
            ListEntitiesClimate ListEntitiesNumber ListEntitiesSelect ListEntitiesSiren
            ListEntitiesLock ListEntitiesButton ListEntitiesMediaPlayer
            ListEntitiesAlarmControlPanel ListEntitiesText ListEntitiesDate ListEntitiesTime
            ListEntitiesEvent ListEntitiesValve ListEntitiesDateTime ListEntitiesUpdate
            ListEntitiesWaterHeater ListEntitiesInfrared ListEntitiesRadioFrequency
            BinarySensorState SensorState SwitchState TextSensorState SelectState UpdateState
            SwitchCommand SelectCommand ButtonCommand UpdateCommand
            InfraredTransmit InfraredReceive InfraredTransmitComplete
        )
    }
}

/// A message whose payload is kept as it came.
fn undecoded(id: u16, payload: &[u8]) -> Message {
    let bytes = Bytes::copy_from_slice(payload);
    match entity_of_state(id, payload) {
        Some(entity) => Message::RawState { id, entity, bytes },
        None => Message::Unknown { id, bytes },
    }
}

messages! {
    1 HelloRequest(HelloRequest),
    2 HelloResponse(HelloResponse),
    3 AuthenticationRequest(AuthenticationRequest),
    4 AuthenticationResponse(AuthenticationResponse),
    5 DisconnectRequest(DisconnectRequest),
    6 DisconnectResponse(DisconnectResponse),
    7 PingRequest(PingRequest),
    8 PingResponse(PingResponse),
    9 DeviceInfoRequest(DeviceInfoRequest),
    10 DeviceInfoResponse(BoxedDeviceInfo),
    11 ListEntitiesRequest(ListEntitiesRequest),
    12 ListEntitiesBinarySensor(ListEntitiesBinarySensorResponse),
    13 ListEntitiesCover(ListEntitiesCoverResponse),
    14 ListEntitiesFan(ListEntitiesFanResponse),
    15 ListEntitiesLight(ListEntitiesLightResponse),
    16 ListEntitiesSensor(ListEntitiesSensorResponse),
    17 ListEntitiesSwitch(ListEntitiesSwitchResponse),
    18 ListEntitiesTextSensor(ListEntitiesTextSensorResponse),
    19 ListEntitiesDone(ListEntitiesDoneResponse),
    20 SubscribeStates(SubscribeStatesRequest),
    21 BinarySensorState(BinarySensorStateResponse),
    25 SensorState(SensorStateResponse),
    26 SwitchState(SwitchStateResponse),
    27 TextSensorState(TextSensorStateResponse),
    28 SubscribeLogs(SubscribeLogsRequest),
    29 LogLine(SubscribeLogsResponse),
    33 SwitchCommand(SwitchCommandRequest),
    36 GetTimeRequest(GetTimeRequest),
    37 GetTimeResponse(GetTimeResponse),
    41 ListEntitiesServices(ListEntitiesServicesResponse),
    42 ExecuteService(ExecuteServiceRequest),
    43 ListEntitiesCamera(ListEntitiesCameraResponse),
    46 ListEntitiesClimate(ListEntitiesClimateResponse),
    49 ListEntitiesNumber(ListEntitiesNumberResponse),
    52 ListEntitiesSelect(ListEntitiesSelectResponse),
    53 SelectState(SelectStateResponse),
    54 SelectCommand(SelectCommandRequest),
    55 ListEntitiesSiren(ListEntitiesSirenResponse),
    58 ListEntitiesLock(ListEntitiesLockResponse),
    61 ListEntitiesButton(ListEntitiesButtonResponse),
    62 ButtonCommand(ButtonCommandRequest),
    63 ListEntitiesMediaPlayer(ListEntitiesMediaPlayerResponse),
    94 ListEntitiesAlarmControlPanel(ListEntitiesAlarmControlPanelResponse),
    97 ListEntitiesText(ListEntitiesTextResponse),
    100 ListEntitiesDate(ListEntitiesDateResponse),
    103 ListEntitiesTime(ListEntitiesTimeResponse),
    107 ListEntitiesEvent(ListEntitiesEventResponse),
    109 ListEntitiesValve(ListEntitiesValveResponse),
    112 ListEntitiesDateTime(ListEntitiesDateTimeResponse),
    116 ListEntitiesUpdate(ListEntitiesUpdateResponse),
    117 UpdateState(UpdateStateResponse),
    118 UpdateCommand(UpdateCommandRequest),
    124 SetNoiseKey(NoiseEncryptionSetKeyRequest),
    125 SetNoiseKeyResponse(NoiseEncryptionSetKeyResponse),
    131 ExecuteServiceResponse(ExecuteServiceResponse),
    132 ListEntitiesWaterHeater(ListEntitiesWaterHeaterResponse),
    135 ListEntitiesInfrared(ListEntitiesInfraredResponse),
    136 InfraredTransmit(InfraredTransmitRequest),
    137 InfraredReceive(InfraredReceiveEvent),
    148 ListEntitiesRadioFrequency(ListEntitiesRadioFrequencyResponse),
    153 InfraredTransmitComplete(InfraredTransmitComplete),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_id_decodes_an_empty_payload_to_itself() {
        for &id in IDS {
            let message = Message::decode(id, &[]).unwrap();
            assert_eq!(message.id(), id);
            assert_eq!(message.payload_size(), encoded(&message).len());
        }
    }

    #[test]
    fn an_unknown_id_keeps_its_bytes_and_garbage_in_a_known_one_is_refused() {
        let unknown = Message::decode(16_383, b"\xff\xff").unwrap();
        let bytes = Bytes::from_static(b"\xff\xff");
        assert_eq!(unknown, Message::Unknown { id: 16_383, bytes });
        assert_eq!((encoded(&unknown), unknown.payload_size()), (b"\xff\xff".to_vec(), 2));
        let error = Message::decode(2, b"\xff\xff").unwrap_err();
        assert_eq!(error, ProtocolError::Undecodable { id: 2 });
    }

    #[test]
    fn unknown_fields_are_skipped() {
        // Field 99, length-delimited, of three bytes; then field 1 of PingResponse's neighbour.
        let payload = b"\x9a\x06\x03abc\x08\x01";
        let Message::AuthenticationResponse(answer) = Message::decode(4, payload).unwrap() else {
            panic!("id 4 is the legacy login's answer");
        };
        assert!(answer.invalid_password);
    }

    #[test]
    fn golden_bytes_of_an_infrared_request_and_an_action_call() {
        let infrared = proto::InfraredTransmitRequest {
            device_id: 0,
            key: 0x1234_5678,
            carrier_frequency: 38_000,
            repeat_count: 1,
            timings: vec![9_000, -4_500, 560, -560],
        };
        let golden = hex("157856341218f0a80220012a09d08c01a746e008df08");
        assert_eq!(encoded(&infrared.into()), golden);

        let argument = proto::ExecuteServiceArgument::default();
        let call = proto::ExecuteServiceRequest {
            key: 0x89ab_cdef,
            args: vec![
                proto::ExecuteServiceArgument { int_: 3, ..argument.clone() },
                proto::ExecuteServiceArgument { string_: "5-1".into(), ..argument.clone() },
                proto::ExecuteServiceArgument { int_array: vec![1, -2], ..argument },
            ],
            call_id: 7,
            return_response: false,
        };
        let golden = hex("0defcdab891202280612052203352d311204380238031807");
        assert_eq!(encoded(&call.into()), golden);
    }

    #[test]
    fn arrays_are_read_packed_and_unpacked() {
        let unpacked = hex("15010000001803180c");
        let packed = hex("15010000001a02030c");
        for payload in [unpacked, packed] {
            let Message::InfraredReceive(event) = Message::decode(137, &payload).unwrap() else {
                panic!("id 137 is received infrared");
            };
            assert_eq!(event.timings, [-2, 6]);
        }
    }

    fn encoded(message: &Message) -> Vec<u8> {
        let mut out = Vec::new();
        message.encode_payload(&mut out);
        out
    }

    fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> =
            text.bytes().map(|b| (b as char).to_digit(16).unwrap() as u8).collect();
        digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
    }
}
