//! The time for programs that keep nothing over a restart.

use std::time::{Instant as StdInstant, SystemTime};

use tokio::time::Instant;
use venue_domain::{Clock, Timestamp, WallOffset, WallTime};

/// Venue time that begins with the wall clock when it is made, and goes on with the clock of the runtime.
/// A wall clock that is set later moves nothing but [`Clock::offset`].
///
/// A program that keeps commands over a restart needs a clock that does not go back over one; the
/// daemon's is `bins/venued/src/clock.rs`.
#[derive(Clone, Copy, Debug)]
pub struct RuntimeClock {
    at: Timestamp,
    since: Instant,
}

impl Default for RuntimeClock {
    fn default() -> Self {
        Self { at: Timestamp::from_unix_ms(wall().unix_ms()), since: Instant::now() }
    }
}

impl Clock for RuntimeClock {
    fn now(&self) -> Timestamp {
        self.at.plus(self.since.elapsed())
    }

    fn offset(&self) -> WallOffset {
        WallOffset::between(self.now(), wall())
    }

    fn instant(&self) -> StdInstant {
        Instant::now().into_std()
    }
}

/// What the wall clock shows; 1970, if it shows something before that.
fn wall() -> WallTime {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    WallTime::from_unix_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn venue_time_goes_on_with_the_clock_of_the_runtime() {
        let clock = RuntimeClock::default();
        let (now, instant) = (clock.now(), clock.instant());
        let span = Duration::from_secs(90);
        tokio::time::advance(span).await;
        assert_eq!(clock.now(), now.plus(span));
        assert_eq!(clock.instant() - instant, span);
    }
}
