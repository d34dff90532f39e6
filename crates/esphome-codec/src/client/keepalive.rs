//! Whether the device is still there.

use std::time::{Duration, Instant};

/// When a silent device is asked for a sign of life, and when it is given up.
///
/// The reference client's 20 s and 90 s are useless for a promise of seconds; a device itself
/// asks after 60 s of silence, which an interval below that prevents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keepalive {
    /// A ping after this long without incoming bytes, and again after as long: 10 s.
    pub interval: Duration,
    /// Dead after this long without incoming bytes: 20 s, two pings unanswered. Less drops
    /// sessions on weak Wi-Fi for nothing.
    pub dead_after: Duration,
}

impl Default for Keepalive {
    fn default() -> Self {
        Self { interval: Duration::from_secs(10), dead_after: Duration::from_secs(20) }
    }
}

/// When the device was last heard and last asked.
#[derive(Debug)]
pub(super) struct Liveness {
    keepalive: Keepalive,
    heard: Instant,
    asked: Instant,
}

impl Liveness {
    pub(super) const fn new(keepalive: Keepalive, now: Instant) -> Self {
        Self { keepalive, heard: now, asked: now }
    }

    pub(super) const fn heard(&mut self, now: Instant) {
        self.heard = now;
    }

    pub(super) const fn pinged(&mut self, now: Instant) {
        self.asked = now;
    }

    pub(super) fn is_over(&self, now: Instant) -> bool {
        self.over_at() <= now
    }

    pub(super) fn wants_ping(&self, now: Instant) -> bool {
        self.ping_at() <= now
    }

    /// When one of the two is due.
    pub(super) fn next(&self) -> Instant {
        self.ping_at().min(self.over_at())
    }

    fn ping_at(&self) -> Instant {
        self.heard.max(self.asked) + self.keepalive.interval
    }

    fn over_at(&self) -> Instant {
        self.heard + self.keepalive.dead_after
    }
}
