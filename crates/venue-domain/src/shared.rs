//! The boundary traits for what is behind a pointer: an `Arc<T>` or a `&T` of an implementation is one too, so
//! that whoever builds a router, a scheduler and a page upon one store or transport hands each of them a copy.

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    attempt::DirectRecord,
    audit::{AuditPage, AuditQuery, AuditRecord, AuditStore},
    batch::BatchId,
    boundary::{Clock, DirectTransport, Directory, Probe, ProbeOutcome, Recorder},
    command::{Command, CommandId, QueueId},
    configuration::{Configuration, ConfigurationStore, ItemChange},
    control::{BackupControl, BackupEntry, QueueControl},
    ended::EndedCommands,
    entry::DeviceEntry,
    fence::{FenceEntry, Promoter},
    hostname::Hostname,
    lane_memory::{LaneMemory, LaneNote, LaneObserver, LaneStore},
    outage::{BoxFuture, OrderDurability, OutageMarker},
    outcome::{Delivery, Outcome},
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
    run::{RunLog, ScheduleRun},
    snapshot::{Capabilities, DeviceSnapshot},
    store::{AssumedStateStore, CommandQueue, QueueView, RequestKeys, WorkQueue},
    store_error::StoreError,
    system::{DailyStats, LogLine, StatsQuery, SystemStore, TaskRun},
    time::{Timestamp, WallOffset},
    timing::TimingProfile,
    transmitters::Transmitters,
    work::{
        ClaimTicket, Claimed, Expired, PassedOver, PreviousShutdown, Promoted, Promotion, Rescued,
        ScheduledCommand, Settled, Settlement, SettlementRule, Start, Stored,
    },
};

/// One method that asks what the pointer points to. `later` answers with a future.
macro_rules! method {
    (later $name:ident($($argument:ident: $type:ty),*) -> $answer:ty) => {
        fn $name(&self, $($argument: $type),*) -> impl Future<Output = $answer> + Send {
            (**self).$name($($argument),*)
        }
    };
    (now $name:ident($($argument:ident: $type:ty),*) $(-> $answer:ty)?) => {
        fn $name(&self, $($argument: $type),*) $(-> $answer)? {
            (**self).$name($($argument),*)
        }
    };
}

macro_rules! behind_pointers {
    ($(
        $boundary:ident {
            $($when:ident $name:ident $arguments:tt $(-> $answer:ty)?;)*
        }
    )*) => {$(
        impl<T: $boundary + ?Sized> $boundary for Arc<T> {
            $(method! { $when $name $arguments $(-> $answer)? })*
        }

        impl<T: $boundary + ?Sized> $boundary for &T {
            $(method! { $when $name $arguments $(-> $answer)? })*
        }
    )*};
}

