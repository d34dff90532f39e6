//! One entry per parser, for fuzzers and for the property tests alike.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    ClientConfig, ClientSession, DeviceConfig, DeviceSession, Encryption, Login, Message, Psk,
};

/// Any payload under any id decodes or is refused.
pub fn fuzz_message(data: &[u8]) {
    if let Some((&[high, low], payload)) = data.split_first_chunk() {
        let id = u16::from_be_bytes([high, low]);
        if let Ok(message) = Message::decode(id, payload) {
            let mut again = Vec::new();
            message.encode_payload(&mut again);
            assert_eq!(again.len(), message.payload_size(), "{}", message.name());
        }
    }
}

/// A plaintext client takes any bytes of a device.
pub fn fuzz_plain_client(data: &[u8], now: Instant) {
    drive_client(Encryption::Plaintext, data, now);
}

/// A Noise client takes any bytes of a device.
pub fn fuzz_noise_client(data: &[u8], now: Instant) {
    drive_client(noise(), data, now);
}

/// A plaintext device takes any bytes of a client.
pub fn fuzz_plain_device(data: &[u8], now: Instant) {
    drive_device(Encryption::Plaintext, data, now);
}

/// A Noise device takes any bytes of a client.
pub fn fuzz_noise_device(data: &[u8], now: Instant) {
    drive_device(noise(), data, now);
}

fn noise() -> Encryption {
    Psk::from_bytes([7; 32]).map_or(Encryption::Plaintext, Encryption::Noise)
}

/// The first byte says how large the reads are.
fn reads(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (size, rest) = data.split_first().map_or((1, data), |(size, rest)| (*size, rest));
    rest.chunks(usize::from(size).max(1))
}

fn drive_client(encryption: Encryption, data: &[u8], now: Instant) {
    let config = ClientConfig { encryption, ..ClientConfig::default() };
    let mut session = ClientSession::new(Arc::new(config), now);
    for read in reads(data) {
        let failed = session.receive(read, now).is_err();
        while session.poll_event().is_some() {}
        drop(session.poll_transmit());
        if failed {
            return;
        }
    }
}

fn drive_device(encryption: Encryption, data: &[u8], now: Instant) {
    let Ok(mac) = [2, 0, 0, 0, 0, 1].try_into() else { return };
    let config = DeviceConfig {
        name: "fuzz".to_owned(),
        mac,
        encryption,
        api_version: (1, 19),
        server_info: String::new(),
        login: Login::NotNeeded,
        inbound_limit: 8_192,
        hello_timeout: Duration::from_secs(60),
    };
    let mut session = DeviceSession::new(config, now);
    for read in reads(data) {
        let failed = session.receive(read).is_err();
        while session.poll_event().is_some() {}
        drop(session.poll_transmit());
        if failed {
            return;
        }
    }
}
