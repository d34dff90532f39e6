//! What tokens, people and sessions are named by: for admins and logs, and nothing of any secret.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use snafu::Snafu;

/// An id of 64 random bits, written as a prefix and 16 hexadecimal digits.
macro_rules! id {
    ($(#[$doc:meta])* $id:ident, $(#[$error_doc:meta])* $error:ident, $prefix:literal, $display:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $id(u64);

        $(#[$error_doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Snafu)]
        #[snafu(display($display))]
        pub struct $error;

        impl $id {
            pub(crate) fn generate() -> Result<Self, getrandom::Error> {
                getrandom::u64().map(Self)
            }
        }

        impl FromStr for $id {
            type Err = $error;

            fn from_str(text: &str) -> Result<Self, $error> {
                let digits = text.strip_prefix($prefix).unwrap_or_default();
                let is_digit = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
                if digits.len() != 16 || !digits.bytes().all(is_digit) {
                    return Err($error);
                }
                u64::from_str_radix(digits, 16).map(Self).map_err(|_| $error)
            }
        }

        impl TryFrom<String> for $id {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, $error> {
                text.parse()
            }
        }

        impl From<$id> for String {
            fn from(id: $id) -> Self {
                id.to_string()
            }
        }

        impl fmt::Display for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{:016x}"), self.0)
            }
        }

        impl fmt::Debug for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

id! {
    /// Names one token, or one session: `tok_` and 16 hexadecimal digits. Nothing of its text.
    TokenId,
    /// The text names no token. It is not repeated: it may be a token that went into the wrong place.
    TokenIdError,
    "tok_",
    "the id of a token is \"tok_\" and 16 hexadecimal digits in lower case"
}

id! {
    /// Names one person: `per_` and 16 hexadecimal digits.
    PersonId,
    /// The text names no person.
    PersonIdError,
    "per_",
    "the id of a person is \"per_\" and 16 hexadecimal digits in lower case"
}
