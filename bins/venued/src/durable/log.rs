//! The log beside the database: it grows while somebody reads for long, and has to become small again.

use std::time::Duration;

use tokio::time::Instant;
use venue_queue::SqliteStore;

use crate::watch::{Concern, Told};

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
    pub(super) async fn look(&mut self, store: &SqliteStore, size: u64, told: &Told) {
        if size > TOO_LARGE {
            told.concern(Concern {
                kind: "store_log_large",
                about: None,
                critical: false,
                summary: format!("the log beside the database is larger than {} MiB", TOO_LARGE >> 20),
                advice: "end whatever has been reading the database for long; `venuectl backup create` makes a \
                         copy without that. The log becomes small by itself then",
            });
        } else if size <= LARGE {
            told.is_over("store_log_large");
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
