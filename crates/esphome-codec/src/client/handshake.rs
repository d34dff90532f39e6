//! The client's part in the Noise handshake, and what it makes of a device that speaks otherwise.

use crate::{
    Encryption, MacAddress, ProtocolError,
    frame::{
        Cipher, NOISE_MARKER, PLAIN_MARKER,
        noise::{self, End, Handshake},
    },
    sanitize::{MAX_NAME, MAX_TEXT, sanitize_bytes},
    wire::{Handshaking, Step, Wire},
};

/// The client's end of the wire.
pub(super) type ClientWire = Wire<ClientHandshake>;

/// How far the handshake is.
#[derive(Debug)]
pub(super) enum ClientHandshake {
    /// Waiting for the server hello; our hello and handshake are queued.
    ServerHello(Option<Handshake>),
    /// Waiting for the device's handshake.
    Handshake(Option<Handshake>),
}

/// What the device says of itself before any key is checked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ServerHello {
    pub(super) name: Option<String>,
    pub(super) mac: Option<MacAddress>,
}

impl ClientWire {
    /// Opens the wire. For Noise, hello and handshake go out together in one write.
    pub(super) fn open(
        encryption: &Encryption,
        ephemeral: Option<&[u8; 32]>,
        out: &mut Vec<u8>,
    ) -> Self {
        let Encryption::Noise(psk) = encryption else { return Self::Plain };
        let client_hello = [];
        noise::write(&[&client_hello], out);
        let handshake = Handshake::new(End::Initiator, psk, &client_hello, ephemeral);
        let started = handshake.and_then(|mut handshake| {
            noise::write(&[&[0x00], &handshake.write()?], out);
            Ok(handshake)
        });
        Self::Handshake(ClientHandshake::ServerHello(started.ok()))
    }
}

impl Handshaking for ClientHandshake {
    type Progress = ServerHello;

    fn step(
        &mut self,
        body: &[u8],
        _out: &mut Vec<u8>,
    ) -> Result<Step<ServerHello>, ProtocolError> {
        match self {
            Self::ServerHello(handshake) => {
                let hello = server_hello(body)?;
                *self = Self::Handshake(handshake.take());
                Ok(Step::More(hello))
            }
            Self::Handshake(handshake) => {
                let handshake = handshake.take().ok_or(ProtocolError::MalformedHandshake)?;
                finish(handshake, body).map(Step::Done)
            }
        }
    }

    fn wrong_marker(wire: &ClientWire, found: u8, _out: &mut Vec<u8>) -> ProtocolError {
        match (wire, found) {
            (Wire::Plain, NOISE_MARKER) => ProtocolError::EncryptionRequired,
            (Wire::Handshake(Self::ServerHello(_)), PLAIN_MARKER) => {
                ProtocolError::EncryptionNotOffered
            }
            (Wire::Plain | Wire::Handshake(_) | Wire::Noise(_), found) => {
                ProtocolError::BadMarker { found }
            }
        }
    }
}

/// `01`, the node name and 0, the MAC address as 12 hex digits and 0. Older firmware leaves out
/// the MAC address, or both.
fn server_hello(body: &[u8]) -> Result<ServerHello, ProtocolError> {
    let (&protocol, rest) = body.split_first().ok_or(ProtocolError::EmptyServerHello)?;
    if protocol != NOISE_PROTOCOL {
        return Err(ProtocolError::UnknownNoiseProtocol { found: protocol });
    }
    let mut texts = rest.split(|&byte| byte == 0).map(|text| sanitize_bytes(text, MAX_NAME));
    let name = texts.next().filter(|name| !name.is_empty());
    let mac = texts.next().and_then(|mac| mac.parse().ok());
    Ok(ServerHello { name, mac })
}

/// `00` and the device's handshake message, or `01` and the reason of a reject.
fn finish(mut handshake: Handshake, body: &[u8]) -> Result<Cipher, ProtocolError> {
    match body.split_first() {
        Some((0x00, message)) => {
            if handshake.read(message)? {
                handshake.finish()
            } else {
                Err(ProtocolError::WrongKey)
            }
        }
        // The one text that the firmware's authors call a contract.
        Some((0x01, b"Handshake MAC failure")) => Err(ProtocolError::WrongKey),
        Some((0x01, reason)) => {
            Err(ProtocolError::HandshakeRejected { reason: sanitize_bytes(reason, MAX_TEXT) })
        }
        Some(_) | None => Err(ProtocolError::MalformedHandshake),
    }
}

/// The only protocol of the server hello.
const NOISE_PROTOCOL: u8 = 0x01;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_hello_of_any_age_is_read() {
        let mac = "a1b2c3d4e5f6".parse().unwrap();
        let hello = |name: &str, mac| ServerHello { name: Some(name.to_owned()), mac };
        assert_eq!(
            server_hello(b"\x01tv-ir-01\x00a1b2c3d4e5f6\x00"),
            Ok(hello("tv-ir-01", Some(mac)))
        );
        assert_eq!(server_hello(b"\x01tv-ir-01\x00"), Ok(hello("tv-ir-01", None)));
        assert_eq!(server_hello(b"\x01"), Ok(ServerHello { name: None, mac: None }));
        assert_eq!(server_hello(b"\x01tv\x00not a mac\x00"), Ok(hello("tv", None)));
        assert_eq!(server_hello(b""), Err(ProtocolError::EmptyServerHello));
        assert_eq!(server_hello(b"\x02x"), Err(ProtocolError::UnknownNoiseProtocol { found: 2 }));
    }
}
