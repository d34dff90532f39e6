//! Set-up of a new venue, as it travels.

use std::fmt;

use serde::{Deserialize, Serialize};

/// `GET /api/v1/setup`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetupStatus {
    /// `open` while the venue can be claimed with the code, `closed` otherwise.
    pub state: String,
    /// Whether it can be claimed from here: over HTTPS, on the machine itself, or at the unix socket.
    pub can_claim_here: bool,
    /// The time zone of the daemon's machine, while it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Where tablets open the page over HTTPS of the daemon, such as `https://venue:8443/`; absent where the daemon itself
    /// serves none on the network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tablets: Option<String>,
}

/// `GET /api/v1/setup/code`, at the unix socket.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetupCodeShown {
    /// Whoever has it can claim the venue, once.
    pub code: String,
}

impl fmt::Debug for SetupCodeShown {
    /// Without the code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SetupCodeShown(..)")
    }
}

/// The body of `POST /api/v1/setup/code`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetupCodeBody {
    /// The code of the daemon's log, or of `venuectl setup code`.
    pub code: String,
}

impl fmt::Debug for SetupCodeBody {
    /// Without the code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SetupCodeBody(..)")
    }
}

/// The body of `POST /api/v1/setup`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetupBody {
    /// The code of the daemon's log, or of `venuectl setup code`.
    pub code: String,
    /// What the venue is.
    pub venue: SetupVenue,
    /// The first admin.
    pub admin: SetupPerson,
    /// Whoever signs in on the tablets of the staff; nobody if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<SetupStaff>,
}

impl fmt::Debug for SetupBody {
    /// Without the code and the PINs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetupBody").field("venue", &self.venue).finish_non_exhaustive()
    }
}

/// What the venue is, as it is set up.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetupVenue {
    /// Its name.
    pub name: String,
    /// IANA time zone in which times are shown and read, such as `Australia/Sydney`; without it that of the daemon's
    /// machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Its zones, such as the bar and the terrace.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub zones: Vec<SetupZone>,
}

/// A zone of the venue, as it is set up.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetupZone {
    /// Id of the zone: lower-case letters, digits and hyphens.
    pub id: String,
    /// Display name.
    pub name: String,
}

/// Somebody who signs in from now on.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetupPerson {
    /// What the person signs in with, and the name in history and audit log; 1 to 64 characters.
    pub name: String,
    /// PIN, 6 to 12 digits, or password, 8 to 128 characters.
    pub pin: String,
}

impl fmt::Debug for SetupPerson {
    /// Without the PIN.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetupPerson").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The staff, who may switch the TVs.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetupStaff {
    /// What they sign in with; 1 to 64 characters.
    pub name: String,
    /// PIN, 6 to 12 digits, or password, 8 to 128 characters.
    pub pin: String,
    /// Ids of the zones that they are limited to; all zones if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zones: Option<Vec<String>>,
}

impl fmt::Debug for SetupStaff {
    /// Without the PIN.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetupStaff").field("name", &self.name).finish_non_exhaustive()
    }
}
