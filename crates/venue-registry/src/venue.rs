//! The venue itself: its name, the time zone in which its people read and write times, and its holidays.

use std::{collections::BTreeSet, fmt, str::FromStr, sync::LazyLock};

use jiff::tz::TimeZoneDatabase;
use serde::{Deserialize, Serialize};
use snafu::{OptionExt, Snafu};

use crate::{Day, names};

/// What a venue says of itself. What nobody said is left out.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = VenueItem))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Venue {
    /// Display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// IANA time zone in which times are shown and read, such as `Australia/Sydney`; without it that of the daemon's
    /// machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
    pub time_zone: Option<TimeZoneName>,
    /// Dates such as `2026-12-25`, on which schedules may be left out, or on which alone they may run.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    #[cfg_attr(feature = "schema", schema(value_type = Vec<String>))]
    pub holidays: BTreeSet<Day>,
}

/// More than any venue has planned.
const MOST_HOLIDAYS: usize = 400;

/// The name of an IANA time zone, as the zone data spells it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeZoneName(String);

/// A text that names no time zone.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(display("{text:?} is not an IANA time zone such as Australia/Sydney or UTC"))]
pub struct TimeZoneNameError {
    /// What was given.
    pub text: String,
}

/// Never the machine's own data: what is a zone here is one everywhere.
static BUNDLED: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

impl TimeZoneName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for TimeZoneName {
    fn default() -> Self {
        Self("UTC".to_owned())
    }
}

impl FromStr for TimeZoneName {
    type Err = TimeZoneNameError;

    fn from_str(text: &str) -> Result<Self, TimeZoneNameError> {
        let rules = BUNDLED.get(text).ok().context(TimeZoneNameSnafu { text })?;
        Ok(Self(rules.iana_name().unwrap_or(text).to_owned()))
    }
}

impl TryFrom<String> for TimeZoneName {
    type Error = TimeZoneNameError;

    fn try_from(text: String) -> Result<Self, TimeZoneNameError> {
        text.parse()
    }
}

impl From<TimeZoneName> for String {
    fn from(name: TimeZoneName) -> Self {
        name.0
    }
}

impl fmt::Display for TimeZoneName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is wrong with the venue, if anything is: the field, and what would be right.
pub(crate) fn wrong(venue: &Venue) -> Option<(&'static str, String)> {
    let name = venue.name.as_deref().and_then(names::name);
    let count = venue.holidays.len();
    let many =
        || format!("has {count} dates: at most {MOST_HOLIDAYS}; take away those that are past");
    let holidays = (count > MOST_HOLIDAYS).then(many);
    name.map(|detail| ("name", detail)).or_else(|| Some(("holidays", holidays?)))
}
