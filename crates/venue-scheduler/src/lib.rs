//! Dispatch from the durable queue into the lanes, without polling.
//!
//! One owner task knows per device whether something waits, is in flight or has to rest. It is
//! woken through a [`Waker`] by whoever puts something into the queue or sees a session come, and
//! by one timer for the next known time; with nothing to do it neither asks the store nor wakes.
//! A command is claimed when its device is free, delivered through the boundary
//! [`venue_domain::DirectTransport`], and settled as its nature allows. While the store is down
//! nothing is claimed, and what ends meanwhile is kept and settled first when it is back.

mod boot;
mod cap;
mod config;
mod device;
mod devices;
mod dispatch;
mod engine;
mod error;
mod jobs;
mod maintenance;
mod outage;
mod ready_queue;
mod retry;
mod schedule;
mod service;
mod stats;
mod timers;
mod timing;
mod waker;
mod waking;

pub use config::SchedulerConfig;
pub use error::StopError;
pub use service::{Scheduler, SchedulerParts};
pub use stats::{StatsSnapshot, Work};
pub use waker::{Arrival, Waker};
pub use waking::Waking;
