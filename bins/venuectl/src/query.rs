//! Texts in paths and queries.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// `text` as it stands in a path or a query.
pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
