//! The log beside the database: it grows while somebody reads for long, and has to become small again.

use std::time::Duration;

use tokio::time::Instant;
use venue_queue::SqliteStore;

use crate::watch::{Concern, EventPublisher};

/// Larger than it is while nobody reads for long, in bytes: it is cut when it is begun anew.
const LARGE: u64 = 32 << 20;

/// So large that somebody should look at it.
const TOO_LARGE: u64 = 256 << 20;

/// Who writes folds the log by and by; a store that rests is asked, no more often than this.
const BETWEEN: Duration = Duration::from_secs(30);

/// What is known of the log.
#[derive(Debug, Default)]
pub(super) struct LogWatch {
    /// How many statements had run at the last look: where none came, nobody folds it.
    statements: u64,
    tried: Option<Instant>,
}

impl LogWatch {
    /// Takes note of how large it is now, and folds it if nobody else does.
    pub(super) async fn look(
        &mut self,
        store: &SqliteStore,
        size: u64,
        publisher: &EventPublisher,
    ) {
        if size > TOO_LARGE {
            publisher.concern(Concern {
                kind: "store_log_large",
                about: None,
                critical: false,
                summary: format!(
                    "the log beside the database is larger than {} MiB",
                    TOO_LARGE >> 20
                ),
                advice: "end the process that has been reading the database for so long; use \
                         `venuectl backup create` for copies. The log then shrinks by itself",
            });
        } else if size <= LARGE {
            publisher.is_over("store_log_large");
        }
        let rests =
            std::mem::replace(&mut self.statements, store.statements()) == store.statements();
        let tried = self.tried.is_some_and(|tried| tried.elapsed() < BETWEEN);
        if size <= LARGE || !rests || tried {
            return;
        }
        self.tried = Some(Instant::now());
        match store.fold_log().await {
            Ok(true) => tracing::info!(was = size, "the log beside the database was emptied"),
            Ok(false) => tracing::debug!(size, "the log cannot be emptied while somebody reads"),
            Err(error) => tracing::debug!(%error, "the log cannot be emptied"),
        }
        self.statements = store.statements();
    }
}

#[cfg(test)]
mod tests {
    use venue_queue::StoreConfig;

    use super::*;

    fn alerts(publisher: &EventPublisher) -> Vec<&'static str> {
        publisher.concerns().into_iter().map(|concern| concern.kind).collect()
    }

    #[tokio::test]
    async fn a_log_that_stays_too_large_is_told_until_it_is_small_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("venue.db");
        let store = SqliteStore::open(&path, StoreConfig::default()).unwrap();
        let (mut log, publisher) = (LogWatch::default(), EventPublisher::new());
        log.look(&store, TOO_LARGE, &publisher).await;
        assert_eq!(alerts(&publisher), [""; 0], "so large it may be");
        log.look(&store, TOO_LARGE + 1, &publisher).await;
        assert_eq!(alerts(&publisher), ["store_log_large"]);
        // Smaller, and still not what it is while nobody reads for long.
        log.look(&store, LARGE + 1, &publisher).await;
        assert_eq!(alerts(&publisher), ["store_log_large"]);
        log.look(&store, LARGE, &publisher).await;
        assert_eq!(alerts(&publisher), [""; 0]);
    }

    #[tokio::test]
    async fn the_log_of_a_store_that_rests_is_emptied_and_that_of_a_busy_one_is_left_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("venue.db");
        let store = SqliteStore::open(&path, StoreConfig::default()).unwrap();
        store.check().await.unwrap();
        let before = store.log_size();
        let (mut log, publisher) = (LogWatch::default(), EventPublisher::new());
        // Statements have run since the last look: whoever writes folds it.
        log.look(&store, LARGE + 1, &publisher).await;
        assert_eq!(store.log_size(), before);
        log.look(&store, LARGE + 1, &publisher).await;
        assert_eq!(store.log_size(), 0, "nobody has used it since");
    }
}
