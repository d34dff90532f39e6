//! Noise framing and the cryptography of a session.
//!
//! Every frame is `01 | u16 length, big endian | body`. The pattern is
//! `Noise_NNpsk0_25519_ChaChaPoly_SHA256`, the client initiates; the prologue is
//! `NoiseAPIInit`, the length of the client hello's body and that body. Once the handshake is done
//! a body decrypts to `u16 id | u16 payload length | payload`.

use snow::{Builder, HandshakeState, TransportState};

use crate::{
    ProtocolError, Psk,
    frame::{Frame, NOISE_MARKER},
};

/// Handshake frames are at most 128 bytes (firmware and reference client alike).
pub(crate) const HANDSHAKE_LIMIT: usize = 128;

/// The size of a Noise handshake message: an ephemeral key and a tag.
const HANDSHAKE_MESSAGE: usize = 48;

/// The size of an AEAD tag.
const TAG: usize = 16;

/// Message id and payload length, in front of a payload.
const INNER_HEADER: usize = 4;

/// The largest payload that a frame holds.
pub(crate) const MAX_PAYLOAD: usize = u16::MAX as usize - INNER_HEADER - TAG;

const PATTERN: &str = "Noise_NNpsk0_25519_ChaChaPoly_SHA256";

/// Reads the frame at the start of `input`: its body and the bytes it takes, or `None` while it is
/// incomplete. The caller has looked at the marker.
pub(crate) fn read(input: &[u8], limit: usize) -> Result<Option<(&[u8], usize)>, ProtocolError> {
    let Some(&[_, high, low]) = input.first_chunk::<3>() else { return Ok(None) };
    let size = usize::from(u16::from_be_bytes([high, low]));
    if size > limit {
        return Err(ProtocolError::FrameTooLarge { size, limit });
    }
    let end = HEADER + size;
    Ok(input.get(HEADER..end).map(|body| (body, end)))
}

/// Appends a frame around `parts`, which are short: handshakes and rejects.
pub(crate) fn write(parts: &[&[u8]], out: &mut Vec<u8>) {
    let size: usize = parts.iter().map(|part| part.len()).sum();
    write_header(size, out);
    parts.iter().for_each(|part| out.extend_from_slice(part));
}

fn write_header(size: usize, out: &mut Vec<u8>) {
    out.push(NOISE_MARKER);
    // Callers keep to the limits of their peer, all below 64 KiB.
    out.extend_from_slice(&u16::try_from(size).unwrap_or(u16::MAX).to_be_bytes());
}

const HEADER: usize = 3;

/// Which end of the handshake this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The client.
    Initiator,
    /// The device.
    Responder,
}

/// A handshake under way.
#[derive(Debug)]
pub(crate) struct Handshake(Box<HandshakeState>);

impl Handshake {
    /// Starts one. `client_hello` is the body of the client hello as it was sent: it is part of
    /// the prologue. `ephemeral` fixes the ephemeral key, for reproducible tests only.
    pub(crate) fn new(
        end: End,
        psk: &Psk,
        client_hello: &[u8],
        ephemeral: Option<&[u8; 32]>,
    ) -> Result<Self, ProtocolError> {
        let mut prologue = b"NoiseAPIInit".to_vec();
        let size = u16::try_from(client_hello.len()).unwrap_or(u16::MAX);
        prologue.extend_from_slice(&size.to_be_bytes());
        prologue.extend_from_slice(client_hello);
        let pattern = PATTERN.parse().map_err(|_| ProtocolError::MalformedHandshake)?;
        let mut builder = Builder::new(pattern);
        if let Some(key) = ephemeral {
            builder = builder.fixed_ephemeral_key_for_testing_only(key);
        }
        let state = builder
            .prologue(&prologue)
            .and_then(|builder| builder.psk(0, psk.bytes()))
            .and_then(|builder| match end {
                End::Initiator => builder.build_initiator(),
                End::Responder => builder.build_responder(),
            });
        // The pattern, the key's size and the order of the calls are fixed: nothing of a peer's
        // can make this fail.
        state.map(|state| Self(Box::new(state))).map_err(|_| ProtocolError::MalformedHandshake)
    }

    /// This end's handshake message.
    pub(crate) fn write(&mut self) -> Result<[u8; HANDSHAKE_MESSAGE], ProtocolError> {
        let mut message = [0; HANDSHAKE_MESSAGE];
        match self.0.write_message(&[], &mut message) {
            Ok(HANDSHAKE_MESSAGE) => Ok(message),
            Ok(_) | Err(_) => Err(ProtocolError::MalformedHandshake),
        }
    }

    /// Reads the peer's handshake message; `false` if it does not verify, which means another
    /// key.
    pub(crate) fn read(&mut self, message: &[u8]) -> Result<bool, ProtocolError> {
        let mut payload = [0; HANDSHAKE_LIMIT];
        match self.0.read_message(message, &mut payload) {
            Ok(_) => Ok(true),
            Err(snow::Error::Decrypt) => Ok(false),
            Err(_) => Err(ProtocolError::MalformedHandshake),
        }
    }

