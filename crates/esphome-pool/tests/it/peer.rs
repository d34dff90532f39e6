//! A device on a real socket that does what a test tells it, and tells what it saw.

use std::{
    future::ready,
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use esphome_codec::{
    DeviceConfig, DeviceEvent, DeviceSession, Encryption, Login, MacAddress, Message, Psk, proto,
};
use tokio::{
    io::Interest,
    net::{TcpListener, TcpStream},
    sync::{broadcast, mpsc, watch},
    task::{JoinHandle, JoinSet},
    time::Instant,
};

use crate::rig::within;

/// The keys of what every peer lists: an action with a text and a reply, one without either, and
/// an infrared transmitter.
pub(crate) const SAY: u32 = 1;
pub(crate) const SILENT: u32 = 2;
pub(crate) const INFRARED: u32 = 3;
/// The key of its light, whose states are not modelled.
pub(crate) const LIGHT: u32 = 4;

/// Who a peer is.
#[derive(Clone)]
pub(crate) struct PeerConfig {
    pub(crate) name: String,
    pub(crate) mac: MacAddress,
    pub(crate) psk: Option<Psk>,
    /// Otherwise zeros.
    pub(crate) tells_mac: bool,
    pub(crate) behaviour: Behaviour,
}

impl Default for PeerConfig {
    fn default() -> Self {
        let mac = MacAddress::try_from([2, 0, 0, 0, 0, 1]).unwrap();
        Self {
            name: "ir-1".into(),
            mac,
            psk: None,
            tells_mac: true,
            behaviour: Behaviour::default(),
        }
    }
}

/// How a peer behaves by itself.
#[derive(Clone, Copy)]
pub(crate) struct Behaviour {
    /// It reads its socket.
    pub(crate) reads: bool,
    /// It answers pings.
    pub(crate) pongs: bool,
    /// It replies to calls.
    pub(crate) replies: bool,
    /// It reports that infrared has left.
    pub(crate) completes: bool,
    /// It answers and heeds a disconnect request.
    pub(crate) parts: bool,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self { reads: true, pongs: true, replies: true, completes: true, parts: true }
    }
}

/// What a peer is told to do on its open connections.
#[derive(Clone)]
pub(crate) enum Order {
    /// Send these, in one write.
    Say(Vec<Message>),
    /// Send this payload under this id.
    SayRaw(u16, Bytes),
    /// Send these and what is no frame, in one write.
    SayAndGarble(Vec<Message>),
    /// Close.
    Close,
    /// Close with a reset.
    Reset,
    /// From now on send log lines as fast as the socket takes them, and nothing else.
    Flood,
}

/// What a peer saw.
#[derive(Debug)]
pub(crate) enum Seen {
    Opened,
    Message(Box<Message>),
    Closed,
}

pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    pub(crate) seen: mpsc::UnboundedReceiver<Seen>,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    config: Mutex<PeerConfig>,
    behaviour: watch::Sender<Behaviour>,
    orders: broadcast::Sender<Order>,
    seen: mpsc::UnboundedSender<Seen>,
    opened: AtomicUsize,
    overlaps: AtomicUsize,
}

impl Shared {
    fn config(&self) -> PeerConfig {
        self.config.lock().unwrap().clone()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Peer {
    pub(crate) async fn start(config: PeerConfig) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        // Small, so that a peer that does not read is noticed soon.
        socket2::SockRef::from(&listener).set_recv_buffer_size(16_384).unwrap();
        let address = listener.local_addr().unwrap();
        let (seen_by, seen) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            behaviour: watch::Sender::new(config.behaviour),
            config: Mutex::new(config),
            orders: broadcast::Sender::new(64),
            seen: seen_by,
            opened: AtomicUsize::new(0),
            overlaps: AtomicUsize::new(0),
        });
        let task = tokio::spawn(listen(listener, Arc::clone(&shared)));
        Self { address, seen, shared, task }
    }

    /// From its next connection on it is another one.
    pub(crate) fn change(&self, change: impl FnOnce(&mut PeerConfig)) {
        change(&mut self.shared.config.lock().unwrap());
    }

    pub(crate) fn mind(&self, change: impl FnOnce(&mut Behaviour)) {
        self.shared.behaviour.send_modify(change);
    }

    pub(crate) fn order(&self, order: Order) {
        assert!(self.shared.orders.send(order).is_ok(), "a connection is open");
    }

    pub(crate) fn say(&self, message: impl Into<Message>) {
        self.order(Order::Say(vec![message.into()]));
    }

    /// How many connections were ever opened.
    pub(crate) fn opened(&self) -> usize {
        self.shared.opened.load(Ordering::SeqCst)
    }

    /// How often a connection was opened while another had not been closed by the client.
    pub(crate) fn overlaps(&self) -> usize {
        self.shared.overlaps.load(Ordering::SeqCst)
    }

    /// Waits until `pick` finds what it looks for; what is seen before that is skipped.
    pub(crate) async fn saw<T>(&mut self, pick: impl Fn(Seen) -> Option<T>) -> T {
        within(async {
            loop {
                if let Some(found) = pick(self.seen.recv().await.unwrap()) {
                    return found;
                }
            }
        })
        .await
    }

    pub(crate) async fn saw_message<T>(&mut self, pick: impl Fn(Message) -> Option<T>) -> T {
        let of = |seen| if let Seen::Message(message) = seen { pick(*message) } else { None };
        self.saw(of).await
    }

    pub(crate) async fn saw_close(&mut self) {
        self.saw(|seen| matches!(seen, Seen::Closed).then_some(())).await;
    }

    pub(crate) async fn saw_call(&mut self) -> proto::ExecuteServiceRequest {
        self.saw_message(execution).await
    }

    /// The texts of all calls that were seen and not yet waited for.
    pub(crate) fn texts(&mut self) -> Vec<String> {
        let seen = std::iter::from_fn(|| self.seen.try_recv().ok());
        let calls = seen.filter_map(|seen| match seen {
            Seen::Message(message) => execution(*message),
            Seen::Opened | Seen::Closed => None,
        });
        calls.map(|call| text(&call)).collect()
    }
}

