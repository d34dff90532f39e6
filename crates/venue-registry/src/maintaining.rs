//! Begin and end the maintenance of a zone or a board, and whether a board is under maintenance.

use snafu::ensure;
use venue_domain::{Hostname, ItemChange, ItemKind, PortId, WallTime};

use crate::{
    Device, EditError, Label, Maintenance, MaintenanceTarget, Registry,
    edit_error::{NotMaintainedSnafu, ShapeSnafu},
    names::unknown,
    temporary,
};

impl Registry {
    /// What is under maintenance when the wall clock shows `at`, ordered by id.
    pub fn maintenances(&self, at: WallTime) -> impl Iterator<Item = &Maintenance> {
        self.maintenances.values().filter(move |one| one.holds_at(at))
    }

    /// Whether exactly `one` is there, over or not.
    #[must_use]
    pub fn has_maintenance(&self, one: &Maintenance) -> bool {
        self.maintenances.get(&one.id) == Some(one)
    }

    /// The maintenance of the board `device` when the wall clock shows `at`: its own, or that of the zones in which all of
    /// its TVs are; of both the one that ends last.
    #[must_use]
    pub fn maintenance_of(&self, device: &Hostname, at: WallTime) -> Option<&Maintenance> {
        let held = |target: &MaintenanceTarget| {
            self.maintenances.get(target).filter(|one| one.holds_at(at))
        };
        if self.maintenances.is_empty() {
            return None;
        }
        let end = |one: &&Maintenance| one.until_ms.unwrap_or(i64::MAX);
        let own = held(&MaintenanceTarget::Device(device.clone()));
        let ports = self.device(device).map_or(&[][..], |device| &device.value.ports);
        let of_zone = |zone: &Option<Label>| held(&MaintenanceTarget::Zone(zone.clone()?));
        let zones: Option<Vec<_>> = ports.iter().map(|port| of_zone(&port.zone)).collect();
        // Only until the first of its zones is done all of them are.
        let zones = zones.and_then(|zones| zones.into_iter().min_by_key(end));
        [own, zones].into_iter().flatten().max_by_key(end)
    }

    /// The boards that `target` takes out of the alerts when the wall clock shows `at`, ordered by name.
    pub fn maintained<'r>(
        &'r self,
        target: &'r MaintenanceTarget,
        at: WallTime,
    ) -> impl Iterator<Item = &'r Hostname> {
        let is_meant = move |device: &Device| match target {
            MaintenanceTarget::Zone(zone) => {
                device.ports.iter().any(|port| port.zone.as_ref() == Some(zone))
            }
            MaintenanceTarget::Device(hostname) => device.hostname == *hostname,
        };
        let meant = self.devices().map(|device| &device.value).filter(move |one| is_meant(one));
        let hostnames = meant.map(|device| &device.hostname);
        hostnames.filter(move |hostname| self.maintenance_of(hostname, at).is_some())
    }

    /// The maintenance that explains why the TV of `port` may not react when the wall clock shows `at`: that of its board,
    /// or that of its zone.
    #[must_use]
    pub fn maintenance_at(&self, port: &PortId, at: WallTime) -> Option<&Maintenance> {
        self.maintenance_of(&port.device, at).or_else(|| {
            let zone = self.port(port)?.zone.clone()?;
            self.maintenances.get(&MaintenanceTarget::Zone(zone)).filter(|one| one.holds_at(at))
        })
    }
}

/// The changes that begin what `new` says at `now`, in the place of one of the same part of the venue.
pub(crate) fn put(
    new: &Maintenance,
    registry: &Registry,
    now: WallTime,
) -> Result<Vec<ItemChange>, EditError> {
    let detail = match &new.id {
        MaintenanceTarget::Zone(zone) => (!registry.zones.contains_key(zone))
            .then(|| unknown("zone", zone.as_str(), registry.zones.keys())),
        MaintenanceTarget::Device(device) => {
            registry.device(device).is_none().then(|| format!("there is no device {device}"))
        }
    };
    if let Some(detail) = detail {
        return ShapeSnafu { field: "id", detail }.fail();
    }
    temporary::put(ItemKind::Maintenance, new, &registry.maintenances, now)
}

/// The change that ends the maintenance of `target`, if it holds at `now`.
pub(crate) fn remove(
    target: &MaintenanceTarget,
    registry: &Registry,
    now: WallTime,
) -> Result<Vec<ItemChange>, EditError> {
    let found = registry.maintenances.get(target).filter(|one| one.holds_at(now));
    ensure!(found.is_some(), NotMaintainedSnafu { id: target.to_string() });
    Ok(vec![temporary::removal(ItemKind::Maintenance, target)])
}

#[cfg(test)]
mod tests;
