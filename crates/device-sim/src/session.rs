//! One session of a board with a client.

use std::{
    collections::VecDeque,
    sync::{Arc, atomic::Ordering},
};

use esphome_codec::{DeviceConfig, DeviceEvent, DeviceSession, Encryption, Message, Psk, proto};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::{broadcast, mpsc, watch},
    time::{Duration, Instant, sleep, sleep_until},
};

use crate::{
    Direction, Fault, FrameRecord,
    board::Ran,
    fault::{Lost, lost},
    generation::{CAPABILITIES_KEY, COUNT_KEY, UPDATE_KEY},
    infrared::{Asker, Report, Taken},
    shared::{Farewell, Kick, Shared},
};

/// Serves one client to the end of its connection.
pub(crate) async fn serve(shared: &Arc<Shared>, stream: TcpStream, number: u64) {
    let _nodelay = stream.set_nodelay(true);
    let fault = shared.fault.subscribe();
    let config = device_config(shared, &fault.borrow());
    let session = DeviceSession::new(config, Instant::now().into_std());
    let kick = shared.kick.subscribe();
    let capabilities = shared.board.capabilities();
    let (tell, told_receive) = mpsc::unbounded_channel();
    let mut serving = Serving {
        shared,
        stream,
        session,
        number,
        fault,
        kick,
        capabilities,
        blocking: shared.air.blocking(),
        heard: shared.air.heard(),
        told: told_receive,
        tell,
        subscribed: Subscribed::No,
        client_api: (0, 0),
        late: VecDeque::new(),
        taken: 0,
        ends: Next::GoOn,
        died: Died::No,
    };
    serving.run().await;
}

struct Serving<'a> {
    shared: &'a Arc<Shared>,
    stream: TcpStream,
    session: DeviceSession,
    number: u64,
    fault: watch::Receiver<Fault>,
    kick: watch::Receiver<Kick>,
    capabilities: watch::Receiver<String>,
    /// How many transmissions keep the board from reading.
    blocking: watch::Receiver<usize>,
    /// What the eye of the board hears.
    heard: broadcast::Receiver<Message>,
    /// What the board tells this client by itself.
    told: mpsc::UnboundedReceiver<Message>,
    tell: mpsc::UnboundedSender<Message>,
    subscribed: Subscribed,
    /// The API version that the client announced.
    client_api: (u32, u32),
    /// Replies that are held back, with the time at which they go.
    late: VecDeque<(Instant, proto::ExecuteServiceResponse)>,
    taken: usize,
    /// Whether it closes once what was read is done.
    ends: Next,
    died: Died,
}

#[derive(PartialEq, Eq)]
enum Subscribed {
    No,
    Yes,
}

/// Whether the session has felt [`Fault::HalfOpen`].
#[derive(PartialEq, Eq)]
enum Died {
    No,
    Yes,
}

/// Whether the connection goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    GoOn,
    Close,
}

