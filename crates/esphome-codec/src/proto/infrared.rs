//! Raw infrared.

/// Transmits raw timings (`InfraredRFTransmitRawTimingsRequest`, id 136).
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct InfraredTransmitRequest {
    /// The sub-device.
    #[prost(uint32, tag = "1")]
    pub device_id: u32,
    /// The entity.
    #[prost(fixed32, tag = "2")]
    pub key: u32,
    /// Hz; 0 is unmodulated.
    #[prost(uint32, tag = "3")]
    pub carrier_frequency: u32,
    /// 0 or 1 is once.
    #[prost(uint32, tag = "4")]
    pub repeat_count: u32,
    /// Microseconds: marks positive, spaces negative.
    #[prost(sint32, repeated, packed = "true", tag = "5")]
    pub timings: Vec<i32>,
}

/// Received infrared (`InfraredRFReceiveEvent`, id 137); sent without subscription.
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct InfraredReceiveEvent {
    /// The sub-device.
    #[prost(uint32, tag = "1")]
    pub device_id: u32,
    /// The entity.
    #[prost(fixed32, tag = "2")]
    pub key: u32,
    /// Microseconds.
    #[prost(sint32, repeated, tag = "3")]
    pub timings: Vec<i32>,
}

/// The frame and its repeats left (`InfraredRFTransmitCompleteResponse`, id 153); only if the client announced API 1.18 or later.
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct InfraredTransmitComplete {
    /// The sub-device.
    #[prost(uint32, tag = "1")]
    pub device_id: u32,
    /// The entity.
    #[prost(fixed32, tag = "2")]
    pub key: u32,
    /// Whether they did.
    #[prost(bool, tag = "3")]
    pub success: bool,
}
