//! The lanes as router and scheduler see them, with everything that is handed over noted.

use std::{sync::Arc, time::Instant};

use venue_domain::{
    Action, Capabilities, Command, Delivery, DeviceSnapshot, DirectTransport, Fences, Hostname,
    Nature, NotSent, Outcome, PortId, Probe, ProbeOutcome, StoreAvailability, TimingProfile,
    Transmitters,
};
use venue_lane::Lanes;

use crate::{flaw::Flaw, ledger::Ledger, wire::NamedWire};

/// The transport of one of the two.
#[derive(Clone)]
pub(crate) struct Front {
    pub(crate) lanes: Arc<Lanes<NamedWire>>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) flaw: Option<Flaw>,
    /// Those that everybody shares, even if the router has its own.
    pub(crate) fences: Arc<Fences>,
    pub(crate) availability: Arc<StoreAvailability>,
    /// Whether it is the router's: what it hands over was accepted just now.
    pub(crate) accepts: bool,
}

impl DirectTransport for Front {
    async fn deliver(&self, command: Arc<Command>, deadline: Instant) -> Delivery {
        if self.accepts {
            self.ledger.wish(&command, None, true);
            if let Some(flaw) = self.flaw.filter(|flaw| flaw.is_disguise()) {
                flaw.disguise(&command).iter().for_each(|as_other| self.fences.raise(as_other));
                if command.action.nature() == Nature::Sequence && !self.availability.is_up() {
                    self.fences.bypass_queue(&command);
                }
            }
        }
        self.ledger.hand(&command);
        let is_repeated =
            self.flaw == Some(Flaw::StepsRepeated) && matches!(command.action, Action::Steps(..));
        let is_denied = is_repeated || self.flaw == Some(Flaw::UnknownCalledNotSent);
        match self.lanes.deliver(command, deadline).await {
            Delivery::Ended { outcome: Outcome::Unknown(_), took } if is_denied => {
                Delivery::Ended { outcome: Outcome::NotSent(NotSent::Offline), took }
            }
            delivery @ (Delivery::Ended { .. } | Delivery::Superseded { .. }) => delivery,
        }
    }

    fn timing(&self, port: &PortId) -> TimingProfile {
        self.lanes.timing(port)
    }

    fn transmitters(&self, device: &Hostname) -> Transmitters {
        self.lanes.transmitters(device)
    }

    fn may_repeat_older(&self, command: &Command) -> bool {
        self.flaw != Some(Flaw::RestatedBehindForgotten) && self.lanes.may_repeat_older(command)
    }
}

impl Probe for Front {
    async fn ping(&self, device: &Hostname, deadline: Instant) -> ProbeOutcome {
        self.lanes.ping(device, deadline).await
    }

    fn snapshot(&self, device: &Hostname) -> Option<DeviceSnapshot> {
        self.lanes.snapshot(device)
    }

    fn capabilities(&self, device: &Hostname) -> Option<Capabilities> {
        self.lanes.capabilities(device)
    }
}
