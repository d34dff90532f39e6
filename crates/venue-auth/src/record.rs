//! What is kept of a token.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};
use snafu::{ResultExt, Snafu, ensure};
use venue_domain::Timestamp;

use crate::{
    NewToken, Presented, Rights, SESSION_LIFE, SessionOf, TokenHash, TokenId, token::Kind,
};

/// Everything that is kept of a token; not its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenRecord {
    /// What it is revoked by.
    pub id: TokenId,
    /// What people call it; the name of the actor in history and audit.
    pub name: TokenName,
    /// What it may do, and where.
    pub rights: Rights,
    /// What it is recognised by.
    pub hash: TokenHash,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is no longer valid; `None` for never.
    pub expires_at: Option<Timestamp>,
    /// When it was taken back. A token with any such time is dead, also where the clock was set
    /// back since.
    pub revoked_at: Option<Timestamp>,
    /// When it was last recognised.
    pub last_used: Option<Timestamp>,
    /// Whose session it is, if it is one; then a browser has it in a cookie, and no header brings it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionOf>,
}

impl TokenRecord {
    /// Makes a token: its text, to be shown once, and what is kept of it.
    ///
    /// # Errors
    /// [`IssueError`]: it would be expired from the start, or the system has no randomness.
    pub fn issue(
        name: TokenName,
        rights: Rights,
        expires_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(NewToken, Self), IssueError> {
        ensure!(expires_at.is_none_or(|end| end > now), AlreadyExpiredSnafu);
        let id = TokenId::generate().context(RandomnessSnafu)?;
        let token = NewToken::generate(Kind::Token).context(RandomnessSnafu)?;
        let hash = token.hash();
        let (created_at, revoked_at, last_used, session) = (now, None, None, None);
        let record =
            Self { id, name, rights, hash, created_at, expires_at, revoked_at, last_used, session };
        Ok((token, record))
    }

    /// Begins a session of somebody who is called `name` and has `rights`; it ends at `ends_at` if that is before a
    /// session ends anyway.
    ///
    /// # Errors
    /// As [`TokenRecord::issue`].
    pub fn begin_session(
        of: SessionOf,
        name: TokenName,
        rights: Rights,
        ends_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(NewToken, Self), IssueError> {
        let latest = now.plus(SESSION_LIFE);
        let ends_at = ends_at.map_or(latest, |at| at.min(latest));
        let (_, record) = Self::issue(name, rights, Some(ends_at), now)?;
        let text = NewToken::generate(Kind::Session).context(RandomnessSnafu)?;
        let hash = text.hash();
        Ok((text, Self { hash, session: Some(of), ..record }))
    }

    /// Whether `presented` is its text.
    #[must_use]
    pub fn is_shown_by(&self, presented: &Presented) -> bool {
        self.hash == presented.hash()
    }

    /// Whether it is recognised at `now`: neither taken back nor expired.
    #[must_use]
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}

/// Why no token was made.
#[derive(Debug, PartialEq, Eq, Snafu)]
#[snafu(visibility(pub(crate)))]
pub enum IssueError {
    /// It could never be used.
    #[snafu(display("expires_at is in the past: give a future time, or none"))]
    AlreadyExpired,
    /// A token that can be guessed is worse than none.
    #[snafu(display("the system provided no random bits"))]
    Randomness {
        /// What it said.
        source: getrandom::Error,
    },
}

/// What people call a token: 1 to 64 characters, at least one of them not a space, and no control characters, so
/// that it can be logged as it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TokenName(Arc<str>);

/// The text cannot name a token. It is not repeated: it may be a token itself.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(display(
    "the name of a token has 1 to 64 characters, not only spaces, no control characters, and does not begin with \
     \"ven_\""
))]
pub struct TokenNameError;

impl TokenName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TokenName {
    type Err = TokenNameError;

    fn from_str(text: &str) -> Result<Self, TokenNameError> {
        let length = text.chars().count();
        ensure!((1..=64).contains(&length) && !text.chars().any(char::is_control), TokenNameSnafu);
        // A name of spaces looks like none in the history and the audit log.
        ensure!(!text.trim().is_empty(), TokenNameSnafu);
        // Somebody pasted the token where its name belongs; names are shown and logged.
        ensure!(!text.trim_start().starts_with("ven_"), TokenNameSnafu);
        Ok(Self(text.into()))
    }
}

impl TryFrom<String> for TokenName {
    type Error = TokenNameError;

    fn try_from(text: String) -> Result<Self, TokenNameError> {
        text.parse()
    }
}

impl From<TokenName> for String {
    fn from(name: TokenName) -> Self {
        name.0.as_ref().to_owned()
    }
}

impl fmt::Display for TokenName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_a_name_that_can_be_seen_and_is_no_token() {
        for name in ["Ann", " bar tablet ", "Café 第一"] {
            assert_eq!(name.parse::<TokenName>().unwrap().as_str(), name);
        }
        let long = "x".repeat(65);
        for name in ["", " ", "\u{a0} ", "a\nb", "ven_x", "  ven_x", long.as_str()] {
            let told = name.parse::<TokenName>().unwrap_err().to_string();
            assert!(told.contains("not only spaces"), "{name:?}: {told}");
        }
    }
}
