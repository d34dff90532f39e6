//! The vocabulary of a venue: devices, ports, actions, commands, outcomes and their order.
//!
//! Everything here is a value or a rule over values; nothing knows a socket, a clock or a disk.
//! The words are those of the glossary in `docs/architecture.md`, and a value that exists is
//! valid: whoever holds a [`PortIndex`] or a [`ChannelNumber`] need not check it again.

mod action;
mod attempt;
mod audit;
mod availability;
mod batch;
mod boundary;
mod cannot_drive;
mod class;
mod command;
mod configuration;
mod control;
mod effect;
mod ended;
mod entry;
mod fence;
mod fixed_directory;
mod hostname;
mod lane_memory;
mod line_up;
mod lock;
mod misfit;
mod misread;
mod order;
mod outage;
mod outcome;
mod parameter;
mod patience;
mod plan;
mod port;
mod port_actions;
mod port_set;
mod port_status;
mod priority;
mod queue;
mod record;
mod retry;
mod run;
mod shared;
mod slot_fence;
mod snapshot;
mod source;
mod status;
mod store;
mod store_error;
mod system;
#[cfg(any(test, feature = "test-util"))]
pub mod testing;
mod text;
mod time;
mod timing;
mod transmitters;
mod tried;
mod waits;
mod work;

pub use action::{
    Action, ActionError, ActionSpec, ClassSpec, Classes, CustomAction, CustomActionError,
    NavigationKey, Parameter, Parameters, ReadBackError, Step,
};
pub use attempt::{Attempt, DirectRecord};
pub use audit::{AuditPage, AuditQuery, AuditRecord, AuditStore};
pub use availability::StoreAvailability;
pub use batch::{BatchCounts, BatchId, BatchIdError};
pub use boundary::{Clock, DirectTransport, Directory, Probe, ProbeOutcome, Recorder};
pub use cannot_drive::CannotDrive;
pub use class::{Class, UnknownClass};
pub use command::{Actor, Command, CommandId, QueueId};
pub use configuration::{
    Configuration, ConfigurationItem, ConfigurationStore, ItemChange, ItemKind,
};
pub use control::{BackupControl, BackupEntry, BackupPlace, QueueControl};
pub use effect::{EffectGroup, Nature, Slot};
pub use ended::{Ended, EndedCommands};
pub use entry::{DeviceEntry, PortEntry};
pub use fence::{FenceEntry, Fences, Promoter, Sending, raised_by};
pub use fixed_directory::FixedDirectory;
pub use hostname::{Hostname, HostnameError};
pub use lane_memory::{
    LATE_COMMAND_LIFE, LaneMemory, LaneNote, LaneObserver, LaneStore, LateCommand, PortPacing,
    RememberedCommand,
};
pub use line_up::{ChannelId, ChannelIdError, LineUp};
pub use lock::{Locks, PortLock};
pub use misfit::Misfit;
pub use misread::{misplaced, misread};
pub use order::{LATE_AFTER, OrderClock, OrderInstant, OrderKey};
pub use outage::{BoxFuture, MemoryMarker, NoMarker, OrderDurability, OutageMarker};
pub use outcome::{Delivery, Evidence, NotSent, Outcome, Refused, Unknown};
pub use parameter::{ChannelNumber, Digit, InputName, ParameterError, SignalCode, StepCount};
pub use patience::{
    FIRST_RETRY_WAIT, LONGEST_RETRY_WAIT, Patience, RETRY_BACKOFF, failed_tries, retry_wait,
};
pub use plan::{Call, PlannedCall};
pub use port::{PortId, PortIdError, PortIndex, PortIndexError};
pub use port_actions::{NoSuchAction, PortActions};
pub use port_set::PortSet;
pub use port_status::{AssumedStateChange, CORRECTION, PortStatus};
pub use priority::{MaxAttempts, MaxAttemptsError, Priority, PriorityError};
pub use queue::{
    BatchCancelled, BatchCreated, BatchOrigin, Cancelled, DerivedBatch, Due, Enqueued, NewBatch,
    NewCommand, PortWaiting, RedoKind,
};
pub use record::{
    BatchRecord, BatchSummary, CommandRecord, CommandWithAttempts, Depth, EndedRequest,
    HistoryCursor, HistoryPage, HistoryQuery, IdempotencyState, KeyedRequest, PortBefore,
    QueueMetrics, StoredAnswer,
};
pub use retry::{NotRetryable, RetryDecision, may_be_retried};
pub use run::{RunLog, RunOutcome, ScheduleRun};
pub use slot_fence::{Raise, SlotFence, SupersededBy};
pub use snapshot::{
    AdvertisedAction, AdvertisedArgument, AdvertisedEntity, Capabilities, DeviceSnapshot, Firmware,
    LaneSnapshot, Misconfigured, PortRest, Presence,
};
pub use source::{Screen, ScreenSource, SourceEntry, UnknownSource};
pub use status::{Reason, RoutingMethod, Status, UnknownName};
pub use store::{AssumedStateStore, CommandQueue, QueueView, RequestKeys, WorkQueue};
pub use store_error::StoreError;
pub use system::{
    DailyStats, LOG_LINES_KEPT, LogLine, StatsBy, StatsQuery, SystemStore, SystemTask, TaskRun,
};
pub use text::one_line;
pub use time::{Timestamp, WallOffset, WallTime};
pub use timing::TimingProfile;
pub use transmitters::{Transmitter, Transmitters};
pub use tried::TriedCode;
pub use waits::WaitsFor;
pub use work::{
    Claim, ClaimTicket, Claimed, Expired, PassedOver, PreviousShutdown, Promoted, Promotion,
    Rescued, ScheduledCommand, Settled, Settlement, SettlementRule, Start, Stored,
};
