//! Recovery at a start: what an earlier run left in the queue, the fences, and what is due soon.

use std::sync::Arc;

use venue_domain::{Clock, Start, StoreError, WorkQueue};

use crate::{config::SchedulerConfig, parts::SchedulerParts, waker::Waker};

/// Recovers the queue. After a failure all of it is done again; what was published stays so.
///
/// The order clock and the fences in memory are raised above everything that is stored, and the
/// stored fences to those in memory: commands may have been sent before the store was there.
pub(crate) async fn recover<Q: WorkQueue, T, C: Clock>(
    parts: Arc<SchedulerParts<Q, T, C>>,
    waker: Waker,
    config: SchedulerConfig,
) -> Result<Start, StoreError> {
    let previous_shutdown = parts.marker.previous_shutdown();
    // Before anything is due: the clock may have been set since it was stored.
    parts.queue.move_wishes(parts.clock.offset()).await?;
    let mut start = parts.queue.start(previous_shutdown, parts.clock.now()).await?;
    parts.recorder.ended(std::mem::take(&mut start.rescued.ended_commands));
    // Not a millisecond further: where keys are ahead of the time, what the next run begins above is known
    // without the store.
    parts.order.raise(start.highest_key);
    parts.fences.merge(&parts.queue.fences().await?);
    let merged = parts.queue.merge_fences(parts.fences.entries(), parts.clock.now()).await?;
    parts.recorder.ended(merged);
    let until = parts.clock.now().plus(config.horizon);
    let limit = config.schedule_limit.get();
    let upcoming = parts.queue.upcoming(until, limit).await?;
    waker.schedule().refill(upcoming, until, limit);
    Ok(start)
}
