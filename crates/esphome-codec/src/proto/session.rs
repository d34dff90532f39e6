//! Messages that open, keep and close a session.

/// The client's greeting (id 1).
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct HelloRequest {
    /// Who calls; the device keeps 31 characters.
    #[prost(string, tag = "1")]
    pub client_info: String,
    /// The API version announced, major.
    #[prost(uint32, tag = "2")]
    pub api_version_major: u32,
    /// The API version announced, minor.
    #[prost(uint32, tag = "3")]
    pub api_version_minor: u32,
}

/// The device's greeting (id 2).
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct HelloResponse {
    /// The API version announced, major.
    #[prost(uint32, tag = "1")]
    pub api_version_major: u32,
    /// The API version announced, minor.
    #[prost(uint32, tag = "2")]
    pub api_version_minor: u32,
    /// The software and its version.
    #[prost(string, tag = "3")]
    pub server_info: String,
    /// The node name.
    #[prost(string, tag = "4")]
    pub name: String,
}

/// Legacy login (id 3); firmware up to 2025.7 wants it even without a password.
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct AuthenticationRequest {
    /// The password; always empty here.
    #[prost(string, tag = "1")]
    pub password: String,
}

/// The answer to the legacy login (id 4).
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct AuthenticationResponse {
    /// Whether the password was wrong.
    #[prost(bool, tag = "1")]
    pub invalid_password: bool,
}

/// Either side is about to close (id 5).
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct DisconnectRequest {
    /// 0 none, 1 provisioning window closed.
    #[prost(uint32, tag = "1")]
    pub reason: u32,
}

/// The answer to id 5 (id 6).
#[derive(Clone, Copy, PartialEq, Eq, ::prost::Message)]
pub struct DisconnectResponse {}

/// Asks for a sign of life (id 7).
#[derive(Clone, Copy, PartialEq, Eq, ::prost::Message)]
pub struct PingRequest {}

/// A sign of life (id 8).
#[derive(Clone, Copy, PartialEq, Eq, ::prost::Message)]
pub struct PingResponse {}

/// Asks who the device is (id 9).
#[derive(Clone, Copy, PartialEq, Eq, ::prost::Message)]
pub struct DeviceInfoRequest {}

/// Who the device is (id 10).
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct DeviceInfoResponse {
    /// Whether a password is compiled in (legacy).
    #[prost(bool, tag = "1")]
    pub uses_password: bool,
    /// The node name.
    #[prost(string, tag = "2")]
    pub name: String,
    /// The MAC address, `AA:BB:CC:DD:EE:FF`.
    #[prost(string, tag = "3")]
    pub mac_address: String,
    /// The ESPHome version.
    #[prost(string, tag = "4")]
    pub esphome_version: String,
    /// When it was compiled.
    #[prost(string, tag = "5")]
    pub compilation_time: String,
    /// The board.
    #[prost(string, tag = "6")]
    pub model: String,
    /// Whether it sleeps.
    #[prost(bool, tag = "7")]
    pub has_deep_sleep: bool,
    /// The project.
    #[prost(string, tag = "8")]
    pub project_name: String,
    /// The version of the project.
    #[prost(string, tag = "9")]
    pub project_version: String,
    /// The port of its web page, or 0.
    #[prost(uint32, tag = "10")]
    pub webserver_port: u32,
    /// The maker of the chip.
    #[prost(string, tag = "12")]
    pub manufacturer: String,
    /// What people call it.
    #[prost(string, tag = "13")]
    pub friendly_name: String,
    /// Where it says it is.
    #[prost(string, tag = "16")]
    pub suggested_area: String,
    /// Whether Noise is compiled in.
    #[prost(bool, tag = "19")]
    pub api_encryption_supported: bool,
    /// The sub-devices, without the device itself.
    #[prost(message, repeated, tag = "20")]
    pub devices: Vec<SubDeviceInfo>,
}

/// By far the largest message, and one of a session: what else comes is not moved about with as much room.
pub type BoxedDeviceInfo = Box<DeviceInfoResponse>;

/// One sub-device (`DeviceInfo` of api.proto).
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct SubDeviceInfo {
    /// What its entities name it by; never 0.
    #[prost(uint32, tag = "1")]
    pub device_id: u32,
    /// Its name.
    #[prost(string, tag = "2")]
    pub name: String,
}

/// Asks for entities and actions (id 11).
#[derive(Clone, Copy, PartialEq, Eq, ::prost::Message)]
pub struct ListEntitiesRequest {}

/// The listing is complete (id 19).
#[derive(Clone, Copy, PartialEq, Eq, ::prost::Message)]
pub struct ListEntitiesDoneResponse {}

/// Asks for states, now and on change (id 20).
#[derive(Clone, Copy, PartialEq, Eq, ::prost::Message)]
pub struct SubscribeStatesRequest {}

/// Asks for log lines (id 28).
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct SubscribeLogsRequest {
    /// 0 none, 1 error, 2 warn, 3 info, 4 config, 5 debug, 6 verbose, 7 very verbose.
    #[prost(uint32, tag = "1")]
    pub level: u32,
    /// Whether the configuration is replayed.
    #[prost(bool, tag = "2")]
    pub dump_config: bool,
}

/// One log line (id 29).
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct SubscribeLogsResponse {
    /// As in the request.
    #[prost(uint32, tag = "1")]
    pub level: u32,
    /// The line, with ANSI colours; untrusted.
    #[prost(bytes = "vec", tag = "3")]
    pub message: Vec<u8>,
}

/// The device asks for the time (id 36).
#[derive(Clone, Copy, PartialEq, Eq, ::prost::Message)]
pub struct GetTimeRequest {}

/// The time (id 37).
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct GetTimeResponse {
    /// Seconds since the Unix epoch.
    #[prost(fixed32, tag = "1")]
    pub epoch_seconds: u32,
}

/// Sets or clears the Noise key (id 124).
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct NoiseEncryptionSetKeyRequest {
    /// The key in base64; empty clears it.
    #[prost(bytes = "vec", tag = "1")]
    pub key: Vec<u8>,
}

/// The answer to id 124 (id 125).
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct NoiseEncryptionSetKeyResponse {
    /// Whether it was stored.
    #[prost(bool, tag = "1")]
    pub success: bool,
}
