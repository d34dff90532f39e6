//! Who may ask, and who did what, as it travels.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::UtcTime;

/// The body of `POST /api/v1/tokens`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenBody {
    /// Name of the holder, as history and audit log show it.
    pub name: String,
    /// `viewer`, `operator` or `admin`.
    pub role: String,
    /// Zones that the token is limited to; all zones if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zones: Option<Vec<String>>,
    /// When the token expires; never if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<UtcTime>,
}

/// One token, without its text.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Id of the token, by which it is revoked.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Role of the token.
    pub role: String,
    /// Zones that the token is limited to; all zones if absent.
    pub zones: Option<Vec<String>>,
    /// When it was made.
    pub created_at: UtcTime,
    /// When the token expires; `null` for never.
    pub expires_at: Option<UtcTime>,
    /// When the token was revoked.
    pub revoked_at: Option<UtcTime>,
    /// When the token was last used, since the daemon was started.
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
    /// Text of the token; store it where nobody else can read it.
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

/// `GET /api/v1/whoami`: who the caller is to the service.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhoAmI {
    /// Name in history and audit log; `null` if no token is needed.
    pub name: Option<String>,
    /// `viewer`, `operator` or `admin`.
    pub role: Option<String>,
    /// Zones that the token is limited to; all zones if absent.
    pub zones: Option<Vec<String>>,
    /// Whether the caller is a browser that is signed in, and can sign out.
    #[serde(default)]
    pub session: bool,
}

/// One request that changed something, or was denied.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// When the request was answered.
    pub at: UtcTime,
    /// Who made the request.
    pub actor: Option<String>,
    /// Role of the caller.
    pub role: Option<String>,
    /// IP address of the caller; `null` for the unix socket.
    pub user_ip: Option<String>,
    /// HTTP method.
    pub method: String,
    /// Path of the request.
    pub path: String,
    /// Summary of the request.
    pub summary: Option<String>,
    /// HTTP status of the answer.
    pub status: u16,
    /// Code of the problem, if it failed.
    pub code: Option<String>,
    /// Path of what was created or started.
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
