//! How what the daemon says is shown.

use std::cell::OnceCell;

use crate::{clock::Clock, output::Format};

/// The format that was asked for, and the clock of the venue once somebody needs it.
#[derive(Debug)]
pub(crate) struct View {
    /// Nothing is shown where there is none.
    format: Option<Format>,
    clock: OnceCell<Clock>,
}

impl View {
    pub(crate) const fn new(format: Option<Format>) -> Self {
        Self { format, clock: OnceCell::new() }
    }

    /// Whether people read it: then the times are those of the venue.
    pub(crate) const fn is_table(&self) -> bool {
        matches!(self.format, Some(Format::Table | Format::Wide))
    }

    /// Whether they want all columns.
    pub(crate) const fn is_wide(&self) -> bool {
        matches!(self.format, Some(Format::Wide))
    }

    /// Whether it is shown as YAML.
    pub(crate) const fn is_yaml(&self) -> bool {
        matches!(self.format, Some(Format::Yaml))
    }

    /// The clock, as it was asked for before.
    pub(crate) fn known_clock(&self) -> Option<&Clock> {
        self.clock.get()
    }

    /// Keeps the clock for whatever is shown from now on.
    pub(crate) fn keep_clock(&self, clock: Clock) -> &Clock {
        self.clock.get_or_init(|| clock)
    }
}
