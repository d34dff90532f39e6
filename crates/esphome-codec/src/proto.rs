//! The messages of the native API that this crate speaks, as prost structs.
//!
//! Written by hand from api.proto of ESPHome 2026.10 (API 1.19); the ids are in `message.rs`.
//! Field numbers that the firmware has dropped or that nobody here needs are left out: prost skips
//! unknown fields. Keys are `fixed32`. Arrays of [`ExecuteServiceArgument`] must be unpacked (the
//! firmware drops packed ones); `timings` of [`InfraredTransmitRequest`] must be packed.

mod action;
mod entity;
mod infrared;
mod session;
mod state;

pub use action::*;
pub use entity::*;
pub use infrared::*;
pub use session::*;
pub use state::*;
