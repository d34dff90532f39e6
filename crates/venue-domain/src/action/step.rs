//! Keys that step, and several presses of one as one command.

use super::Action;
use crate::parameter::StepCount;

/// A key that moves something by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// One step louder.
    VolumeUp,
    /// One step quieter.
    VolumeDown,
    /// Next channel.
    ChannelUp,
    /// Previous channel.
    ChannelDown,
}

impl Step {
    /// The key that `action` presses, if it steps.
    #[must_use]
    pub fn of(action: &Action) -> Option<Self> {
        if let Action::Steps(step, _) = action {
            return Some(*step);
        }
        let all = [Self::VolumeUp, Self::VolumeDown, Self::ChannelUp, Self::ChannelDown];
        all.into_iter().find(|step| step.once() == *action)
    }

    /// One press.
    #[must_use]
    pub const fn once(self) -> Action {
        match self {
            Self::VolumeUp => Action::VolumeUp,
            Self::VolumeDown => Action::VolumeDown,
            Self::ChannelUp => Action::ChannelUp,
            Self::ChannelDown => Action::ChannelDown,
        }
    }

    /// So many presses: equal commands have one form.
    #[must_use]
    pub const fn times(self, count: StepCount) -> Action {
        if count.number() == 1 { self.once() } else { Action::Steps(self, count) }
    }

    /// One press, whose row in the table is the row of several. That row must not be a constant made from the table:
    /// the compiler reports such a cycle, and only where it optimizes.
    pub(super) const fn press(self) -> &'static Action {
        match self {
            Self::VolumeUp => &Action::VolumeUp,
            Self::VolumeDown => &Action::VolumeDown,
            Self::ChannelUp => &Action::ChannelUp,
            Self::ChannelDown => &Action::ChannelDown,
        }
    }
}
