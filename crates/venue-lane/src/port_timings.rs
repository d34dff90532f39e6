//! The timing profiles of the ports of a device.

use std::{collections::BTreeMap, sync::Arc};

use venue_domain::{PortIndex, TimingProfile};

/// The timing profiles of a device's ports. Clones share them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortTimings {
    /// Those that differ from `others`: most venues have none.
    pub(crate) ports: Arc<BTreeMap<PortIndex, TimingProfile>>,
    /// Every port that is not among `ports`.
    pub(crate) others: TimingProfile,
}

impl PortTimings {
    /// The same profile for every port.
    #[must_use]
    pub fn all(profile: TimingProfile) -> Self {
        Self { ports: Arc::default(), others: profile }
    }

    /// Sets the profile of one port.
    #[must_use]
    pub fn with(mut self, port: PortIndex, profile: TimingProfile) -> Self {
        if *self.of(port) != profile {
            let ports = Arc::make_mut(&mut self.ports);
            if profile == self.others {
                ports.remove(&port);
            } else {
                ports.insert(port, profile);
            }
        }
        self
    }

    /// The profile of one port.
    #[must_use]
    pub fn of(&self, port: PortIndex) -> &TimingProfile {
        self.ports.get(&port).unwrap_or(&self.others)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_port_that_is_as_the_others_takes_no_room_and_one_that_differs_is_shared() {
        let [one, two]: [PortIndex; 2] = [1_i64, 2].map(|port| port.try_into().unwrap());
        let usual = TimingProfile::default();
        let slow = TimingProfile { warm_up: Duration::from_secs(40), ..usual };
        let same = PortTimings::all(usual).with(one, usual);
        assert!(same.ports.is_empty(), "{same:?}");
        let timings = same.with(two, slow);
        assert_eq!((timings.of(one), timings.of(two)), (&usual, &slow));
        assert!(Arc::ptr_eq(&timings.ports, &timings.clone().with(two, slow).ports));
        let again = timings.with(two, usual);
        assert_eq!(again, PortTimings::all(usual));
    }
}
