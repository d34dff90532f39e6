//! The wire to an ESPHome board: a session of `esphome-pool`, and calls of the actions that the board
//! advertises.

use std::{
    net::SocketAddr,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use esphome_pool::{CallRequest, DeviceHandle, DeviceState, SessionInfo};
use tokio::{sync::watch, time::Instant};
use venue_domain::{
    Action, Capabilities, Command, Firmware, PortIndex, Refused, TimingProfile, Transmitter,
    Transmitters,
};

use self::{
    flight::{FlightKind, Press},
    toggle::Toggles,
};
use crate::{
    start_permit::StartGuard,
    wire::{BoardId, Connection, SendReport, Session, Wire},
};

mod advertise;
mod call;
mod driving;
mod flight;
mod infrared;
mod keys;
mod link;
mod mapping;
mod outcome;
mod preview;
mod toggle;

pub use driving::{Driving, InfraredPort, Mapped, Mapping, PortDrivings, Typing};
pub use flight::Flight;
pub use link::Link;

/// The wire to one ESPHome board.
#[derive(Debug)]
pub struct Esphome<L = DeviceHandle> {
    link: Arc<L>,
    drivings: RwLock<Arc<PortDrivings>>,
    toggles: Arc<Toggles>,
}

impl<L: Link> Esphome<L> {
    /// Over this session; every port is driven by the actions that the board advertises.
    #[must_use]
    pub fn new(link: Arc<L>) -> Self {
        Self { link, drivings: RwLock::default(), toggles: Arc::default() }
    }

    /// How the ports are driven from the next command on.
    pub fn drive(&self, ports: PortDrivings) {
        *self.drivings.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ports);
    }

    fn drivings(&self) -> Arc<PortDrivings> {
        // A std lock: held for one clone, never across an await.
        Arc::clone(&self.drivings.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<L: Link> Wire for Esphome<L> {
    type Peer = Arc<SessionInfo>;
    type Prepared = Flight;
    type State = DeviceState;

    fn connection(&self) -> Connection<Arc<SessionInfo>> {
        advertise::connection(self.link.state())
    }

    fn watch(&self) -> watch::Receiver<DeviceState> {
        self.link.watch()
    }

    fn prepare(
        &self,
        command: &Command,
        session: &Session<Arc<SessionInfo>>,
        profile: &TimingProfile,
    ) -> Result<Flight, Refused> {
        let (epoch, peer) = (session.epoch, session.peer.peer.as_ref());
        let (action, port) = (&command.action, command.target.port);
        match self.drivings().of_action(action, port).as_ref() {
            Driving::Actions => {
                let kind = FlightKind::of(action, profile);
                let press = || {
                    let call = call::build(action, port, &peer.listing)?;
                    let evidence = call::evidence(&call);
                    // The board takes the next call while it still sends: the time of a key is waited for here.
                    let is_several = matches!(action, Action::Steps(..));
                    let air_time = is_several.then_some(profile.frame);
                    let request = CallRequest::Action(call);
                    Ok(Press {
                        request,
                        evidence,
                        air_time,
                        pause: kind.gap(profile),
                        toggle: None,
                    })
                };
                let first = press()?;
                let rest = (1..presses(action)).map(|_| press());
                let rest = rest.collect::<Result<_, Refused>>()?;
                Ok(Flight { epoch, first, rest, toggle: None, kind })
            }
            Driving::Infrared(infrared) => {
                let on = (epoch, peer);
                infrared::flight(command, infrared, on, profile, &self.toggles)
                    .map_err(|cause| Refused::CannotDrive { cause })
            }
            Driving::Mapping(mapping) => {
                let steps = mapping::steps(action, port, mapping, &peer.listing)?;
                mapping::flight(steps, epoch, FlightKind::of(action, profile), profile)
            }
        }
    }

    fn transmitter(
        &self,
        action: &Action,
        port: PortIndex,
        session: &Session<Arc<SessionInfo>>,
    ) -> Option<Transmitter> {
        match self.drivings().of_action(action, port).as_ref() {
            Driving::Infrared(infrared) => {
                infrared::transmitter(infrared, port, &session.peer.peer)
            }
            Driving::Actions | Driving::Mapping(_) => None,
        }
    }

    fn transmitters(&self, session: &Session<Arc<SessionInfo>>) -> Transmitters {
        let drivings = self.drivings();
        let own = drivings.0.iter().filter_map(|(port, driving)| match driving {
            Driving::Infrared(infrared) => {
                let own = infrared::transmitter(infrared, *port, &session.peer.peer);
                own.map(|own| (*port, own))
            }
            Driving::Actions | Driving::Mapping(_) => None,
        });
        own.collect()
    }

    fn sending_time(&self, action: &Action, port: PortIndex, profile: &TimingProfile) -> Duration {
        match self.drivings().of_action(action, port).as_ref() {
            Driving::Actions if presses(action) == 1 => Duration::ZERO,
            Driving::Infrared(infrared) if presses(action) == 1 => {
                let presses = keys::keys(action, &infrared.codes.entry).len();
                profile.digits_air_time(u32::try_from(presses).unwrap_or(u32::MAX))
            }
            Driving::Actions | Driving::Infrared(_) | Driving::Mapping(_) => {
                profile.air_time(action)
            }
        }
    }

    async fn send(&self, flight: Flight, guard: StartGuard, deadline: Instant) -> SendReport {
        flight.send(self.link.as_ref(), &self.toggles, guard, deadline).await
    }

    async fn ping(&self, deadline: Instant) -> bool {
        self.link.barrier(deadline).await
    }

    fn board(&self, session: &Session<Arc<SessionInfo>>) -> Option<BoardId> {
        let mac = session.peer.peer.mac?;
        u64::from_str_radix(&mac.compact(), 16).ok().map(BoardId)
    }

    fn last_contact(&self) -> Option<Instant> {
        self.link.last_contact()
    }

    fn address(&self) -> Option<SocketAddr> {
        self.link.latest_session().map(|session| session.address)
    }

    fn firmware(&self) -> Option<Firmware> {
        self.link.latest_session().map(|session| advertise::firmware(&session.peer))
    }

    fn capabilities(&self) -> Option<Capabilities> {
        self.link.latest_session().map(|session| advertise::capabilities(&session.peer))
    }

    fn preview(
        &self,
        action: &Action,
        port: PortIndex,
        profile: &TimingProfile,
    ) -> Option<Result<venue_domain::Call, Refused>> {
        let session = self.link.latest_session()?;
        let driving = self.drivings();
        let driving = driving.of_action(action, port);
        Some(preview::call(&driving, action, port, (&session.peer, profile)))
    }
}

/// How many presses of its key an action is.
const fn presses(action: &Action) -> u8 {
    if let Action::Steps(_, count) = action { count.number() } else { 1 }
}
