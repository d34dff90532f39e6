//! The one place where the daemon reads the system's clocks for decisions.

use std::time::{Duration, Instant, SystemTime};

use venue_domain::{Clock, Timestamp};

/// So long at the most nobody looks at the wall clock, which may be set meanwhile; only while something
/// waits for what it shows.
pub(crate) const LOOK: Duration = Duration::from_secs(60);

/// The system's wall clock, and the runtime's monotonic clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let epoch = Timestamp::from_unix_ms(0);
        match SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => epoch.plus(since),
            Err(before) => epoch.minus(before.duration()),
        }
    }

    /// Tokio's clock, which is the one that lanes and sessions go by.
    fn instant(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }
}
