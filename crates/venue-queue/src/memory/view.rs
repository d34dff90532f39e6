//! What those who show the queue ask of the store in memory.

use std::time::Duration;

use venue_domain::{
    BatchId, BatchRecord, BatchSummary, CommandId, CommandRecord, CommandWithAttempts, Depth,
    HistoryCursor, HistoryPage, HistoryQuery, Hostname, OrderKey, PortBefore, PortStatus, QueueId,
    QueueMetrics, QueueView, RedoKind, StoreError, Timestamp,
};

use super::{
    MemoryStore,
    state::{Batch, State},
};
use crate::record;

impl State {
    fn account(&self, is: impl Fn(&CommandRecord) -> bool) -> Option<CommandWithAttempts> {
        let record = self.find(is)?.clone();
        let attempts = self.attempts.get(&record.id);
        let attempts = attempts.into_iter().flat_map(|numbered| numbered.values().cloned());
        Some(CommandWithAttempts { attempts: attempts.collect(), record })
    }

    fn depth(&self) -> Depth {
        let mut depth = Depth::default();
        for row in self.rows.values() {
            match (row.is_waiting(), row.ready) {
                (true, true) => depth.due += 1,
                (true, false) => depth.later += 1,
                (false, _) => depth.processing += 1,
            }
        }
        depth
    }

    /// Queued commands that ended within the last hour, which is counted in whole minutes.
    fn last_hour(&self, now: Timestamp) -> impl Iterator<Item = &CommandRecord> {
        let minute = |at: Timestamp| at.unix_ms().div_euclid(60_000);
        self.history.iter().filter(move |record| {
            let ended = record.completed_at.filter(|_| record.queue_id.is_some());
            ended.is_some_and(|at| minute(at) > minute(now) - 60)
        })
    }

    /// The commands of a batch that may be tried anew.
    pub(super) fn retryable(&self, id: &BatchId) -> Vec<CommandRecord> {
        let newer =
            |record: &CommandRecord| self.fences.newer_in_slot(&record::command(record)).is_some();
        let records = self.of_batch(id).into_iter();
        records.filter(|record| record.retryable().is_ok() && !newer(record)).cloned().collect()
    }

    /// The assumed state of the ports of a batch before it.
    pub(super) fn before(&self, id: &BatchId) -> Vec<PortBefore> {
        let Some(batch) = self.batches.get(id) else { return Vec::new() };
        let ports = batch.before.iter().map(|(port, status, above)| PortBefore {
            port: port.clone(),
            status: status.clone(),
            commanded_since: self.commanded_since(&batch.record, port, *above),
            above: *above,
        });
        ports.collect()
    }

    /// A batch with what is counted and looked up.
    fn shown(&self, batch: &Batch) -> BatchRecord {
        let made = |kind| {
            let of_it = self.batches.values().filter(|made| {
                let origin = made.origin.as_ref();
                origin.is_some_and(|from| from.batch == batch.record.id && from.kind == kind)
            });
            of_it.max_by_key(|made| made.record.created_at).map(|made| made.record.id.clone())
        };
        BatchRecord {
            counts: self.counts(&batch.record.id),
            retried_by: made(RedoKind::Retry),
            undone_by: made(RedoKind::Undo),
            ..batch.record.clone()
        }
    }

    fn commanded_since(
        &self,
        batch: &BatchRecord,
        port: &venue_domain::PortId,
        above: Option<OrderKey>,
    ) -> bool {
        let own = self.of_batch(&batch.id);
        self.fences.entries().into_iter().filter(|entry| entry.slot.port == *port).any(|entry| {
            entry.fence.any.is_some_and(|any| {
                Some(any.key) > above && own.iter().all(|record| record.id != any.command)
            })
        })
    }
}

