use std::time::Duration;

use super::*;
use crate::{
    DeviceConfig, DeviceEvent, DeviceSession, Encryption, Login, Psk, SupportsResponse, fuzz,
};
use proptest::prelude::*;

/// A client and a device joined by two queues; time moves only when told.
pub(super) struct Pair {
    pub(super) client: ClientSession,
    pub(super) device: DeviceSession,
    pub(super) now: Instant,
}

#[expect(clippy::disallowed_methods, reason = "one fixed base instant; it moves only when told")]
pub(super) fn base() -> Instant {
    static BASE: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    *BASE.get_or_init(Instant::now)
}

pub(super) fn noise(byte: u8) -> Encryption {
    Encryption::Noise(Psk::from_bytes([byte; 32]).unwrap())
}

pub(super) fn device(encryption: Encryption) -> DeviceConfig {
    DeviceConfig {
        name: "tv-ir-01".into(),
        mac: "a1b2c3d4e5f6".parse().unwrap(),
        encryption,
        api_version: (1, 19),
        server_info: "2026.10.0".into(),
        login: Login::NotNeeded,
        inbound_limit: 32_768,
        hello_timeout: Duration::from_secs(60),
    }
}

pub(super) fn client(encryption: Encryption) -> ClientConfig {
    ClientConfig {
        encryption,
        expected_name: Some("tv-ir-01".into()),
        expected_mac: Some("a1b2c3d4e5f6".parse().unwrap()),
        ..ClientConfig::default()
    }
}

impl Pair {
    pub(super) fn new(client: ClientConfig, device: DeviceConfig) -> Self {
        let now = base();
        let client = ClientSession::new(Arc::new(client), now);
        Self { client, device: DeviceSession::new(device, now), now }
    }

    /// Carries bytes both ways until nothing moves; the device answers like a board.
    pub(super) fn run(&mut self) -> Result<(), ProtocolError> {
        loop {
            let to_device = self.client.poll_transmit();
            if let Some(bytes) = &to_device {
                // Whatever the device thinks of it, its bytes are delivered first.
                let _refused = self.device.receive(bytes);
                while let Some(event) = self.device.poll_event() {
                    self.answer(&event);
                }
            }
            let to_client = self.device.poll_transmit();
            if let Some(bytes) = &to_client {
                self.client.receive(bytes, self.now)?;
            }
            if to_device.is_none() && to_client.is_none() {
                return Ok(());
            }
        }
    }

    fn answer(&mut self, event: &DeviceEvent) {
        let DeviceEvent::Message(message) = event else { return };
        match message {
            Message::DeviceInfoRequest(_) => {
                let info = proto::DeviceInfoResponse {
                    name: "tv-ir-01".into(),
                    mac_address: "A1:B2:C3:D4:E5:F6".into(),
                    esphome_version: "2026.10.0".into(),
                    ..proto::DeviceInfoResponse::default()
                };
                self.device.send(&info.into()).unwrap();
            }
            Message::ListEntitiesRequest(_) => {
                self.device.send(&send_action().into()).unwrap();
                self.device.send(&proto::ListEntitiesDoneResponse {}.into()).unwrap();
            }
            Message::PingRequest(_) => self.device.send(&proto::PingResponse {}.into()).unwrap(),
            Message::ExecuteService(call) if call.call_id != 0 => {
                let reply = proto::ExecuteServiceResponse {
                    call_id: call.call_id,
                    success: true,
                    ..proto::ExecuteServiceResponse::default()
                };
                self.device.send(&reply.into()).unwrap();
            }
            _ => {}
        }
    }

    pub(super) fn events(&mut self) -> Vec<ClientEvent> {
        std::iter::from_fn(|| self.client.poll_event()).collect()
    }

    pub(super) fn ready(client: ClientConfig, device: DeviceConfig) -> Self {
        let mut pair = Self::new(client, device);
        pair.run().unwrap();
        assert!(pair.client.is_ready());
        pair.events();
        pair
    }
}

fn send_action() -> proto::ListEntitiesServicesResponse {
    let argument = proto::ListEntitiesServicesArgument {
        name: "port".into(),
        r#type: 1,
        ..proto::ListEntitiesServicesArgument::default()
    };
    proto::ListEntitiesServicesResponse {
        name: "send_ir".into(),
        key: 0x835f_9d53,
        args: vec![argument],
        supports_response: 100,
        ..proto::ListEntitiesServicesResponse::default()
    }
}

