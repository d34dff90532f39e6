//! What is asked of the store as it is: every call goes to the store that is open, and fails while none is.

use venue_domain::{
    AssumedStateChange, AssumedStateStore, AuditPage, AuditQuery, AuditRecord, AuditStore, BatchId,
    BatchRecord, BatchSummary, ClaimTicket, Claimed, CommandId, CommandRecord, CommandWithAttempts,
    Configuration, ConfigurationStore, DailyStats, Depth, EndedCommands, EndedRequest, Expired,
    FenceEntry, HistoryPage, HistoryQuery, Hostname, IdempotencyState, ItemChange, KeyedRequest,
    LaneMemory, LaneNote, LaneStore, LogLine, PassedOver, PortBefore, PortId, PortSet, PortStatus,
    PreviousShutdown, Promoted, Promotion, QueueId, QueueMetrics, QueueView, RequestKeys, Rescued,
    RunLog, ScheduleRun, ScheduledCommand, Settled, Settlement, SettlementRule, Start, StatsQuery,
    StoreError, Stored, SystemStore, TaskRun, Timestamp, WallOffset, WorkQueue,
};

use super::StoreHandle;

/// Implements boundaries for [`StoreHandle`], each from a list of its methods without `Result`; what cannot be
/// forwarded stands behind the list.
macro_rules! forward {
    ($(
        $boundary:ident {
            $($name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*
            $(+ { $($own:tt)* })?
        }
    )*) => {$(
        impl $boundary for StoreHandle {
            $(
                async fn $name(&self, $($argument: $type),*) -> Result<$answer, StoreError> {
                    self.checked(self.store()?.$name($($argument),*).await)
                }
            )*
            $($($own)*)?
        }
    )*};
}

forward! {
    WorkQueue {
        start(previous_shutdown: PreviousShutdown, now: Timestamp) -> Start;
        fences() -> Vec<FenceEntry>;
        merge_fences(fences: Vec<FenceEntry>, now: Timestamp) -> EndedCommands;
        claim(device: Hostname, busy: PortSet, lease_until: Timestamp, now: Timestamp) -> Claimed;
        pass_over(device: Hostname, rule: SettlementRule, now: Timestamp) -> PassedOver;
        settle(ticket: ClaimTicket, settlement: Settlement, now: Timestamp) -> Settled;
        promote(scheduled: Vec<Promotion>, now: Timestamp) -> Promoted;
        upcoming(until: Timestamp, limit: u32) -> Vec<ScheduledCommand>;
        wake(device: Hostname, now: Timestamp) -> u64;
        expire(now: Timestamp) -> Expired;
        move_wishes(offset: WallOffset) -> u64;
        rescue(now: Timestamp) -> Rescued;
    }
    QueueView {
        metrics(now: Timestamp) -> QueueMetrics;
        queued(id: QueueId) -> Option<CommandWithAttempts>;
        open_commands(device: Option<Hostname>, after: Option<QueueId>, limit: u32) -> Vec<CommandRecord>;
        current_commands(limit: u32) -> Vec<CommandRecord>;
        batch(id: BatchId) -> Option<BatchRecord>;
        batch_commands(id: BatchId, after: Option<QueueId>, limit: u32) -> Vec<CommandRecord>;
        retryable(id: BatchId) -> Vec<CommandRecord>;
        before_batch(id: BatchId) -> Vec<PortBefore>;
        history(query: HistoryQuery) -> HistoryPage;
        batches(after: Option<BatchId>, limit: u32) -> Vec<BatchSummary>;
        port_status(device: Option<Hostname>) -> Vec<PortStatus>;
        + {
            fn depth(&self) -> Depth {
                self.store().map(|store| store.depth()).unwrap_or_default()
            }

            /// What was answered is known from then on, whether the store has it yet or not.
            async fn command(
                &self,
                id: CommandId,
            ) -> Result<Option<CommandWithAttempts>, StoreError> {
                // Asked first: what leaves it meanwhile is in the store by then.
                let unrecorded = self.unrecorded().find(id);
                let stored = match self.store() {
                    Ok(store) => self.checked(store.command(id).await),
                    Err(error) => Err(error),
                };
                match stored {
                    Ok(Some(found)) => Ok(Some(found)),
                    Ok(None) => Ok(unrecorded),
                    Err(error) => unrecorded.map(Some).ok_or(error),
                }
            }
        }
    }
    LaneStore {
        lane_memory(now: Timestamp) -> Vec<(Hostname, LaneMemory)>;
        note_lanes(notes: Vec<LaneNote>) -> ();
    }
    AssumedStateStore {
        correct(port: PortId, change: AssumedStateChange, by: Option<String>, at: Timestamp) -> PortStatus;
    }
    RequestKeys {
        begin_request(request: KeyedRequest) -> IdempotencyState;
        end_request(ended: EndedRequest) -> EndedCommands;
        forget_request(actor: String, key: String) -> ();
        + {
            /// Without a store none is ever stored: what memory knows is all that there is.
            async fn find_request(
                &self,
                request: KeyedRequest,
            ) -> Result<Option<IdempotencyState>, StoreError> {
                if self.is_none() {
                    return Ok(None);
                }
                self.checked(self.store()?.find_request(request).await)
            }
        }
    }
    ConfigurationStore {
        configuration() -> Configuration;
        configure(changes: Vec<ItemChange>, now: Timestamp) -> Stored<u64>;
        restore_configuration(all: Configuration, now: Timestamp) -> EndedCommands;
    }
    AuditStore {
        note_audit(records: Vec<AuditRecord>) -> ();
        audit(query: AuditQuery) -> AuditPage;
        prune_audit(before: Timestamp) -> u64;
    }
    SystemStore {
        note_task_run(run: TaskRun) -> ();
        task_runs() -> Vec<TaskRun>;
        note_log(device: Hostname, lines: Vec<LogLine>) -> ();
        log(device: Hostname, limit: u32) -> Vec<LogLine>;
        daily_stats(query: StatsQuery) -> Vec<DailyStats>;
    }
    RunLog {
        note_runs(runs: Vec<ScheduleRun>) -> ();
        runs(schedule: String, limit: u32) -> Vec<ScheduleRun>;
    }
}
