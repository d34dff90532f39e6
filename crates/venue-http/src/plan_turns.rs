//! Whoever plans by what is assumed of TVs does it in turn.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Mutex, OwnedMutexGuard},
    time::timeout,
};
use venue_domain::StoreError;

/// The turns of those who decide by the assumed state whether a toggle is pressed: runs of presets and of schedules, by
/// hand or by the clock. What one of them stores decides what the next one may press. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct PlanTurns(Arc<Mutex<()>>);

/// A turn, which is over when this is dropped.
#[derive(Debug)]
pub struct PlanTurn {
    _held: OwnedMutexGuard<()>,
}

impl PlanTurns {
    /// So long one waits for its turn: a store that hangs is down.
    const WAIT: Duration = Duration::from_secs(3);

    /// Waits for a turn: from the look at the state until the batch is stored. It is a queue, so that the order of those
    /// who ask is the order of what they send.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], if the one before does not end.
    ///
    /// # Cancel safety
    /// Safe: a turn that nobody waits for any more is nobody's.
    pub async fn take(&self) -> Result<PlanTurn, StoreError> {
        let held = timeout(Self::WAIT, Arc::clone(&self.0).lock_owned()).await;
        held.map(|held| PlanTurn { _held: held }).map_err(|_| StoreError::Unavailable)
    }
}
