//! Frames: where one message ends and the next begins, and in what they are wrapped.

pub(crate) mod noise;
pub(crate) mod outgoing;
pub(crate) mod plain;
pub(crate) mod receive_buffer;

pub(crate) use noise::{Cipher, HANDSHAKE_LIMIT};
pub(crate) use outgoing::Outgoing;
pub(crate) use receive_buffer::ReceiveBuffer;

/// The first byte of a plaintext frame.
pub(crate) const PLAIN_MARKER: u8 = 0x00;

/// The first byte of a Noise frame.
pub(crate) const NOISE_MARKER: u8 = 0x01;

/// One message in its frame.
#[derive(Debug)]
pub(crate) struct Frame<'a> {
    /// The message id.
    pub(crate) id: u16,
    /// The protobuf payload.
    pub(crate) payload: &'a [u8],
}
