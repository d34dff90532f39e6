//! The text of a token, and the hash that is kept of it.

use std::{
    fmt::{self, Write as _},
    hash::{Hash, Hasher},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString, zeroize::Zeroize};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use snafu::{OptionExt, Snafu};
use subtle::ConstantTimeEq;

use crate::AuthError;

/// What a secret text is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Token,
    Session,
    Invitation,
}

impl Kind {
    /// What every such text begins with, so that scanners find one that was left lying about, and none is taken for
    /// another.
    const fn prefix(self) -> &'static str {
        match self {
            Self::Token => "ven_",
            Self::Session => "ses_",
            Self::Invitation => "inv_",
        }
    }
}

/// 256 bits in base64 without padding.
const BODY_CHARS: usize = 43;

/// A token that was just made: the only value that still has its text.
///
/// It prints itself nowhere; whoever shows it to a person asks for it by [`NewToken::reveal`].
/// Its memory is wiped when it is dropped.
pub struct NewToken(SecretString);

impl NewToken {
    /// 256 bits from the system's source of randomness.
    pub(crate) fn generate(kind: Kind) -> Result<Self, getrandom::Error> {
        let mut bits = [0; 32];
        getrandom::fill(&mut bits)?;
        let token = Self::from_bits(kind, &bits);
        bits.zeroize();
        Ok(token)
    }

    fn from_bits(kind: Kind, bits: &[u8; 32]) -> Self {
        // With room for all of it, so that growing leaves no copy behind.
        let mut text = String::with_capacity(kind.prefix().len() + BODY_CHARS);
        text.push_str(kind.prefix());
        URL_SAFE_NO_PAD.encode_string(bits, &mut text);
        Self(text.into())
    }

    /// The text, to be shown once to the person who asked for the token.
    #[must_use]
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }

    /// What is kept of it.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash::of_text(self.reveal())
    }
}

impl fmt::Debug for NewToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewToken(..)")
    }
}

/// The SHA-256 of a token's text.
///
/// A slow hash would add nothing: 256 random bits cannot be guessed. Comparing takes the same time
/// wherever two hashes differ.
#[derive(Clone, Copy, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TokenHash([u8; 32]);

/// The text is no hash. It is not repeated: it may be a token that went into the wrong place.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(display("the hash of a token is 64 hexadecimal digits in lower case"))]
pub struct TokenHashError;

impl TokenHash {
    pub(crate) fn of_text(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }
}

impl PartialEq for TokenHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Hash for TokenHash {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(..)")
    }
}

impl From<TokenHash> for String {
    fn from(hash: TokenHash) -> Self {
        hash.0.iter().fold(Self::with_capacity(64), |mut text, byte| {
            // Writing into a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

impl TryFrom<String> for TokenHash {
    type Error = TokenHashError;

    fn try_from(text: String) -> Result<Self, TokenHashError> {
        parse_hex(&text).map(Self).context(TokenHashSnafu)
    }
}

fn parse_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != bytes.len() || !rest.is_empty() {
        return None;
    }
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = nibble(*high)? << 4 | nibble(*low)?;
    }
    Some(bytes)
}

const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// The token that a request came with: well formed, and hashed at once, so that no copy of its
/// text is kept.
#[derive(Clone, Copy, Debug)]
pub struct Presented {
    hash: TokenHash,
    kind: Kind,
}

impl Presented {
    /// Reads the values of all `Authorization` headers of a request.
    ///
    /// # Errors
    /// [`AuthError::Missing`] without any, [`AuthError::Malformed`] for more than one and for
    /// everything but `Bearer`, a space or more, and the exact form of a token.
    pub fn from_headers<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, AuthError> {
        let mut values = values.into_iter();
        match (values.next(), values.next()) {
            (None, _) => Err(AuthError::Missing),
            (Some(value), None) => Self::from_header(value).ok_or(AuthError::Malformed),
            (Some(_), Some(_)) => Err(AuthError::Malformed),
        }
    }

    fn from_header(value: &[u8]) -> Option<Self> {
        let (scheme, rest) = value.split_at_checked("Bearer".len())?;
        // Schemes are compared without case (RFC 9110, section 11.1).
        let text = after_spaces(rest).filter(|_| scheme.eq_ignore_ascii_case(b"Bearer"))?;
        Self::read(Kind::Token, text)
    }

    /// Reads a token that was typed in.
    #[must_use]
    pub fn token(text: &str) -> Option<Self> {
        Self::read(Kind::Token, text.as_bytes())
    }

    /// Reads what a browser has of a session.
    #[must_use]
    pub fn session(text: &str) -> Option<Self> {
        Self::read(Kind::Session, text.as_bytes())
    }

    /// Reads an invitation.
    #[must_use]
    pub fn invitation(text: &str) -> Option<Self> {
        Self::read(Kind::Invitation, text.as_bytes())
    }

    fn read(kind: Kind, text: &[u8]) -> Option<Self> {
        let hash = || TokenHash(Sha256::digest(text).into());
        is_secret(kind, text).then(|| Self { hash: hash(), kind })
    }

    pub(crate) fn is_session(&self) -> bool {
        matches!(self.kind, Kind::Session)
    }

    pub(crate) const fn hash(&self) -> TokenHash {
        self.hash
    }
}

/// What follows the spaces between scheme and token: one is needed, more are allowed.
fn after_spaces(rest: &[u8]) -> Option<&[u8]> {
    let spaces = rest.iter().position(|byte| *byte != b' ')?;
    rest.get(spaces..).filter(|_| spaces > 0)
}

/// Whether this is the one way to write some 256 bits as a text of this kind.
fn is_secret(kind: Kind, text: &[u8]) -> bool {
    let Some(body) = text.strip_prefix(kind.prefix().as_bytes()) else { return false };
    // The last character carries four bits; the decoder refuses one with more.
    let mut bits = [0; 33];
    let is_canonical = URL_SAFE_NO_PAD.decode_slice(body, &mut bits) == Ok(32);
    bits.zeroize();
    is_canonical
}

#[cfg(test)]
mod tests;
