//! Durations as people write them: `10 s`, `500 ms`, `2 min`.

use std::time::Duration;

use jiff::SignedDuration;
use snafu::Snafu;

/// A text that is no duration.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(display("{text:?} is not a duration such as 500 ms, 10 s, 2 min or 1 h"))]
pub struct DurationError {
    text: String,
}

/// Largest units first: what [`show`] tries.
const UNITS: [(u128, &str); 4] = [(3_600_000, "h"), (60_000, "min"), (1_000, "s"), (1, "ms")];

pub(crate) fn parse(text: &str) -> Result<Duration, DurationError> {
    let read: Option<SignedDuration> = text.parse().ok();
    let duration = read.and_then(|duration| Duration::try_from(duration).ok());
    // What is stored and shown is milliseconds; a smaller rest would be lost silently.
    let whole = duration.filter(|duration| duration.subsec_nanos().is_multiple_of(1_000_000));
    whole.map_or_else(|| DurationSnafu { text }.fail(), Ok)
}

/// In the largest unit that leaves no rest.
pub(crate) fn show(duration: Duration) -> String {
    let ms = duration.as_millis();
    let fits = UNITS.iter().find(|(size, _)| ms > 0 && ms.is_multiple_of(*size));
    fits.map_or_else(|| "0 s".to_owned(), |(size, unit)| format!("{} {unit}", ms / size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_read_back() {
        for text in ["0 s", "500 ms", "1500 ms", "10 s", "90 s", "2 min", "1 h"] {
            assert_eq!(show(parse(text).unwrap()), text);
        }
        assert_eq!(parse("10s"), parse("10 seconds"));
    }

    #[test]
    fn negative_endless_and_bare_numbers_are_no_durations() {
        for text in ["", "10", "-10 s", "10 s ago", "1 ns", "1 day", "ten s"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
