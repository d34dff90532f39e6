//! Plaintext framing: `00 | varint payload length | varint message id | payload`.

use crate::{
    ProtocolError,
    frame::{Frame, PLAIN_MARKER},
};

/// The longest varint of a header: the reference client takes 4 bytes, the firmware writes 3.
const MAX_VARINT: usize = 4;

/// Reads the frame at the start of `input`: it and the bytes it takes, or `None` while it is
/// incomplete. The caller has looked at the marker.
pub(crate) fn read(
    input: &[u8],
    limit: usize,
) -> Result<Option<(Frame<'_>, usize)>, ProtocolError> {
    let Some((size, size_end)) = varint(input, 1)? else { return Ok(None) };
    // Checked before the id and before a byte of the payload is waited for.
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    if size > limit {
        return Err(ProtocolError::FrameTooLarge { size, limit });
    }
    let Some((id, start)) = varint(input, size_end)? else { return Ok(None) };
    let id = u16::try_from(id).map_err(|_| ProtocolError::IdOutOfRange { id })?;
    let end = start + size;
    Ok(input.get(start..end).map(|payload| (Frame { id, payload }, end)))
}

/// Appends the header of a frame with `size` bytes of payload.
pub(crate) fn write_header(id: u16, size: usize, out: &mut Vec<u8>) {
    out.push(PLAIN_MARKER);
    write_varint(size, out);
    write_varint(usize::from(id), out);
}

fn write_varint(mut value: usize, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// The varint at `start` and where it ends; `None` while it is incomplete.
fn varint(input: &[u8], start: usize) -> Result<Option<(u32, usize)>, ProtocolError> {
    let mut value = 0;
    for (index, byte) in input.iter().skip(start).take(MAX_VARINT).enumerate() {
        value |= u32::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Ok(Some((value, start + index + 1)));
        }
    }
    if input.len() >= start + MAX_VARINT { Err(ProtocolError::LongVarint) } else { Ok(None) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 65_535;

    fn framed(id: u16, payload: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        write_header(id, payload.len(), &mut out);
        out.extend_from_slice(payload);
        out
    }

    #[test]
    fn ids_and_sizes_around_the_varint_steps_survive() {
        for id in [1, 7, 127, 128, 131, 162, 16_383, 16_384, u16::MAX] {
            for size in [0, 1, 127, 128, 8_172, 8_173, 16_384, 65_535] {
                let payload = vec![0xa5; size];
                let bytes = framed(id, &payload);
                let (frame, consumed) = read(&bytes, LIMIT).unwrap().unwrap();
                assert_eq!((frame.id, frame.payload, consumed), (id, &payload[..], bytes.len()));
                assert!(read(&bytes[..bytes.len() - 1], LIMIT).unwrap().is_none());
            }
        }
    }

    #[test]
    fn golden_headers() {
        assert_eq!(framed(7, &[]), [0x00, 0x00, 0x07]);
        assert_eq!(framed(136, &[0; 22])[..4], [0x00, 0x16, 0x88, 0x01]);
    }

    #[test]
    fn an_oversize_frame_is_refused_by_its_header_alone() {
        let error = read(&[0, 0x80, 0x80, 0x04], LIMIT).unwrap_err();
        assert_eq!(error, ProtocolError::FrameTooLarge { size: 65_536, limit: LIMIT });
        assert!(read(&framed(1, &[0; 8_173])[..3], 8_172).is_err());
    }

    #[test]
    fn an_endless_varint_and_an_id_out_of_range_are_refused() {
        let error = read(&[0, 0x80, 0x80, 0x80, 0x80], LIMIT).unwrap_err();
        assert_eq!(error, ProtocolError::LongVarint);
        let error = read(&[0, 0, 0x80, 0x80, 0x04], LIMIT).unwrap_err();
        assert_eq!(error, ProtocolError::IdOutOfRange { id: 65_536 });
    }
}