pub(crate) fn execution(message: Message) -> Option<proto::ExecuteServiceRequest> {
    if let Message::ExecuteService(call) = message { Some(call) } else { None }
}

pub(crate) fn text(call: &proto::ExecuteServiceRequest) -> String {
    call.args.first().map(|arg| arg.string_.clone()).unwrap_or_default()
}

/// The reply to `call`.
pub(crate) fn reply(call: &proto::ExecuteServiceRequest) -> proto::ExecuteServiceResponse {
    let call_id = call.call_id;
    proto::ExecuteServiceResponse { call_id, success: true, ..Default::default() }
}

/// The completion of the peer's own transmitter.
pub(crate) fn completion(success: bool) -> proto::InfraredTransmitComplete {
    completion_of(0, success)
}

/// The completion of the transmitter of a sub-device.
pub(crate) fn completion_of(device_id: u32, success: bool) -> proto::InfraredTransmitComplete {
    proto::InfraredTransmitComplete { device_id, key: INFRARED, success }
}

async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    // Dropped with this task, and all connections with it.
    let mut connections = JoinSet::new();
    let mut last: Option<std::sync::Weak<TcpStream>> = None;
    while let Ok((stream, _)) = listener.accept().await {
        let stream = Arc::new(stream);
        if let Some(former) = last.and_then(|last| last.upgrade())
            && !is_closed_by_client(&former).await
        {
            shared.overlaps.fetch_add(1, Ordering::SeqCst);
        }
        last = Some(Arc::downgrade(&stream));
        shared.opened.fetch_add(1, Ordering::SeqCst);
        let _seen = shared.seen.send(Seen::Opened);
        let (orders, shared) = (shared.orders.subscribe(), Arc::clone(&shared));
        connections.spawn(async move {
            serve(&shared, &stream, orders).await;
            let _seen = shared.seen.send(Seen::Closed);
        });
    }
}

/// Whether the end of the stream has arrived, be it behind bytes that nobody has read.
async fn is_closed_by_client(stream: &TcpStream) -> bool {
    tokio::select! {
        biased;
        state = stream.ready(Interest::READABLE) => !state.is_ok_and(|s| !s.is_read_closed()),
        () = ready(()) => false,
    }
}

async fn serve(shared: &Shared, stream: &TcpStream, mut orders: broadcast::Receiver<Order>) {
    let mut session =
        DeviceSession::new(device_config(&shared.config()), Instant::now().into_std());
    let mut behaviour = shared.behaviour.subscribe();
    let mut room = vec![0; 65_536];
    let (mut goes_on, mut floods) = (true, false);
    while goes_on {
        let reads = behaviour.borrow_and_update().reads;
        if floods {
            log_lines().iter().for_each(|line| session.send(line).unwrap());
        }
        tokio::select! {
            biased;
            _ = behaviour.changed() => {}
            () = ready(()), if floods => {}
            order = orders.recv() => {
                let order = order.unwrap();
                floods |= matches!(order, Order::Flood);
                goes_on = obey(order, &mut session, stream);
            }
            _ = stream.readable(), if reads => match stream.try_read(&mut room) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Ok(0) | Err(_) => goes_on = false,
                Ok(count) => {
                    goes_on = session.receive(&room[..count]).is_ok();
                    while let Some(event) = session.poll_event() {
                        if let DeviceEvent::Message(message) = event {
                            goes_on &= answer(shared, &message, &mut session);
                            let _seen = shared.seen.send(Seen::Message(Box::new(message)));
                        }
                    }
                }
            },
        }
        let bytes = session.poll_transmit().unwrap_or_default();
        goes_on &= write_all(stream, &bytes).await.is_ok();
    }
}

