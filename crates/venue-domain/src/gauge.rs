//! Whether the store can be used at present: one flag that all who use it share.

use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the store can be used. Whoever finds it down says so; the one who owns its recovery says
/// when it is back, after the fences in memory have been merged into it.
#[derive(Debug)]
pub struct StoreGauge(AtomicBool);

impl StoreGauge {
    /// A store that cannot be used yet, or that is not there at all.
    #[must_use]
    pub const fn down() -> Self {
        Self(AtomicBool::new(false))
    }

    /// A store that can be used.
    #[must_use]
    pub const fn up() -> Self {
        Self(AtomicBool::new(true))
    }

    /// Whether it can be used.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// It failed. Tells whether that is news.
    pub fn mark_down(&self) -> bool {
        self.0.swap(false, Ordering::AcqRel)
    }

    /// It is back. Tells whether that is news.
    pub fn mark_up(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_news_once() {
        let gauge = StoreGauge::down();
        assert!(!gauge.mark_down() && gauge.mark_up() && gauge.is_up());
        assert!(!gauge.mark_up() && gauge.mark_down() && !gauge.is_up());
    }
}
