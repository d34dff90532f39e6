//! The ESPHome native API as a protocol without I/O: framing, Noise, messages, sessions.
//!
//! [`ClientSession`] is the side that calls devices, [`DeviceSession`] the side that is called
//! (for simulators and tests). Both are plain values: bytes in, bytes and events out, time as an
//! argument; no socket, no runtime, no clock. The facts are those of ESPHome 2026.10 (API 1.19)
//! and of the reference client aioesphomeapi 46; unknown ids, fields and enum values are tolerated.
//!
//! A device is listed completely: its actions, its sub-devices, and its entities of all 26 kinds with the
//! fields that they have in common ([`EntityDescription`]). An entity is named by its sub-device and its key
//! together ([`EntityId`]), here and in each message that is about one ([`Message::entity`]). Decoded are the
//! states of binary sensors, sensors, switches, text sensors, selects and updates, and received infrared;
//! the states of other kinds come as [`Message::RawState`], and any other message as [`Message::Unknown`],
//! both with their bytes. [`ClientSession::send_raw`] sends what is not modelled here.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "the messages of the API are an open set: what is not meant here is passed on"
)]

mod call;
mod call_ids;
mod client;
mod device;
mod entity;
mod error;
mod frame;
#[doc(hidden)]
pub mod fuzz;
mod infrared;
mod key;
mod listing;
mod message;
pub mod proto;
mod sanitize;
mod wire;

pub use call::{ActionCall, ArgValue, CallId, EntityCommand, ReplyWanted};
pub use call_ids::CallIds;
pub use client::{
    API_VERSION, ClientConfig, ClientEvent, ClientSession, Keepalive, PingId, StreamEnd,
};
pub use device::{DeviceConfig, DeviceEvent, DeviceSession, Login};
pub use entity::EntityId;
pub use error::{CallError, FaultKind, ProtocolError};
pub use esphome_mac::{MacAddress, MacAddressError};
pub use infrared::{InfraredLimits, InfraredTransmit};
pub use key::{Encryption, Psk, PskError};
pub use listing::{
    ActionDescription, ArgDescription, ArgKind, DeviceInfo, EntityCategory, EntityDescription,
    EntityKind, Listing, PeerDescription, SharedListings, SubDevice, SupportsResponse,
};
pub use message::Message;
