//! Sessions: what a browser is recognised by, in the place of a token or a PIN that it would have to keep.
//!
//! A session is a token of its own, which a browser holds in a cookie that no script can read. It is of a person, or
//! of the token that was typed in, and has their rights; it ends when it was not used for a while, at the latest after
//! a month, and with whom it is of.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};
use venue_domain::Timestamp;

use crate::{PersonId, PersonIdError, TokenId};

/// A session that was not used for so long is over.
pub const SESSION_IDLE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// No session is longer.
pub const SESSION_LIFE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How old what is kept of its last use may be: after a restart it counts.
pub const SESSION_NOTED: Duration = Duration::from_secs(24 * 60 * 60);

/// Whose session it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum SessionOf {
    /// A person's.
    Person(PersonId),
    /// Whoever typed in this token.
    Token(TokenId),
}

impl FromStr for SessionOf {
    type Err = PersonIdError;

    fn from_str(text: &str) -> Result<Self, PersonIdError> {
        match text.parse() {
            Ok(token) => Ok(Self::Token(token)),
            Err(_) => text.parse().map(Self::Person),
        }
    }
}

impl TryFrom<String> for SessionOf {
    type Error = PersonIdError;

    fn try_from(text: String) -> Result<Self, PersonIdError> {
        text.parse()
    }
}

impl From<SessionOf> for String {
    fn from(of: SessionOf) -> Self {
        of.to_string()
    }
}

impl fmt::Display for SessionOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(id) => id.fmt(f),
            Self::Token(id) => id.fmt(f),
        }
    }
}

/// Whether a session that was used last at `used` is over at `now` for that alone.
pub(crate) fn is_idle(used: Timestamp, now: Timestamp) -> bool {
    now >= used.plus(SESSION_IDLE)
}