#[test]
fn plaintext_and_noise_become_ready_with_identity_and_listing() {
    for encryption in [Encryption::Plaintext, noise(7)] {
        let mut pair = Pair::new(client(encryption.clone()), device(encryption));
        pair.run().unwrap();
        let Some(ClientEvent::Ready(peer)) = pair.events().pop() else { panic!("not ready") };
        assert_eq!(peer.name, "tv-ir-01");
        assert_eq!(peer.mac, "a1b2c3d4e5f6".parse().ok());
        assert_eq!(peer.api_version, (1, 19));
        let action = peer.listing.action("send_ir").unwrap();
        assert_eq!(action.supports_response, SupportsResponse::Status);
    }
}

#[test]
fn the_greeting_is_one_write_with_the_legacy_login_in_it() {
    let mut session = ClientSession::new(Arc::new(ClientConfig::default()), base());
    let bytes = session.poll_transmit().unwrap();
    assert_eq!(session.poll_transmit(), None);
    assert!(bytes.ends_with(&[0, 0, 3, 0, 0, 9, 0, 0, 11]), "{bytes:02x?}");
    let announced = [0x10, 0x01, 0x18, 0x13];
    assert!(bytes.windows(4).any(|window| window == announced), "API 1.19");
}

#[test]
fn legacy_firmware_that_wants_the_login_becomes_ready_too() {
    let legacy =
        DeviceConfig { login: Login::Empty, api_version: (1, 10), ..device(Encryption::Plaintext) };
    Pair::ready(client(Encryption::Plaintext), legacy);
}

#[test]
fn calls_pings_and_replies_go_both_ways() {
    for encryption in [Encryption::Plaintext, noise(7)] {
        let mut pair = Pair::ready(client(encryption.clone()), device(encryption));
        let action = pair.client.peer().unwrap().listing.action("send_ir").unwrap().clone();
        let call = action.call(vec![crate::ArgValue::Int(2)]).unwrap();
        let before = pair.client.queued_total();
        let first = pair.client.call(&call).unwrap();
        assert!(pair.client.queued_total() > before);
        let second = pair.client.call(&call).unwrap();
        assert_ne!(first, second);
        let ping = pair.client.ping(pair.now).unwrap();
        pair.run().unwrap();
        let events = pair.events();
        let ids: Vec<_> = events
            .iter()
            .filter_map(|event| match event {
                ClientEvent::ActionReply { call_id, success: true, .. } => Some(*call_id),
                _ => None,
            })
            .collect();
        assert_eq!(ids, [first.0.unwrap(), second.0.unwrap()]);
        let pong = ClientEvent::Pong { id: ping, round_trip: Duration::ZERO };
        assert_eq!(events.last(), Some(&pong));
    }
}

#[test]
fn before_ready_nothing_can_be_asked() {
    let mut session = ClientSession::new(Arc::new(ClientConfig::default()), base());
    assert_eq!(session.ping(base()), Err(CallError::NotReady));
    let subscribe = proto::SubscribeStatesRequest {}.into();
    assert_eq!(session.send(&subscribe), Err(CallError::NotReady));
}

#[test]
fn what_must_be_answered_is_answered() {
    let mut pair = Pair::ready(client(Encryption::Plaintext), device(Encryption::Plaintext));
    for (request, answer) in [
        (Message::from(proto::PingRequest {}), &[0, 0, 8][..]),
        (proto::DisconnectRequest { reason: 1 }.into(), &[0, 0, 6][..]),
    ] {
        pair.device.send(&request).unwrap();
        let bytes = pair.device.poll_transmit().unwrap();
        pair.client.receive(&bytes, pair.now).unwrap();
        assert_eq!(pair.client.poll_transmit().unwrap(), answer);
    }
    assert_eq!(pair.events(), [ClientEvent::DisconnectRequested { reason: 1 }]);
    pair.device.send(&proto::GetTimeRequest {}.into()).unwrap();
    let bytes = pair.device.poll_transmit().unwrap();
    pair.client.receive(&bytes, pair.now).unwrap();
    assert_eq!(pair.events(), [ClientEvent::TimeRequested]);
    pair.client.answer_time(0x1234_5678);
    assert_eq!(pair.client.poll_transmit().unwrap(), [0, 5, 37, 0x0d, 0x78, 0x56, 0x34, 0x12][..]);
}

