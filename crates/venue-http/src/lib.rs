//! The HTTP surface: routes, limits, timeouts, problem answers.
//!
//! [`serve`] runs one listener over one router, and what is to be shown of its queue, until it is
//! told to stop. Handlers parse, call the router or the view once, and render; they hold no state
//! and make no decision about a command.
//!
//! * A request runs on a task of its own: a client that hangs up does not cancel the command that
//!   it sent, a graceful stop waits for it, and a panic becomes a problem answer.
//! * Every limit and timeout is in [`Config`]; what exceeds one gets its status, never silence,
//!   wherever HTTP still has a way to say it.
//! * A POST with an `Idempotency-Key` is carried out once, however often it is sent.
//! * A web page in a browser of the venue cannot command the TVs: the `Host` header is checked
//!   against DNS rebinding, `Origin` and `Sec-Fetch-Site` against cross-site requests, and bodies
//!   are JSON only.

mod access;
mod api_error;
mod app;
mod audit;
mod auth;
mod backups;
mod batch_name_lock;
mod body;
mod config;
mod connection;
mod cookie;
mod endpoint;
mod error;
mod events;
mod groups;
mod handler;
mod handshake;
mod idempotency;
mod learning;
mod library;
mod listeners;
mod load;
mod logos;
mod lookup;
mod metrics;
#[cfg(test)]
mod openapi;
mod origin_check;
mod own;
mod parameters;
mod people;
mod percent;
mod plan_turns;
mod proxy;
mod query;
mod queue_service;
mod read;
mod reply;
mod request_keys;
mod respond;
mod routes;
mod run_on;
mod server;
mod service;
mod services;
mod setup;
mod spec;
mod sse;
mod stream;
mod surface;
#[cfg(test)]
mod test_types;
mod token_watch;
mod venue;
mod waits;
mod why;
mod wire;
mod words;

pub use auth::{AuditTrail, Auth, Peer, TokenControl, TokenRejection};
pub use backups::{
    BackupDownload, BackupFileError, BackupFiles, BackupName, BackupUpload, NoBackupName,
    RestoredBackup, UploadError,
};
pub use config::Config;
pub use error::ServeError;
pub use events::{
    Event, EventId, EventIdError, EventKind, Hub, PortUpdated, Subscription, UnknownEvent,
};
pub use handler::planned::OUTSIDE_ZONES;
pub use learning::{LearnControl, LearnRejection, LearnWanted};
pub use library::{
    FoundFiles, LibraryControl, LibraryError, LibraryFile, LibrarySets, LibraryWanted,
};
pub use listeners::{Listeners, Secure};
pub use logos::{LogoControl, LogoError, MAX_LOGO_BYTES};
pub use metrics::Metrics;
pub use people::{Ending, PeopleControl, PeopleRejection, Proof, RightsChange, Typed};
pub use plan_turns::{PlanTurn, PlanTurns};
pub use proxy::{NoProxy, TrustedProxies};
pub use queue_service::QueueService;
pub use server::serve;
pub use services::{Services, Telemetry};
pub use setup::{NoSetup, SetupClaim, SetupControl, SetupPerson, SetupRejection, SetupState};
pub use venue::{
    Applied, Apply, ApplyRejection, BoardRejection, DiscoveryControl, EditRejection, Edited,
    NoVenue, ScheduleControl, SchedulePlan, ScheduleRejection, ScheduleRunAnswer, SystemControl,
    SystemRejection, VenueControl, VenueServices,
};
pub use wire::{lock as wire_lock, maintenance as wire_maintenance};
