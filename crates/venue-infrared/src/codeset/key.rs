//! The names of keys.

use std::{borrow::Borrow, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use snafu::{Snafu, ensure};

/// The name of a key: as the action that it does (`power`, `volume_up`, `digit_5`, `input_hdmi1`, `netflix`;
/// 1 to 32 characters of a-z, 0-9 and `_`), or `other:` and what a file called it, until a person assigns it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyName(String);

/// A text that is no name of a key.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(display(
    "a key is called as its action, with 1 to 32 characters of a-z, 0-9 and '_' such as volume_up, or \
     other: and up to 64 characters, not {text:?}"
))]
pub struct KeyNameError {
    /// What was given, cut to what can be shown.
    pub text: String,
}

/// What stands before a name that is nobody's action yet.
const OTHER: &str = "other:";

impl KeyName {
    /// The longest name of an action, in characters.
    pub const MAX_CHARS: usize = 32;

    /// The longest name behind `other:`, in characters.
    pub const MAX_OTHER_CHARS: usize = 64;

    /// `other:` and the name in a file, as far as it can be shown.
    #[must_use]
    pub fn other(name: &str) -> Self {
        let shown = name.trim().chars().filter(|c| !c.is_control()).take(Self::MAX_OTHER_CHARS);
        let shown: String = shown.collect();
        // What was cut may end in a space.
        let shown = shown.trim();
        Self(format!("{OTHER}{}", if shown.is_empty() { "unnamed" } else { shown }))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a person has yet to say which action it does.
    #[must_use]
    pub fn is_other(&self) -> bool {
        self.0.starts_with(OTHER)
    }

    /// Whether it selects an input.
    #[must_use]
    pub fn is_input(&self) -> bool {
        self.0.starts_with("input_")
    }
}

impl FromStr for KeyName {
    type Err = KeyNameError;

    fn from_str(text: &str) -> Result<Self, KeyNameError> {
        let fits = match text.strip_prefix(OTHER) {
            Some(name) => {
                !name.is_empty()
                    && name.trim() == name
                    && name.chars().count() <= Self::MAX_OTHER_CHARS
                    && !name.chars().any(char::is_control)
            }
            None => {
                let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
                (1..=Self::MAX_CHARS).contains(&text.len()) && text.bytes().all(allowed)
            }
        };
        ensure!(fits, KeyNameSnafu { text: text.chars().take(80).collect::<String>() });
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for KeyName {
    type Error = KeyNameError;

    fn try_from(text: String) -> Result<Self, KeyNameError> {
        text.parse()
    }
}

impl From<KeyName> for String {
    fn from(name: KeyName) -> Self {
        name.0
    }
}

impl Borrow<str> for KeyName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_an_action_or_waits_for_one() {
        for text in ["power", "digit_0", "input_hdmi1", "other:TV/Video", "other:É"] {
            assert_eq!(text.parse::<KeyName>().unwrap().as_str(), text);
        }
        for text in ["", "Power", "vol+", "other:", "other: x", "other:a\nb", &"x".repeat(33)] {
            let error = text.parse::<KeyName>().unwrap_err();
            assert!(error.to_string().starts_with("a key is called as its action"), "{error}");
        }
    }

    #[test]
    fn any_name_of_a_file_can_be_kept() {
        for (name, kept) in [
            (" Vol/+ ", "other:Vol/+"),
            ("\u{7}\n", "other:unnamed"),
            (&format!("{} y", "x".repeat(63)), &*format!("other:{}", "x".repeat(63))),
        ] {
            let key = KeyName::other(name);
            assert_eq!(key.as_str(), kept);
            assert_eq!(key.as_str().parse::<KeyName>(), Ok(key));
        }
    }
}