#[test]
fn a_wrong_key_is_blamed_only_when_the_device_is_the_right_one() {
    let mut wrong_key = Pair::new(client(noise(1)), device(noise(2)));
    assert_eq!(wrong_key.run(), Err(ProtocolError::WrongKey));

    let other = DeviceConfig { mac: "0200000000ff".parse().unwrap(), ..device(noise(2)) };
    let error = Pair::new(client(noise(1)), other).run().unwrap_err();
    assert!(
        matches!(&error, ProtocolError::WrongMac { name: Some(name), .. } if name == "tv-ir-01")
    );
    assert_eq!(error.kind(), crate::FaultKind::WrongDevice);

    let renamed = DeviceConfig { name: "tv-ir-02".into(), ..device(noise(2)) };
    let error = Pair::new(client(noise(1)), renamed).run().unwrap_err();
    assert!(matches!(error, ProtocolError::WrongName { .. }));
}

#[test]
fn mixed_framing_is_told_apart_and_never_downgraded() {
    let error = Pair::new(client(Encryption::Plaintext), device(noise(2))).run();
    assert_eq!(error, Err(ProtocolError::EncryptionRequired));
    let error = Pair::new(client(noise(2)), device(Encryption::Plaintext)).run();
    assert_eq!(error, Err(ProtocolError::EncryptionNotOffered));
}

#[test]
fn rejects_of_the_firmware_are_read() {
    let mut session = ClientSession::new(Arc::new(client(noise(1))), base());
    session.receive(b"\x01\x00\x17\x01tv-ir-01\x00a1b2c3d4e5f6\x00", base()).unwrap();
    let error = session.receive(b"\x01\x00\x10\x01Handshake error", base()).unwrap_err();
    assert_eq!(error, ProtocolError::HandshakeRejected { reason: "Handshake error".into() });
}

#[test]
fn the_end_of_the_connection_means_another_thing_in_each_phase() {
    let cold = ClientSession::new(Arc::new(client(noise(1))), base());
    assert_eq!(cold.receive_end(StreamEnd::Eof), ProtocolError::ClosedBeforeHello);
    assert_eq!(cold.receive_end(StreamEnd::Reset), ProtocolError::ResetBeforeHello);
    assert_eq!(cold.receive_end(StreamEnd::Reset).kind(), crate::FaultKind::Transient);
    let warm = Pair::ready(client(noise(1)), device(noise(1))).client;
    assert_eq!(warm.receive_end(StreamEnd::Eof), ProtocolError::ClosedInSession);
    assert_eq!(warm.receive_end(StreamEnd::Reset), ProtocolError::ResetInSession);
}

#[test]
fn a_corrupted_frame_after_the_handshake_is_no_question_of_the_key() {
    let mut pair = Pair::ready(client(noise(1)), device(noise(1)));
    pair.device.send(&proto::PingRequest {}.into()).unwrap();
    let mut bytes = pair.device.poll_transmit().unwrap().to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    let error = pair.client.receive(&bytes, pair.now).unwrap_err();
    assert_eq!((error.clone(), error.kind()), (ProtocolError::Decrypt, crate::FaultKind::Desync));
}

#[test]
fn a_silent_device_is_asked_and_then_given_up() {
    let mut pair = Pair::ready(client(Encryption::Plaintext), device(Encryption::Plaintext));
    let start = pair.now;
    let seconds = |seconds| start + Duration::from_secs(seconds);
    assert_eq!(pair.client.poll_timeout(), Some(seconds(10)));
    pair.client.handle_timeout(seconds(9)).unwrap();
    assert_eq!(pair.client.poll_transmit(), None);
    pair.client.handle_timeout(seconds(10)).unwrap();
    assert_eq!(pair.client.poll_transmit().unwrap(), [0, 0, 7][..]);
    assert_eq!(pair.client.poll_timeout(), Some(seconds(20)));
    assert_eq!(pair.client.handle_timeout(seconds(20)), Err(ProtocolError::PingTimeout));
}

