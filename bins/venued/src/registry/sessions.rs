//! Opens and closes sessions and lanes, so that they fit the registry.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use esphome_pool::{
    AddError, DeviceConfig, DeviceHandle, Pool,
    codec::{Encryption, Psk},
};
use futures_util::{StreamExt, stream};
use venue_domain::Hostname;
use venue_lane::{
    Lanes, PortTimings,
    esphome::{Esphome, PortDrivings},
};
use venue_registry::{Device, Registry};

use super::driving::Shared;
use crate::boards::KnownBoards;

/// Tells whoever has to know that a device has a session, whenever it has one.
pub(crate) type Follow = Box<dyn Fn(Hostname, &DeviceHandle) + Send + Sync>;

/// How many sessions are closed at the same time.
const AT_ONCE: usize = 32;

/// The sessions and lanes of the registered devices.
pub(crate) struct Sessions {
    pool: Arc<Pool>,
    lanes: Arc<Lanes<Esphome>>,
    follow: Follow,
    boards: KnownBoards,
    /// How the devices of the configuration file are reached.
    fixed: BTreeMap<Hostname, DeviceConfig>,
    /// What is open. One task changes it.
    open: Mutex<Plans>,
}

/// How each device is reached and paced.
type Plans = BTreeMap<Hostname, Arc<Plan>>;

/// How a device is reached and paced.
#[derive(Debug, PartialEq, Eq)]
struct Plan {
    session: DeviceConfig,
    timings: PortTimings,
    drivings: PortDrivings,
}

impl Sessions {
    /// None yet.
    pub(crate) fn new(
        pool: Arc<Pool>,
        lanes: Arc<Lanes<Esphome>>,
        boards: KnownBoards,
        fixed: BTreeMap<Hostname, DeviceConfig>,
        follow: Follow,
    ) -> Self {
        Self { pool, lanes, follow, boards, fixed, open: Mutex::default() }
    }

    /// Opens those of all devices of `registry`, none of which is open. Needs a tokio runtime.
    pub(crate) fn open_all(&self, registry: &Registry) -> Result<usize, AddError> {
        let plans = self.plans(registry);
        for (hostname, plan) in &plans {
            self.open(hostname, plan)?;
        }
        let count = plans.len();
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = plans;
        Ok(count)
    }

    /// Closes what is no longer registered, opens what is new, and does both where a device is
    /// reached in another way than before.
    ///
    /// # Cancel safety
    /// What was begun goes on closing by itself.
    pub(crate) async fn fit(&self, registry: &Registry) {
        let wanted = self.plans(registry);
        let before = std::mem::replace(
            &mut *self.open.lock().unwrap_or_else(PoisonError::into_inner),
            wanted.clone(),
        );
        let gone = before.keys().filter(|hostname| !wanted.contains_key(*hostname));
        let closing = gone.map(|hostname| self.close(hostname));
        let differing =
            wanted.iter().filter(|(hostname, plan)| before.get(*hostname) != Some(*plan));
        let opening =
            differing.map(|(hostname, plan)| self.refit(hostname, before.get(hostname), plan));
        stream::iter(closing).for_each_concurrent(AT_ONCE, |close| close).await;
        stream::iter(opening).for_each_concurrent(AT_ONCE, |refit| refit).await;
    }

    async fn close(&self, hostname: &Hostname) {
        self.lanes.remove(hostname);
        self.pool.remove(hostname.as_str()).await;
        self.boards.forget(hostname);
        tracing::info!(%hostname, "the device was removed");
    }

    async fn refit(&self, hostname: &Hostname, before: Option<&Arc<Plan>>, plan: &Plan) {
        let same_session = before.is_some_and(|before| before.session == plan.session);
        if let Some(wire) = self.lanes.wire(hostname).filter(|_| same_session) {
            wire.drive(plan.drivings.clone());
            self.lanes.add(hostname.clone(), wire, plan.timings.clone());
            return;
        }
        // The lane goes on: what waits in it, rests or may still come to life is kept.
        self.lanes.switch(hostname);
        // Never two sessions with one device: the old one has ended before the new one begins.
        self.pool.remove(hostname.as_str()).await;
        match self.open(hostname, plan) {
            Ok(()) => tracing::info!(%hostname, "the device is reached as it is registered now"),
            Err(error) => {
                self.lanes.remove(hostname);
                tracing::warn!(%hostname, %error, "the device cannot be added");
            }
        }
    }

    fn open(&self, hostname: &Hostname, plan: &Plan) -> Result<(), AddError> {
        let mut session = plan.session.clone();
        // What is registered wins. What answered first is no part of the plan, which people make.
        session.mac = session.mac.or_else(|| self.boards.of(hostname));
        let handle = self.pool.add(session)?;
        (self.follow)(hostname.clone(), &handle);
        let wire = Arc::new(Esphome::new(Arc::new(handle)));
        wire.drive(plan.drivings.clone());
        self.lanes.add(hostname.clone(), wire, plan.timings.clone());
        Ok(())
    }

    fn plans(&self, registry: &Registry) -> Plans {
        let (mut plans, mut shared) = (Plans::new(), Shared::default());
        for device in registry.devices().map(|listed| &listed.value) {
            let hostname = device.hostname.clone();
            let fixed = self.fixed.get(&hostname).cloned();
            let Some(session) = fixed.or_else(|| session(device, registry)) else { continue };
            let drivings = shared.drivings(device, registry);
            let timings = timings(device, registry, &drivings);
            plans.insert(hostname, Arc::new(Plan { session, timings, drivings }));
        }
        plans
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("pool", &self.pool).finish_non_exhaustive()
    }
}

/// How a registered device is reached; `None` if its key cannot be used, which is never replaced by
/// speaking in the clear.
fn session(device: &Device, registry: &Registry) -> Option<DeviceConfig> {
    let encryption = match registry.key(&device.hostname).map(Psk::from_base64) {
        None => Encryption::Plaintext,
        Some(Ok(psk)) => Encryption::Noise(psk),
        Some(Err(error)) => {
            tracing::warn!(hostname = %device.hostname, %error, "its Noise key cannot be used");
            return None;
        }
    };
    Some(DeviceConfig {
        name: Some(device.hostname.to_string()),
        address: device.address.to_string(),
        mac: device.mac,
        encryption,
    })
}

fn timings(device: &Device, registry: &Registry, drivings: &PortDrivings) -> PortTimings {
    let venue = PortTimings::all(registry.venue_timing());
    device.ports.iter().fold(venue, |timings, port| {
        let paced = drivings.of(port.index).paced(registry.timing(port));
        timings.with(port.index, paced)
    })
}
