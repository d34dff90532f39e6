//! Messages through our sessions, framing included, against prost alone.
//!
//! Ours is the whole way: encoded into a frame by one end, found in the stream, decoded and told as
//! an event by the other. The baseline encodes and decodes the same structs with prost and has no
//! frame; through Noise it seals and opens the same bytes with snow, in buffers that it reuses.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark that does not work fails by panicking"
)]

use std::{hint::black_box, sync::Arc, time::Instant};

use esphome_codec::{
    ClientConfig, ClientSession, DeviceConfig, DeviceEvent, DeviceSession, Encryption, Login,
    Message, Psk, proto,
};
use venue_benches::{
    harness::{Goal, Run, Unit, mean_ns},
    wire::{Handshake, PSK, Wire, noise_frame},
};

/// The board's own: whoever tells none is not let in.
const MAC: &str = "02:00:00:00:00:01";

fn main() {
    let run = Run::start();
    let hello = proto::HelloResponse {
        api_version_major: 1,
        api_version_minor: 19,
        server_info: "ir-000001 (esphome v2026.10.0)".to_owned(),
        name: "ir-000001".to_owned(),
    };
    measure(run, "HelloResponse", &hello, Way::ToClient);
    measure(run, "ListEntitiesServicesResponse", &action(), Way::ToClient);
    measure(run, "ExecuteServiceRequest", &request(), Way::ToDevice);
    let reply = proto::ExecuteServiceResponse {
        call_id: 300,
        success: true,
        ..proto::ExecuteServiceResponse::default()
    };
    measure(run, "ExecuteServiceResponse", &reply, Way::ToClient);
    let state = proto::TextSensorStateResponse {
        key: 0x6361_7000,
        state: r#"{"port":1,"lib":"samsung"}"#.to_owned(),
        ..proto::TextSensorStateResponse::default()
    };
    measure(run, "TextSensorState", &state, Way::ToClient);
}

fn action() -> proto::ListEntitiesServicesResponse {
    let argument = |name: &str, kind| proto::ListEntitiesServicesArgument {
        name: name.to_owned(),
        r#type: kind,
        optional: false,
    };
    proto::ListEntitiesServicesResponse {
        name: "tv_channel".to_owned(),
        key: 0x89ab_cdef,
        args: vec![argument("port", 1), argument("channel", 3)],
        supports_response: 100,
        description: String::new(),
    }
}

fn request() -> proto::ExecuteServiceRequest {
    let argument = proto::ExecuteServiceArgument::default();
    proto::ExecuteServiceRequest {
        key: 0x89ab_cdef,
        args: vec![
            proto::ExecuteServiceArgument { int_: 3, ..argument.clone() },
            proto::ExecuteServiceArgument { string_: "5-1".to_owned(), ..argument },
        ],
        call_id: 300,
        return_response: false,
    }
}

/// Who sends the message.
#[derive(Clone, Copy)]
enum Way {
    ToClient,
    ToDevice,
}

fn measure<M>(run: Run, name: &str, message: &M, way: Way)
where
    M: prost::Message + Default + Clone + Into<Message>,
{
    let times = run.pick(20_000, 50);
    for (mode, is_noise) in [("plain", false), ("Noise", true)] {
        let mut ends = Ends::open(is_noise);
        let ours: Message = message.clone().into();
        let mut prost_alone = Baseline::new(is_noise);
        let pair = run.alternate(
            || mean_ns(times, || ends.carry(black_box(&ours), way)),
            || mean_ns(times, || prost_alone.carry(black_box(message))),
        );
        pair.print(&format!("{name}, {mode}"), Unit::Nanoseconds, Goal::None);
    }
}

/// Both ends of a session that is ready.
struct Ends {
    client: ClientSession,
    device: DeviceSession,
    now: Instant,
}

