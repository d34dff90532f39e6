//! The wire of a device, which tells its line for which command each call is.

use std::{cell::Cell, net::SocketAddr, sync::Arc, time::Duration};

use esphome_pool::{DeviceState, SessionInfo};
use tokio::{sync::watch, time::Instant};
use venue_domain::{
    Action, Call, Capabilities, Command, CommandId, Firmware, PortIndex, Refused, TimingProfile,
    Transmitter, Transmitters,
};
use venue_lane::{
    BoardId, Connection, SendReport, Session, StartGuard, Wire,
    esphome::{Driving, Esphome, Flight, InfraredPort, PortDrivings, Typing},
};

use crate::{board::Board, flaw::Flaw, ledger::presses::presses, line::Line, remote::CODES};

/// A wire to a board.
pub(crate) struct NamedWire(Esphome<Line>);

/// A command that is being sent.
pub(crate) struct Sending {
    pub(crate) id: CommandId,
    pub(crate) action: Action,
    /// How many of its keys have left.
    keys: Cell<usize>,
    /// It is sent once more, and a flaw leaves that out.
    left_out: Cell<bool>,
}

impl Sending {
    /// Whether nothing of it is sent, where `again` says that its first key is sent once more.
    pub(crate) fn is_left_out(&self, again: bool, flaw: Option<Flaw>) -> bool {
        self.left_out.set(self.left_out.get() || again && flaw == Some(Flaw::NothingRestated));
        self.left_out.get()
    }

    /// Whether these keys are the last ones of it, or what is sent is no keys.
    pub(crate) fn is_whole_with(&self, keys: usize) -> bool {
        let sent = self.keys.get() + keys.max(1);
        self.keys.set(sent);
        sent == presses(&self.action, keys > 0)
    }
}

tokio::task_local! {
    static SENDING: Sending;
}

/// What is being sent by whoever asks.
pub(crate) fn sending<T>(look: impl FnOnce(&Sending) -> T) -> Option<T> {
    SENDING.try_with(look).ok()
}

impl NamedWire {
    /// What is in front of a board without actions is driven by infrared: on port 1 by a transmitter of its own,
    /// which sends a channel at once, on port 2 key by key. A box is alone in front of its board, and goes key by key.
    pub(crate) fn new(line: &Arc<Line>, board: &Board) -> Arc<Self> {
        let wire = Esphome::new(Arc::clone(line));
        if board.has_infrared() {
            let port = |(port, typing): (i64, Typing)| {
                let codes = Arc::clone(&CODES);
                let infrared = InfraredPort { emitter: None, codes, typing };
                (port.try_into().unwrap(), Driving::Infrared(infrared))
            };
            let is_key_by_key = |index| index == 2 || board.is_of_box;
            let typing = |index| {
                if is_key_by_key(index) { Typing::Frames } else { Typing::ByBoard }
            };
            let ports = board.ports().map(|index| port((index, typing(index))));
            wire.drive(PortDrivings(ports.collect()));
        }
        Arc::new(Self(wire))
    }
}

impl Wire for NamedWire {
    type Peer = Arc<SessionInfo>;
    type Prepared = (Sending, Flight);
    type State = DeviceState;

    fn connection(&self) -> Connection<Arc<SessionInfo>> {
        self.0.connection()
    }

    fn watch(&self) -> watch::Receiver<DeviceState> {
        self.0.watch()
    }

    fn prepare(
        &self,
        command: &Command,
        session: &Session<Arc<SessionInfo>>,
        profile: &TimingProfile,
    ) -> Result<Self::Prepared, Refused> {
        let flight = self.0.prepare(command, session, profile)?;
        let (id, action) = (command.id, command.action.clone());
        let (keys, left_out) = Default::default();
        Ok((Sending { id, action, keys, left_out }, flight))
    }

    async fn send(
        &self,
        (sending, flight): Self::Prepared,
        guard: StartGuard,
        deadline: Instant,
    ) -> SendReport {
        SENDING.scope(sending, self.0.send(flight, guard, deadline)).await
    }

    async fn ping(&self, deadline: Instant) -> bool {
        self.0.ping(deadline).await
    }

    fn transmitter(
        &self,
        action: &Action,
        port: PortIndex,
        session: &Session<Arc<SessionInfo>>,
    ) -> Option<Transmitter> {
        self.0.transmitter(action, port, session)
    }

    fn transmitters(&self, session: &Session<Arc<SessionInfo>>) -> Transmitters {
        self.0.transmitters(session)
    }

    fn sending_time(&self, action: &Action, port: PortIndex, profile: &TimingProfile) -> Duration {
        self.0.sending_time(action, port, profile)
    }

    fn board(&self, session: &Session<Arc<SessionInfo>>) -> Option<BoardId> {
        self.0.board(session)
    }

    fn last_contact(&self) -> Option<Instant> {
        self.0.last_contact()
    }

    fn address(&self) -> Option<SocketAddr> {
        self.0.address()
    }

    fn firmware(&self) -> Option<Firmware> {
        self.0.firmware()
    }

    fn capabilities(&self) -> Option<Capabilities> {
        self.0.capabilities()
    }

    fn preview(
        &self,
        action: &Action,
        port: PortIndex,
        profile: &TimingProfile,
    ) -> Option<Result<Call, Refused>> {
        self.0.preview(action, port, profile)
    }
}
