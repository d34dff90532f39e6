//! The devices of the configuration, as the router looks them up.

use std::{collections::BTreeMap, sync::Arc};

use venue_domain::{DeviceEntry, Directory, Hostname};

/// The registered devices.
#[derive(Debug, Default)]
pub struct Registry(BTreeMap<Hostname, Arc<DeviceEntry>>);

impl FromIterator<DeviceEntry> for Registry {
    fn from_iter<I: IntoIterator<Item = DeviceEntry>>(entries: I) -> Self {
        let keyed = |entry: DeviceEntry| (entry.hostname.clone(), Arc::new(entry));
        Self(entries.into_iter().map(keyed).collect())
    }
}

impl Directory for Registry {
    fn device(&self, device: &Hostname) -> Option<Arc<DeviceEntry>> {
        self.0.get(device).map(Arc::clone)
    }

    fn devices(&self) -> Vec<Arc<DeviceEntry>> {
        self.0.values().map(Arc::clone).collect()
    }
}
