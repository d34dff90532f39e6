//! Who may ask, and who did what, as it travels.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::UtcTime;

/// The body of `POST /api/v1/tokens`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenBody {
    /// What people call it; the name of the actor in history and audit.
    pub name: String,
    /// `viewer`, `operator` or `admin`.
    pub role: String,
    /// The zones that it is limited to; all if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zones: Option<Vec<String>>,
    /// From when on it is no longer valid; never if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<UtcTime>,
}

/// What is known of a token; not its text.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// What it is revoked by.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub role: String,
    /// Where; everywhere if nothing is said.
    pub zones: Option<Vec<String>>,
    /// When it was made.
    pub created_at: UtcTime,
    /// From when on it is no longer valid.
    pub expires_at: Option<UtcTime>,
    /// When it was taken back.
    pub revoked_at: Option<UtcTime>,
    /// When it was last used, in this run of the daemon.
    pub last_used: Option<UtcTime>,
}

/// `GET /api/v1/tokens`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenList {
    /// The tokens, the oldest first.
    pub items: Vec<Token>,
}

/// A new token: the only time that its text is shown.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewToken {
    /// Its text, to be kept where nobody else reads it.
    pub secret: String,
    /// What is known of it.
    #[serde(flatten)]
    pub token: Token,
}

impl fmt::Debug for NewToken {
    /// Without its text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewToken").field("token", &self.token).finish_non_exhaustive()
    }
}

/// `GET /api/v1/whoami`: as whom the service sees the caller.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhoAmI {
    /// The name in history and audit; nothing where everybody is let in.
    pub name: Option<String>,
    /// `viewer`, `operator` or `admin`.
    pub role: Option<String>,
    /// The zones that it is limited to; all if nothing is said.
    pub zones: Option<Vec<String>>,
}

/// One request that did something, or was not allowed to.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// When it was answered.
    pub at: UtcTime,
    /// Who.
    pub actor: Option<String>,
    /// As what.
    pub role: Option<String>,
    /// From where; nothing for the unix socket.
    pub user_ip: Option<String>,
    /// How.
    pub method: String,
    /// Where to.
    pub path: String,
    /// What, in a few words.
    pub summary: Option<String>,
    /// What came of it, as HTTP says it.
    pub status: u16,
    /// The kind of problem, if it was one.
    pub code: Option<String>,
    /// Where what came of it is shown.
    pub location: Option<String>,
    /// The request's id.
    pub request_id: String,
}

/// `GET /api/v1/audit`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPage {
    /// The entries, the newest first.
    pub items: Vec<AuditEntry>,
    /// The `cursor` of the next page, if there is one.
    pub next_cursor: Option<String>,
}
