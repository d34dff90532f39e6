//! Lines out of pieces of bytes that end anywhere.

/// Bytes that came, of which the last line is not whole yet.
#[derive(Debug, Default)]
pub(crate) struct LineBuffer(Vec<u8>);

impl LineBuffer {
    /// Adds what came.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Takes the next whole line, without its end. Decoded only now: a character may come in two pieces.
    pub(crate) fn next_line(&mut self) -> Option<String> {
        let end = self.0.iter().position(|byte| *byte == b'\n')?;
        let line: Vec<u8> = self.0.drain(..=end).take(end).collect();
        Some(String::from_utf8_lossy(&line).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_that_is_split_over_two_pieces_stays_whole() {
        let text = "data: Café 第一\n\nid: 7\nrest";
        for cut in 0..text.len() {
            let mut buffer = LineBuffer::default();
            let mut lines = Vec::new();
            for piece in [&text.as_bytes()[..cut], &text.as_bytes()[cut..]] {
                buffer.push(piece);
                lines.extend(std::iter::from_fn(|| buffer.next_line()));
            }
            assert_eq!(lines, ["data: Café 第一", "", "id: 7"], "cut at {cut}");
        }
    }
}
