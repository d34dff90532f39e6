//! What is told about a queue that is not there.

use venue_domain::{
    AssumedStateChange, AssumedStateStore, BackupControl, BackupEntry, BatchId, BatchRecord,
    BatchSummary, CommandId, CommandRecord, CommandWithAttempts, Depth, EndedCommands,
    EndedRequest, HistoryPage, HistoryQuery, Hostname, IdempotencyState, KeyedRequest, PortBefore,
    PortId, PortStatus, QueueControl, QueueId, QueueMetrics, QueueView, RequestKeys, StoreError,
    Timestamp,
};

use crate::NoQueue;

impl QueueView for NoQueue {
    fn depth(&self) -> Depth {
        Depth::default()
    }

    async fn metrics(&self, _now: Timestamp) -> Result<QueueMetrics, StoreError> {
        Err(StoreError::Unavailable)
    }

    async fn command(&self, _id: CommandId) -> Result<Option<CommandWithAttempts>, StoreError> {
        Err(StoreError::Unavailable)
    }

    async fn queued(&self, _id: QueueId) -> Result<Option<CommandWithAttempts>, StoreError> {
        Err(StoreError::Unavailable)
    }

    async fn open_commands(
        &self,
        _device: Option<Hostname>,
        _after: Option<QueueId>,
        _limit: u32,
    ) -> Result<Vec<CommandRecord>, StoreError> {
        Err(StoreError::Unavailable)
    }

    async fn current_commands(&self, _limit: u32) -> Result<Vec<CommandRecord>, StoreError> {
        Err(StoreError::Unavailable)
    }

    async fn batch(&self, _id: BatchId) -> Result<Option<BatchRecord>, StoreError> {
        Err(StoreError::Unavailable)
    }

    async fn batch_commands(
        &self,
        _id: BatchId,
        _after: Option<QueueId>,
        _limit: u32,
    ) -> Result<Vec<CommandRecord>, StoreError> {
        Err(StoreError::Unavailable)
    }

    async fn retryable(&self, _id: BatchId) -> Result<Vec<CommandRecord>, StoreError> {
        Err(StoreError::Unavailable)
    }

    async fn before_batch(&self, _id: BatchId) -> Result<Vec<PortBefore>, StoreError> {
        Err(StoreError::Unavailable)
    }

    async fn history(&self, _query: HistoryQuery) -> Result<HistoryPage, StoreError> {
        Err(StoreError::Unavailable)
    }

    async fn batches(
        &self,
        _after: Option<BatchId>,
        _limit: u32,
    ) -> Result<Vec<BatchSummary>, StoreError> {
        Err(StoreError::Unavailable)
    }

    async fn port_status(&self, _device: Option<Hostname>) -> Result<Vec<PortStatus>, StoreError> {
        Err(StoreError::Unavailable)
    }
}

impl AssumedStateStore for NoQueue {
    async fn correct(
        &self,
        _port: PortId,
        _change: AssumedStateChange,
        _by: Option<String>,
        _at: Timestamp,
    ) -> Result<PortStatus, StoreError> {
        Err(StoreError::Unavailable)
    }
}

impl RequestKeys for NoQueue {
    async fn begin_request(&self, _request: KeyedRequest) -> Result<IdempotencyState, StoreError> {
        Err(StoreError::Unavailable)
    }

    /// None is ever stored: what memory knows is all that there is.
    async fn find_request(
        &self,
        _request: KeyedRequest,
    ) -> Result<Option<IdempotencyState>, StoreError> {
        Ok(None)
    }

    async fn end_request(&self, _ended: EndedRequest) -> Result<EndedCommands, StoreError> {
        Err(StoreError::Unavailable)
    }

    async fn forget_request(&self, _actor: String, _key: String) -> Result<(), StoreError> {
        Err(StoreError::Unavailable)
    }
}

impl QueueControl for NoQueue {
    fn pause(&self) {}

    fn resume(&self) {}

    fn is_paused(&self) -> bool {
        false
    }

    fn store_failed(&self) {}

    fn utilisation(&self) -> f64 {
        0.0
    }
}

impl BackupControl for NoQueue {
    async fn backups(&self) -> Result<Vec<BackupEntry>, StoreError> {
        Err(StoreError::Unavailable)
    }

    async fn back_up(&self) -> Result<BackupEntry, StoreError> {
        Err(StoreError::Unavailable)
    }
}
