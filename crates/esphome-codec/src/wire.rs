//! The wire, as both ends have it: markers, the Noise handshake, and messages in their frames.
//!
//! The ends differ in what they do with the frames of a handshake and with a peer that speaks the other
//! framing: [`Handshaking`].

use std::fmt;

use crate::{
    CallError, Message, ProtocolError,
    error::{NotReadySnafu, TooLargeSnafu},
    frame::{Cipher, HANDSHAKE_LIMIT, NOISE_MARKER, PLAIN_MARKER, noise, plain},
};

/// How far the wire is, and what it needs for the next step.
#[derive(Debug)]
pub(crate) enum Wire<H> {
    /// Plaintext: open from the start.
    Plain,
    /// Noise: in the handshake.
    Handshake(H),
    /// Noise: open.
    Noise(Cipher),
}

/// One end's part in the handshake.
pub(crate) trait Handshaking: Sized {
    /// What a frame tells that does not end the handshake.
    type Progress: fmt::Debug;

    /// Takes in the body of a frame; appends what is to be answered to `out`.
    fn step(
        &mut self,
        body: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Step<Self::Progress>, ProtocolError>;

    /// What it means that a frame on `wire` starts with `found`; appends what the peer is to know to `out`.
    fn wrong_marker(wire: &Wire<Self>, found: u8, out: &mut Vec<u8>) -> ProtocolError;
}

/// How far a frame has brought the handshake.
#[derive(Debug)]
pub(crate) enum Step<P> {
    More(P),
    Done(Cipher),
}

/// What a frame brought, and how many bytes it took.
#[derive(Debug)]
pub(crate) enum Read<P> {
    Incomplete,
    Progress { progress: P, size: usize },
    Established { size: usize },
    Message { message: Message, size: usize },
}

impl<H: Handshaking> Wire<H> {
    /// Whether messages can be written.
    pub(crate) const fn is_open(&self) -> bool {
        match self {
            Self::Plain | Self::Noise(_) => true,
            Self::Handshake(_) => false,
        }
    }

    /// Appends message `id`, whose payload of `size` bytes `encode` appends.
    pub(crate) fn write(
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
            Self::Handshake(_) => return NotReadySnafu.fail(),
        }
        Ok(())
    }

    /// Reads the frame at the start of `input`, which is not empty and whose payload may have `limit`
    /// bytes; appends what the handshake answers to `out`.
    pub(crate) fn read(
        &mut self,
        input: &[u8],
        limit: usize,
        scratch: &mut Vec<u8>,
        out: &mut Vec<u8>,
    ) -> Result<Read<H::Progress>, ProtocolError> {
        self.check_marker(input, out)?;
        let (frame, size) = match self {
            Self::Plain => match plain::read(input, limit)? {
                Some(read) => read,
                None => return Ok(Read::Incomplete),
            },
            Self::Noise(cipher) => match noise::read(input, limit)? {
                Some((body, size)) => (cipher.open(body, scratch)?, size),
                None => return Ok(Read::Incomplete),
            },
            Self::Handshake(handshake) => {
                let Some((body, size)) = noise::read(input, HANDSHAKE_LIMIT)? else {
                    return Ok(Read::Incomplete);
                };
                return Ok(match handshake.step(body, out)? {
                    Step::More(progress) => Read::Progress { progress, size },
                    Step::Done(cipher) => {
                        *self = Self::Noise(cipher);
                        Read::Established { size }
                    }
                });
            }
        };
        let message = Message::decode(frame.id, frame.payload)?;
        Ok(Read::Message { message, size })
    }

    /// The first byte tells whether the peer speaks what was expected.
    fn check_marker(&self, input: &[u8], out: &mut Vec<u8>) -> Result<(), ProtocolError> {
        let expected = match self {
            Self::Plain => PLAIN_MARKER,
            Self::Handshake(_) | Self::Noise(_) => NOISE_MARKER,
        };
        match input.first() {
            Some(&found) if found != expected => Err(H::wrong_marker(self, found, out)),
            Some(_) | None => Ok(()),
        }
    }
}
