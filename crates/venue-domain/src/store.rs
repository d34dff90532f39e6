//! The store behind boundary traits: one narrow trait for each of those who use it.
//!
//! Time comes in as an argument, and every answer comes after the change is durable. A dropped
//! future does not undo a change that was handed over: it may still become durable.

use std::{future::Future, sync::Arc};

use crate::{
    attempt::DirectRecord,
    batch::BatchId,
    command::{Command, CommandId, QueueId},
    ended::EndedCommands,
    fence::FenceEntry,
    hostname::Hostname,
    port::PortId,
    port_set::PortSet,
    port_status::{AssumedStateChange, PortStatus},
    queue::{
        BatchCancelled, BatchCreated, BatchOrigin, Cancelled, DerivedBatch, Enqueued, NewBatch,
        NewCommand, PortWaiting,
    },
    record::{
        BatchRecord, BatchSummary, CommandRecord, CommandWithAttempts, Depth, EndedRequest,
        HistoryPage, HistoryQuery, IdempotencyState, KeyedRequest, PortBefore, QueueMetrics,
    },
    store_error::StoreError,
    time::{Timestamp, WallOffset},
    work::{
        ClaimTicket, Claimed, Expired, PassedOver, PreviousShutdown, Promoted, Promotion, Rescued,
        ScheduledCommand, Settled, Settlement, SettlementRule, Start, Stored,
    },
};

/// What routing needs: commands go in, and are withdrawn.
pub trait CommandQueue: Send + Sync {
    /// Puts one command into the queue, or records it as superseded if a newer one is known.
    ///
    /// Raises the stored fences of its slot; older waiting commands that it replaces become
    /// superseded with it. A scheduled command does neither before it is promoted.
    fn enqueue(
        &self,
        command: NewCommand,
    ) -> impl Future<Output = Result<Stored<Enqueued>, StoreError>> + Send;

    /// Puts all of `commands` into the queue, or none of them; the answers are in order.
    fn enqueue_all(
        &self,
        commands: Vec<NewCommand>,
    ) -> impl Future<Output = Result<Stored<Vec<Enqueued>>, StoreError>> + Send;

    /// Stores a batch with its commands and the assumed state of their ports now.
    fn create_batch(
        &self,
        batch: NewBatch,
    ) -> impl Future<Output = Result<Stored<BatchCreated>, StoreError>> + Send;

    /// Stores a batch that tries another one anew or takes it back, as far as nothing has come
    /// between: what the commands go by is checked in the change that stores them, so that of the
    /// same request at the same time there is one.
    fn redo_batch(
        &self,
        batch: NewBatch,
        origin: BatchOrigin,
    ) -> impl Future<Output = Result<Stored<DerivedBatch>, StoreError>> + Send;

    /// What waits or is in flight for `port`, and what is about to be stored for it. No SQL.
    fn waiting(&self, port: &PortId) -> PortWaiting;

    /// Raises the stored fences of a direct command, and supersedes what it replaces, before its
    /// first byte leaves; needed where [`CommandQueue::waiting`] finds something.
    fn supersede(
        &self,
        newer: Arc<Command>,
        now: Timestamp,
    ) -> impl Future<Output = Result<EndedCommands, StoreError>> + Send;

    /// Records direct commands that have ended: history, port status and stored fences. What is
    /// recorded already is left as it is.
    fn record(
        &self,
        records: Vec<DirectRecord>,
    ) -> impl Future<Output = Result<EndedCommands, StoreError>> + Send;

    /// Withdraws a waiting command.
    fn cancel(
        &self,
        command: CommandId,
        now: Timestamp,
    ) -> impl Future<Output = Result<Cancelled, StoreError>> + Send;

    /// Withdraws the waiting commands of a batch; `None` if there is no such batch.
    fn cancel_batch(
        &self,
        batch: BatchId,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<BatchCancelled>, StoreError>> + Send;
}

/// Remembers keyed requests, so that a repeated one is not carried out twice.
pub trait RequestKeys: Send + Sync {
    /// Notes `request` durably, or tells what is known of it.
    fn begin_request(
        &self,
        request: KeyedRequest,
    ) -> impl Future<Output = Result<IdempotencyState, StoreError>> + Send;

