//! Why a request was not accepted as a command.

use snafu::Snafu;
use venue_domain::{BatchId, ChannelId, Class, Hostname, PortId, PortLock, StoreError};

/// Why a request was not accepted. Nothing was sent, and no fence was raised by what is wrong or had
/// to be queued; a direct command that failed for the store was the newest wish all the same.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(visibility(pub(crate)))]
#[non_exhaustive]
pub enum Rejection {
    /// No such device is registered.
    #[snafu(display("device {hostname} not found"))]
    UnknownDevice {
        /// The hostname that was given.
        hostname: Hostname,
    },
    /// An infrared action without an infrared port.
    #[snafu(display("{action} goes out through an infrared port: give port 1 to {outputs}"))]
    PortNeeded {
        /// The action's name.
        action: String,
        /// How many outputs the device has.
        outputs: u8,
    },
    /// The device has fewer outputs.
    #[snafu(display(
        "a TV has a port from 1 to {outputs}, not {port}; port 0 is the board itself"
    ))]
    NoSuchPort {
        /// The port that was named.
        port: u8,
        /// How many outputs the device has.
        outputs: u8,
    },
    /// An action of the board itself with an infrared port.
    #[snafu(display("{action} concerns the board itself: give port 0 or none"))]
    PortNotTaken {
        /// The action's name.
        action: String,
    },
    /// The action has a class of its own, and another one was named.
    #[snafu(display("{action} is always {own}, not {named}"))]
    ClassConflict {
        /// The action's name.
        action: String,
        /// The class that follows from the action.
        own: Class,
        /// The class that was named.
        named: Class,
    },
    /// Infrared that was named of a class that has no place in the order.
    #[snafu(display(
        "{action} goes out as infrared: its class is interactive or bulk, not {named}"
    ))]
    ClassNotTaken {
        /// The action's name.
        action: String,
        /// The class that was named.
        named: Class,
    },
    /// The action is a question with an endpoint of its own.
    #[snafu(display("{action} changes nothing: use GET {path}"))]
    Question {
        /// The action's name.
        action: String,
        /// Where it is asked.
        path: String,
    },
    /// The port has no default channel.
    #[snafu(display("port {port} of {hostname} has no default channel: give a channel"))]
    NoDefaultChannel {
        /// The device.
        hostname: Hostname,
        /// The port.
        port: u8,
    },
    /// The port does not receive a channel of the line-up.
    #[snafu(display("port {port} of {hostname} does not receive the channel {channel}"))]
    ChannelNotReceived {
        /// The device.
        hostname: Hostname,
        /// The port.
        port: u8,
        /// The channel's id.
        channel: ChannelId,
    },
    /// The port has no such action of a program's own.
    #[snafu(display("port {port} of {hostname} has no action {action}"))]
    NoSuchAction {
        /// The device.
        hostname: Hostname,
        /// The port.
        port: u8,
        /// The action's name.
        action: String,
    },
    /// The TV is locked, and whoever asks may not lock.
    #[snafu(display("{target}{} is {lock}", that_shows(shows.as_deref())))]
    Locked {
        /// The TV.
        target: PortId,
        /// The source that receives the command, where another TV that shows it was asked.
        shows: Option<String>,
        /// Its lock.
        lock: Box<PortLock>,
    },
    /// The port is too slow for so many presses within one attempt.
    #[snafu(display("{target} is too slow for that many steps at once: give at most {most}"))]
    StepsTakeTooLong {
        /// The TV.
        target: PortId,
        /// How many presses one attempt has time for.
        most: u32,
    },
    /// More presses than a direct attempt has time for, and nothing but a direct attempt works now.
    #[snafu(display(
        "that many steps take longer than a command that is sent at once has time for at {target}, and the queue does \
         not work now: give at most {most}, or try again later"
    ))]
    StepsNeedQueue {
        /// The TV.
        target: PortId,
        /// How many presses a direct attempt has time for.
        most: u32,
    },
    /// Nothing of the batch went where a part of it is looked for.
    #[snafu(display(
        "nothing of {batch} was for these TVs: name TVs of the batch, or leave the selectors out"
    ))]
    NotOfBatch {
        /// The batch.
        batch: BatchId,
    },
    /// The screen names a source that is not registered, which would receive the command.
    #[snafu(display(
        "{target} shows the source {source_id}, which is not registered: register it (`venuectl source set`), or give \
         the port another source"
    ))]
    UnknownSource {
        /// The screen.
        target: PortId,
        /// The source that it names.
        source_id: String,
    },
    /// A source would be sent two things at once for two of its screens.
    #[snafu(display(
        "its source {source_id} is sent {shown} for {other}, which shows the same: {wanted} cannot be seen here at the \
         same time"
    ))]
    SourceConflict {
        /// The source.
        source_id: String,
        /// What was to be sent.
        wanted: String,
        /// What is sent instead.
        shown: String,
        /// The other screen.
        other: PortId,
    },
    /// The notes are too long.
    #[snafu(display("notes have at most {limit} characters, not {length}"))]
    Notes {
        /// How many were given.
        length: usize,
        /// How many there may be.
        limit: usize,
    },
    /// The notes are no plain text.
    #[snafu(display("notes have control characters: give plain text"))]
    NotesText,
    /// There is a batch of this name already.
    #[snafu(display("there is already a batch {batch}"))]
    BatchExists {
        /// The name.
        batch: BatchId,
    },
    /// There is no batch of this name.
    #[snafu(display("there is no batch {batch}"))]
    UnknownBatch {
        /// The name that was given.
        batch: BatchId,
    },
    /// A bulk request without a target.
    #[snafu(display("give at least one target"))]
    NoTarget,
    /// More targets than one batch may have.
    #[snafu(display("a batch has at most {limit} targets, not {count}"))]
    TooManyTargets {
        /// How many were named.
        count: usize,
        /// How many there may be.
        limit: usize,
    },
    /// The action is none that is queued for many devices.
    #[snafu(display("{action} cannot be sent in bulk: {instead}"))]
    NotQueueable {
        /// The action's name.
        action: String,
        /// Why, and how it is asked for.
        instead: &'static str,
    },
    /// The action is answered at once, and was wished for an instant.
    #[snafu(display("{action} is answered at once: it takes no scheduled_at"))]
    NotPutOff {
        /// The action's name.
        action: String,
    },
    /// It would wait for its device longer than it lives.
    #[snafu(display("{action} expires after {limit} s: give wait_for_device_s from 0 to {limit}"))]
    WaitForDevice {
        /// The action's name.
        action: String,
        /// How many seconds it lives.
        limit: u64,
    },
    /// The store took nothing: it is overloaded, or refused the values.
    #[snafu(display("the command was not stored"))]
    Store {
        /// Why.
        source: StoreError,
    },
    /// The command has to be stored durably and there is no store (direct-only mode).
    #[snafu(display("{class} commands need the queue, and this service runs in direct-only mode"))]
    StoreDown {
        /// The class of the command.
        class: Class,
    },
}

