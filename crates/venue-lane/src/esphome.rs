//! The wire to an ESPHome board: a session of `esphome-pool`, and calls of the actions that the board
//! advertises.

use std::{net::SocketAddr, sync::Arc};

use esphome_pool::{
    Call, CallRequest, DeviceHandle, DeviceState, EvidenceWanted, SessionInfo,
    codec::{ActionCall, ReplyWanted},
};
use tokio::{sync::watch, time::Instant};
use venue_domain::{Action, Capabilities, Command, Firmware, PortIndex, Refused};

use crate::{
    start_permit::StartGuard,
    wire::{BoardId, Connection, SendReport, Session, Wire},
};

mod advertise;
mod call;
mod link;
mod outcome;
mod preview;

pub use link::Link;

/// The wire to one ESPHome board.
#[derive(Debug)]
pub struct Esphome<L = DeviceHandle> {
    link: Arc<L>,
}

impl<L: Link> Esphome<L> {
    /// Over this session.
    #[must_use]
    pub const fn new(link: Arc<L>) -> Self {
        Self { link }
    }
}

/// A call of an advertised action, for one session.
#[derive(Debug)]
pub struct PreparedCall {
    epoch: u64,
    call: ActionCall,
}

impl<L: Link> Wire for Esphome<L> {
    type Peer = Arc<SessionInfo>;
    type Prepared = PreparedCall;
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
    ) -> Result<PreparedCall, Refused> {
        let listing = &session.peer.peer.listing;
        let call = call::build(&command.action, command.target.port, listing)?;
        Ok(PreparedCall { epoch: session.epoch, call })
    }

    async fn send(
        &self,
        prepared: PreparedCall,
        guard: StartGuard,
        deadline: Instant,
    ) -> SendReport {
        let PreparedCall { epoch, call } = prepared;
        let evidence = match call.reply {
            ReplyWanted::No => EvidenceWanted::Barrier,
            ReplyWanted::Status | ReplyWanted::Data => EvidenceWanted::Reply,
        };
        let call = Call {
            request: CallRequest::Action(call),
            epoch: Some(epoch),
            evidence,
            guard: Some(Box::new(move || guard.begin())),
        };
        let report = self.link.call(call, deadline).await;
        outcome::outcome_of(report.end).map_or(SendReport::Withdrawn, SendReport::from)
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
    ) -> Option<Result<venue_domain::Call, Refused>> {
        let session = self.link.latest_session()?;
        Some(preview::call(action, port, &session.peer.listing))
    }
}
