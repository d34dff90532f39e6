//! The wire types of the HTTP interface, shared by daemon and venuectl.
//!
//! JSON in snake_case; points in time are RFC 3339 in UTC, ages and durations are integers whose
//! names end in `_ms` (or `_s`). A type here says what travels, never what to do: the daemon fills
//! these types from its own, and venuectl reads them back.
//!
//! The endpoints of the design document (`/{hostname}/...`) answer in the shape that old clients
//! read: [`DocumentAnswer`] and [`DocumentFailure`]. `/api/v1` answers with the same facts and
//! without `success`, which has never said what became of a command.

mod alert;
mod backup;
mod bulk;
mod command;
mod config;
mod device;
mod discovered;
mod event;
mod field;
mod health;
mod infrared;
mod learn;
mod lock;
mod logo;
mod maintenance;
mod person;
mod port;
mod preset;
mod problem;
mod queue;
mod record;
mod schedule;
mod service;
mod setup;
mod source;
mod system;
mod time;
mod token;
mod try_code;
mod venue;
mod word;

pub use alert::{Alert, AlertList};
pub use backup::{Backup, BackupList, BackupRestored};
pub use bulk::{
    AcceptedTarget, BatchAccepted, BatchPlan, BulkBody, DocumentBulk, DuplicateTarget,
    PlannedTarget, RefreshQueued, RejectedTarget, TargetBody, UnmatchedSelector,
};
pub use command::{CommandAnswer, CommandBody, DiagnosticBody, DocumentAnswer};
pub use config::{
    ApplyBody, BoardAccepted, BoardBody, ConfigChange, ConfigChanges, ConfigDocument, ConfigItem,
    ConfigList, ConfigRevision, ConfigValue, ConfigWarning, ConfigWarnings, KeyBody, KeyChanged,
};
pub use device::{
    Action, ActionArgument, Capabilities, DeviceList, DeviceStatus, Entity, Firmware, Lane, Port,
};
pub use discovered::{Discovered, DiscoveredBoard};
pub use event::{
    BatchCreatedEvent, BatchProgressEvent, ClockEvent, CommandEvent, ConfigEvent, DeviceEvent,
    Events, PortEvent, QueueEvent, ResetEvent, ScheduleEvent,
};
pub use field::field_of;
pub use health::{Found, Health};
pub use infrared::{ImportBody, ImportFinding, Imported, LibraryItem, LibraryList};
pub use learn::{FindAnswer, FindBody, FindStep, FoundSet, LearnBody, LearnSession, LearnedCode};
pub use lock::{Lock, LockBody, LockList, LockRemoved, LockSet, PortLock};
pub use logo::{LogoBody, LogoChanged, LogoList};
pub use maintenance::{
    Maintenance, MaintenanceBody, MaintenanceEnded, MaintenanceList, MaintenanceSet,
};
pub use person::{
    AcceptBody, InvitationBody, Person, PersonBody, PersonChange, PersonInvited, PersonList,
    Session, SignInBody, SignedOut,
};
pub use port::{AssumedStateBody, BatchPage, BatchSummary, PortCommand, PortList, PortView};
pub use preset::{
    PresetCaptureBody, PresetCaptured, PresetList, PresetPreview, PresetRunBody, PresetSummary,
    PresetTarget, UnchangedTarget, UndecidedTarget, UnknownState,
};
pub use problem::{CommandFailure, DocumentFailure, FieldError, Problem};
pub use queue::{
    CommandPage, EndedCounts, PortStatus, PortStatuses, QueueHealth, QueueMetrics, QueueStats,
};
pub use record::{
    Attempt, BatchCancelled, BatchRetried, BatchStatus, BatchUndoBody, BulkCommand, BulkStatus,
    CommandCancelled, CommandRecord, CommandWithAttempts, SkippedPort, StatusCounts, Why,
};
pub use schedule::{
    Agenda, AgendaItem, MoveBody, NextRun, NextRuns, OccurrenceKind, PutBack, Schedule,
    ScheduleList, SchedulePreview, ScheduleRemoved, ScheduleRun, ScheduleRuns, ScheduleTarget,
    SkipBody, SkipReason,
};
pub use service::{DeviceCounts, Live, Liveness, Readiness, Ready, ServiceStatus};
pub use setup::{
    SetupBody, SetupCodeBody, SetupCodeShown, SetupPerson, SetupStaff, SetupStatus, SetupVenue,
    SetupZone,
};
pub use source::{ScreenRef, ScreenSource, SentTo, SharedTarget, SourceList, SourceView};
pub use system::{
    DailyStats, DeviceFirmware, DeviceLog, DeviceLogLine, FirmwareInventory, FirmwareUpdate,
    Statistics, SystemTaskList, SystemTaskStatus,
};
pub use time::UtcTime;
pub use token::{AuditEntry, AuditPage, NewToken, Token, TokenBody, TokenList, WhoAmI};
pub use try_code::{TryAnswer, TryBody};
pub use venue::Venue;
pub use word::{
    BackupPlace, CarrierFrom, CommandStatus, Discovery, DrivenBy, EventMode, EventPresence,
    Evidence, FindState, LearnState, Method, Mode, OrderNote, Presence, RoutingMethod, SetFrom,
};
