//! What a path and a query mean where they are written with percent signs (RFC 3986, section 2).

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// The text behind percent signs. A plus stays one: it is part of an instant. What is no escape stays as it
/// is, and what is no UTF-8 becomes a sign that no name has.
pub(crate) fn decoded(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8_lossy()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_what_its_percent_signs_mean() {
        let table = [
            ("plain", "plain"),
            ("sched_x_2026-03-01T10%3A00", "sched_x_2026-03-01T10:00"),
            ("sched_x_2026-03-01T10%3a00", "sched_x_2026-03-01T10:00"),
            ("bar%20tablet", "bar tablet"),
            ("caf%C3%A9", "café"),
            ("1+1", "1+1"),
            ("a%2Fb", "a/b"),
            ("a%2", "a%2"),
            ("a%zz", "a%zz"),
            ("a%+5", "a%+5"),
            ("%FF", "\u{fffd}"),
        ];
        for (text, expected) in table {
            assert_eq!(decoded(text), expected, "{text}");
        }
    }
}
