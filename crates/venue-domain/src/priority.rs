//! Which of the waiting commands of a device is tried first, and how often each is tried.

use std::num::NonZeroU8;

use snafu::{Snafu, ensure};

/// Who goes first among the waiting commands of a device: -10 to 10, greater is sooner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Priority(i8);

/// The number is no priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Snafu)]
#[snafu(display("a priority is -10 to 10, not {number}"))]
pub struct PriorityError {
    /// The number that was given.
    pub number: i64,
}

impl Priority {
    /// System tasks.
    pub const SYSTEM: Self = Self(-10);
    /// What was scheduled.
    pub const SCHEDULED: Self = Self(0);
    /// Bulk commands.
    pub const BULK: Self = Self(5);
    /// An interactive command that fell back to the queue.
    pub const INTERACTIVE: Self = Self(10);

    /// The number.
    #[must_use]
    pub const fn number(self) -> i8 {
        self.0
    }
}

impl TryFrom<i64> for Priority {
    type Error = PriorityError;

    fn try_from(number: i64) -> Result<Self, PriorityError> {
        ensure!((-10..=10).contains(&number), PrioritySnafu { number });
        // Fits by the check above.
        Ok(Self(number as i8))
    }
}

/// How often a command is tried at most: 1 to 10.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MaxAttempts(NonZeroU8);

/// The number is no limit of attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Snafu)]
#[snafu(display("the attempts are 1 to 10, not {number}"))]
pub struct MaxAttemptsError {
    /// The number that was given.
    pub number: i64,
}

impl MaxAttempts {
    /// A single try: system tasks.
    pub const ONCE: Self = Self(NonZeroU8::MIN);
    /// Three, as the document has it.
    pub const USUAL: Self = Self(NonZeroU8::MIN.saturating_add(2));

    /// The number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0.get()
    }
}

impl Default for MaxAttempts {
    fn default() -> Self {
        Self::USUAL
    }
}

impl TryFrom<i64> for MaxAttempts {
    type Error = MaxAttemptsError;

    fn try_from(number: i64) -> Result<Self, MaxAttemptsError> {
        let fits = u8::try_from(number).ok().filter(|number| *number <= 10);
        fits.and_then(NonZeroU8::new).map(Self).ok_or(MaxAttemptsError { number })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priorities_and_attempts_keep_their_ranges() {
        for number in [-10, 0, 10] {
            let priority = Priority::try_from(number).unwrap();
            assert_eq!(i64::from(priority.number()), number);
        }
        assert_eq!(Priority::try_from(11), Err(PriorityError { number: 11 }));
        assert!(Priority::INTERACTIVE > Priority::BULK && Priority::BULK > Priority::SYSTEM);
        assert_eq!(MaxAttempts::default().number(), 3);
        assert_eq!(MaxAttempts::try_from(10).unwrap().number(), 10);
        for number in [0, 11, -1, 257] {
            assert_eq!(MaxAttempts::try_from(number), Err(MaxAttemptsError { number }));
        }
    }
}