fn obey(order: Order, session: &mut DeviceSession, stream: &TcpStream) -> bool {
    match order {
        Order::Say(messages) => messages.iter().for_each(|message| session.send(message).unwrap()),
        Order::SayRaw(id, payload) => session.send_raw(id, &payload).unwrap(),
        Order::SayAndGarble(messages) => {
            messages.iter().for_each(|message| session.send(message).unwrap());
            session.send_unframed(&[0x7f, 0x45, 0x4c, 0x46]);
        }
        Order::Close => return false,
        // The caller's.
        Order::Flood => {}
        Order::Reset => {
            // Linger 0 turns the close into a reset.
            socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO)).unwrap();
            return false;
        }
    }
    true
}

/// Answers as the behaviour of the peer is; `false` closes the connection.
#[expect(clippy::wildcard_enum_match_arm, reason = "messages are an open set")]
fn answer(shared: &Shared, message: &Message, session: &mut DeviceSession) -> bool {
    let behaviour = *shared.behaviour.borrow();
    match message {
        Message::PingRequest(_) if behaviour.pongs => {
            session.send(&proto::PingResponse {}.into()).unwrap();
        }
        Message::DisconnectRequest(_) if behaviour.parts => {
            session.send(&proto::DisconnectResponse {}.into()).unwrap();
            return false;
        }
        Message::DeviceInfoRequest(_) => {
            session.send(&device_info(&shared.config()).into()).unwrap();
        }
        Message::ListEntitiesRequest(_) => {
            listing().iter().for_each(|entry| session.send(entry).unwrap());
        }
        Message::ExecuteService(call) if behaviour.replies && call.call_id != 0 => {
            session.send(&reply(call).into()).unwrap();
        }
        Message::InfraredTransmit(_) if behaviour.completes => {
            session.send(&completion(true).into()).unwrap();
        }
        _ => {}
    }
    true
}

/// A sub-device of every peer.
pub(crate) const SUB_DEVICE: u32 = 7;

fn listing() -> [Message; 6] {
    let action = |name: &str, key, args, supports_response| {
        let name = name.to_owned();
        let description = String::new();
        proto::ListEntitiesServicesResponse { name, key, args, supports_response, description }
    };
    let words = proto::ListEntitiesServicesArgument {
        name: "words".into(),
        r#type: 3,
        ..Default::default()
    };
    // The same name, and so the same key: the sub-device tells them apart.
    let infrared = |device_id| proto::ListEntitiesInfraredResponse {
        key: INFRARED,
        name: "Port 1".into(),
        device_id,
        capabilities: 1,
        ..Default::default()
    };
    let light = proto::ListEntitiesLightResponse {
        key: LIGHT,
        name: "Sign".into(),
        icon: "mdi:lamp".into(),
        device_id: SUB_DEVICE,
        ..Default::default()
    };
    [
        action("say", SAY, vec![words], 100).into(),
        action("silent", SILENT, Vec::new(), 0).into(),
        infrared(0).into(),
        infrared(SUB_DEVICE).into(),
        light.into(),
        proto::ListEntitiesDoneResponse {}.into(),
    ]
}

fn log_lines() -> Vec<Message> {
    let line = proto::SubscribeLogsResponse { level: 3, message: vec![b'x'; 200] };
    vec![line.into(); 300]
}

fn device_info(config: &PeerConfig) -> proto::DeviceInfoResponse {
    proto::DeviceInfoResponse {
        name: config.name.clone(),
        mac_address: match config.tells_mac {
            true => config.mac.to_string(),
            false => "00:00:00:00:00:00".into(),
        },
        esphome_version: "2026.10.0".into(),
        devices: vec![proto::SubDeviceInfo { device_id: SUB_DEVICE, name: "Bar".into() }],
        ..Default::default()
    }
}

fn device_config(config: &PeerConfig) -> DeviceConfig {
    DeviceConfig {
        name: config.name.clone(),
        mac: config.mac,
        encryption: config.psk.clone().map_or(Encryption::Plaintext, Encryption::Noise),
        api_version: (1, 19),
        server_info: "esphome v2026.10.0".into(),
        login: Login::NotNeeded,
        inbound_limit: 8_192,
        hello_timeout: Duration::from_secs(60),
    }
}

async fn write_all(stream: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        stream.writable().await?;
        match stream.try_write(bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
