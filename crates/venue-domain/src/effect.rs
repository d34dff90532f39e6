//! What an action does to an appliance: the facts that all retry and order decisions rest on.

use crate::port::PortId;

/// What repeating an action would do (docs/semantics.md, rule 1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Nature {
    /// Ends in the same state however often it is sent: discrete on and off, input.
    Absolute,
    /// Absolute, but typed in several frames: a repeat has to wait for the quiet gap.
    AbsoluteFrames,
    /// Flips a state: a second press undoes the first.
    Toggle,
    /// One step up or down.
    Relative,
    /// One key of a sequence: digits and navigation.
    Sequence,
    /// Asks or signals the board itself, told at once.
    Immediate,
    /// A system task that only reads.
    Read,
}

impl Nature {
    /// All natures.
    pub const ALL: [Self; 7] = [
        Self::Absolute,
        Self::AbsoluteFrames,
        Self::Toggle,
        Self::Relative,
        Self::Sequence,
        Self::Immediate,
        Self::Read,
    ];

    /// The name in SQL and errors.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Absolute => "absolute",
            Self::AbsoluteFrames => "absolute_frames",
            Self::Toggle => "toggle",
            Self::Relative => "relative",
            Self::Sequence => "sequence",
            Self::Immediate => "immediate",
            Self::Read => "read",
        }
    }

    /// Whether it may be sent again although an earlier try may have reached the appliance.
    #[must_use]
    pub const fn is_repeatable(self) -> bool {
        match self {
            Self::Absolute | Self::AbsoluteFrames | Self::Read => true,
            Self::Toggle | Self::Relative | Self::Sequence | Self::Immediate => false,
        }
    }

    /// Whether it states a wish of its own that replaces everything older in its slot.
    ///
    /// Absolute actions and toggles do; steps and keys build on what is there.
    #[must_use]
    pub const fn sets_state(self) -> bool {
        match self {
            Self::Absolute | Self::AbsoluteFrames | Self::Toggle => true,
            Self::Relative | Self::Sequence | Self::Immediate | Self::Read => false,
        }
    }
}

/// Actions that compete for the same thing on an appliance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EffectGroup {
    /// `power`, `power_on`, `power_off`.
    Power,
    /// `input`.
    Input,
    /// `channel`, `default_channel`, `channel_up`, `channel_down`, `number`.
    Channel,
    /// `volume_up`, `volume_down`.
    Volume,
    /// `mute`, `mute_on`, `mute_off`.
    Mute,
    /// `up`, `down`, `left`, `right`, `ok`, `back`, `home`, `menu`, `guide`, `info`, `exit`.
    Navigation,
    /// What belongs to none of these: actions of a program's own ([`crate::action::CustomAction`]).
    Other,
}

impl EffectGroup {
    /// All groups.
    pub const ALL: [Self; 7] = [
        Self::Power,
        Self::Input,
        Self::Channel,
        Self::Volume,
        Self::Mute,
        Self::Navigation,
        Self::Other,
    ];

    /// Whether keys of a sequence may be in it.
    #[must_use]
    pub const fn may_have_keys(self) -> bool {
        match self {
            Self::Channel | Self::Navigation | Self::Other => true,
            Self::Power | Self::Input | Self::Volume | Self::Mute => false,
        }
    }

    /// The name in code, SQL and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Power => "power",
            Self::Input => "input",
            Self::Channel => "channel",
            Self::Volume => "volume",
            Self::Mute => "mute",
            Self::Navigation => "navigation",
            Self::Other => "other",
        }
    }
}

/// What fences are kept for: one effect group of one port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    /// The port.
    pub port: PortId,
    /// The effect group.
    pub group: EffectGroup,
}
