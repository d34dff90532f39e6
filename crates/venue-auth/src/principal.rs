//! Who asks.

use std::{collections::BTreeSet, sync::Arc};

use snafu::{Snafu, ensure};

use crate::{Rights, Role, SessionOf, TokenId, TokenName};

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// Who holds a token.
    Token(Arc<TokenHolder>),
    /// An admin of this machine, over the unix socket.
    LocalAdmin {
        /// Its user id.
        uid: u32,
        /// Its group id.
        gid: u32,
    },
    /// Anybody, where no authentication is configured: admin, without a name.
    Open,
    /// Nobody that is known.
    Anonymous,
}

/// What a token says of its holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenHolder {
    /// Which token.
    pub id: TokenId,
    /// What people call it.
    pub name: TokenName,
    /// What it may do, and where.
    pub rights: Rights,
    /// Whose session it is, if it is one.
    pub session: Option<SessionOf>,
}

impl Principal {
    /// The session that it is recognised by, and whose it is.
    #[must_use]
    pub fn session(&self) -> Option<(TokenId, SessionOf)> {
        match self {
            Self::Token(holder) => Some((holder.id, holder.session?)),
            Self::LocalAdmin { .. } | Self::Open | Self::Anonymous => None,
        }
    }

    /// Its role; `None` for nobody.
    #[must_use]
    pub fn role(&self) -> Option<Role> {
        match self {
            Self::Token(holder) => Some(holder.rights.role()),
            Self::LocalAdmin { .. } | Self::Open => Some(Role::Admin),
            Self::Anonymous => None,
        }
    }

    /// The zones that it is limited to; `None` for no such limit.
    #[must_use]
    pub fn zones(&self) -> Option<&BTreeSet<String>> {
        match self {
            Self::Token(holder) => holder.rights.zones(),
            Self::LocalAdmin { .. } | Self::Open | Self::Anonymous => None,
        }
    }

    /// The name of the actor in history and audit; `None` where nobody signs in.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        match self {
            Self::Token(holder) => Some(holder.name.to_string()),
            Self::LocalAdmin { uid, .. } => Some(format!("local:{uid}")),
            Self::Open | Self::Anonymous => None,
        }
    }

    /// Whether a port in `zone`, or in none, is within its zones; lists are cut down by this.
    #[must_use]
    pub fn covers(&self, zone: Option<&str>) -> bool {
        match (self.role(), self.zones()) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(_), Some(zones)) => zone.is_some_and(|zone| zones.contains(zone)),
        }
    }
}

/// Whom the kernel says is at the other end of a unix socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerCredentials {
    /// Its user id.
    pub uid: u32,
    /// Its group id.
    pub gid: u32,
    /// Its further groups, where the kernel tells them (`SO_PEERGROUPS`).
    pub groups: Vec<u32>,
}

/// Who administers by the unix socket: root, the daemon's own user, and one group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalAdmins {
    /// The user that the daemon runs as.
    pub own_uid: u32,
    /// The group whose members are admins as well.
    pub group: Option<u32>,
}

/// Somebody of this machine who is no admin of the venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Snafu)]
#[snafu(display("user {uid} does not administer this venue: {}", who_may(*group)))]
pub struct NotLocalAdmin {
    /// Its user id.
    pub uid: u32,
    /// The group whose members do.
    pub group: Option<u32>,
}

fn who_may(group: Option<u32>) -> String {
    match group {
        Some(group) => format!(
            "run it with sudo, or become a member of the group {group} (`getent group {group}` shows its name; \
             `sudo usermod -aG NAME USER`, then sign in anew)"
        ),
        None => "run it with sudo, or set http.admin_group to a group of yours".to_owned(),
    }
}

impl LocalAdmins {
    /// Who a peer is.
    ///
    /// # Errors
    /// [`NotLocalAdmin`] for everybody else.
    pub fn admit(&self, peer: &PeerCredentials) -> Result<Principal, NotLocalAdmin> {
        let PeerCredentials { uid, gid, ref groups } = *peer;
        let is_user = uid == ROOT || uid == self.own_uid;
        let is_member = self.group.is_some_and(|group| gid == group || groups.contains(&group));
        ensure!(is_user || is_member, NotLocalAdminSnafu { uid, group: self.group });
        Ok(Principal::LocalAdmin { uid, gid })
    }
}

const ROOT: u32 = 0;
