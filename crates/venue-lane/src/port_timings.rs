//! The timing profiles of the ports of a device.

use std::collections::BTreeMap;

use venue_domain::{PortIndex, TimingProfile};

/// The timing profiles of a device's ports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortTimings {
    pub(crate) ports: BTreeMap<PortIndex, TimingProfile>,
    /// Every port that is not among `ports`.
    pub(crate) others: TimingProfile,
}

impl PortTimings {
    /// The same profile for every port.
    #[must_use]
    pub const fn all(profile: TimingProfile) -> Self {
        Self { ports: BTreeMap::new(), others: profile }
    }

    /// Sets the profile of one port.
    #[must_use]
    pub fn with(mut self, port: PortIndex, profile: TimingProfile) -> Self {
        self.ports.insert(port, profile);
        self
    }

    /// The profile of one port.
    #[must_use]
    pub fn of(&self, port: PortIndex) -> &TimingProfile {
        self.ports.get(&port).unwrap_or(&self.others)
    }
}
