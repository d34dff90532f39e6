//! The device's part in the Noise handshake with its rejects, and what it tells a client that speaks
//! otherwise.

use crate::{
    Encryption, ProtocolError, Psk,
    device::DeviceConfig,
    frame::{
        Cipher, PLAIN_MARKER,
        noise::{self, End, Handshake},
    },
    wire::{Handshaking, Step, Wire},
};

/// The device's end of the wire.
pub(super) type DeviceWire = Wire<DeviceHandshake>;

/// How far the handshake is.
#[derive(Debug)]
pub(super) enum DeviceHandshake {
    /// Waiting for the client hello.
    ClientHello(Keys),
    /// Waiting for the client's handshake; our hello is queued.
    Handshake { keys: Keys, client_hello: Vec<u8> },
}

/// What the handshake needs.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    psk: Psk,
    server_hello: Vec<u8>,
    ephemeral: Option<[u8; 32]>,
}

impl DeviceWire {
    pub(super) fn new(config: &DeviceConfig, ephemeral: Option<[u8; 32]>) -> Self {
        let Encryption::Noise(psk) = &config.encryption else { return Self::Plain };
        let mut server_hello = vec![0x01];
        server_hello.extend_from_slice(config.name.as_bytes());
        server_hello.push(0);
        server_hello.extend_from_slice(config.mac.compact().as_bytes());
        server_hello.push(0);
        let keys = Keys { psk: psk.clone(), server_hello, ephemeral };
        Self::Handshake(DeviceHandshake::ClientHello(keys))
    }
}

impl Handshaking for DeviceHandshake {
    type Progress = ();

    fn step(&mut self, body: &[u8], out: &mut Vec<u8>) -> Result<Step<()>, ProtocolError> {
        match self {
            Self::ClientHello(keys) => {
                noise::write(&[&keys.server_hello], out);
                *self = Self::Handshake { keys: keys.clone(), client_hello: body.to_vec() };
                Ok(Step::More(()))
            }
            Self::Handshake { keys, client_hello } => {
                answer(keys, client_hello, body, out).map(Step::Done)
            }
        }
    }

    /// The client is told so in the framing of this device.
    fn wrong_marker(wire: &DeviceWire, found: u8, out: &mut Vec<u8>) -> ProtocolError {
        match wire {
            Wire::Plain => {
                out.push(PLAIN_MARKER);
                out.extend_from_slice(BAD_INDICATOR);
            }
            Wire::Handshake(_) => reject(BAD_INDICATOR, out),
            Wire::Noise(_) => {}
        }
        ProtocolError::BadMarker { found }
    }
}

/// Answers the client's handshake, or rejects it.
fn answer(
    keys: &Keys,
    client_hello: &[u8],
    body: &[u8],
    out: &mut Vec<u8>,
) -> Result<Cipher, ProtocolError> {
    let Some((&kind, message)) = body.split_first() else {
        reject(b"Empty handshake message", out);
        return Err(ProtocolError::MalformedHandshake);
    };
    if kind != 0x00 {
        reject(b"Bad handshake error byte", out);
        return Err(ProtocolError::MalformedHandshake);
    }
    let mut handshake =
        Handshake::new(End::Responder, &keys.psk, client_hello, keys.ephemeral.as_ref())?;
    match handshake.read(message) {
        Ok(true) => {
            noise::write(&[&[0x00], &handshake.write()?], out);
            handshake.finish()
        }
        Ok(false) => {
            reject(b"Handshake MAC failure", out);
            Err(ProtocolError::ClientKey)
        }
        Err(error) => {
            reject(b"Handshake error", out);
            Err(error)
        }
    }
}

fn reject(reason: &[u8], out: &mut Vec<u8>) {
    noise::write(&[&[0x01], reason], out);
}

const BAD_INDICATOR: &[u8] = b"Bad indicator byte";
