//! Learning and finding infrared codes, as they travel.

use serde::{Deserialize, Serialize};

use crate::{CarrierFrom, FindState, LearnState, SetFrom};

/// The body of `POST /api/v1/infrared/learn`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LearnBody {
    /// The device whose receiver listens.
    pub device: String,
    /// The name of its receiver entity; needed if it has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receiver: Option<String>,
    /// The key that is going to be pressed, such as `volume_up`; only repeated in what is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// A key that is being learned, or was: also the data of the event `infrared.learning`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LearnSession {
    /// Its name, for `/api/v1/infrared/learn/{id}`.
    pub id: String,
    /// The device whose receiver listens.
    pub device: String,
    /// The receiver.
    pub receiver: String,
    /// The key, as it was asked for.
    pub key: Option<String>,
    /// Where it stands.
    pub state: LearnState,
    /// What to do, or what came of the last press, for people.
    pub message: String,
    /// How many presses agree so far.
    pub presses: u8,
    /// How many have to.
    pub needed: u8,
    /// What was learned, once it was.
    pub learned: Option<LearnedCode>,
}

/// A key that was learned.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LearnedCode {
    /// The code to keep, in the notation of one line: as it was decoded, else the timings.
    pub code: String,
    /// What it was decoded as; `null` if no protocol is recognised.
    pub decoded: Option<String>,
    /// What it may be as well, the more likely first: protocols that differ in what a receiver does not tell.
    pub alternatives: Vec<String>,
    /// One transmission as it was heard, the mean of the presses.
    pub raw: String,
    /// The same with the other toggle bit, where no protocol is recognised and one bit flipped from press to
    /// press: this key cannot be sent reliably by its timings.
    pub toggled: Option<String>,
    /// The carrier in Hz.
    pub carrier_hz: u32,
    /// Who says so; a receiver does not measure it.
    pub carrier_from: CarrierFrom,
    /// How often the remote control sent it in every press.
    pub sends: u8,
}

/// The body of `POST /api/v1/infrared/find`.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindBody {
    /// The make of the appliance; all makes unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub make: Option<String>,
    /// `tv`, `box`, `projector` or `audio`; all kinds unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// What was tried so far, and what came of it.
    #[serde(default)]
    pub answers: Vec<FindAnswer>,
}

/// What a person saw when a code was tried.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindAnswer {
    /// The key.
    pub key: String,
    /// Its code.
    pub code: String,
    /// Whether the appliance reacted.
    pub reacted: bool,
}

/// What to do next to find the code set of an appliance.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindStep {
    /// Whether to go on.
    pub state: FindState,
    /// The key to try.
    pub key: Option<String>,
    /// Its code.
    pub code: Option<String>,
    /// The sets that have this code, or that were found.
    pub sets: Vec<FoundSet>,
    /// How many sets are left.
    pub left: u64,
    /// How many files of the library folder were not looked at, because there are too many: name the make.
    pub files_left_out: u64,
}

/// A code set that an appliance may obey.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundSet {
    /// Its name; of a file the one that an import would give it.
    pub id: String,
    /// Where it is from.
    pub from: SetFrom,
    /// The path of the file, if it is one of the library folder: `file` of an import.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub file: Option<String>,
    /// The make.
    pub make: String,
    /// The models, as far as known.
    pub models: Vec<String>,
    /// The kind of appliance.
    pub kind: String,
}
