//! Who may do what: one table, deny by default.

use snafu::{Snafu, ensure};

use crate::{Principal, Role};

/// What a kind of endpoint needs.
///
/// | need | least role | zones count |
/// |---|---|---|
/// | public | nobody | no |
/// | read | viewer | yes |
/// | command one, command bulk, manage queue | operator | yes |
/// | plan, people | manager | a manager has no zones |
/// | configure, secrets, system | admin | an admin has no zones |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Need {
    /// Whether the daemon lives, and nothing else.
    Public,
    /// Look at devices, ports, commands, queue, history.
    Read,
    /// Command one TV.
    CommandOne,
    /// Command many TVs with one request.
    CommandBulk,
    /// Cancel, retry or undo what is stored; pause and resume.
    ManageQueue,
    /// Change presets, schedules and the channels of the line-up.
    Plan,
    /// Add people and let them go, as far as they may do less.
    People,
    /// Change devices, zones and what else the venue is made of.
    Configure,
    /// Tokens and device keys.
    Secrets,
    /// Tasks of the system, backups, and what else concerns the daemon.
    System,
}

impl Need {
    /// All needs.
    pub const ALL: [Self; 10] = [
        Self::Public,
        Self::Read,
        Self::CommandOne,
        Self::CommandBulk,
        Self::ManageQueue,
        Self::Plan,
        Self::People,
        Self::Configure,
        Self::Secrets,
        Self::System,
    ];

    /// The name in logs and audit.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Read => "read",
            Self::CommandOne => "command_one",
            Self::CommandBulk => "command_bulk",
            Self::ManageQueue => "manage_queue",
            Self::Plan => "plan",
            Self::People => "people",
            Self::Configure => "configure",
            Self::Secrets => "secrets",
            Self::System => "system",
        }
    }

    /// The least role that may; `None` where nobody need be known. This is the table.
    const fn least_role(self) -> Option<Role> {
        match self {
            Self::Public => None,
            Self::Read => Some(Role::Viewer),
            Self::CommandOne | Self::CommandBulk | Self::ManageQueue => Some(Role::Operator),
            Self::Plan | Self::People => Some(Role::Manager),
            Self::Configure | Self::Secrets | Self::System => Some(Role::Admin),
        }
    }
}

/// What a request concerns, as far as zones go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Targets<'a> {
    /// No port in particular: a status, or a list that is cut down by [`Principal::covers`].
    Nothing,
    /// These ports, by their zone; `None` for a port in no zone.
    Ports(&'a [Option<&'a str>]),
    /// The whole venue, as pausing its queue does.
    Venue,
}

/// Why somebody may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Snafu)]
pub enum Denied {
    /// It may be allowed to somebody who is known (401).
    #[snafu(display("a token is needed for this"))]
    Unauthenticated,
    /// The role does not suffice (403).
    #[snafu(display("this needs the role {least}; you have the role {role}"))]
    Role {
        /// The role of who asked.
        role: Role,
        /// The least that would do.
        least: Role,
    },
    /// A target is outside the zones (403). Which one is not told: it may not be theirs to know.
    #[snafu(display("this concerns more than the zones that your token is limited to"))]
    OutsideZones,
}

/// Whether `principal` may do what needs `need` to `targets`: all of them, or it is denied.
///
/// # Errors
/// [`Denied`] says why not.
pub fn allows(principal: &Principal, need: Need, targets: Targets<'_>) -> Result<(), Denied> {
    let Some(least) = need.least_role() else { return Ok(()) };
    let Some(role) = principal.role() else { return UnauthenticatedSnafu.fail() };
    ensure!(role >= least, RoleSnafu { role, least });
    let within = match (principal.zones(), targets) {
        (None, _) => true,
        // To look at nothing in particular shows nothing of other zones. To do something to
        // nothing in particular is a mistake of the caller, which must not become a hole.
        (Some(_), Targets::Nothing) => matches!(need, Need::Read),
        (Some(_), Targets::Ports(ports)) => {
            !ports.is_empty() && ports.iter().all(|zone| principal.covers(*zone))
        }
        (Some(_), Targets::Venue) => false,
    };
    ensure!(within, OutsideZonesSnafu);
    Ok(())
}
