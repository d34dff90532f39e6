//! The wire made by hand, as a program without our crates would make it: the baseline.

use std::fmt;

use snow::{Builder, HandshakeState, TransportState};

/// The key of all boards.
pub const PSK: [u8; 32] = [7; 32];

/// A handshake frame: marker, length, `00`, an ephemeral key and a tag.
const HANDSHAKE_FRAME: usize = 3 + 1 + 48;

/// One frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The message id.
    pub id: u16,
    /// The protobuf payload.
    pub payload: &'a [u8],
    /// How many bytes of the input it took.
    pub size: usize,
}

/// How frames are wrapped.
pub enum Wire {
    /// In the clear.
    Plain,
    /// Encrypted, with room for one plaintext.
    Noise(Box<TransportState>),
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "Plain",
            Self::Noise(_) => "Noise(..)",
        })
    }
}

impl Wire {
    /// Appends a frame.
    pub fn put(&mut self, id: u16, payload: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Plain => {
                out.push(0x00);
                put_varint(payload.len(), out);
                put_varint(usize::from(id), out);
                out.extend_from_slice(payload);
            }
            Self::Noise(state) => {
                let mut plain = [0; 512];
                let size = u16::try_from(payload.len()).expect("payloads are short");
                let room = plain.get_mut(..4 + payload.len()).expect("payloads are short");
                let (head, body) = room.split_at_mut(4);
                head.copy_from_slice(&(u32::from(id) << 16 | u32::from(size)).to_be_bytes());
                body.copy_from_slice(payload);
                out.push(0x01);
                out.extend_from_slice(&(size + 20).to_be_bytes());
                let start = out.len();
                out.resize(start + usize::from(size) + 20, 0);
                let room = out.get_mut(start..).expect("it was made");
                state.write_message(&plain[..4 + payload.len()], room).expect("it fits");
            }
        }
    }

    /// Takes the frame at the start of `input`; `None` while it is incomplete.
    pub fn take<'a>(&mut self, input: &'a [u8], scratch: &'a mut [u8]) -> Option<Frame<'a>> {
        match self {
            Self::Plain => {
                let (length, at) = varint(input, 1)?;
                let (id, at) = varint(input, at)?;
                let payload = input.get(at..at + length)?;
                let id = u16::try_from(id).expect("an id has 16 bits");
                Some(Frame { id, payload, size: at + length })
            }
            Self::Noise(state) => {
                let (body, size) = noise_frame(input)?;
                let length = state.read_message(body, scratch).expect("it decrypts");
                let (head, payload) = scratch.get(..length)?.split_at(4);
                let id = u16::from_be_bytes([*head.first()?, *head.get(1)?]);
                Some(Frame { id, payload, size })
            }
        }
    }
}

/// The body of the Noise frame at the start of `input`, and where it ends.
#[must_use]
pub fn noise_frame(input: &[u8]) -> Option<(&[u8], usize)> {
    let &[_, high, low] = input.first_chunk::<3>()?;
    let end = 3 + usize::from(u16::from_be_bytes([high, low]));
    Some((input.get(3..end)?, end))
}

/// Appends a Noise frame around `body`.
pub fn put_noise_frame(body: &[u8], out: &mut Vec<u8>) {
    out.push(0x01);
    out.extend_from_slice(&u16::try_from(body.len()).expect("it is short").to_be_bytes());
    out.extend_from_slice(body);
}

fn put_varint(mut value: usize, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// The varint at `at`, and where it ends.
#[must_use]
pub fn varint(input: &[u8], at: usize) -> Option<(usize, usize)> {
    let (mut value, mut shift) = (0, 0);
    for (index, byte) in input.get(at..)?.iter().enumerate() {
        value |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some((value, at + index + 1));
        }
        shift += 7;
    }
    None
}

/// One end of a Noise handshake.
pub struct Handshake(HandshakeState);

impl fmt::Debug for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handshake(..)")
    }
}

impl Handshake {
    /// The client's.
    #[must_use]
    pub fn initiator() -> Self {
        Self(builder().build_initiator().expect("the pattern is fixed"))
    }

    /// The board's.
    #[must_use]
    pub fn responder() -> Self {
        Self(builder().build_responder().expect("the pattern is fixed"))
    }

    /// Appends this end's handshake frame.
    pub fn write(&mut self, out: &mut Vec<u8>) {
        let mut body = [0; HANDSHAKE_FRAME - 3];
        self.0.write_message(&[], &mut body[1..]).expect("it is this end's turn");
        put_noise_frame(&body, out);
    }

    /// Reads the body of the other end's handshake frame.
    pub fn read(&mut self, body: &[u8]) {
        let message = body.get(1..).expect("a status byte and a message");
        self.0.read_message(message, &mut [0; 64]).expect("the key is the same");
    }

    /// The open wire.
    #[must_use]
    pub fn finish(self) -> Wire {
        Wire::Noise(Box::new(self.0.into_transport_mode().expect("both have spoken")))
    }
}

fn builder() -> Builder<'static> {
    let pattern = "Noise_NNpsk0_25519_ChaChaPoly_SHA256".parse().expect("a known pattern");
    Builder::new(pattern)
        .prologue(b"NoiseAPIInit\0\0")
        .and_then(|builder| builder.psk(0, &PSK))
        .expect("the key has its size")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise() -> (Wire, Wire) {
        let (mut client, mut board) = (Handshake::initiator(), Handshake::responder());
        let mut bytes = Vec::new();
        client.write(&mut bytes);
        board.read(noise_frame(&bytes).unwrap().0);
        bytes.clear();
        board.write(&mut bytes);
        client.read(noise_frame(&bytes).unwrap().0);
        (client.finish(), board.finish())
    }

    #[test]
    fn what_is_put_is_taken() {
        let (client, board) = noise();
        for (mut from, mut to) in [(Wire::Plain, Wire::Plain), (client, board)] {
            let mut bytes = Vec::new();
            from.put(131, b"abc", &mut bytes);
            let mut scratch = [0; 512];
            assert_eq!(to.take(&bytes[..2], &mut scratch), None);
            let frame = Frame { id: 131, payload: b"abc", size: bytes.len() };
            assert_eq!(to.take(&bytes, &mut scratch), Some(frame));
        }
    }
}
