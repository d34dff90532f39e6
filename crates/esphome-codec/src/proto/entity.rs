//! Entities in the listing.

/// A binary sensor (id 12).
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct ListEntitiesBinarySensorResponse {
    /// Its object id; empty on recent firmware.
    #[prost(string, tag = "1")]
    pub object_id: String,
    /// Its key, unique together with the device id.
    #[prost(fixed32, tag = "2")]
    pub key: u32,
    /// Its name.
    #[prost(string, tag = "3")]
    pub name: String,
    /// The sub-device.
    #[prost(uint32, tag = "10")]
    pub device_id: u32,
}

/// A sensor (id 16).
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct ListEntitiesSensorResponse {
    /// Its object id; empty on recent firmware.
    #[prost(string, tag = "1")]
    pub object_id: String,
    /// Its key, unique together with the device id.
    #[prost(fixed32, tag = "2")]
    pub key: u32,
    /// Its name.
    #[prost(string, tag = "3")]
    pub name: String,
    /// Its unit.
    #[prost(string, tag = "6")]
    pub unit_of_measurement: String,
    /// The sub-device.
    #[prost(uint32, tag = "14")]
    pub device_id: u32,
}

/// A switch (id 17).
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct ListEntitiesSwitchResponse {
    /// Its object id; empty on recent firmware.
    #[prost(string, tag = "1")]
    pub object_id: String,
    /// Its key, unique together with the device id.
    #[prost(fixed32, tag = "2")]
    pub key: u32,
    /// Its name.
    #[prost(string, tag = "3")]
    pub name: String,
    /// Whether its state is only assumed.
    #[prost(bool, tag = "6")]
    pub assumed_state: bool,
    /// The sub-device.
    #[prost(uint32, tag = "10")]
    pub device_id: u32,
}

/// A text sensor (id 18).
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct ListEntitiesTextSensorResponse {
    /// Its object id; empty on recent firmware.
    #[prost(string, tag = "1")]
    pub object_id: String,
    /// Its key, unique together with the device id.
    #[prost(fixed32, tag = "2")]
    pub key: u32,
    /// Its name.
    #[prost(string, tag = "3")]
    pub name: String,
    /// The sub-device.
    #[prost(uint32, tag = "9")]
    pub device_id: u32,
}

/// A select (id 52).
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct ListEntitiesSelectResponse {
    /// Its object id; empty on recent firmware.
    #[prost(string, tag = "1")]
    pub object_id: String,
    /// Its key, unique together with the device id.
    #[prost(fixed32, tag = "2")]
    pub key: u32,
    /// Its name.
    #[prost(string, tag = "3")]
    pub name: String,
    /// What can be selected.
    #[prost(string, repeated, tag = "6")]
    pub options: Vec<String>,
    /// The sub-device.
    #[prost(uint32, tag = "9")]
    pub device_id: u32,
}

/// A button (id 61).
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct ListEntitiesButtonResponse {
    /// Its object id; empty on recent firmware.
    #[prost(string, tag = "1")]
    pub object_id: String,
    /// Its key, unique together with the device id.
    #[prost(fixed32, tag = "2")]
    pub key: u32,
    /// Its name.
    #[prost(string, tag = "3")]
    pub name: String,
    /// The sub-device.
    #[prost(uint32, tag = "9")]
    pub device_id: u32,
}

/// An update entity (id 116).
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct ListEntitiesUpdateResponse {
    /// Its object id; empty on recent firmware.
    #[prost(string, tag = "1")]
    pub object_id: String,
    /// Its key, unique together with the device id.
    #[prost(fixed32, tag = "2")]
    pub key: u32,
    /// Its name.
    #[prost(string, tag = "3")]
    pub name: String,
    /// The sub-device.
    #[prost(uint32, tag = "9")]
    pub device_id: u32,
}

/// An infrared transmitter or receiver (id 135).
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct ListEntitiesInfraredResponse {
    /// Its object id; empty on recent firmware.
    #[prost(string, tag = "1")]
    pub object_id: String,
    /// Its key, unique together with the device id.
    #[prost(fixed32, tag = "2")]
    pub key: u32,
    /// Its name.
    #[prost(string, tag = "3")]
    pub name: String,
    /// The sub-device.
    #[prost(uint32, tag = "7")]
    pub device_id: u32,
    /// 1 transmit, 2 receive.
    #[prost(uint32, tag = "8")]
    pub capabilities: u32,
    /// Hz.
    #[prost(uint32, tag = "9")]
    pub receiver_frequency: u32,
}
