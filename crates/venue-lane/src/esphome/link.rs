//! What the wire needs of a session: its state, calls and pings.

use std::{future::Future, sync::Arc};

use esphome_pool::{Call, CallReport, DeviceHandle, DeviceState, SessionInfo};
use tokio::{sync::watch, time::Instant};

/// The sessions with one device; implemented by the handle of the pool, and by what stands for it in tests.
pub trait Link: Send + Sync + 'static {
    /// The state of the session.
    fn state(&self) -> DeviceState;

    /// The state of the session, and its changes.
    fn watch(&self) -> watch::Receiver<DeviceState>;

    /// The current session, or the last one if there is none.
    fn latest_session(&self) -> Option<Arc<SessionInfo>>;

    /// When the last byte really came from the device.
    fn last_contact(&self) -> Option<Instant>;

    /// Makes one call and reports its evidence by `deadline`.
    ///
    /// # Cancel safety
    /// A call dropped before its first byte is not written.
    fn call(&self, call: Call, deadline: Instant) -> impl Future<Output = CallReport> + Send;

    /// Sends a ping on the session and waits for its answer: everything written before it has
    /// been consumed by the device. `false` if no answer came by `deadline`.
    ///
    /// # Cancel safety
    /// Safe: a dropped future leaves at most one unanswered ping behind.
    fn barrier(&self, deadline: Instant) -> impl Future<Output = bool> + Send;
}

impl Link for DeviceHandle {
    fn state(&self) -> DeviceState {
        Self::state(self)
    }

    fn watch(&self) -> watch::Receiver<DeviceState> {
        Self::watch(self)
    }

    fn latest_session(&self) -> Option<Arc<SessionInfo>> {
        Self::latest_session(self)
    }

    fn last_contact(&self) -> Option<Instant> {
        Self::last_contact(self)
    }

    async fn call(&self, call: Call, deadline: Instant) -> CallReport {
        Self::call(self, call, deadline).await
    }

    async fn barrier(&self, deadline: Instant) -> bool {
        self.ping(deadline).await.is_ok()
    }
}