impl Ends {
    fn open(is_noise: bool) -> Self {
        let psk = Psk::from_bytes(PSK).unwrap();
        let encryption = if is_noise { Encryption::Noise(psk) } else { Encryption::Plaintext };
        let now = Instant::now();
        let config = ClientConfig { encryption: encryption.clone(), ..ClientConfig::default() };
        let client = ClientSession::new(Arc::new(config), now);
        let device = DeviceSession::new(device_config(encryption), now);
        let mut ends = Self { client, device, now };
        while !ends.client.is_ready() {
            ends.greet();
        }
        while ends.client.poll_event().is_some() {}
        ends
    }

    /// Carries what waits on both sides, and answers as a board does.
    fn greet(&mut self) {
        if let Some(bytes) = self.client.poll_transmit() {
            self.device.receive(&bytes).unwrap();
        }
        while let Some(event) = self.device.poll_event() {
            match event {
                DeviceEvent::Message(Message::DeviceInfoRequest(_)) => {
                    let info = proto::DeviceInfoResponse {
                        mac_address: MAC.into(),
                        ..proto::DeviceInfoResponse::default()
                    };
                    self.device.send(&info.into()).unwrap();
                }
                DeviceEvent::Message(Message::ListEntitiesRequest(_)) => {
                    self.device.send(&proto::ListEntitiesDoneResponse {}.into()).unwrap();
                }
                DeviceEvent::Message(_) | DeviceEvent::ClientHello { .. } => {}
            }
        }
        if let Some(bytes) = self.device.poll_transmit() {
            self.client.receive(&bytes, self.now).unwrap();
        }
    }

    fn carry(&mut self, message: &Message, way: Way) {
        match way {
            Way::ToClient => {
                self.device.send(message).unwrap();
                let bytes = self.device.poll_transmit().unwrap();
                self.client.receive(&bytes, self.now).unwrap();
                // The client keeps a second hello to itself; anything else is told.
                let told = self.client.poll_event();
                assert!(told.is_some() || matches!(message, Message::HelloResponse(_)));
                black_box(told);
            }
            Way::ToDevice => {
                self.client.send(message).unwrap();
                let bytes = self.client.poll_transmit().unwrap();
                self.device.receive(&bytes).unwrap();
                black_box(self.device.poll_event().unwrap());
            }
        }
    }
}

fn device_config(encryption: Encryption) -> DeviceConfig {
    DeviceConfig {
        name: "ir-000001".to_owned(),
        mac: MAC.parse().unwrap(),
        encryption,
        api_version: (1, 19),
        server_info: "bench".to_owned(),
        login: Login::NotNeeded,
        inbound_limit: 32_768,
        hello_timeout: std::time::Duration::from_secs(60),
    }
}

/// prost, with snow where the session has it.
struct Baseline {
    ends: Option<(Wire, Wire)>,
    bytes: Vec<u8>,
    scratch: [u8; 512],
}

impl Baseline {
    fn new(is_noise: bool) -> Self {
        let ends = is_noise.then(|| {
            let (mut client, mut board) = (Handshake::initiator(), Handshake::responder());
            let mut bytes = Vec::new();
            client.write(&mut bytes);
            board.read(noise_frame(&bytes).unwrap().0);
            bytes.clear();
            board.write(&mut bytes);
            client.read(noise_frame(&bytes).unwrap().0);
            (client.finish(), board.finish())
        });
        Self { ends, bytes: Vec::new(), scratch: [0; 512] }
    }

    fn carry<M: prost::Message + Default>(&mut self, message: &M) {
        let encoded = message.encode_to_vec();
        let Some((from, to)) = &mut self.ends else {
            black_box(M::decode(black_box(&encoded[..])).unwrap());
            return;
        };
        self.bytes.clear();
        from.put(1, &encoded, &mut self.bytes);
        let frame = to.take(&self.bytes, &mut self.scratch).unwrap();
        black_box(M::decode(frame.payload).unwrap());
    }
}