impl Serving<'_> {
    async fn run(&mut self) {
        let mut room = vec![0; 4_096];
        loop {
            let half_open = *self.fault.borrow_and_update() == Fault::HalfOpen;
            if half_open || self.number <= self.shared.half_open_up_to.load(Ordering::Relaxed) {
                self.died = Died::Yes;
            }
            let deaf = self.is_deaf();
            let processed = self.process();
            let flushed = self.flush().await;
            if processed == Next::Close || flushed == Next::Close || self.ends == Next::Close {
                return;
            }
            let blocked = *self.blocking.borrow_and_update() > 0;
            let late = self.late.front().map(|(at, _)| *at);
            let floods = *self.fault.borrow() == Fault::Flood;
            let next = tokio::select! {
                biased;
                _ = self.kick.changed() => return self.leave().await,
                _ = self.fault.changed() => Next::GoOn,
                _ = self.capabilities.changed(), if self.subscribed == Subscribed::Yes && !deaf => {
                    self.publish_capabilities();
                    Next::GoOn
                }
                Some(message) = self.told.recv(), if !deaf => {
                    self.send(&message);
                    Next::GoOn
                }
                heard = self.heard.recv(), if !deaf && !blocked => {
                    // What a slow client has missed is lost.
                    heard.iter().for_each(|message| self.send(message));
                    Next::GoOn
                }
                _ = self.blocking.changed(), if blocked => Next::GoOn,
                () = sleep_until(late.unwrap_or_else(Instant::now)), if late.is_some() && !deaf => {
                    self.reply_late();
                    Next::GoOn
                }
                read = self.stream.read(&mut room), if !deaf && !blocked => match read {
                    Ok(0) | Err(_) => Next::Close,
                    Ok(count) => {
                        self.take_in(room.get(..count).unwrap_or_default()).await;
                        Next::GoOn
                    }
                },
                () = tokio::task::yield_now(), if floods => {
                    self.flood();
                    Next::GoOn
                }
            };
            if next == Next::Close {
                self.flush().await;
                return;
            }
        }
    }

    async fn take_in(&mut self, bytes: &[u8]) {
        let fault = self.fault.borrow().clone();
        let delay =
            if let Fault::Delay(delay) = fault { delay } else { self.shared.config.latency };
        if !delay.is_zero() {
            sleep(delay).await;
        }
        let mut bytes = bytes;
        if let Fault::CloseAfter(limit) = fault
            && let Some((first, _)) = bytes.split_at_checked(limit.saturating_sub(self.taken))
        {
            (bytes, self.ends) = (first, Next::Close);
        }
        self.taken += bytes.len();
        match self.session.receive(bytes) {
            Ok(()) => {}
            Err(error) => {
                tracing::debug!(device = self.shared.config.name, %error, "client is dropped");
                self.ends = Next::Close;
            }
        }
    }

    fn is_deaf(&self) -> bool {
        self.died == Died::Yes || self.fault.borrow().is_deaf()
    }

    /// Does what was read, up to a transmission that keeps the board from going on.
    fn process(&mut self) -> Next {
        let mut next = Next::GoOn;
        loop {
            // What was told comes before the answer to anything that is read after it.
            while let Some(message) = self.told.try_recv().ok().filter(|_| !self.is_deaf()) {
                self.send(&message);
            }
            if self.is_deaf() || *self.blocking.borrow() > 0 {
                return next;
            }
            let Some(event) = self.session.poll_event() else { return next };
            let message = match event {
                DeviceEvent::ClientHello { api_version, .. } => {
                    self.client_api = api_version;
                    self.log(Direction::Received, &proto::HelloRequest::default().into());
                    continue;
                }
                DeviceEvent::Message(message) => message,
            };
            self.log(Direction::Received, &message);
            if self.kills(&message) || self.handle(&message) == Next::Close {
                next = Next::Close;
            }
        }
    }

    /// Plaintext firmware loses the session to a message of 16 kB or more with an id of 128 or more:
    /// the header does not fit its buffer.
    fn kills(&self, message: &Message) -> bool {
        let plaintext = self.shared.config.psk.is_none();
        plaintext && message.id() >= 128 && message.payload_size() >= 16_384
    }

    /// Answers a message the way the firmware does; what it does not know it ignores.
    #[expect(clippy::wildcard_enum_match_arm, reason = "messages are an open set")]
    fn handle(&mut self, message: &Message) -> Next {
        match message {
            Message::PingRequest(_) if *self.fault.borrow() != Fault::NoPong => {
                self.send(&proto::PingResponse {}.into());
            }
            Message::DisconnectRequest(_) => {
                self.send(&proto::DisconnectResponse {}.into());
                return Next::Close;
            }
            Message::DeviceInfoRequest(_) => {
                let info = self.device_info();
                self.send(&info.into());
            }
            Message::ListEntitiesRequest(_) => {
                let Shared { air, board, config, .. } = &**self.shared;
                for entry in
                    config.generation.listing(air.is_stock(), air.listing(), board.actions())
                {
                    self.send(&entry);
                }
            }
            Message::SubscribeStates(_) => {
                self.subscribed = Subscribed::Yes;
                self.publish_capabilities();
                self.publish_update();
            }
            Message::SubscribeLogs(request) if request.level > 0 => {
                let message =
                    format!("\u{1b}[0;32m[I][app:102]: {} is up\u{1b}[0m", self.shared.config.name);
                let line = proto::SubscribeLogsResponse { level: 3, message: message.into_bytes() };
                self.send(&line.into());
            }
            Message::ExecuteService(call) => return self.execute(call),
            Message::InfraredTransmit(request) => return self.transmit(request),
            _ => {}
        }
        Next::GoOn
    }

    fn execute(&mut self, call: &proto::ExecuteServiceRequest) -> Next {
        let fault = self.fault.borrow().clone();
        let lost = self.lost(&fault);
        if lost == Lost::Call {
            return Next::GoOn;
        }
        let replies = self.shared.config.generation.has_replies() && call.call_id != 0;
        let before = self.shared.had_before(self.number, call.call_id);
        if replies && matches!(fault, Fault::RefuseCalls | Fault::OldReplies) {
            let old = fault == Fault::OldReplies;
            let ids = if old { before } else { vec![call.call_id] };
            let reply = |id| reply(id, old, if old { "" } else { "not now" });
            ids.into_iter().map(reply).for_each(|reply| self.send(&reply.into()));
            return Next::GoOn;
        }
        let ran = self.shared.board.run(call);
        if let Ran::Yes { success } = ran
            && replies
            && lost == Lost::Nothing
            && !matches!(fault, Fault::DropReplies | Fault::CloseAfterAction)
        {
            let error_message = if success { "" } else { "port out of range" };
            let reply = reply(call.call_id, success, error_message);
            if let Fault::LateReplies(later) = fault {
                self.late.push_back((Instant::now() + later, reply));
            } else {
                self.send(&reply.into());
            }
        }
        if fault == Fault::CloseAfterAction { Next::Close } else { Next::GoOn }
    }

    /// What is lost of a call that comes now.
    fn lost(&self, fault: &Fault) -> Lost {
        let Fault::Lossy(percent) = fault else { return Lost::Nothing };
        let board = self.shared.config.name.bytes().map(u64::from).sum();
        let number = self.shared.calls.fetch_add(1, Ordering::Relaxed);
        lost(*percent, board, number)
    }

    fn reply_late(&mut self) {
        if let Some((_, reply)) = self.late.pop_front() {
            self.send(&reply.into());
        }
    }

    fn flood(&mut self) {
        let message = vec![b'.'; FLOOD_LINE];
        let line = proto::SubscribeLogsResponse { level: 5, message }.into();
        // Past the record of frames, which has room for better things.
        (0..FLOOD_LINES).for_each(|_| self.put(&line));
    }

    /// Hands infrared to its transmitter. How it ended is told by the board, which may have to tell
    /// another session; what cannot be sent is answered at once.
    fn transmit(&mut self, request: &proto::InfraredTransmitRequest) -> Next {
        let generation = self.shared.config.generation;
        if !generation.has_infrared() {
            return Next::GoOn;
        }
        let fault = self.fault.borrow().clone();
        let lost = self.lost(&fault);
        if lost == Lost::Call || fault == Fault::OldReplies {
            return Next::GoOn;
        }
        let hears = generation.reports_infrared() && self.client_api >= REPORTS_INFRARED;
        let asker = Asker { session: self.number, tell: self.tell.clone(), hears };
        let never = matches!(fault, Fault::DropReplies | Fault::CloseAfterAction);
        let report = if fault == Fault::Displaced {
            Report::Displaced
        } else if let Fault::LateReplies(later) = fault {
            Report::Late(later)
        } else if never || lost == Lost::Reply {
            Report::Never
        } else {
            Report::AtTheEnd
        };
        let refused = fault == Fault::RefuseCalls;
        if refused || self.shared.air.transmit(request, &asker, report) == Taken::No {
            asker.tell(request.device_id, request.key, false);
            return Next::GoOn;
        }
        self.shared.count_down();
        if fault == Fault::CloseAfterAction { Next::Close } else { Next::GoOn }
    }

    fn publish_capabilities(&mut self) {
        if self.shared.air.is_stock() {
            return;
        }
        let state = self.capabilities.borrow_and_update().clone();
        let missing_state = state.is_empty();
        let key = CAPABILITIES_KEY;
        let text = proto::TextSensorStateResponse { key, state, missing_state, device_id: 0 };
        self.send(&text.into());
        // The firmware's counter is a float as well.
        let state = self.shared.board.ran().len() as f32;
        let key = COUNT_KEY;
        let count = proto::SensorStateResponse { key, state, missing_state: false, device_id: 0 };
        self.send(&count.into());
    }

    fn publish_update(&mut self) {
        let crate::BlasterConfig { generation, offered_version, .. } = &self.shared.config;
        if !generation.has_update() {
            return;
        }
        let current_version = generation.esphome_version().to_owned();
        let latest_version = offered_version.clone().unwrap_or_else(|| current_version.clone());
        let update = proto::UpdateStateResponse {
            key: UPDATE_KEY,
            current_version,
            latest_version,
            ..proto::UpdateStateResponse::default()
        };
        self.send(&update.into());
    }

    fn send(&mut self, message: &Message) {
        let fault = self.fault.borrow().clone();
        if fault == Fault::Silent {
            return;
        }
        if fault == Fault::Garble {
            return self.session.send_unframed(&GARBAGE);
        }
        self.log(Direction::Sent, message);
        self.put(message);
    }

    fn put(&mut self, message: &Message) {
        if let Err(error) = self.session.send(message) {
            // As the firmware: what fits in no frame is dropped, and so is what comes too early.
            tracing::debug!(device = self.shared.config.name, %error, "a message is not sent");
        }
    }

    async fn flush(&mut self) -> Next {
        let Some(bytes) = self.session.poll_transmit() else { return Next::GoOn };
        if *self.fault.borrow() == Fault::Silent {
            return Next::GoOn;
        }
        match self.stream.write_all(&bytes).await {
            Ok(()) => Next::GoOn,
            Err(_) => Next::Close,
        }
    }

    /// The board goes: with a word, or with a reset.
    async fn leave(&mut self) {
        let how = self.kick.borrow().how;
        match how {
            Farewell::Announced => {
                self.send(&proto::DisconnectRequest::default().into());
                self.flush().await;
            }
            Farewell::Cut => {
                // Linger 0 turns the close into a reset.
                let socket = socket2::SockRef::from(&self.stream);
                let _linger = socket.set_linger(Some(Duration::ZERO));
            }
        }
    }

    fn log(&self, direction: Direction, message: &Message) {
        self.shared.record(FrameRecord {
            at: Instant::now(),
            session: self.number,
            direction,
            id: message.id(),
            name: message.name(),
            size: message.payload_size(),
        });
    }

    fn device_info(&self) -> proto::DeviceInfoResponse {
        let config = device_config(self.shared, &self.fault.borrow());
        let stock = self.shared.air.is_stock();
        let project = |text: &str| if stock { String::new() } else { text.to_owned() };
        proto::DeviceInfoResponse {
            friendly_name: format!("Blaster {}", config.name),
            name: config.name,
            mac_address: config.mac.to_string().to_uppercase(),
            esphome_version: self.shared.config.generation.esphome_version().to_owned(),
            model: self.shared.air.chip().model.to_owned(),
            manufacturer: "Espressif".to_owned(),
            project_name: project("smartvenue.ir_blaster"),
            project_version: project("1.4.0"),
            compilation_time: "Oct 21 2026, 12:00:00".to_owned(),
            api_encryption_supported: self.shared.config.psk.is_some(),
            ..proto::DeviceInfoResponse::default()
        }
    }
}

