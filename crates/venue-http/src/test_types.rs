//! Types for tests that look at endpoints, and serve none: nothing of this is ever called.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use venue_domain::{
    Capabilities, Clock, Command, Delivery, DeviceEntry, DeviceSnapshot, DirectTransport,
    Directory, Hostname, NotSent, Outcome, Probe, ProbeOutcome, Timestamp,
};
use venue_routing::NoQueue;

/// Types that an app could be made of.
pub(crate) type TestTypes = (Nothing, Nothing, Nothing, NoQueue, NoQueue, NoQueue);

/// No device, and no time.
pub(crate) struct Nothing;

impl DirectTransport for Nothing {
    async fn deliver(&self, _command: Arc<Command>, _deadline: Instant) -> Delivery {
        Delivery::Ended { outcome: Outcome::NotSent(NotSent::Offline), took: Duration::ZERO }
    }
}

impl Probe for Nothing {
    async fn ping(&self, _device: &Hostname, _deadline: Instant) -> ProbeOutcome {
        ProbeOutcome::NoSession
    }

    fn snapshot(&self, _device: &Hostname) -> Option<DeviceSnapshot> {
        None
    }

    fn capabilities(&self, _device: &Hostname) -> Option<Capabilities> {
        None
    }
}

impl Directory for Nothing {
    fn device(&self, _device: &Hostname) -> Option<Arc<DeviceEntry>> {
        None
    }

    fn devices(&self) -> Vec<Arc<DeviceEntry>> {
        Vec::new()
    }
}

impl Clock for Nothing {
    fn now(&self) -> Timestamp {
        Timestamp::default()
    }

    fn instant(&self) -> Instant {
        Instant::now()
    }
}
