//! Warm, supervised sessions with ESPHome devices: one per device, never two.
//!
//! A [`Pool`] owns one task per device; the task owns the socket and the protocol session. A
//! [`DeviceHandle`] makes calls, pings, and tells the device's state. What a call reports is
//! evidence: a reply of the application, infrared that left, the answer to a ping written behind
//! the call, or nothing in time; and whether any byte of it left. See `examples/list_and_call.rs`.
//!
//! What a device sends by itself (states, log lines) comes out of [`Messages`], which says how many a slow
//! reader has missed. A [`Subscription`] is asked for anew in each session.

mod call;
mod common;
mod config;
mod connect;
mod device;
mod error;
mod inbound;
mod messages;
mod pool;
mod reconnect;
mod resolve;
mod session_driver;
mod session_task;
mod state;
mod stats;
mod subscription;

pub use call::{
    Call, CallEnd, CallReport, CallRequest, EvidenceWanted, Guard, PingError, Pong, SendError,
    Written,
};
pub use config::{DeviceConfig, InboundLimit, PoolConfig};
pub use device::DeviceHandle;
pub use error::ConnectError;
pub use esphome_codec as codec;
pub use messages::{Messages, Received};
pub use pool::{AddError, Pool};
pub use resolve::LocalNames;
pub use state::{DeviceState, Misconfiguration, SessionInfo};
pub use stats::PoolStats;
pub use subscription::Subscription;
pub use venue_backoff::{Backoff, Jitter};
