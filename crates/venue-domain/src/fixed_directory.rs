//! A directory that does not change.

use std::{collections::BTreeMap, sync::Arc};

use crate::{boundary::Directory, entry::DeviceEntry, hostname::Hostname};

/// The devices that a program knows from its start.
#[derive(Clone, Debug, Default)]
pub struct FixedDirectory(BTreeMap<Hostname, Arc<DeviceEntry>>);

impl FixedDirectory {
    /// With these devices; of two with one hostname the last.
    #[must_use]
    pub fn new(devices: impl IntoIterator<Item = DeviceEntry>) -> Self {
        let devices = devices.into_iter();
        Self(devices.map(|device| (device.hostname.clone(), Arc::new(device))).collect())
    }
}

impl Directory for FixedDirectory {
    fn device(&self, device: &Hostname) -> Option<Arc<DeviceEntry>> {
        self.0.get(device).map(Arc::clone)
    }

    fn devices(&self) -> Vec<Arc<DeviceEntry>> {
        self.0.values().map(Arc::clone).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_found_by_hostname_and_listed_in_its_order() {
        let entry = |name: &str| DeviceEntry::blaster(name.parse().unwrap());
        let directory = FixedDirectory::new([entry("ir-2"), entry("ir-1")]);
        let found = directory.device(&"ir-2".parse().unwrap()).unwrap();
        assert_eq!(*found, entry("ir-2"));
        assert_eq!(directory.device(&"ir-3".parse().unwrap()), None);
        let names = directory.devices().into_iter().map(|device| device.hostname.to_string());
        assert_eq!(names.collect::<Vec<_>>(), ["ir-1", "ir-2"]);
    }
}