// Every method is named, also one that a trait has a body for: what is left out would answer with that body.
behind_pointers! {
    Clock {
        now now() -> Timestamp;
        now offset() -> WallOffset;
        now instant() -> Instant;
    }
    Directory {
        now device(device: &Hostname) -> Option<Arc<DeviceEntry>>;
        now devices() -> Vec<Arc<DeviceEntry>>;
    }
    DirectTransport {
        later deliver(command: Arc<Command>, deadline: Instant) -> Delivery;
        later deliver_timed(command: Arc<Command>, deadline: Instant)
            -> (Delivery, Option<Duration>);
        now timing(port: &PortId) -> TimingProfile;
        now transmitters(device: &Hostname) -> Transmitters;
        now may_repeat_older(command: &Command) -> bool;
    }
    Probe {
        later ping(device: &Hostname, deadline: Instant) -> ProbeOutcome;
        now snapshot(device: &Hostname) -> Option<DeviceSnapshot>;
        now capabilities(device: &Hostname) -> Option<Capabilities>;
    }
    Recorder {
        now record(record: DirectRecord);
        now ended(ended_commands: EndedCommands);
    }
    Promoter {
        now promote_due();
    }
    OutageMarker {
        now set() -> BoxFuture<'_, OrderDurability>;
        now durability() -> OrderDurability;
        now calls() -> u64;
        now clear(calls: u64) -> BoxFuture<'_, bool>;
        now previous_shutdown() -> PreviousShutdown;
    }
    LaneObserver {
        now cleared(commands: Vec<CommandId>);
        now reasserted(command: &Command, outcome: &Outcome, took: Duration);
    }
    QueueControl {
        now pause();
        now resume();
        now is_paused() -> bool;
        now store_failed();
        now utilisation() -> f64;
    }
    CommandQueue {
        later enqueue(command: NewCommand) -> Result<Stored<Enqueued>, StoreError>;
        later enqueue_all(commands: Vec<NewCommand>) -> Result<Stored<Vec<Enqueued>>, StoreError>;
        later create_batch(batch: NewBatch) -> Result<Stored<BatchCreated>, StoreError>;
        later redo_batch(batch: NewBatch, origin: BatchOrigin)
            -> Result<Stored<DerivedBatch>, StoreError>;
        now waiting(port: &PortId) -> PortWaiting;
        later supersede(newer: Arc<Command>, now: Timestamp) -> Result<EndedCommands, StoreError>;
        later record(records: Vec<DirectRecord>) -> Result<EndedCommands, StoreError>;
        later cancel(command: CommandId, now: Timestamp) -> Result<Cancelled, StoreError>;
        later cancel_batch(batch: BatchId, now: Timestamp)
            -> Result<Option<BatchCancelled>, StoreError>;
    }
    RequestKeys {
        later begin_request(request: KeyedRequest) -> Result<IdempotencyState, StoreError>;
        later find_request(request: KeyedRequest) -> Result<Option<IdempotencyState>, StoreError>;
        later end_request(ended: EndedRequest) -> Result<EndedCommands, StoreError>;
        later forget_request(actor: String, key: String) -> Result<(), StoreError>;
    }
    WorkQueue {
        later start(previous_shutdown: PreviousShutdown, now: Timestamp) -> Result<Start, StoreError>;
        later fences() -> Result<Vec<FenceEntry>, StoreError>;
        later merge_fences(fences: Vec<FenceEntry>, now: Timestamp)
            -> Result<EndedCommands, StoreError>;
        later claim(device: Hostname, busy: PortSet, lease_until: Timestamp, now: Timestamp)
            -> Result<Claimed, StoreError>;
        later pass_over(device: Hostname, rule: SettlementRule, now: Timestamp)
            -> Result<PassedOver, StoreError>;
        later settle(ticket: ClaimTicket, settlement: Settlement, now: Timestamp)
            -> Result<Settled, StoreError>;
        later promote(scheduled: Vec<Promotion>, now: Timestamp) -> Result<Promoted, StoreError>;
        later upcoming(until: Timestamp, limit: u32) -> Result<Vec<ScheduledCommand>, StoreError>;
        later wake(device: Hostname, now: Timestamp) -> Result<u64, StoreError>;
        later expire(now: Timestamp) -> Result<Expired, StoreError>;
        later move_wishes(offset: WallOffset) -> Result<u64, StoreError>;
        later rescue(now: Timestamp) -> Result<Rescued, StoreError>;
    }
    QueueView {
        now depth() -> Depth;
        later metrics(now: Timestamp) -> Result<QueueMetrics, StoreError>;
        later command(id: CommandId) -> Result<Option<CommandWithAttempts>, StoreError>;
        later queued(id: QueueId) -> Result<Option<CommandWithAttempts>, StoreError>;
        later open_commands(device: Option<Hostname>, after: Option<QueueId>, limit: u32)
            -> Result<Vec<CommandRecord>, StoreError>;
        later current_commands(limit: u32) -> Result<Vec<CommandRecord>, StoreError>;
        later batch(id: BatchId) -> Result<Option<BatchRecord>, StoreError>;
        later batch_commands(id: BatchId, after: Option<QueueId>, limit: u32)
            -> Result<Vec<CommandRecord>, StoreError>;
        later retryable(id: BatchId) -> Result<Vec<CommandRecord>, StoreError>;
        later before_batch(id: BatchId) -> Result<Vec<PortBefore>, StoreError>;
        later history(query: HistoryQuery) -> Result<HistoryPage, StoreError>;
        later batches(after: Option<BatchId>, limit: u32)
            -> Result<Vec<BatchSummary>, StoreError>;
        later port_status(device: Option<Hostname>) -> Result<Vec<PortStatus>, StoreError>;
    }
    AssumedStateStore {
        later correct(port: PortId, change: AssumedStateChange, by: Option<String>, at: Timestamp)
            -> Result<PortStatus, StoreError>;
    }
    LaneStore {
        later lane_memory(now: Timestamp) -> Result<Vec<(Hostname, LaneMemory)>, StoreError>;
        later note_lanes(notes: Vec<LaneNote>) -> Result<(), StoreError>;
    }
    ConfigurationStore {
        later configuration() -> Result<Configuration, StoreError>;
        later configure(changes: Vec<ItemChange>, now: Timestamp)
            -> Result<Stored<u64>, StoreError>;
        later restore_configuration(configuration: Configuration, now: Timestamp)
            -> Result<EndedCommands, StoreError>;
    }
    AuditStore {
        later note_audit(records: Vec<AuditRecord>) -> Result<(), StoreError>;
        later audit(query: AuditQuery) -> Result<AuditPage, StoreError>;
        later prune_audit(before: Timestamp) -> Result<u64, StoreError>;
    }
    SystemStore {
        later note_task_run(run: TaskRun) -> Result<(), StoreError>;
        later task_runs() -> Result<Vec<TaskRun>, StoreError>;
        later note_log(device: Hostname, lines: Vec<LogLine>) -> Result<(), StoreError>;
        later log(device: Hostname, limit: u32) -> Result<Vec<LogLine>, StoreError>;
        later daily_stats(query: StatsQuery) -> Result<Vec<DailyStats>, StoreError>;
    }
    RunLog {
        later note_runs(runs: Vec<ScheduleRun>) -> Result<(), StoreError>;
        later runs(schedule: String, limit: u32) -> Result<Vec<ScheduleRun>, StoreError>;
    }
    BackupControl {
        later backups() -> Result<Vec<BackupEntry>, StoreError>;
        later back_up() -> Result<BackupEntry, StoreError>;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PortIndex, Transmitter};

    /// Answers nothing as the trait's own bodies would.
    struct Odd;

    impl Clock for Odd {
        fn now(&self) -> Timestamp {
            Timestamp::from_unix_ms(1)
        }

        fn offset(&self) -> WallOffset {
            WallOffset::from_ms(7)
        }

        fn instant(&self) -> Instant {
            unreachable!("nobody asks")
        }
    }

    impl DirectTransport for Odd {
        async fn deliver(&self, _: Arc<Command>, _: Instant) -> Delivery {
            unreachable!("nobody asks")
        }

        fn timing(&self, _: &PortId) -> TimingProfile {
            TimingProfile { warm_up: Duration::from_secs(77), ..TimingProfile::default() }
        }

        fn transmitters(&self, _: &Hostname) -> Transmitters {
            let ports = PortIndex::first(2).zip([1, 2].map(Transmitter));
            ports.collect()
        }

        fn may_repeat_older(&self, _: &Command) -> bool {
            true
        }
    }

    fn is_asked(shared: impl Clock + DirectTransport) {
        assert_eq!(shared.now(), Timestamp::from_unix_ms(1));
        assert_eq!(shared.offset(), WallOffset::from_ms(7));
        let port = "ir-1/1".parse().unwrap();
        assert_eq!(shared.timing(&port).warm_up, Duration::from_secs(77));
        assert!(shared.transmitters(&port.device).are_several());
    }

    #[test]
    fn what_is_behind_a_pointer_answers_and_not_the_body_of_the_trait() {
        is_asked(Odd);
        is_asked(&Odd);
        is_asked(Arc::new(Odd));
        let shared = Arc::new(Odd);
        is_asked(&shared);
        is_asked(shared);
    }

    #[test]
    fn a_trait_object_is_shared_like_anything_else() {
        fn now(clock: impl Clock) -> Timestamp {
            clock.now()
        }
        let clock: Arc<dyn Clock> = Arc::new(Odd);
        assert_eq!(now(Arc::clone(&clock)), now(&*clock));
    }
}
