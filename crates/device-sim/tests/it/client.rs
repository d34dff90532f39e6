//! A client: the codec's session over a socket, one step at a time.

use std::{sync::Arc, time::Duration};

use device_sim::Blaster;
use esphome_codec::{
    ArgValue, ClientConfig, ClientEvent, ClientSession, Encryption, Message, PeerDescription,
    ProtocolError, Psk, StreamEnd,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, timeout},
};

/// Far longer than anything takes on loopback.
const PATIENCE: Duration = Duration::from_secs(20);

/// One connection.
pub(crate) struct Client {
    stream: TcpStream,
    pub(crate) session: ClientSession,
}

impl Client {
    /// Connects as the board wants to be talked to.
    pub(crate) async fn connect(board: &Blaster) -> Self {
        let psk = board.config().psk.clone();
        Self::connect_with(board, psk.map_or(Encryption::Plaintext, Encryption::Noise)).await
    }

    pub(crate) async fn connect_with(board: &Blaster, encryption: Encryption) -> Self {
        let config = ClientConfig {
            encryption,
            expected_name: Some(board.config().name.clone()),
            expected_mac: Some(board.config().mac),
            ..ClientConfig::default()
        };
        let stream = TcpStream::connect(board.address()).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let session = ClientSession::new(Arc::new(config), Instant::now().into_std());
        Self { stream, session }
    }

    /// A connection that is ready for requests.
    pub(crate) async fn ready(board: &Blaster) -> Self {
        let mut client = Self::connect(board).await;
        client.listed().await.unwrap();
        client
    }

    /// Waits for the listing.
    pub(crate) async fn listed(&mut self) -> Result<Arc<PeerDescription>, ProtocolError> {
        loop {
            if let ClientEvent::Ready(peer) = self.event().await? {
                return Ok(peer);
            }
        }
    }

    /// The next event, or the end of the session.
    pub(crate) async fn event(&mut self) -> Result<ClientEvent, ProtocolError> {
        loop {
            if let Some(event) = self.session.poll_event() {
                return Ok(event);
            }
            self.flush().await;
            let mut room = [0; 4_096];
            let read = timeout(PATIENCE, self.stream.read(&mut room)).await;
            match read.expect("the board says nothing") {
                Ok(0) => return Err(self.session.receive_end(StreamEnd::Eof)),
                Ok(count) => {
                    let now = Instant::now().into_std();
                    self.session.receive(&room[..count], now)?;
                }
                Err(_) => return Err(self.session.receive_end(StreamEnd::Reset)),
            }
        }
    }

    /// Writes what waits to be written.
    pub(crate) async fn flush(&mut self) {
        while let Some(bytes) = self.session.poll_transmit() {
            // A peer that has closed is noticed by the next read.
            let _written = self.stream.write_all(&bytes).await;
        }
    }

    /// Calls an action with the values given, wanting a reply where there are replies.
    pub(crate) async fn call(&mut self, name: &str, values: Vec<ArgValue>) -> Option<u32> {
        let peer = Arc::clone(self.session.peer().unwrap());
        let call = peer.listing.action(name).unwrap().call(values).unwrap();
        let id = self.session.call(&call).unwrap();
        self.flush().await;
        id.0
    }

    /// The reply to the call `id`.
    pub(crate) async fn reply(&mut self, id: u32) -> (bool, String) {
        loop {
            if let ClientEvent::ActionReply { call_id, success, error_message, .. } =
                self.event().await.unwrap()
                && call_id == id
            {
                return (success, error_message);
            }
        }
    }

    /// Sends a ping and takes everything that comes before its answer: what was sent before the
    /// ping has been consumed by then.
    pub(crate) async fn barrier(&mut self) -> Vec<ClientEvent> {
        let ping = self.session.ping(Instant::now().into_std()).unwrap();
        let mut before = Vec::new();
        loop {
            let event = self.event().await.unwrap();
            if matches!(event, ClientEvent::Pong { id, .. } if id == ping) {
                return before;
            }
            before.push(event);
        }
    }

    pub(crate) async fn message(&mut self, message: Message) {
        self.session.send(&message).unwrap();
        self.flush().await;
    }
}

pub(crate) fn psk(byte: u8) -> Psk {
    Psk::from_bytes([byte; 32]).unwrap()
}
