//! The part of a frame that has come so far.

/// Joins what is left of the last read with the next one. Complete frames are parsed straight
/// from the input; only an incomplete one is kept, in a buffer that is released when it is done.
#[derive(Debug, Default)]
pub(crate) struct ReceiveBuffer(Vec<u8>);

impl ReceiveBuffer {
    /// Hands `bytes`, behind what was kept, to `parse` again and again, until it consumes nothing
    /// more; `parse` returns how many bytes the frame at the start took, 0 if it is incomplete.
    pub(crate) fn feed<E>(
        &mut self,
        bytes: &[u8],
        mut parse: impl FnMut(&[u8]) -> Result<usize, E>,
    ) -> Result<(), E> {
        let mut kept = std::mem::take(&mut self.0);
        if kept.is_empty() {
            let consumed = parse_all(bytes, &mut parse)?;
            self.0 = bytes.get(consumed..).unwrap_or_default().to_vec();
        } else {
            kept.extend_from_slice(bytes);
            let consumed = parse_all(&kept, &mut parse)?;
            kept.drain(..consumed);
            if !kept.is_empty() {
                self.0 = kept;
            }
        }
        Ok(())
    }

    /// How many bytes are kept.
    #[cfg(test)]
    pub(crate) const fn len(&self) -> usize {
        self.0.len()
    }
}

fn parse_all<E>(
    bytes: &[u8],
    parse: &mut impl FnMut(&[u8]) -> Result<usize, E>,
) -> Result<usize, E> {
    let mut consumed = 0;
    while let Some(rest) = bytes.get(consumed..).filter(|rest| !rest.is_empty()) {
        match parse(rest)? {
            0 => break,
            size => consumed += size,
        }
    }
    Ok(consumed)
}
