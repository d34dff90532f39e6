//! Short names without spaces, as selectors and paths need them.

use std::{borrow::Borrow, fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};
use snafu::{Snafu, ensure};

/// The id of a zone, a tag, a profile or a channel: 1 to 48 lower-case letters, digits, `-` and `_`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Label(Arc<str>);

/// A text that is no label.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(display(
    "{text:?} is not a valid id: give 1 to 48 lower-case letters, digits, - and _, such as main-bar"
))]
pub struct LabelError {
    /// What was given.
    pub text: String,
}

/// The longest label, in characters.
const LONGEST: usize = 48;

impl Label {
    /// The label as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Label {
    type Err = LabelError;

    fn from_str(text: &str) -> Result<Self, LabelError> {
        let fits = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_')
        };
        ensure!((1..=LONGEST).contains(&text.len()) && text.bytes().all(fits), LabelSnafu { text });
        Ok(Self(text.into()))
    }
}

impl TryFrom<String> for Label {
    type Error = LabelError;

    fn try_from(text: String) -> Result<Self, LabelError> {
        text.parse()
    }
}

impl From<Label> for String {
    fn from(label: Label) -> Self {
        label.as_str().to_owned()
    }
}

impl Borrow<str> for Label {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_needs_no_quotes_anywhere() {
        for text in ["bar", "main-bar", "level_2", "7"] {
            assert_eq!(text.parse::<Label>().unwrap().to_string(), text);
        }
        for text in ["", "Main Bar", "bar,patio", "a=b", "bär", &"x".repeat(49)] {
            assert!(text.parse::<Label>().is_err(), "{text}");
        }
    }
}
