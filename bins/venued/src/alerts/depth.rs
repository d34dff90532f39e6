//! Whether the queue is deep: many commands are due, and they do not become fewer.
//!
//! How many are due says little: a closing time puts a thousand into the queue at once, and a few seconds
//! later there are none. What somebody should look at is a queue that does not go down.

use std::time::Duration;

use tokio::time::Instant;

/// The document's figure: fewer are never deep.
const DEEP: u64 = 500;

/// In this time a queue that is worked off has become shorter by a fortieth.
const WINDOW: Duration = Duration::from_secs(30);

/// Looks at how deep the queue is, again and again.
#[derive(Debug, Default)]
pub(super) struct DepthWatch {
    /// While many are due: how many at most since it last went down, and when that was.
    mark: Option<(u64, Instant)>,
}

/// How the queue stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Few are due, or they are worked off; in so long it is worth another look.
    Fine { look_again: Option<Duration> },
    /// Many are due, and it does not go down.
    Deep,
}

impl DepthWatch {
    /// `due` commands are due at `now`.
    pub(super) fn look(&mut self, due: u64, now: Instant) -> Standing {
        if due <= DEEP {
            self.mark = None;
            return Standing::Fine { look_again: None };
        }
        let (most, since) = *self.mark.get_or_insert((due, now));
        // By one at a time a queue of so many is not worked off.
        if due <= most - most / 40 {
            self.mark = Some((due, now));
            return Standing::Fine { look_again: Some(WINDOW) };
        }
        self.mark = Some((most.max(due), since));
        match WINDOW.checked_sub(now.saturating_duration_since(since)) {
            Some(left) if !left.is_zero() => Standing::Fine { look_again: Some(left) },
            Some(_) | None => Standing::Deep,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a watch says that looks at each depth, so many milliseconds apart.
    fn looks(depths: impl IntoIterator<Item = u64>, apart_ms: u64) -> Vec<bool> {
        let (mut watch, mut now) = (DepthWatch::default(), Instant::now());
        let look = |due| {
            now += Duration::from_millis(apart_ms);
            watch.look(due, now) == Standing::Deep
        };
        depths.into_iter().map(look).collect()
    }

    #[test]
    fn a_closing_of_a_thousand_tvs_is_no_deep_queue() {
        // Worked off within ten seconds.
        let closing = (0..=20).map(|turn| 1_000 - turn * 50);
        assert!(!looks(closing, 500).contains(&true));
        // As slowly as one board sends what is for it: none of the others is there.
        let slow = (0..=1_000).map(|turn| 1_000 - turn);
        assert!(!looks(slow, 800).contains(&true));
        // And once more before the first is through.
        let wave = |from: u64| (0..80).map(move |turn| from - turn * 20);
        assert!(!looks(wave(2_000).chain(wave(2_400)), 500).contains(&true));
    }

    #[test]
    fn a_queue_that_does_not_go_down_is_deep_until_it_does() {
        let stands = std::iter::repeat_n(600, 70);
        let told = looks(stands.chain([590, 570, 570, 500, 600]), 500);
        let first = told.iter().position(|deep| *deep).unwrap();
        assert_eq!(first, 60, "30 s after it was looked at first");
        let end = [true, true, false, false, false, false];
        assert_eq!(told[told.len() - end.len()..], end, "by a few less it is not worked off");
    }

    #[test]
    fn what_grows_is_deep_and_what_is_looked_at_again_is_told_when() {
        let growing = (0..100).map(|turn| 501 + turn * 10);
        assert!(looks(growing, 500)[60..].iter().all(|deep| *deep));
        let (mut watch, now) = (DepthWatch::default(), Instant::now());
        let again = |after| Standing::Fine { look_again: Some(after) };
        assert_eq!(watch.look(600, now), again(WINDOW));
        let later = now + Duration::from_secs(10);
        assert_eq!(watch.look(600, later), again(Duration::from_secs(20)));
        assert_eq!(watch.look(500, later), Standing::Fine { look_again: None });
    }
}