#[test]
fn any_byte_is_a_sign_of_life_and_keepalive_pongs_are_not_reported() {
    let mut pair = Pair::ready(client(Encryption::Plaintext), device(Encryption::Plaintext));
    for step in 1..=10 {
        pair.now = base() + Duration::from_secs(10 * step);
        pair.client.handle_timeout(pair.now).unwrap();
        pair.run().unwrap();
    }
    assert_eq!(pair.events(), []);
}

#[test]
fn hello_and_listing_have_their_deadlines() {
    let mut session = ClientSession::new(Arc::new(ClientConfig::default()), base());
    let hello = session.poll_timeout().unwrap();
    assert_eq!(hello - base(), Duration::from_secs(60));
    assert_eq!(session.handle_timeout(hello), Err(ProtocolError::HelloTimeout));
    session.receive(&[0, 4, 2, 0x08, 1, 0x10, 19], hello).unwrap();
    let listing = session.poll_timeout().unwrap();
    assert_eq!(listing - hello, Duration::from_secs(60));
    assert_eq!(session.handle_timeout(listing), Err(ProtocolError::ListingTimeout));
}

#[test]
fn an_incompatible_version_and_a_password_are_told() {
    let mut session = ClientSession::new(Arc::new(ClientConfig::default()), base());
    let error = session.receive(&[0, 2, 2, 0x08, 3], base()).unwrap_err();
    assert_eq!(error, ProtocolError::Incompatible { major: 3, minor: 0 });
    let mut session = ClientSession::new(Arc::new(ClientConfig::default()), base());
    let error = session.receive(&[0, 2, 4, 0x08, 1], base()).unwrap_err();
    assert_eq!(error, ProtocolError::PasswordRequired);
}

#[test]
fn an_idle_session_keeps_no_buffers() {
    let mut pair = Pair::ready(client(noise(1)), device(noise(1)));
    pair.client.ping(pair.now).unwrap();
    pair.run().unwrap();
    pair.events();
    assert_eq!(pair.client.receive_buffer.len(), 0);
    assert_eq!(pair.client.pings.capacity(), 0);
    assert!(pair.client.events.capacity() <= KEPT_EVENTS);
    assert!(size_of::<ClientSession>() <= 512, "{}", size_of::<ClientSession>());
}

#[test]
fn golden_conversation_through_noise() {
    let psk: [u8; 32] = std::array::from_fn(|index| index as u8);
    let encryption = Encryption::Noise(Psk::from_bytes(psk).unwrap());
    let config = ClientConfig { client_info: "venued".into(), ..client(encryption.clone()) };
    let mut client = ClientSession::with_ephemeral(Arc::new(config), base(), Some(&[0x11; 32]));
    let mut device = DeviceSession::with_ephemeral(device(encryption), base(), Some([0x22; 32]));

    let greeting = client.poll_transmit().unwrap();
    assert_eq!(greeting, hex(C1_C2));
    device.receive(&greeting).unwrap();
    let answer = device.poll_transmit().unwrap();
    assert_eq!(answer, hex(&[S3, S4].concat()));
    client.receive(&answer, base()).unwrap();
    device.receive(&client.poll_transmit().unwrap()).unwrap();
    assert_eq!(device.poll_transmit().unwrap(), hex(S_HELLO));
    device.send(&proto::PingResponse {}.into()).unwrap();
    assert_eq!(device.poll_transmit().unwrap(), hex(S_PONG));
}

#[test]
fn golden_frames_of_the_client() {
    use crate::frame::noise::{End, Handshake};
    let psk = Psk::from_bytes(std::array::from_fn(|index| index as u8)).unwrap();
    let mut client = Handshake::new(End::Initiator, &psk, &[], Some(&[0x11; 32])).unwrap();
    client.write().unwrap();
    assert!(client.read(&hex(S4)[4..]).unwrap());
    let mut cipher = client.finish().unwrap();
    let hello = hex("0a0676656e7565641001180e");
    let mut out = Vec::new();
    cipher.seal(1, hello.len(), |out| out.extend_from_slice(&hello), &mut out).unwrap();
    assert_eq!(out, hex(C_HELLO));
    out.clear();
    cipher.seal(7, 0, |_| (), &mut out).unwrap();
    assert_eq!(out, hex(C_PING));
}