fn mean(durations: impl Iterator<Item = Duration>) -> Option<Duration> {
    let (count, sum) = durations.fold((0u64, 0u64), |(count, sum), duration| {
        (count + 1, sum + u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
    });
    sum.checked_div(count).map(Duration::from_millis)
}

impl QueueView for MemoryStore {
    fn depth(&self) -> Depth {
        self.lock().depth()
    }

    async fn metrics(&self, now: Timestamp) -> Result<QueueMetrics, StoreError> {
        let state = self.lock();
        let due = state.rows.values().filter(|row| row.is_waiting() && row.ready);
        let long_ago = now.minus(Duration::from_secs(5 * 60));
        let stuck = state.rows.values().filter(|row| {
            !row.is_waiting() && row.record.last_attempt_at.is_some_and(|at| at < long_ago)
        });
        Ok(QueueMetrics {
            depth: state.depth(),
            oldest_due: due.map(|row| row.record.due_at).min(),
            stuck: stuck.count() as u64,
            last_hour: state.last_hour(now).map(|record| record.status).collect(),
            average_execution: mean(state.last_hour(now).filter_map(|r| r.execution_time)),
            average_wait: mean(state.last_hour(now).filter_map(|record| record.queue_wait)),
        })
    }

    async fn command(&self, id: CommandId) -> Result<Option<CommandWithAttempts>, StoreError> {
        Ok(self.lock().account(|record| record.id == id))
    }

    async fn queued(&self, id: QueueId) -> Result<Option<CommandWithAttempts>, StoreError> {
        Ok(self.lock().account(|record| record.queue_id == Some(id)))
    }

    async fn open_commands(
        &self,
        device: Option<Hostname>,
        after: Option<QueueId>,
        limit: u32,
    ) -> Result<Vec<CommandRecord>, StoreError> {
        let state = self.lock();
        let of_device = |record: &&CommandRecord| {
            device.as_ref().is_none_or(|device| record.target.device == *device)
        };
        let records = state.rows.values().map(|row| &row.record);
        let records = records.filter(|record| record.queue_id > after).filter(of_device);
        Ok(records.take(limit as usize).cloned().collect())
    }

    async fn current_commands(&self, limit: u32) -> Result<Vec<CommandRecord>, StoreError> {
        let state = self.lock();
        let records = state.rows.values().rev().map(|row| &row.record);
        let placed = records.filter(|record| record.key.is_some());
        Ok(placed.take(limit as usize).cloned().collect())
    }

    async fn batch(&self, id: BatchId) -> Result<Option<BatchRecord>, StoreError> {
        let state = self.lock();
        Ok(state.batches.get(&id).map(|batch| state.shown(batch)))
    }

    async fn batch_commands(
        &self,
        id: BatchId,
        after: Option<QueueId>,
        limit: u32,
    ) -> Result<Vec<CommandRecord>, StoreError> {
        let state = self.lock();
        let records = state.of_batch(&id).into_iter().filter(|record| record.queue_id > after);
        Ok(records.take(limit as usize).cloned().collect())
    }

    async fn retryable(&self, id: BatchId) -> Result<Vec<CommandRecord>, StoreError> {
        Ok(self.lock().retryable(&id))
    }

    async fn before_batch(&self, id: BatchId) -> Result<Vec<PortBefore>, StoreError> {
        Ok(self.lock().before(&id))
    }

    async fn history(&self, query: HistoryQuery) -> Result<HistoryPage, StoreError> {
        let state = self.lock();
        let of_device = |record: &&CommandRecord| {
            query.device.as_ref().is_none_or(|device| record.target.device == *device)
        };
        let before = query.before.map_or(i64::MAX, |cursor| cursor.0);
        let mut numbered: Vec<_> = (1i64..).zip(&state.history).collect();
        numbered.reverse();
        let mut found: Vec<_> = numbered
            .into_iter()
            .filter(|(number, record)| *number < before && of_device(record))
            .take(query.limit as usize + 1)
            .collect();
        let more = found.len() > query.limit as usize;
        found.truncate(query.limit as usize);
        let next = found.last().filter(|_| more).map(|(number, _)| HistoryCursor(*number));
        Ok(HistoryPage {
            items: found.into_iter().map(|(_, record)| record.clone()).collect(),
            next,
        })
    }

    async fn batches(
        &self,
        after: Option<BatchId>,
        limit: u32,
    ) -> Result<Vec<BatchSummary>, StoreError> {
        let state = self.lock();
        let place = |batch: &Batch| (batch.record.created_at, batch.record.id.clone());
        let end = after.map(|id| state.batches.get(&id).map(place).ok_or(id));
        let mut batches: Vec<_> = state.batches.values().collect();
        batches.sort_by_key(|batch| std::cmp::Reverse(place(batch)));
        // One that is forgotten has no place: whatever comes is behind it.
        let behind = |batch: &&&Batch| match &end {
            Some(Ok(end)) => place(batch) < *end,
            Some(Err(_)) | None => true,
        };
        let found = batches.iter().filter(behind).take(limit as usize).map(|batch| {
            let id = &batch.record.id;
            BatchSummary {
                batch: state.shown(batch),
                action: state.of_batch(id).first().map(|first| first.action.clone()),
                ports: batch.before.len() as u64,
            }
        });
        Ok(found.collect())
    }

    async fn port_status(&self, device: Option<Hostname>) -> Result<Vec<PortStatus>, StoreError> {
        let state = self.lock();
        let asked = |status: &&PortStatus| {
            device.as_ref().is_none_or(|device| status.port.device == *device)
        };
        Ok(state.ports.values().filter(asked).cloned().collect())
    }
}
