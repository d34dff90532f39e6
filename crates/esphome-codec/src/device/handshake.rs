//! The device's side of the wire: markers, the Noise handshake with its rejects, and messages.

use crate::{
    CallError, Encryption, Message, ProtocolError, Psk,
    device::DeviceConfig,
    error::{NotReadySnafu, TooLargeSnafu},
    frame::{
        Cipher, HANDSHAKE_LIMIT, NOISE_MARKER, PLAIN_MARKER,
        noise::{self, End, Handshake},
        plain,
    },
};

/// How far the wire is, and what it needs for the next step.
#[derive(Debug)]
pub(super) enum DeviceWire {
    /// Plaintext: open from the start.
    Plain,
    /// Noise: waiting for the client hello.
    ClientHello(Keys),
    /// Noise: waiting for the client's handshake; our hello is queued.
    Handshake { keys: Keys, client_hello: Vec<u8> },
    /// Noise: open.
    Noise(Cipher),
}

/// What the handshake needs.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    psk: Psk,
    server_hello: Vec<u8>,
    ephemeral: Option<[u8; 32]>,
}

/// What a frame brought, and how many bytes it took.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "short-lived, one at a time")]
pub(super) enum Read {
    Incomplete,
    Progress { size: usize },
    Message { message: Message, size: usize },
}

impl DeviceWire {
    pub(super) fn new(config: &DeviceConfig, ephemeral: Option<[u8; 32]>) -> Self {
        let Encryption::Noise(psk) = &config.encryption else { return Self::Plain };
        let mut server_hello = vec![0x01];
        server_hello.extend_from_slice(config.name.as_bytes());
        server_hello.push(0);
        server_hello.extend_from_slice(config.mac.compact().as_bytes());
        server_hello.push(0);
        Self::ClientHello(Keys { psk: psk.clone(), server_hello, ephemeral })
    }

    /// Appends a message.
    pub(super) fn write(
        &mut self,
        id: u16,
        size: usize,
        encode: impl FnOnce(&mut Vec<u8>),
        out: &mut Vec<u8>,
    ) -> Result<(), CallError> {
        match self {
            Self::Plain => {
                plain::write_header(id, size, out);
                encode(out);
            }
            Self::Noise(cipher) => {
                let start = out.len();
                if cipher.seal(id, size, encode, out).is_err() {
                    out.truncate(start);
                    return TooLargeSnafu { size, limit: noise::MAX_PAYLOAD }.fail();
                }
            }
            Self::ClientHello(_) | Self::Handshake { .. } => return NotReadySnafu.fail(),
        }
        Ok(())
    }

    /// Reads the frame at the start of `input`, which is not empty; appends answers to `out`.
    pub(super) fn read(
        &mut self,
        input: &[u8],
        limit: usize,
        scratch: &mut Vec<u8>,
        out: &mut Vec<u8>,
    ) -> Result<Read, ProtocolError> {
        self.check_marker(input, out)?;
        let limit = match self {
            Self::Plain => {
                let Some((frame, size)) = plain::read(input, limit)? else {
                    return Ok(Read::Incomplete);
                };
                let message = Message::decode(frame.id, frame.payload)?;
                return Ok(Read::Message { message, size });
            }
            Self::ClientHello(_) | Self::Handshake { .. } => HANDSHAKE_LIMIT,
            Self::Noise(_) => limit,
        };
        let Some((body, size)) = noise::read(input, limit)? else { return Ok(Read::Incomplete) };
        match self {
            Self::ClientHello(keys) => {
                noise::write(&[&keys.server_hello], out);
                *self = Self::Handshake { keys: keys.clone(), client_hello: body.to_vec() };
                Ok(Read::Progress { size })
            }
            Self::Handshake { keys, client_hello } => {
                *self = Self::Noise(answer(keys, client_hello, body, out)?);
                Ok(Read::Progress { size })
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

    /// A client that speaks the other framing is told so, in the framing of this device.
    fn check_marker(&self, input: &[u8], out: &mut Vec<u8>) -> Result<(), ProtocolError> {
        let Some(&found) = input.first() else { return Ok(()) };
        match (self, found) {
            (Self::Plain, PLAIN_MARKER) => Ok(()),
            (Self::ClientHello(_) | Self::Handshake { .. } | Self::Noise(_), NOISE_MARKER) => {
                Ok(())
            }
            (Self::Plain, _) => {
                out.push(PLAIN_MARKER);
                out.extend_from_slice(BAD_INDICATOR);
                Err(ProtocolError::BadMarker { found })
            }
            (Self::ClientHello(_) | Self::Handshake { .. }, _) => {
                reject(BAD_INDICATOR, out);
                Err(ProtocolError::BadMarker { found })
            }
            (Self::Noise(_), _) => Err(ProtocolError::BadMarker { found }),
        }
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
