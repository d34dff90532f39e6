//! The venue itself, as it travels.

use serde::{Deserialize, Serialize};

use crate::UtcTime;

/// `GET /api/v1/venue`: what the venue says of itself, and what its clock shows.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Venue {
    /// Display name.
    pub name: Option<String>,
    /// IANA time zone in which times are shown and read.
    pub time_zone: String,
    /// Whether `time_zone` is that of the daemon's machine, because the venue names none.
    pub is_machine_time_zone: bool,
    /// Dates such as `2026-12-25`, on which schedules may be left out, or on which alone they may run.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(required = true))]
    pub holidays: Vec<String>,
    /// The time now.
    pub now: UtcTime,
    /// The same as the clock at the venue shows it, such as `2026-12-01T19:30`.
    pub local: String,
    /// The revision of the whole configuration.
    pub revision: u64,
}
