//! Roles, and the zones that they may be limited to.

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use snafu::{Snafu, ensure};

/// How much somebody may do. Each role may do all that the roles before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Role {
    /// Looks.
    Viewer,
    /// Looks and commands TVs.
    Operator,
    /// The same, and says what happens when: presets, schedules and the line-up.
    Manager,
    /// Everything.
    Admin,
}

/// The name is none of the four roles.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(display("a role is viewer, operator, manager or admin, not {name:?}"))]
pub struct UnknownRole {
    /// The name that was given.
    pub name: String,
}

impl Role {
    /// All roles, the least first.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Operator, Self::Manager, Self::Admin];

    /// The name in configuration, HTTP, command line and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Manager => "manager",
            Self::Admin => "admin",
        }
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(name: &str) -> Result<Self, UnknownRole> {
        let known = Self::ALL.into_iter().find(|role| role.name() == name);
        known.ok_or_else(|| UnknownRole { name: name.to_owned() })
    }
}

impl TryFrom<String> for Role {
    type Error = UnknownRole;

    fn try_from(name: String) -> Result<Self, UnknownRole> {
        name.parse()
    }
}

impl From<Role> for &'static str {
    fn from(role: Role) -> Self {
        role.name()
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A role, and where it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Form", into = "Form")]
pub struct Rights {
    role: Role,
    zones: Option<BTreeSet<String>>,
}

/// Rights that make no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Snafu)]
#[non_exhaustive]
pub enum RightsError {
    /// An admin can give itself any zone, and what a manager plans is of the whole venue.
    #[snafu(display(
        "zones limit viewers and operators; managers and admins have the whole venue: give none (null, where they had some)"
    ))]
    NotLimited,
    /// Then it could do nothing, or, read the other way, everything.
    #[snafu(display("the list of zones is empty: name a zone, or leave the list out"))]
    NoZones,
}

impl Rights {
    /// A role in the whole venue.
    #[must_use]
    pub const fn everywhere(role: Role) -> Self {
        Self { role, zones: None }
    }

    /// A role in these zones alone.
    ///
    /// # Errors
    /// [`RightsError`]: for a manager or an admin, or without any zone.
    pub fn in_zones<Z: Into<String>>(
        role: Role,
        zones: impl IntoIterator<Item = Z>,
    ) -> Result<Self, RightsError> {
        let zones: BTreeSet<String> = zones.into_iter().map(Into::into).collect();
        ensure!(role < Role::Manager, NotLimitedSnafu);
        ensure!(!zones.is_empty(), NoZonesSnafu);
        Ok(Self { role, zones: Some(zones) })
    }

    /// The role.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// The zones that it is limited to, by name; `None` for the whole venue.
    #[must_use]
    pub const fn zones(&self) -> Option<&BTreeSet<String>> {
        self.zones.as_ref()
    }
}

/// How rights are written down.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    role: Role,
    zones: Option<BTreeSet<String>>,
}

impl TryFrom<Form> for Rights {
    type Error = RightsError;

    fn try_from(form: Form) -> Result<Self, RightsError> {
        match form.zones {
            None => Ok(Self::everywhere(form.role)),
            Some(zones) => Self::in_zones(form.role, zones),
        }
    }
}

impl From<Rights> for Form {
    fn from(rights: Rights) -> Self {
        Self { role: rights.role, zones: rights.zones }
    }
}
