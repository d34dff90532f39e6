//! What becomes of a run that was missed, or that meets the one before it.

use std::{fmt, str::FromStr, time::Duration};

use snafu::{ResultExt, Snafu};

use crate::duration::{self, DurationError};

/// A run that begins no later than this is not late: a timer may oversleep a little, and a restart
/// at the very moment is no downtime.
pub const ON_TIME_TOLERANCE: Duration = Duration::from_secs(30);

/// What becomes of runs that were due while nobody could fire them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MissedPolicy {
    /// They are reported, and nothing more.
    #[default]
    Skip,
    /// The latest of them runs late, once, if it was due no longer ago than this.
    RunOnceWithin(Duration),
}

/// What becomes of a run while the one before it is not finished.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OverlapPolicy {
    /// It is left out, and reported.
    #[default]
    Skip,
    /// It runs, and what still waits of the one before is superseded.
    Supersede,
}

/// A text that is no policy.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[non_exhaustive]
pub enum PolicyError {
    /// No policy for missed runs.
    #[snafu(display("give skip, or once within 10 min, not {text:?}"))]
    Missed {
        /// What was written.
        text: String,
    },
    /// The duration of `once within` can not be read.
    #[snafu(display("once within needs a duration"))]
    Within {
        /// What is wrong with it.
        source: DurationError,
    },
    /// No policy for overlapping runs.
    #[snafu(display("give skip or supersede, not {text:?}"))]
    Overlap {
        /// What was written.
        text: String,
    },
}

impl FromStr for MissedPolicy {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, PolicyError> {
        match (text.trim(), text.trim().strip_prefix("once within ")) {
            ("skip", _) => Ok(Self::Skip),
            (_, Some(duration)) => {
                Ok(Self::RunOnceWithin(duration::parse(duration).context(WithinSnafu)?))
            }
            (_, None) => MissedSnafu { text }.fail(),
        }
    }
}

impl fmt::Display for MissedPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Skip => f.write_str("skip"),
            Self::RunOnceWithin(duration) => write!(f, "once within {}", duration::show(*duration)),
        }
    }
}

impl FromStr for OverlapPolicy {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, PolicyError> {
        match text.trim() {
            "skip" => Ok(Self::Skip),
            "supersede" => Ok(Self::Supersede),
            _ => OverlapSnafu { text }.fail(),
        }
    }
}

impl fmt::Display for OverlapPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Skip => "skip",
            Self::Supersede => "supersede",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_read_back_from_their_text() {
        for text in ["skip", "once within 10 min"] {
            assert_eq!(text.parse::<MissedPolicy>().unwrap().to_string(), text);
        }
        for text in ["skip", "supersede"] {
            assert_eq!(text.parse::<OverlapPolicy>().unwrap().to_string(), text);
        }
        for text in ["", "all", "once", "once within", "once within soon"] {
            assert!(text.parse::<MissedPolicy>().is_err(), "{text}");
        }
        assert!("queue".parse::<OverlapPolicy>().is_err());
    }
}