    /// The cipher of the session, once both messages are exchanged.
    pub(crate) fn finish(self) -> Result<Cipher, ProtocolError> {
        let state = self.0.into_transport_mode().map_err(|_| ProtocolError::MalformedHandshake)?;
        Ok(Cipher(Box::new(state)))
    }
}

/// Encrypts and decrypts the frames of a session; counts the nonces of both directions.
#[derive(Debug)]
pub(crate) struct Cipher(Box<TransportState>);

impl Cipher {
    /// Appends the frame of message `id`, whose payload `encode` appends.
    pub(crate) fn seal(
        &mut self,
        id: u16,
        size: usize,
        encode: impl FnOnce(&mut Vec<u8>),
        out: &mut Vec<u8>,
    ) -> Result<(), ProtocolError> {
        let mut plain = Vec::with_capacity(INNER_HEADER + size);
        plain.extend_from_slice(&id.to_be_bytes());
        plain.extend_from_slice(&u16::try_from(size).unwrap_or(u16::MAX).to_be_bytes());
        encode(&mut plain);
        let body = plain.len() + TAG;
        write_header(body, out);
        let start = out.len();
        out.resize(start + body, 0);
        let sealed = out.get_mut(start..).map(|room| self.0.write_message(&plain, room));
        match sealed {
            Some(Ok(size)) if size == body => Ok(()),
            _ => Err(ProtocolError::FrameTooLarge { size: body, limit: snow_limit() }),
        }
    }

    /// Decrypts `body` into `scratch` and reads the message in it.
    pub(crate) fn open<'a>(
        &mut self,
        body: &[u8],
        scratch: &'a mut Vec<u8>,
    ) -> Result<Frame<'a>, ProtocolError> {
        scratch.resize(body.len(), 0);
        let size = self.0.read_message(body, scratch).map_err(|_| ProtocolError::Decrypt)?;
        let plain = scratch.get(..size).unwrap_or_default();
        let Some((&[id_high, id_low, high, low], payload)) = plain.split_first_chunk() else {
            return Err(ProtocolError::ShortFrame { size });
        };
        let stated = usize::from(u16::from_be_bytes([high, low]));
        // Trailing bytes are tolerated, as the firmware does.
        let Some(payload) = payload.get(..stated) else {
            return Err(ProtocolError::InnerLength { stated, size: payload.len() });
        };
        Ok(Frame { id: u16::from_be_bytes([id_high, id_low]), payload })
    }
}

/// The largest Noise message.
const fn snow_limit() -> usize {
    u16::MAX as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ciphers() -> (Cipher, Cipher) {
        let psk = Psk::from_bytes([7; 32]).unwrap();
        let mut client = Handshake::new(End::Initiator, &psk, &[], None).unwrap();
        let mut device = Handshake::new(End::Responder, &psk, &[], None).unwrap();
        assert!(device.read(&client.write().unwrap()).unwrap());
        assert!(client.read(&device.write().unwrap()).unwrap());
        (client.finish().unwrap(), device.finish().unwrap())
    }

    #[test]
    fn what_one_end_seals_the_other_opens_in_order_only() {
        let (mut client, mut device) = ciphers();
        let mut wire = Vec::new();
        for id in [7, 136] {
            client.seal(id, 3, |out| out.extend_from_slice(b"abc"), &mut wire).unwrap();
        }
        let (first, end) = read(&wire, 100).unwrap().unwrap();
        let (second, _) = read(&wire[end..], 100).unwrap().unwrap();
        let mut scratch = Vec::new();
        let frame = device.open(first, &mut scratch).unwrap();
        assert_eq!((frame.id, frame.payload), (7, &b"abc"[..]));
        assert_eq!(device.open(first, &mut scratch).unwrap_err(), ProtocolError::Decrypt);
        assert_eq!(device.open(second, &mut scratch).unwrap().id, 136);
    }

    #[test]
    fn another_prologue_is_another_handshake() {
        let psk = Psk::from_bytes([7; 32]).unwrap();
        let mut client = Handshake::new(End::Initiator, &psk, b"x", None).unwrap();
        let mut device = Handshake::new(End::Responder, &psk, &[], None).unwrap();
        assert!(!device.read(&client.write().unwrap()).unwrap());
    }

    #[test]
    fn a_short_or_lying_plaintext_is_refused() {
        let (mut client, mut device) = ciphers();
        let mut seal = |plain: &[u8]| {
            let mut body = vec![0; plain.len() + TAG];
            client.0.write_message(plain, &mut body).unwrap();
            body
        };
        let mut scratch = Vec::new();
        let error = device.open(&seal(&[0, 7, 0]), &mut scratch).unwrap_err();
        assert_eq!(error, ProtocolError::ShortFrame { size: 3 });
        let error = device.open(&seal(&[0, 7, 0, 2, 9]), &mut scratch).unwrap_err();
        assert_eq!(error, ProtocolError::InnerLength { stated: 2, size: 1 });
        let trailing = seal(&[0, 7, 0, 1, 9, 9]);
        assert_eq!(device.open(&trailing, &mut scratch).unwrap().payload, [9]);
    }
}
