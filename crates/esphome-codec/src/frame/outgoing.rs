//! Bytes that wait to be written.

use bytes::Bytes;

/// Frames in the order in which they are to be written, and a count of all that ever were.
#[derive(Debug, Default)]
pub(crate) struct Outgoing {
    bytes: Vec<u8>,
    taken: u64,
}

impl Outgoing {
    /// Where frames are appended.
    pub(crate) const fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Takes all that waits, as one buffer for one write. The buffer leaves with it, so that an
    /// idle session holds none.
    pub(crate) fn take(&mut self) -> Option<Bytes> {
        if self.bytes.is_empty() {
            return None;
        }
        let bytes = Bytes::from(std::mem::take(&mut self.bytes));
        self.taken += bytes.len() as u64;
        Some(bytes)
    }

    /// How many bytes were ever appended.
    pub(crate) const fn total(&self) -> u64 {
        self.taken + self.bytes.len() as u64
    }
}