/// Since then a board says how a transmission ended, to clients that announce it.
const REPORTS_INFRARED: (u32, u32) = (1, 18);

fn reply(call_id: u32, success: bool, error_message: &str) -> proto::ExecuteServiceResponse {
    let error_message = error_message.to_owned();
    proto::ExecuteServiceResponse { call_id, success, error_message, response_data: Vec::new() }
}

/// The identity and encryption of the board, as `fault` has them.
fn device_config(shared: &Shared, fault: &Fault) -> DeviceConfig {
    let config = &shared.config;
    let mac = if let Fault::WrongMac(mac) = fault { *mac } else { config.mac };
    let name = if let Fault::WrongName(name) = fault { name } else { &config.name };
    let other = || Psk::from_bytes([0xff; 32]).ok();
    let psk = if *fault == Fault::WrongKey { other() } else { config.psk.clone() };
    let version = config.generation.esphome_version();
    DeviceConfig {
        name: name.clone(),
        mac,
        encryption: psk.map_or(Encryption::Plaintext, Encryption::Noise),
        api_version: config.generation.api_version(),
        server_info: format!("{name} (esphome v{version})"),
        login: config.generation.login(),
        inbound_limit: shared.air.chip().inbound_limit,
        hello_timeout: Duration::from_secs(60),
    }
}

/// What is written at once while it floods.
const FLOOD_LINES: usize = 64;
const FLOOD_LINE: usize = 500;

/// Neither a plaintext nor a Noise frame.
const GARBAGE: [u8; 7] = [0x7f, 0x45, 0x4c, 0x46, 0xff, 0x00, 0xde];
