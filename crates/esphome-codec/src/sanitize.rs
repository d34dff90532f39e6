//! Text from a peer is untrusted: it is cleaned once, here, before anybody sees it.

/// The longest name that is kept: 127 characters, well above ESPHome's 31 for nodes and 120 for
/// friendly names.
pub(crate) const MAX_NAME: usize = 127;

/// The longest free text that is kept, such as the reason of a reject.
pub(crate) const MAX_TEXT: usize = 256;

/// `text` without control characters and cut to `max` characters.
pub(crate) fn sanitize(text: &str, max: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(max).collect()
}

/// As [`sanitize`], for bytes that may not be UTF-8.
pub(crate) fn sanitize_bytes(bytes: &[u8], max: usize) -> String {
    // Four bytes a character at most: what lies beyond cannot be kept anyway.
    let bytes = bytes.get(..max.saturating_mul(4)).unwrap_or(bytes);
    sanitize(&String::from_utf8_lossy(bytes), max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_go_and_length_is_bounded() {
        assert_eq!(sanitize("a\u{1b}[31mb\r\nc\u{7f}", 9), "a[31mbc");
        assert_eq!(sanitize("äöüß", 2), "äö");
        assert_eq!(sanitize_bytes(b"x\xff\x00y", 9), "x\u{fffd}y");
        assert_eq!(sanitize_bytes(&[b'z'; 100], 3), "zzz");
    }
}
