//! A code: one key of a remote control.

use crate::{Carrier, ParsedCode, ProntoCode, RawCode, pronto::Meaning};

/// What one key of a remote control sends.
///
/// Its text form (`Display`, `FromStr`, serde) is the notation of one line that the crate's page describes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// A protocol with its parameters.
    Parsed(ParsedCode),
    /// Pronto hex.
    Pronto(ProntoCode),
    /// Timings as they were recorded.
    Raw(RawCode),
}

impl Code {
    /// Whether a bit of it must flip from one press of the key to the next ([`crate::Press::toggle`]): an
    /// appliance takes two presses with the same bit as one key held.
    ///
    /// Recorded timings have the bit that they were recorded with; decode them ([`crate::decode`]) before
    /// they are kept.
    #[must_use]
    pub fn has_toggle_bit(&self) -> bool {
        self.parsed().is_some_and(|parsed| parsed.has_toggle_bit())
    }

    /// The protocol and its parameters, as they are or as the short form of a Pronto code gives them.
    #[must_use]
    pub const fn parsed(&self) -> Option<ParsedCode> {
        match self {
            Self::Parsed(parsed) => Some(*parsed),
            Self::Pronto(pronto) => pronto.parsed(),
            Self::Raw(_) => None,
        }
    }

    /// The carrier that its marks are sent with.
    #[must_use]
    pub const fn carrier(&self) -> Carrier {
        match self {
            Self::Parsed(parsed) => parsed.protocol().carrier(),
            Self::Raw(raw) => raw.carrier(),
            Self::Pronto(pronto) => match pronto.meaning() {
                Meaning::Short(parsed) => parsed.protocol().carrier(),
                Meaning::Learned(learned) => learned.carrier(),
            },
        }
    }
}
