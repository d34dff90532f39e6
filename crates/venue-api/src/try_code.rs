//! One infrared code that a person tries, as it travels.

use serde::{Deserialize, Serialize};

use crate::{CommandAnswer, PlannedTarget};

/// The body of `POST /api/v1/ports/{hostname}/{port}/try`: exactly one of `code`, `codeset` and `file`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TryBody {
    /// A code, in the notation of one line: `nec1:4,2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// A code set of the venue, or one that comes with the daemon, by its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codeset: Option<String>,
    /// A file of the library folder, as `GET /api/v1/infrared/library` names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Which remote is meant, in a `lircd.conf` with several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<String>,
    /// The key: needed with `codeset` and `file`. With `code` it says what the code is thought to do, such as
    /// `volume_up`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The name of the board's infrared transmitter; that of the port unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emitter: Option<String>,
    /// How often the code is sent for the press, 1 to 20; what set and protocol need unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sends: Option<u8>,
    /// Whether the code may be one for power: without it such a code is refused.
    #[serde(default)]
    pub allow_power: bool,
    /// Whether nothing is sent: the answer says what would be.
    #[serde(default)]
    pub dry_run: bool,
}

/// The answer to `POST /api/v1/ports/{hostname}/{port}/try`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TryAnswer {
    /// Whether nothing was sent.
    pub dry_run: bool,
    /// The key, if one is known.
    pub key: Option<String>,
    /// The code, in the notation of one line.
    pub code: String,
    /// What goes out: `arguments` has `emitter`, `protocol`, `carrier_hz`, `frames` and `milliseconds`.
    pub planned: PlannedTarget,
    /// What became of it; `null` in a dry run. Delivered says that the board sent the code, never that the
    /// appliance reacted.
    pub command: Option<CommandAnswer>,
}