/// What a device writes while a client becomes ready, in the clear.
fn device_stream() -> Vec<u8> {
    let mut pair = Pair::new(client(Encryption::Plaintext), device(Encryption::Plaintext));
    let mut stream = Vec::new();
    pair.device.receive(&pair.client.poll_transmit().unwrap()).unwrap();
    while let Some(event) = pair.device.poll_event() {
        pair.answer(&event);
    }
    stream.extend_from_slice(&pair.device.poll_transmit().unwrap());
    stream
}

#[test]
fn the_stream_may_be_cut_anywhere() {
    let stream = device_stream();
    for cut in 0..=stream.len() {
        let mut session = ClientSession::new(Arc::new(client(Encryption::Plaintext)), base());
        session.receive(&stream[..cut], base()).unwrap();
        session.receive(&stream[cut..], base()).unwrap();
        assert!(session.is_ready(), "cut at {cut}");
    }
    let mut session = ClientSession::new(Arc::new(client(Encryption::Plaintext)), base());
    for byte in &stream {
        session.receive(std::slice::from_ref(byte), base()).unwrap();
    }
    assert!(session.is_ready());
}

#[test]
fn a_noise_stream_may_come_byte_by_byte() {
    let mut pair = Pair::new(client(noise(3)), device(noise(3)));
    for _ in 0..4 {
        if let Some(bytes) = pair.client.poll_transmit() {
            bytes.iter().for_each(|byte| pair.device.receive(&[*byte]).unwrap());
        }
        while let Some(event) = pair.device.poll_event() {
            pair.answer(&event);
        }
        if let Some(bytes) = pair.device.poll_transmit() {
            bytes.iter().for_each(|byte| pair.client.receive(&[*byte], pair.now).unwrap());
        }
    }
    assert!(pair.client.is_ready());
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(data in proptest::collection::vec(any::<u8>(), 0..2_048)) {
        fuzz::fuzz_message(&data);
        fuzz::fuzz_plain_client(&data, base());
        fuzz::fuzz_noise_client(&data, base());
        fuzz::fuzz_plain_device(&data, base());
        fuzz::fuzz_noise_device(&data, base());
    }

    #[test]
    fn well_framed_garbage_never_panics(
        frames in proptest::collection::vec(
            (0_u16..200, proptest::collection::vec(any::<u8>(), 0..64)), 0..32)
    ) {
        let mut data = vec![255];
        for (id, payload) in frames {
            crate::frame::plain::write_header(id, payload.len(), &mut data);
            data.extend_from_slice(&payload);
        }
        fuzz::fuzz_plain_client(&data, base());
        fuzz::fuzz_plain_device(&data, base());
    }

    #[test]
    fn an_incomplete_frame_is_never_kept_beyond_its_limit(
        size in 0_usize..200_000, tail in 0_usize..100_000
    ) {
        let mut session = ClientSession::new(Arc::new(ClientConfig::default()), base());
        let mut data = Vec::new();
        crate::frame::plain::write_header(29, size, &mut data);
        data.resize(data.len() + tail.min(size.saturating_sub(1)), 0);
        let taken = session.receive(&data, base());
        prop_assert_eq!(taken.is_err(), size > 65_535);
        prop_assert!(session.receive_buffer.len() <= 65_535 + 8);
    }
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().map(|b| (b as char).to_digit(16).unwrap() as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

const C1_C2: &str = "010000010031007b4e909bbe7ffe44c465a220037d608ee35897d31ef972f07f74892cb0f73f13d1bc1a38b6793685dc7e2ffdf8ea0933";
const S3: &str = "0100170174762d69722d30310061316232633364346535663600";
const S4: &str = "010031000faa684ed28867b97f4a6a2dee5df8ce974e76b7018e3f22a1c4cf2678570f207336b95933b321b1ae86673f689f5c9f";
const C_HELLO: &str = "010020082c88d84751c33a56e2ffe15075bf1a1ab5bfe7f222650246047c814fd56e95";
const C_PING: &str = "010014431e3a2be0271e101ee745e7fe892b0d3c3923a5";
const S_HELLO: &str = "01002dd9483bed8f149b01eb2a25f758f0e41d4b327e60fe94b725d9c9967dba16568a374e0394916ad058c83ed36cfb";
const S_PONG: &str = "010014471927a13be9261b3ac147b6600a85b167b42d8e";
