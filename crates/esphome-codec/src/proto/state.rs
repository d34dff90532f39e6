//! States of entities and commands to them. Where a key is, a device id is: the two together name the
//! entity ([`crate::EntityId`]).

/// State of a binary sensor (id 21).
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct BinarySensorStateResponse {
    /// The key of the entity.
    #[prost(fixed32, tag = "1")]
    pub key: u32,
    /// The state.
    #[prost(bool, tag = "2")]
    pub state: bool,
    /// Whether there is none yet.
    #[prost(bool, tag = "3")]
    pub missing_state: bool,
    /// The sub-device of the entity.
    #[prost(uint32, tag = "4")]
    pub device_id: u32,
}

/// State of a sensor (id 25).
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct SensorStateResponse {
    /// The key of the entity.
    #[prost(fixed32, tag = "1")]
    pub key: u32,
    /// The state.
    #[prost(float, tag = "2")]
    pub state: f32,
    /// Whether there is none yet.
    #[prost(bool, tag = "3")]
    pub missing_state: bool,
    /// The sub-device of the entity.
    #[prost(uint32, tag = "4")]
    pub device_id: u32,
}

/// State of a switch (id 26); sent only on change.
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct SwitchStateResponse {
    /// The key of the entity.
    #[prost(fixed32, tag = "1")]
    pub key: u32,
    /// The state.
    #[prost(bool, tag = "2")]
    pub state: bool,
    /// The sub-device of the entity.
    #[prost(uint32, tag = "3")]
    pub device_id: u32,
    /// Whether there is none yet.
    #[prost(bool, tag = "4")]
    pub missing_state: bool,
}

/// State of a text sensor (id 27).
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct TextSensorStateResponse {
    /// The key of the entity.
    #[prost(fixed32, tag = "1")]
    pub key: u32,
    /// The state; untrusted.
    #[prost(string, tag = "2")]
    pub state: String,
    /// Whether there is none yet.
    #[prost(bool, tag = "3")]
    pub missing_state: bool,
    /// The sub-device of the entity.
    #[prost(uint32, tag = "4")]
    pub device_id: u32,
}

/// Switches (id 33); an unknown key is silently ignored.
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct SwitchCommandRequest {
    /// The key of the entity.
    #[prost(fixed32, tag = "1")]
    pub key: u32,
    /// The wish.
    #[prost(bool, tag = "2")]
    pub state: bool,
    /// The sub-device of the entity.
    #[prost(uint32, tag = "3")]
    pub device_id: u32,
}

/// State of a select (id 53).
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct SelectStateResponse {
    /// The key of the entity.
    #[prost(fixed32, tag = "1")]
    pub key: u32,
    /// The state.
    #[prost(string, tag = "2")]
    pub state: String,
    /// Whether there is none yet.
    #[prost(bool, tag = "3")]
    pub missing_state: bool,
    /// The sub-device of the entity.
    #[prost(uint32, tag = "4")]
    pub device_id: u32,
}

/// Selects (id 54).
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct SelectCommandRequest {
    /// The key of the entity.
    #[prost(fixed32, tag = "1")]
    pub key: u32,
    /// The wish.
    #[prost(string, tag = "2")]
    pub state: String,
    /// The sub-device of the entity.
    #[prost(uint32, tag = "3")]
    pub device_id: u32,
}

/// Presses a button (id 62); there is no state.
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct ButtonCommandRequest {
    /// The key of the entity.
    #[prost(fixed32, tag = "1")]
    pub key: u32,
    /// The sub-device of the entity.
    #[prost(uint32, tag = "2")]
    pub device_id: u32,
}

/// State of an update entity (id 117).
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct UpdateStateResponse {
    /// The key of the entity.
    #[prost(fixed32, tag = "1")]
    pub key: u32,
    /// Whether nothing is known yet.
    #[prost(bool, tag = "2")]
    pub missing_state: bool,
    /// Whether it is installing.
    #[prost(bool, tag = "3")]
    pub in_progress: bool,
    /// Whether progress is known.
    #[prost(bool, tag = "4")]
    pub has_progress: bool,
    /// Progress in percent.
    #[prost(float, tag = "5")]
    pub progress: f32,
    /// What runs.
    #[prost(string, tag = "6")]
    pub current_version: String,
    /// What could run.
    #[prost(string, tag = "7")]
    pub latest_version: String,
    /// The title.
    #[prost(string, tag = "8")]
    pub title: String,
    /// The sub-device of the entity.
    #[prost(uint32, tag = "11")]
    pub device_id: u32,
}

/// Commands an update entity (id 118).
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct UpdateCommandRequest {
    /// The key of the entity.
    #[prost(fixed32, tag = "1")]
    pub key: u32,
    /// 1 install, 2 check.
    #[prost(int32, tag = "2")]
    pub command: i32,
    /// The sub-device of the entity.
    #[prost(uint32, tag = "3")]
    pub device_id: u32,
}
