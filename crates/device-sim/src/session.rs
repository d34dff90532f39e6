//! One session of a board with a client.

use std::{
    collections::VecDeque,
    sync::{Arc, atomic::Ordering},
};

use esphome_codec::{DeviceConfig, DeviceEvent, DeviceSession, Encryption, Message, Psk, proto};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::watch,
    time::{Duration, Instant, sleep, sleep_until},
};

use crate::{
    Direction, Fault, FrameRecord,
    blaster::{Farewell, Kick, Shared},
    board::Ran,
    fault::{Lost, lost},
    generation::{CAPABILITIES_KEY, COUNT_KEY, UPDATE_KEY},
};

/// Serves one client to the end of its connection.
pub(crate) async fn serve(shared: &Arc<Shared>, stream: TcpStream, number: u64) {
    let _nodelay = stream.set_nodelay(true);
    let fault = shared.fault.subscribe();
    let config = device_config(shared, &fault.borrow());
    let session = DeviceSession::new(config, Instant::now().into_std());
    let kick = shared.kick.subscribe();
    let capabilities = shared.board.capabilities();
    let mut serving = Serving {
        shared,
        stream,
        session,
        number,
        fault,
        kick,
        capabilities,
        subscribed: Subscribed::No,
        transmitting: VecDeque::new(),
        late: VecDeque::new(),
        taken: 0,
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
    subscribed: Subscribed,
    /// Infrared that is on air, with the time at which it is done.
    transmitting: VecDeque<(Instant, proto::InfraredTransmitComplete)>,
    /// Replies that are held back, with the time at which they go.
    late: VecDeque<(Instant, proto::ExecuteServiceResponse)>,
    taken: usize,
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
            let deaf = self.died == Died::Yes || self.fault.borrow().is_deaf();
            let done = self.transmitting.front().map(|(at, _)| *at);
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
                () = sleep_until(done.unwrap_or_else(Instant::now)), if done.is_some() => {
                    self.complete_transmission();
                    Next::GoOn
                }
                () = sleep_until(late.unwrap_or_else(Instant::now)), if late.is_some() && !deaf => {
                    self.reply_late();
                    Next::GoOn
                }
                read = self.stream.read(&mut room), if !deaf => match read {
                    Ok(0) | Err(_) => Next::Close,
                    Ok(count) => self.take_in(room.get(..count).unwrap_or_default()).await,
                },
                () = tokio::task::yield_now(), if floods => {
                    self.flood();
                    Next::GoOn
                }
            };
            let flushed = self.flush().await;
            if next == Next::Close || flushed == Next::Close {
                return;
            }
        }
    }

    async fn take_in(&mut self, bytes: &[u8]) -> Next {
        let fault = self.fault.borrow().clone();
        let delay =
            if let Fault::Delay(delay) = fault { delay } else { self.shared.config.latency };
        if !delay.is_zero() {
            sleep(delay).await;
        }
        let mut next = Next::GoOn;
        let mut bytes = bytes;
        if let Fault::CloseAfter(limit) = fault
            && let Some((first, _)) = bytes.split_at_checked(limit.saturating_sub(self.taken))
        {
            (bytes, next) = (first, Next::Close);
        }
        self.taken += bytes.len();
        match self.session.receive(bytes) {
            Ok(()) => {}
            Err(error) => {
                tracing::debug!(device = self.shared.config.name, %error, "client is dropped");
                next = Next::Close;
            }
        }
        while let Some(event) = self.session.poll_event() {
            let message = match event {
                DeviceEvent::ClientHello { .. } => {
                    self.log(Direction::Received, &proto::HelloRequest::default().into());
                    continue;
                }
                DeviceEvent::Message(message) => message,
            };
            self.log(Direction::Received, &message);
            if self.handle(&message) == Next::Close {
                next = Next::Close;
            }
        }
        next
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
                for entry in self.shared.config.generation.listing() {
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
            Message::InfraredTransmit(request) => self.transmit(request),
            _ => {}
        }
        Next::GoOn
    }

    fn execute(&mut self, call: &proto::ExecuteServiceRequest) -> Next {
        let fault = self.fault.borrow().clone();
        let lost = if let Fault::Lossy(percent) = fault {
            let board = self.shared.config.name.bytes().map(u64::from).sum();
            let number = self.shared.calls.fetch_add(1, Ordering::Relaxed);
            lost(percent, board, number)
        } else {
            Lost::Nothing
        };
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

    /// Exactly one completion per request; at once, and false, where it cannot be sent.
    fn transmit(&mut self, request: &proto::InfraredTransmitRequest) {
        // None of them belongs to a sub-device.
        let known = request.device_id == 0
            && (1..=5).any(|port| crate::generation::infrared_key(port) == request.key);
        let success = self.shared.config.generation.has_infrared()
            && known
            && !request.timings.is_empty()
            && self.transmitting.is_empty();
        let (device_id, key) = (request.device_id, request.key);
        let done = proto::InfraredTransmitComplete { device_id, key, success };
        if success {
            let once: u64 = request.timings.iter().map(|us| u64::from(us.unsigned_abs())).sum();
            let air = Duration::from_micros(once * u64::from(request.repeat_count.max(1)));
            self.transmitting.push_back((Instant::now() + air, done));
        } else {
            self.send(&done.into());
        }
    }

    fn complete_transmission(&mut self) {
        if let Some((_, done)) = self.transmitting.pop_front() {
            self.send(&done.into());
        }
    }

    fn publish_capabilities(&mut self) {
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
        if !generation.has_infrared() {
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
        proto::DeviceInfoResponse {
            friendly_name: format!("Blaster {}", config.name),
            name: config.name,
            mac_address: config.mac.to_string().to_uppercase(),
            esphome_version: self.shared.config.generation.esphome_version().to_owned(),
            model: "esp01_1m".to_owned(),
            manufacturer: "Espressif".to_owned(),
            project_name: "smartvenue.ir_blaster".to_owned(),
            project_version: "1.4.0".to_owned(),
            compilation_time: "Oct 21 2026, 12:00:00".to_owned(),
            api_encryption_supported: self.shared.config.psk.is_some(),
            ..proto::DeviceInfoResponse::default()
        }
    }
}

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
        // An ESP8266.
        inbound_limit: 8_192,
        hello_timeout: Duration::from_secs(60),
    }
}

/// What is written at once while it floods.
const FLOOD_LINES: usize = 64;
const FLOOD_LINE: usize = 500;

/// Neither a plaintext nor a Noise frame.
const GARBAGE: [u8; 7] = [0x7f, 0x45, 0x4c, 0x46, 0xff, 0x00, 0xde];
