//! Whether the queue is healthy: the document's rule, and what this service makes of it.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use venue_domain::QueueMetrics;

/// Remembers since when the queue has been seen too deep.
///
/// It is looked at when somebody asks, and never by itself: an idle service does nothing.
#[derive(Debug, Default)]
pub(crate) struct LoadWatch {
    deep_since: Mutex<Option<Instant>>,
}

impl LoadWatch {
    /// Whether nothing is stuck, and the queue has not been too deep for a minute.
    pub(crate) fn is_healthy(&self, metrics: &QueueMetrics, now: Instant) -> bool {
        // A std lock: held for a few instructions, never across an await.
        let mut since = self.deep_since.lock().unwrap_or_else(PoisonError::into_inner);
        if metrics.depth.due > TOO_DEEP {
            let since = *since.get_or_insert(now);
            metrics.stuck == 0 && now.saturating_duration_since(since) < FOR_SO_LONG
        } else {
            *since = None;
            metrics.stuck == 0
        }
    }
}

/// The document's warning.
pub(crate) fn warning(metrics: &QueueMetrics) -> Option<String> {
    (metrics.depth.due > DEEP).then(|| "Queue depth high".to_owned())
}

const DEEP: u64 = 500;

const TOO_DEEP: u64 = 1_000;

const FOR_SO_LONG: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;
    use venue_domain::Depth;

    fn deep(due: u64) -> QueueMetrics {
        let depth = Depth { due, later: 5_000, processing: 3 };
        QueueMetrics { depth, ..QueueMetrics::default() }
    }

    #[test]
    fn a_depth_over_a_thousand_is_unhealthy_after_a_minute_and_healthy_at_once_again() {
        let watch = LoadWatch::default();
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let seen = [
            (1_000, 0, true),
            (1_001, 1, true),
            (5_000, 60, true),
            (1_001, 61, false),
            (1_000, 62, true),
            (1_001, 63, true),
            (1_001, 122, true),
            (1_001, 123, false),
        ];
        for (due, at, healthy) in seen {
            assert_eq!(watch.is_healthy(&deep(due), after(at)), healthy, "{due} at {at} s");
        }
    }

    #[test]
    fn anything_stuck_is_unhealthy_and_depth_is_warned_of_at_once() {
        let stuck = QueueMetrics { stuck: 1, ..deep(0) };
        assert!(!LoadWatch::default().is_healthy(&stuck, Instant::now()));
        assert_eq!(warning(&deep(500)), None);
        assert_eq!(warning(&deep(501)).as_deref(), Some("Queue depth high"));
    }
}