/// `, which shows dtv-1 as well,`.
fn that_shows(source: Option<&str>) -> String {
    source.map(|source| format!(", which shows {source} as well,")).unwrap_or_default()
}

impl Rejection {
    /// The request field that is wrong, where one is.
    #[must_use]
    pub const fn field(&self) -> Option<&'static str> {
        match self {
            Self::UnknownDevice { .. } => Some("hostname"),
            Self::NoSuchPort { .. }
            | Self::PortNeeded { .. }
            | Self::PortNotTaken { .. }
            | Self::UnknownSource { .. }
            | Self::Locked { .. } => Some("port"),
            Self::ClassConflict { .. } | Self::ClassNotTaken { .. } => Some("class"),
            Self::Question { .. }
            | Self::NoDefaultChannel { .. }
            | Self::NoSuchAction { .. }
            | Self::NotQueueable { .. } => Some("command"),
            Self::ChannelNotReceived { .. } => Some("channel"),
            Self::StepsTakeTooLong { .. } | Self::StepsNeedQueue { .. } => Some("steps"),
            Self::NotPutOff { .. } => Some("scheduled_at"),
            Self::WaitForDevice { .. } => Some("wait_for_device_s"),
            Self::Notes { .. } | Self::NotesText => Some("notes"),
            Self::BatchExists { .. } | Self::UnknownBatch { .. } => Some("batch_id"),
            Self::NotOfBatch { .. } => Some("selectors"),
            Self::NoTarget | Self::TooManyTargets { .. } | Self::SourceConflict { .. } => {
                Some("targets")
            }
            Self::Store { .. } | Self::StoreDown { .. } => None,
        }
    }

    /// The lock of the TV, where that is why.
    #[must_use]
    pub const fn lock(&self) -> Option<&PortLock> {
        if let Self::Locked { lock, .. } = self { Some(lock) } else { None }
    }

    /// The name in answers and logs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownDevice { .. } => "unknown_device",
            Self::NoSuchPort { .. } | Self::PortNeeded { .. } | Self::PortNotTaken { .. } => {
                "invalid_port"
            }
            Self::ClassConflict { .. } | Self::ClassNotTaken { .. } => "invalid_class",
            Self::Question { .. } => "not_a_command",
            Self::NoDefaultChannel { .. } => "no_default_channel",
            Self::ChannelNotReceived { .. } => "channel_not_received",
            Self::NoSuchAction { .. } => "no_such_action",
            Self::Locked { .. } => "locked",
            Self::StepsTakeTooLong { .. } => "too_many_steps",
            Self::UnknownSource { .. } => "unknown_source",
            Self::SourceConflict { .. } => "source_conflict",
            Self::Notes { .. } | Self::NotesText => "invalid_notes",
            Self::BatchExists { .. } => "batch_exists",
            Self::UnknownBatch { .. } => "unknown_batch",
            Self::NoTarget | Self::TooManyTargets { .. } | Self::NotOfBatch { .. } => {
                "invalid_targets"
            }
            Self::NotQueueable { .. } | Self::NotPutOff { .. } => "not_queueable",
            Self::WaitForDevice { .. } => "invalid_wait_for_device",
            Self::Store { source } => source.code(),
            Self::StoreDown { .. } | Self::StepsNeedQueue { .. } => "store_unavailable",
        }
    }
}
