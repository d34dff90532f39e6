//! The client's side of the wire: markers, the Noise handshake, and messages in their frames.

use crate::{
    Encryption, MacAddress, Message, ProtocolError,
    clean::{MAX_NAME, MAX_TEXT, clean_bytes},
    frame::{
        Cipher, HANDSHAKE_LIMIT, NOISE_MARKER, PLAIN_MARKER,
        noise::{self, End, Handshake},
        plain,
    },
};

/// How far the wire is, and what it needs for the next step.
#[derive(Debug)]
pub(super) enum ClientWire {
    /// Plaintext: open from the start.
    Plain,
    /// Noise: waiting for the server hello; our hello and handshake are queued.
    ServerHello(Option<Handshake>),
    /// Noise: waiting for the device's handshake.
    Handshake(Option<Handshake>),
    /// Noise: open.
    Noise(Cipher),
}

/// What the device says of itself before any key is checked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ServerHello {
    pub(super) name: Option<String>,
    pub(super) mac: Option<MacAddress>,
}

/// What a frame brought, and how many bytes it took.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "short-lived, one at a time")]
pub(super) enum Read {
    Incomplete,
    ServerHello { hello: ServerHello, size: usize },
    Established { size: usize },
    Message { message: Message, size: usize },
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
        Self::ServerHello(started.ok())
    }

    /// Whether messages can be written.
    pub(super) const fn is_open(&self) -> bool {
        match self {
            Self::Plain | Self::Noise(_) => true,
            Self::ServerHello(_) | Self::Handshake(_) => false,
        }
    }

    /// Appends a message; nothing while the wire is not open.
    pub(super) fn write(
        &mut self,
        id: u16,
        size: usize,
        encode: impl FnOnce(&mut Vec<u8>),
        out: &mut Vec<u8>,
    ) {
        match self {
            Self::Plain => {
                plain::write_header(id, size, out);
                encode(out);
            }
            Self::Noise(cipher) => {
                // Requests are far below a frame's limit: sealing them cannot fail.
                let sealed = cipher.seal(id, size, encode, out);
                debug_assert_eq!(sealed, Ok(()));
            }
            Self::ServerHello(_) | Self::Handshake(_) => {}
        }
    }

    /// Reads the frame at the start of `input`, which is not empty.
    pub(super) fn read(
        &mut self,
        input: &[u8],
        scratch: &mut Vec<u8>,
    ) -> Result<Read, ProtocolError> {
        self.check_marker(input)?;
        let limit = match self {
            Self::Plain => {
                let Some((frame, size)) = plain::read(input, PAYLOAD_LIMIT)? else {
                    return Ok(Read::Incomplete);
                };
                let message = Message::decode(frame.id, frame.payload)?;
                return Ok(Read::Message { message, size });
            }
            Self::ServerHello(_) | Self::Handshake(_) => HANDSHAKE_LIMIT,
            Self::Noise(_) => PAYLOAD_LIMIT,
        };
        let Some((body, size)) = noise::read(input, limit)? else { return Ok(Read::Incomplete) };
        match self {
            Self::ServerHello(handshake) => {
                let hello = server_hello(body)?;
                *self = Self::Handshake(handshake.take());
                Ok(Read::ServerHello { hello, size })
            }
            Self::Handshake(handshake) => {
                let handshake = handshake.take().ok_or(ProtocolError::MalformedHandshake)?;
                *self = Self::Noise(finish(handshake, body)?);
                Ok(Read::Established { size })
            }
            Self::Noise(cipher) => {
                let frame = cipher.open(body, scratch)?;
                let message = Message::decode(frame.id, frame.payload)?;
                Ok(Read::Message { message, size })
            }
            // Returned above.
            Self::Plain => Ok(Read::Incomplete),
        }
    }

    /// The first byte tells whether the device speaks what was expected.
    fn check_marker(&self, input: &[u8]) -> Result<(), ProtocolError> {
        let Some(&found) = input.first() else { return Ok(()) };
        match (self, found) {
            (Self::Plain, PLAIN_MARKER) => Ok(()),
            (Self::Plain, NOISE_MARKER) => Err(ProtocolError::EncryptionRequired),
            (Self::ServerHello(_) | Self::Handshake(_) | Self::Noise(_), NOISE_MARKER) => Ok(()),
            (Self::ServerHello(_), PLAIN_MARKER) => Err(ProtocolError::EncryptionNotOffered),
            _ => Err(ProtocolError::BadMarker { found }),
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
    let mut texts = rest.split(|&byte| byte == 0).map(|text| clean_bytes(text, MAX_NAME));
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
            Err(ProtocolError::HandshakeRejected { reason: clean_bytes(reason, MAX_TEXT) })
        }
        Some(_) | None => Err(ProtocolError::MalformedHandshake),
    }
}

/// The largest payload that a client takes (reference client).
const PAYLOAD_LIMIT: usize = 65_535;

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
