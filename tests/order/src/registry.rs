//! What the venue is made of: which devices there are, which screens show the box, and which TVs are locked.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use venue_domain::{
    ChannelNumber, DeviceEntry, Directory, Hostname, PortEntry, PortId, PortLock, Screen,
    ScreenSource, SourceEntry, WallTime,
};

use crate::{board::Board, flaw::Flaw, generation::Ground, ledger::screens};

/// Devices that are not registered, by their index.
pub(crate) type Removed = Arc<Mutex<BTreeSet<usize>>>;

/// The locks that there are, each by the port of its TV. They outlive every service.
pub(crate) type LockedTvs = Arc<Mutex<BTreeMap<PortId, PortLock>>>;

/// The venue as a service has read it.
pub(crate) struct Registry {
    devices: Vec<Arc<DeviceEntry>>,
    removed: Removed,
    locks: LockedTvs,
}

impl Registry {
    pub(crate) fn new<S>(ground: &Ground<S>) -> Self {
        let source = Arc::new(source(ground.flaw));
        let entry = |board: &Arc<Board>| {
            let hostname: Hostname = board.name.parse().unwrap();
            let port = |index: i64| port(&hostname, index, &source, ground.flaw);
            let ports = board.ports().map(port).collect();
            Arc::new(DeviceEntry { ports, ..DeviceEntry::blaster(hostname.clone()) })
        };
        let devices = ground.boards.iter().map(entry).collect();
        let (removed, locks) = (Arc::clone(&ground.removed), Arc::clone(&ground.locks));
        Self { devices, removed, locks }
    }
}

/// The box, and the screens that show it.
fn source(flaw: Option<Flaw>) -> SourceEntry {
    let screen = |(port, _): (&str, bool)| Screen { port: port.parse().unwrap(), name: None };
    let screens = if flaw == Some(Flaw::SharedLocksIgnored) {
        Vec::new()
    } else {
        screens::SCREENS.map(screen).into()
    };
    SourceEntry { id: "box".into(), name: None, port: screens::BOX.parse().unwrap(), screens }
}

fn port(device: &Hostname, index: i64, source: &Arc<SourceEntry>, flaw: Option<Flaw>) -> PortEntry {
    let default: ChannelNumber = "60".parse().unwrap();
    let id = format!("{device}/{index}");
    let shown = screens::SCREENS.iter().find(|(port, _)| *port == id);
    let shown = shown.filter(|_| flaw != Some(Flaw::ScreensAreTvs));
    PortEntry {
        default_channel: Some(default),
        source: shown.map(|(_, has_sound)| ScreenSource {
            source: Arc::clone(source),
            has_sound: *has_sound,
        }),
        serves: (id == screens::BOX).then(|| Arc::clone(source)),
        ..PortEntry::new(index.try_into().unwrap())
    }
}

impl Directory for Registry {
    fn device(&self, device: &Hostname) -> Option<Arc<DeviceEntry>> {
        let index = self.devices.iter().position(|entry| entry.hostname == *device)?;
        (!self.removed.lock().unwrap().contains(&index)).then(|| Arc::clone(&self.devices[index]))
    }

    fn devices(&self) -> Vec<Arc<DeviceEntry>> {
        self.devices.clone()
    }

    fn lock(&self, port: &PortId, at: WallTime) -> Option<PortLock> {
        let locks = self.locks.lock().unwrap();
        locks.get(port).filter(|lock| lock.holds_at(at)).cloned()
    }
}
