//! What a token is revoked by.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use snafu::{Snafu, ensure};

/// Names one token, for admins and logs: `tok_` and 16 hexadecimal digits. Nothing of its text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TokenId(u64);

/// The text names no token. It is not repeated: it may be a token that went into the wrong place.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(display("the id of a token is \"tok_\" and 16 hexadecimal digits in lower case"))]
pub struct TokenIdError;

impl TokenId {
    pub(crate) fn generate() -> Result<Self, getrandom::Error> {
        getrandom::u64().map(Self)
    }
}

impl FromStr for TokenId {
    type Err = TokenIdError;

    fn from_str(text: &str) -> Result<Self, TokenIdError> {
        let digits = text.strip_prefix("tok_").unwrap_or_default();
        let is_digit = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        ensure!(digits.len() == 16 && digits.bytes().all(is_digit), TokenIdSnafu);
        u64::from_str_radix(digits, 16).map(Self).map_err(|_| TokenIdError)
    }
}

impl TryFrom<String> for TokenId {
    type Error = TokenIdError;

    fn try_from(text: String) -> Result<Self, TokenIdError> {
        text.parse()
    }
}

impl From<TokenId> for String {
    fn from(id: TokenId) -> Self {
        id.to_string()
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tok_{:016x}", self.0)
    }
}

impl fmt::Debug for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
