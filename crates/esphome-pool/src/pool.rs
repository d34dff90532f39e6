//! All devices, and the tasks that serve them.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use snafu::{Snafu, ensure};
use tokio::{sync::mpsc, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    DeviceConfig, DeviceHandle, DeviceState, LocalNames, PoolConfig, PoolStats, common::Common,
    device::Shared, session_task::serve,
};

/// Sessions with many devices, one each.
#[derive(Debug)]
pub struct Pool {
    common: Arc<Common>,
    devices: RwLock<BTreeMap<String, DeviceHandle>>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// Why a device was not added.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[non_exhaustive]
pub enum AddError {
    /// The pool has a device of this name, or one at this address and one of the two without a name: there
    /// are never two sessions with one.
    #[snafu(display("the pool has the device {name} already"))]
    Duplicate {
        /// The name in the pool of the one that it has.
        name: String,
    },
    /// A setting of the pool does not let any session be opened.
    #[snafu(display("{setting} of the pool {rule}"))]
    Setting {
        /// The field of [`PoolConfig`].
        setting: &'static str,
        /// What would be right.
        rule: &'static str,
    },
    /// The pool has stopped.
    #[snafu(display("the pool has stopped"))]
    Stopped,
}

impl Pool {
    /// A pool without devices. With a `config` that lets no session be opened, no device can be added.
    #[must_use]
    pub fn new(config: PoolConfig) -> Self {
        Self {
            common: Arc::new(Common::new(config)),
            devices: RwLock::default(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        }
    }

    /// Adds a device and starts connecting to it. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`AddError`]; nothing is started then.
    pub fn add(&self, device: DeviceConfig) -> Result<DeviceHandle, AddError> {
        ensure!(!self.stop.is_cancelled(), StoppedSnafu);
        if let Some((setting, rule)) = self.common.config.fault() {
            return SettingSnafu { setting, rule }.fail();
        }
        let mut devices = self.devices.write().unwrap_or_else(PoisonError::into_inner);
        let name = device.pool_name().to_owned();
        ensure!(!devices.contains_key(&name), DuplicateSnafu { name });
        let mut known = devices.values().map(|known| &known.shared.config);
        if let Some(same) = known.find(|known| known.may_be(&device)) {
            return DuplicateSnafu { name: same.pool_name() }.fail();
        }
        let (mailbox, requests) = mpsc::channel(self.common.config.mailbox);
        let message_room = self.common.config.messages;
        let shared = Arc::new(Shared::new(device, message_room, self.stop.child_token()));
        let handle = DeviceHandle { shared: Arc::clone(&shared), mailbox };
        self.tasks.spawn(serve(Arc::clone(&self.common), shared, requests));
        devices.insert(name, handle.clone());
        Ok(handle)
    }

    /// Says who knows the addresses of names on the local network. The first one that is said stays.
    pub fn know_local_names(&self, names: LocalNames) {
        // Whoever comes second changes nothing.
        drop(self.common.local_names.set(names));
    }

    /// The device with this name in the pool ([`DeviceConfig::pool_name`]).
    #[must_use]
    pub fn device(&self, name: &str) -> Option<DeviceHandle> {
        self.devices.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// All devices, ordered by their names in the pool.
    #[must_use]
    pub fn devices(&self) -> Vec<DeviceHandle> {
        let devices = self.devices.read().unwrap_or_else(PoisonError::into_inner);
        devices.values().cloned().collect()
    }

    /// Removes a device; its session is closed in order. `false` if there is none of this name.
    /// The name is free again only when the session has ended.
    ///
    /// # Cancel safety
    /// A dropped future leaves the device stopping, and known until `remove` is called again.
    pub async fn remove(&self, name: &str) -> bool {
        let Some(handle) = self.device(name) else { return false };
        handle.shared.stop.cancel();
        let mut state = handle.watch();
        // The sender lives in the handle: waiting cannot fail.
        let _stopped = state.wait_for(|state| matches!(state, DeviceState::Stopped)).await;
        let mut devices = self.devices.write().unwrap_or_else(PoisonError::into_inner);
        // Another `remove` may have been first, and the name may be taken again by now.
        let is_same = |known: &DeviceHandle| Arc::ptr_eq(&known.shared, &handle.shared);
        devices.get(name).is_some_and(is_same) && devices.remove(name).is_some()
    }

    /// Closes all sessions in order and waits for their tasks, for `grace` at the most; what is
    /// not closed by then is dropped with the runtime.
    ///
    /// # Cancel safety
    /// Safe: the sessions go on closing by themselves.
    pub async fn shutdown(&self, grace: Duration) {
        self.stop.cancel();
        self.tasks.close();
        if timeout(grace, self.tasks.wait()).await.is_err() {
            tracing::warn!(open = self.stats().sessions_open, "sessions did not close in time");
        }
    }

    /// The counters.
    #[must_use]
    pub fn stats(&self) -> PoolStats {
        self.common.counters.snapshot()
    }
}

impl Drop for Pool {
    /// Tells the tasks to stop; [`Pool::shutdown`] also waits for them.
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
