//! Why nobody was recognised.

use snafu::Snafu;

use crate::token_id::TokenId;

/// Why a request is of nobody that is known.
///
/// `Display` is what the caller may read: it tells whether a token came at all, and nothing of
/// what is wrong with it, so that an old or a half token is worth nothing to whoever found it.
/// [`AuthError::reason`] and the fields are for the log and the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Snafu)]
#[snafu(visibility(pub(crate)))]
#[non_exhaustive]
pub enum AuthError {
    /// No `Authorization` header.
    #[snafu(display("a token is needed: send it as \"Authorization: Bearer ven_...\""))]
    Missing,
    /// The header has no token in it.
    #[snafu(display("{NOT_VALID}"))]
    Malformed,
    /// No such token was ever made, or it was removed.
    #[snafu(display("{NOT_VALID}"))]
    Unknown,
    /// The service has just started and has not read yet who may do what: neither this token nor one that is missing
    /// means anything.
    #[snafu(display("the service has not read yet who may do what: ask again in a moment"))]
    Unread,
    /// It was valid once.
    #[snafu(display("{NOT_VALID}"))]
    Expired {
        /// Which token.
        id: TokenId,
    },
    /// The session is over, or there never was one.
    #[snafu(display("the session is over: sign in again"))]
    SessionOver,
    /// An admin took it back.
    #[snafu(display("{NOT_VALID}"))]
    Revoked {
        /// Which token.
        id: TokenId,
    },
}

const NOT_VALID: &str = "the token is not valid";

impl AuthError {
    /// The name of the cause, for logs; never for the caller.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Malformed => "malformed",
            Self::Unknown => "unknown",
            Self::Unread => "unread",
            Self::SessionOver => "session_over",
            Self::Expired { .. } => "expired",
            Self::Revoked { .. } => "revoked",
        }
    }

    /// Whether it counts against the address: a request without any token is no guess.
    #[must_use]
    pub const fn is_guess(&self) -> bool {
        match self {
            // Nobody guesses what a browser keeps by itself.
            Self::Missing | Self::SessionOver | Self::Unread => false,
            Self::Malformed | Self::Unknown | Self::Expired { .. } | Self::Revoked { .. } => true,
        }
    }
}