    /// What is known of `request`, where it cannot be noted: asks without writing, also while
    /// nothing can be written.
    ///
    /// `None` where its key is not known; [`IdempotencyState::New`] where it was noted after all.
    fn find_request(
        &self,
        request: KeyedRequest,
    ) -> impl Future<Output = Result<Option<IdempotencyState>, StoreError>> + Send;

    /// Keeps the answer to a request that was begun, and in the same change records the direct commands
    /// that it names, as [`CommandQueue::record`] does: after a crash there are both or neither.
    fn end_request(
        &self,
        ended: EndedRequest,
    ) -> impl Future<Output = Result<EndedCommands, StoreError>> + Send;

    /// Forgets a request that was begun and of which nothing was done: it may come again.
    fn forget_request(
        &self,
        actor: String,
        key: String,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// What a scheduler needs: work goes out, and its end comes back.
pub trait WorkQueue: Send + Sync {
    /// Takes over what an earlier run left: what was in flight and may be sent again waits again,
    /// what must not ends as unknown; after an unclean stop what is due expires. Keyed requests
    /// that were not answered count as interrupted.
    fn start(
        &self,
        previous_shutdown: PreviousShutdown,
        now: Timestamp,
    ) -> impl Future<Output = Result<Start, StoreError>> + Send;

    /// The stored fences, to be merged into those in memory.
    fn fences(&self) -> impl Future<Output = Result<Vec<FenceEntry>, StoreError>> + Send;

    /// Merges fences from memory after an outage; what they replace becomes superseded.
    fn merge_fences(
        &self,
        fences: Vec<FenceEntry>,
        now: Timestamp,
    ) -> impl Future<Output = Result<EndedCommands, StoreError>> + Send;

    /// Hands out the next command of `device` that is for no `busy` port, durably in flight until `lease_until`.
    ///
    /// Priority first, then the fair turn between batches. What has expired or is superseded is
    /// never handed out, and no key of a sequence before an earlier one of its port. A port has
    /// one claim at a time: until that is settled, whoever asks for another port names it as busy. What
    /// waits for a busy port is passed by as if it were not there, and is claimable again without further notice.
    fn claim(
        &self,
        device: Hostname,
        busy: PortSet,
        lease_until: Timestamp,
        now: Timestamp,
    ) -> impl Future<Output = Result<Claimed, StoreError>> + Send;

    /// Passes over what `device` has to do now, because nothing can be sent to it: `rule` says for each
    /// command what becomes of it, such as an attempt that counts as not sent. One change: nothing is in
    /// flight at any moment, neither for whoever looks meanwhile nor after a kill. A limited number in one
    /// call.
    fn pass_over(
        &self,
        device: Hostname,
        rule: SettlementRule,
        now: Timestamp,
    ) -> impl Future<Output = Result<PassedOver, StoreError>> + Send;

    /// Ends a claim. One that is no longer current changes nothing.
    fn settle(
        &self,
        ticket: ClaimTicket,
        settlement: Settlement,
        now: Timestamp,
    ) -> impl Future<Output = Result<Settled, StoreError>> + Send;

    /// Makes claimable what has become due.
    ///
    /// `scheduled` gives those scheduled commands that are due their place in the order; it raises
    /// their fences. What the store assumed to be due at another time moves there with its life.
    /// Scheduled commands that are not named stay as they are. One call makes a
    /// limited number claimable; the next due time is past if there are more.
    fn promote(
        &self,
        scheduled: Vec<Promotion>,
        now: Timestamp,
    ) -> impl Future<Output = Result<Promoted, StoreError>> + Send;

    /// The scheduled commands that become due before `until`, the first due first.
    fn upcoming(
        &self,
        until: Timestamp,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<ScheduledCommand>, StoreError>> + Send;

    /// Makes claimable what waits only because `device` had no session: it was not reached, or it
    /// was given back and has a time to wait for its device. Tells how many.
    fn wake(
        &self,
        device: Hostname,
        now: Timestamp,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Ends what has outlived its life; a limited number in one call.
    fn expire(&self, now: Timestamp) -> impl Future<Output = Result<Expired, StoreError>> + Send;

    /// Moves what is wished for a wall time, and has no place in the order yet, to where that lies in
    /// venue time now that the wall clock is `offset` ahead of it. Tells how many were moved: whoever
    /// knows what is due soon has to read it anew.
    fn move_wishes(
        &self,
        offset: WallOffset,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Takes back what is in flight although its lease is over.
    fn rescue(&self, now: Timestamp) -> impl Future<Output = Result<Rescued, StoreError>> + Send;
}

/// What those who show the queue need; nothing here changes it.
pub trait QueueView: Send + Sync {
    /// How much the queue holds. No SQL.
    fn depth(&self) -> Depth;

    /// The figures of the queue.
    fn metrics(
        &self,
        now: Timestamp,
    ) -> impl Future<Output = Result<QueueMetrics, StoreError>> + Send;

    /// A command with its attempts.
    fn command(
        &self,
        id: CommandId,
    ) -> impl Future<Output = Result<Option<CommandWithAttempts>, StoreError>> + Send;

    /// A command by its name in the queue.
    fn queued(
        &self,
        id: QueueId,
    ) -> impl Future<Output = Result<Option<CommandWithAttempts>, StoreError>> + Send;

    /// The commands that wait or are in flight, of `device` or of all, by queue id above `after`.
    fn open_commands(
        &self,
        device: Option<Hostname>,
        after: Option<QueueId>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<CommandRecord>, StoreError>> + Send;

    /// The commands that wait or are in flight and are due, or were: without those that are scheduled
    /// for later. The newest come first.
    fn current_commands(
        &self,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<CommandRecord>, StoreError>> + Send;

    /// A batch with its counts.
    fn batch(
        &self,
        id: BatchId,
    ) -> impl Future<Output = Result<Option<BatchRecord>, StoreError>> + Send;

    /// The commands of a batch, by queue id above `after`.
    fn batch_commands(
        &self,
        id: BatchId,
        after: Option<QueueId>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<CommandRecord>, StoreError>> + Send;

    /// The commands of a batch that may be tried anew: failed, expired, or an absolute one that
    /// ended unknown; never one whose slot has a newer wish.
    fn retryable(
        &self,
        id: BatchId,
    ) -> impl Future<Output = Result<Vec<CommandRecord>, StoreError>> + Send;

    /// The assumed state of the ports of a batch when it was accepted.
    fn before_batch(
        &self,
        id: BatchId,
    ) -> impl Future<Output = Result<Vec<PortBefore>, StoreError>> + Send;

    /// Finished commands, the newest first.
    fn history(
        &self,
        query: HistoryQuery,
    ) -> impl Future<Output = Result<HistoryPage, StoreError>> + Send;

    /// The batches, the newest first, from the one behind `after` on.
    fn batches(
        &self,
        after: Option<BatchId>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<BatchSummary>, StoreError>> + Send;

    /// The assumed state of the ports of `device`, or of all, ordered by port.
    fn port_status(
        &self,
        device: Option<Hostname>,
    ) -> impl Future<Output = Result<Vec<PortStatus>, StoreError>> + Send;
}

/// What people know better than what was delivered.
pub trait AssumedStateStore: Send + Sync {
    /// Stores what `by`, who stands before the TV, said of `port` at `at`; answers what is assumed
    /// then.
    ///
    /// # Errors
    /// [`StoreError`].
    ///
    /// # Cancel safety
    /// A dropped future may or may not have stored it.
    fn correct(
        &self,
        port: PortId,
        change: AssumedStateChange,
        by: Option<String>,
        at: Timestamp,
    ) -> impl Future<Output = Result<PortStatus, StoreError>> + Send;
}
