//! What routing asks of the store.

use std::sync::Arc;

use venue_domain::{
    AssumedStateChange, AssumedStateStore, BatchCancelled, BatchCreated, BatchId, BatchOrigin,
    Cancelled, Command, CommandId, CommandQueue, DerivedBatch, DirectRecord, EndedCommands,
    EndedRequest, Enqueued, IdempotencyState, KeyedRequest, NewBatch, NewCommand, PortId,
    PortStatus, PortWaiting, RequestKeys, StoreError, Stored, Timestamp,
};

use super::SqliteStore;
use crate::{
    batch, cancel, enqueue, fences, history, keys, port_status,
    txn::WriteTxn,
    waiting::{Place, Reservation},
};

impl SqliteStore {
    /// Counts `commands` as waiting before they are durable.
    fn reserve<'a>(&self, commands: impl Iterator<Item = &'a NewCommand>) -> Option<Reservation> {
        let places = commands.filter_map(Place::of).collect();
        Some(self.0.writer.shared.waiting.reserve(places))
    }
}

impl CommandQueue for SqliteStore {
    async fn enqueue(&self, command: NewCommand) -> Result<Stored<Enqueued>, StoreError> {
        let reservation = self.reserve(std::iter::once(&command));
        let change = self.0.writer.change_by_key(reservation, move |txn| {
            let answer = enqueue::enqueue(txn, &command, None)?;
            let ended_commands = txn.ended_commands(command.handed_over_at())?;
            Ok(Stored { answer, ended_commands })
        });
        change.await
    }

    async fn enqueue_all(
        &self,
        commands: Vec<NewCommand>,
    ) -> Result<Stored<Vec<Enqueued>>, StoreError> {
        let reservation = self.reserve(commands.iter());
        let change = self.0.writer.change_by_key(reservation, move |txn| {
            let mut answer = Vec::with_capacity(commands.len());
            let mut now = Timestamp::default();
            for new in &commands {
                now = now.max(new.handed_over_at());
                answer.push(enqueue::enqueue(txn, new, None)?);
            }
            Ok(Stored { answer, ended_commands: txn.ended_commands(now)? })
        });
        change.await
    }

    async fn create_batch(&self, batch: NewBatch) -> Result<Stored<BatchCreated>, StoreError> {
        let reservation = self.reserve(batch.commands.iter());
        let change = self.0.writer.change(reservation, move |txn| {
            let answer = batch::create(txn, &batch)?;
            Ok(Stored { answer, ended_commands: txn.ended_commands(batch.created_at)? })
        });
        change.await
    }

    async fn redo_batch(
        &self,
        batch: NewBatch,
        origin: BatchOrigin,
    ) -> Result<Stored<DerivedBatch>, StoreError> {
        let reservation = self.reserve(batch.commands.iter());
        let change = self.0.writer.change(reservation, move |txn| {
            let answer = batch::redo(txn, &batch, &origin)?;
            Ok(Stored { answer, ended_commands: txn.ended_commands(batch.created_at)? })
        });
        change.await
    }

    fn waiting(&self, port: &PortId) -> PortWaiting {
        self.0.writer.shared.waiting.of(port)
    }

    async fn supersede(
        &self,
        newer: Arc<Command>,
        now: Timestamp,
    ) -> Result<EndedCommands, StoreError> {
        let change = self.0.writer.change_by_key(None, move |txn| {
            fences::raise(txn, &newer, now)?;
            txn.ended_commands(now)
        });
        change.await
    }

    async fn record(&self, records: Vec<DirectRecord>) -> Result<EndedCommands, StoreError> {
        self.0.writer.change_by_key(None, move |txn| history::record(txn, &records)).await
    }

    async fn cancel(&self, command: CommandId, now: Timestamp) -> Result<Cancelled, StoreError> {
        self.0.writer.change(None, move |txn| cancel::cancel(txn, command, now)).await
    }

    async fn cancel_batch(
        &self,
        batch: BatchId,
        now: Timestamp,
    ) -> Result<Option<BatchCancelled>, StoreError> {
        self.0.writer.change(None, move |txn| cancel::cancel_batch(txn, &batch, now)).await
    }
}

impl RequestKeys for SqliteStore {
    async fn begin_request(&self, request: KeyedRequest) -> Result<IdempotencyState, StoreError> {
        self.0.writer.change_by_key(None, move |txn| keys::begin(txn.connection, &request)).await
    }

    async fn find_request(
        &self,
        request: KeyedRequest,
    ) -> Result<Option<IdempotencyState>, StoreError> {
        self.0.readers.read(move |connection| keys::find(connection, &request)).await
    }

    async fn end_request(&self, ended: EndedRequest) -> Result<EndedCommands, StoreError> {
        self.0.writer.change_by_key(None, move |txn| keys::end(txn, &ended)).await
    }

    async fn forget_request(&self, actor: String, key: String) -> Result<(), StoreError> {
        let change = self
            .0
            .writer
            .change_by_key(None, move |txn| keys::forget(txn.connection, &actor, &key));
        change.await
    }
}

impl AssumedStateStore for SqliteStore {
    async fn correct(
        &self,
        port: PortId,
        change: AssumedStateChange,
        by: Option<String>,
        at: Timestamp,
    ) -> Result<PortStatus, StoreError> {
        let correct =
            move |txn: &mut WriteTxn<'_>| port_status::correct(txn, &port, &change, by.clone(), at);
        self.0.writer.change(None, correct).await
    }
}
