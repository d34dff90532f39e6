//! Dispatch from the durable queue into the lanes, without polling.
//!
//! One owner task keeps a state machine per device and one table of timers. It is woken through a
//! [`Waker`] by whoever puts something into the queue or sees a session come, and by the first timer
//! that is due; with nothing to do it neither asks the store nor wakes.
//! A command is claimed when its device is free, delivered through the boundary
//! [`venue_domain::DirectTransport`], and settled as its nature allows. While the store is down
//! nothing is claimed, and what ends meanwhile is kept and settled first when it is back.

mod config;
mod device;
mod devices;
mod dispatch;
mod engine;
mod error;
mod history;
mod jobs;
mod limit;
mod notifying_queue;
mod notifying_recorder;
mod outage;
mod parts;
mod ready_queue;
mod recover;
mod retry;
mod schedule;
mod service;
mod stats;
mod timers;
mod timing;
mod waker;

pub use config::SchedulerConfig;
pub use error::StopError;
pub use history::{HistoryListener, HistoryRecorder, Unrecorded};
pub use notifying_queue::NotifyingQueue;
pub use notifying_recorder::NotifyingRecorder;
pub use parts::SchedulerParts;
pub use service::Scheduler;
pub use stats::{SchedulerState, StatsSnapshot};
pub use waker::{Arrival, Waker};
