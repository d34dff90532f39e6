//! Keys that step, and several presses of one as one command.

use super::{Action, ActionSpec};
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

    /// The row of one press.
    pub(super) const fn spec(self) -> &'static ActionSpec<'static> {
        match self {
            Self::VolumeUp => const { spec_of(&Action::VolumeUp) },
            Self::VolumeDown => const { spec_of(&Action::VolumeDown) },
            Self::ChannelUp => const { spec_of(&Action::ChannelUp) },
            Self::ChannelDown => const { spec_of(&Action::ChannelDown) },
        }
    }
}

const fn spec_of(action: &'static Action) -> &'static ActionSpec<'static> {
    match action.row() {
        Ok(row) => row,
        // Each of the four has its row.
        Err(_) => Step::VolumeUp.spec(),
    }
}
