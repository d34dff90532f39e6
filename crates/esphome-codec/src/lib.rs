//! The ESPHome native API as a protocol without I/O: framing, Noise, messages, sessions.
//!
//! [`ClientSession`] is the side that calls devices, [`DeviceSession`] the side that is called
//! (for simulators and tests). Both are plain values: bytes in, bytes and events out, time as an
//! argument; no socket, no runtime, no clock. The facts are those of ESPHome 2026.10 (API 1.19)
//! and of the reference client aioesphomeapi 46; unknown ids, fields and enum values are tolerated.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "the messages of the API are an open set: what is not meant here is passed on"
)]

mod call;
mod call_ids;
mod clean;
mod client;
mod device;
mod entity;
mod error;
mod frame;
#[doc(hidden)]
pub mod fuzz;
mod key;
mod listing;
mod listings;
mod mac;
mod message;
pub mod proto;
mod wire;

pub use call::{ActionCall, ArgValue, CallId, InfraredTransmit, ReplyWanted};
pub use call_ids::CallIds;
pub use client::{
    API_VERSION, ClientConfig, ClientEvent, ClientSession, Keepalive, PingId, StreamEnd,
};
pub use device::{DeviceConfig, DeviceEvent, DeviceSession, Login};
pub use entity::EntityId;
pub use error::{CallError, FaultKind, ProtocolError};
pub use key::{Encryption, Psk, PskError};
pub use listing::{
    ActionDescription, ArgDescription, ArgKind, DeviceInfo, EntityCategory, EntityDescription,
    EntityKind, Listing, PeerDescription, SubDevice, SupportsResponse,
};
pub use listings::SharedListings;
pub use mac::{MacAddress, MacAddressError};
pub use message::Message;
