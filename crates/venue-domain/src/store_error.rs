//! Why a store did not do what it was asked, in the terms of those who decide what follows.

use std::time::Duration;

use snafu::Snafu;

/// Why a store did not do it. Nothing was changed, except where [`StoreError::Interrupted`] says
/// that this is not known.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[non_exhaustive]
pub enum StoreError {
    /// The store is not open, or it is closing.
    #[snafu(display("the store is not open"))]
    Unavailable,
    /// Somebody else held the database for longer than it is waited for.
    #[snafu(display("the database is locked by another process"))]
    Busy,
    /// More is waiting to be stored than the store takes.
    #[snafu(display("too many changes are waiting to be stored"))]
    Overloaded,
    /// The database cannot be written.
    #[snafu(display("the database is read-only"))]
    ReadOnly,
    /// There is no room left on the disk.
    #[snafu(display("the disk is full"))]
    Full,
    /// The file of the database is gone, or another one is in its place.
    #[snafu(display("the database file was deleted or replaced"))]
    Deleted,
    /// The file of the database is damaged.
    #[snafu(display("the database is damaged"))]
    Corrupt,
    /// The disk failed.
    #[snafu(display("the disk of the database failed"))]
    Disk,
    /// The database was written by a newer version of this software.
    #[snafu(display("the database has schema {found}, but this version knows only up to {known}"))]
    Newer {
        /// The schema of the file.
        found: u64,
        /// The newest schema that is known.
        known: u64,
    },
    /// What was to be stored breaks a rule of the schema: a bug of the caller or of the store.
    #[snafu(display("the store refused the values: {rule}"))]
    Invalid {
        /// The rule, in the database's words.
        rule: String,
    },
    /// The store needs an async runtime, and was asked outside of it: a bug of the caller. Others it
    /// answers.
    #[snafu(display("the store was used outside of a tokio runtime"))]
    NoRuntime,
    /// The store stopped before it could tell the end: it may or may not be stored.
    #[snafu(display("the store stopped before it answered"))]
    Interrupted,
}

impl StoreError {
    /// Whether the store is down: direct commands only until it is back.
    #[must_use]
    pub const fn is_down(&self) -> bool {
        match self {
            Self::Unavailable
            | Self::Busy
            | Self::ReadOnly
            | Self::Full
            | Self::Deleted
            | Self::Corrupt
            | Self::Disk
            | Self::Newer { .. }
            | Self::Interrupted => true,
            Self::Overloaded | Self::Invalid { .. } | Self::NoRuntime => false,
        }
    }

    /// When to try again; `None` where that does not help.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Overloaded => Some(Duration::from_secs(1)),
            Self::Unavailable | Self::Busy | Self::Interrupted | Self::Deleted => {
                Some(Duration::from_secs(5))
            }
            Self::ReadOnly | Self::Full | Self::Disk | Self::Corrupt => {
                Some(Duration::from_secs(30))
            }
            Self::Newer { .. } | Self::Invalid { .. } | Self::NoRuntime => None,
        }
    }

    /// The code in answers and logs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unavailable => "store_unavailable",
            Self::Busy => "store_busy",
            Self::Overloaded => "store_overloaded",
            Self::ReadOnly => "store_read_only",
            Self::Full => "store_full",
            Self::Deleted => "store_deleted",
            Self::Corrupt => "store_corrupt",
            Self::Disk => "store_disk",
            Self::Newer { .. } => "store_newer",
            Self::Invalid { .. } => "store_invalid",
            Self::NoRuntime => "store_no_runtime",
            Self::Interrupted => "store_interrupted",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_mailbox_or_a_bad_row_is_no_reason_to_stop_using_the_store() {
        assert!(!StoreError::Overloaded.is_down());
        assert!(!StoreError::Invalid { rule: "CHECK".into() }.is_down());
        assert!(StoreError::Busy.is_down() && StoreError::Full.is_down());
    }

    #[test]
    fn only_what_can_pass_says_when_to_try_again() {
        assert!(StoreError::Full.retry_after().is_some());
        assert_eq!(StoreError::Newer { found: 9, known: 1 }.retry_after(), None);
    }
}
