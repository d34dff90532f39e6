//! Events and their names.

use std::{fmt, str::FromStr};

use serde_json::value::RawValue;
use venue_domain::WallTime;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventKind {
    /// A command waits, or ended, and how.
    CommandUpdated,
    /// A batch was accepted, with these commands.
    BatchCreated,
    /// Commands of a batch ended.
    BatchProgress,
    /// The assumed state of a port changed.
    PortUpdated,
    /// A device came or went.
    DeviceState,
    /// What works now changed: the store, the queue.
    QueueHealth,
    /// An occurrence of a schedule was handled.
    ScheduleFired,
    /// What the venue is made of changed.
    ConfigChanged,
    /// A lock has ended by itself.
    LockEnded,
    /// A maintenance has ended by itself.
    MaintenanceEnded,
    /// The wall clock was set by more than a minute.
    ClockJumped,
    /// Something came of learning an infrared key.
    InfraredLearning,
    /// Somebody should look.
    AlertRaised,
    /// Boards of an alert came or went.
    AlertUpdated,
    /// Nobody needs to look any more.
    AlertCleared,
    /// Events are missing: whoever watches has to read everything anew.
    Reset,
}

/// A word that is no kind of event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownEvent;

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 16] = [
        Self::CommandUpdated,
        Self::BatchCreated,
        Self::BatchProgress,
        Self::PortUpdated,
        Self::DeviceState,
        Self::QueueHealth,
        Self::ScheduleFired,
        Self::ConfigChanged,
        Self::LockEnded,
        Self::MaintenanceEnded,
        Self::ClockJumped,
        Self::InfraredLearning,
        Self::AlertRaised,
        Self::AlertUpdated,
        Self::AlertCleared,
        Self::Reset,
    ];

    /// The name on the stream.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CommandUpdated => "command.updated",
            Self::BatchCreated => "batch.created",
            Self::BatchProgress => "batch.progress",
            Self::PortUpdated => "port.updated",
            Self::DeviceState => "device.state",
            Self::QueueHealth => "queue.health",
            Self::ScheduleFired => "schedule.fired",
            Self::ConfigChanged => "config.changed",
            Self::LockEnded => "lock.ended",
            Self::MaintenanceEnded => "maintenance.ended",
            Self::ClockJumped => "clock.jumped",
            Self::InfraredLearning => "infrared.learning",
            Self::AlertRaised => "alert.raised",
            Self::AlertUpdated => "alert.updated",
            Self::AlertCleared => "alert.cleared",
            Self::Reset => "reset",
        }
    }
}

impl FromStr for EventKind {
    type Err = UnknownEvent;

    fn from_str(name: &str) -> Result<Self, UnknownEvent> {
        Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or(UnknownEvent)
    }
}

/// The place of an event: the run of the daemon, and a number that grows by one within it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId {
    /// Which run.
    pub run: u64,
    /// Which event of it, from 1.
    pub number: u64,
}

/// A text that is no id of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventIdError;

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}-{}", self.run, self.number)
    }
}

impl FromStr for EventId {
    type Err = EventIdError;

    fn from_str(text: &str) -> Result<Self, EventIdError> {
        let (run, number) = text.split_once('-').ok_or(EventIdError)?;
        let run = u64::from_str_radix(run, 16).map_err(|_| EventIdError)?;
        let number = number.parse().map_err(|_| EventIdError)?;
        Ok(Self { run, number })
    }
}

/// One event.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its place.
    pub id: EventId,
    /// What happened.
    pub kind: EventKind,
    /// When.
    pub at: WallTime,
    /// The facts: a JSON object, as text. It is kept in the ring for long, and many may read it.
    pub data: Box<RawValue>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_ids_read_back() {
        for kind in EventKind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
        }
        let id = EventId { run: 0x1f, number: 7 };
        assert_eq!(id.to_string().parse(), Ok(id));
        for text in ["", "7", "x-7", "1f-", "1f-x", "-"] {
            assert_eq!(text.parse::<EventId>(), Err(EventIdError), "{text}");
        }
    }
}
