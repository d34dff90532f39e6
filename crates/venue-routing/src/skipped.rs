//! What a retry or an undo of a batch leaves out, as a whole or in part, and why.

use venue_domain::{EffectGroup, PortId};

/// A port that was left alone, or of which something was.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Skipped {
    /// The port.
    pub target: PortId,
    /// Why.
    pub why: Skip,
    /// What is locked, by whom and until when, where that is why: of a box it is a screen that shows it.
    pub lock: Option<String>,
    /// What is left of the port as the batch made it, where the rest of it is restored ([`Skip::InPart`]).
    pub left: Vec<EffectGroup>,
}

impl Skipped {
    /// A port that was left alone for this reason.
    #[must_use]
    pub const fn new(target: PortId, why: Skip) -> Self {
        Self { target, why, lock: None, left: Vec::new() }
    }

    /// A port that is restored but for `left`.
    pub(crate) fn in_part(target: PortId, left: Vec<EffectGroup>) -> Self {
        Self { left, ..Self::new(target, Skip::InPart) }
    }

    /// A port that was left alone because of `lock`.
    pub(crate) fn locked(target: PortId, lock: String) -> Self {
        Self { lock: Some(lock), ..Self::new(target, Skip::Locked) }
    }
}

/// Why a port was left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Skip {
    /// Its command still waits or is in flight.
    Open,
    /// Its command was withdrawn.
    Withdrawn,
    /// A newer wish for the same thing was accepted.
    NewerWish,
    /// Its command may have reached the appliance, and a repeat would do something else.
    MayHaveActed,
    /// No command of the batch can have reached it.
    NotChanged,
    /// Somebody else has commanded the port since.
    CommandedSince,
    /// What was there before is not known.
    NotKnown,
    /// It is restored but for some of what the batch changed: what was there before of that is not known.
    InPart,
    /// The port has no action that sets it: it could only be toggled, and that would be a guess.
    OnlyToggles,
    /// The device is no longer registered.
    UnknownDevice,
    /// It is locked, and whoever asks may not lock.
    Locked,
}

impl Skip {
    /// All reasons.
    pub const ALL: [Self; 11] = [
        Self::Open,
        Self::Withdrawn,
        Self::NewerWish,
        Self::MayHaveActed,
        Self::NotChanged,
        Self::CommandedSince,
        Self::NotKnown,
        Self::InPart,
        Self::OnlyToggles,
        Self::UnknownDevice,
        Self::Locked,
    ];

    /// The name in answers and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Withdrawn => "withdrawn",
            Self::NewerWish => "newer_wish",
            Self::MayHaveActed => "may_have_acted",
            Self::NotChanged => "not_changed",
            Self::CommandedSince => "commanded_since",
            Self::NotKnown => "not_known",
            Self::InPart => "in_part",
            Self::OnlyToggles => "only_toggles",
            Self::UnknownDevice => "unknown_device",
            Self::Locked => "locked",
        }
    }
}
