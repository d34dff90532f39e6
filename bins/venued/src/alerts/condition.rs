//! What can be the matter, with its words.

use std::time::Duration;

use venue_api::{Alert, UtcTime};
use venue_domain::{Clock, Misconfigured, Presence, Timestamp};

use crate::{clock::SystemClock, watch::Concern};

/// Something that is the matter now, and from when on it is an alert.
#[derive(Debug)]
pub(super) struct Condition {
    pub(super) kind: &'static str,
    pub(super) about: Option<String>,
    pub(super) critical: bool,
    pub(super) summary: String,
    pub(super) advice: &'static str,
    /// How many there are of what the summary counts.
    pub(super) count: Option<u64>,
    /// The boards that it is about, where it is about several.
    pub(super) boards: Vec<String>,
    /// How long it has lasted, as far as others say so.
    pub(super) lasted: Option<Duration>,
    /// Since when it is so, where that is known exactly.
    pub(super) since: Option<Timestamp>,
    pub(super) patience: Duration,
}

impl Condition {
    /// A warning from now on.
    pub(super) fn warning(kind: &'static str, summary: String, advice: &'static str) -> Self {
        Self {
            kind,
            about: None,
            critical: false,
            summary,
            advice,
            count: None,
            boards: Vec::new(),
            lasted: None,
            since: None,
            patience: Duration::ZERO,
        }
    }

    pub(super) fn critical(kind: &'static str, summary: String, advice: &'static str) -> Self {
        Self { critical: true, ..Self::warning(kind, summary, advice) }
    }

    pub(super) fn id(&self) -> String {
        match &self.about {
            Some(about) => format!("{}:{about}", self.kind),
            None => self.kind.to_owned(),
        }
    }

    /// As it travels. Its beginning is shown by the wall clock as it is now: it is never ahead of that.
    pub(super) fn alert(&self, since: Timestamp) -> Alert {
        Alert {
            id: self.id(),
            kind: self.kind.to_owned(),
            about: self.about.clone(),
            severity: if self.critical { "critical" } else { "warning" }.to_owned(),
            since: UtcTime(SystemClock.offset().shown(since)),
            summary: self.summary.clone(),
            advice: self.advice.to_owned(),
            count: self.count,
            boards: self.boards.clone(),
        }
    }
}

impl From<Concern> for Condition {
    fn from(concern: Concern) -> Self {
        let Concern { kind, about, critical, summary, advice } = concern;
        Self { about, critical, ..Self::warning(kind, summary, advice) }
    }
}

/// A board that is reached and refused; `None` where nothing is wrong with it, or where that is another alert.
pub(super) fn refused(status: &venue_routing::DeviceStatus) -> Option<Condition> {
    let hostname = status.entry.hostname.to_string();
    let Presence::Misconfigured { since, cause } = &status.snapshot.presence else { return None };
    let (summary, advice) = match cause {
        Misconfigured::WrongDevice { .. } | Misconfigured::NoIdentity => return None,
        Misconfigured::Flooding => (
            format!("{hostname} floods: it sends far more than a board does and is cut off"),
            "take it off the network, and look at its firmware or who answers in its place",
        ),
        Misconfigured::WrongKey
        | Misconfigured::EncryptionRequired
        | Misconfigured::EncryptionNotOffered
        | Misconfigured::Incompatible { .. } => (
            format!("{hostname} is reached and refused: {}", cause.name()),
            "compare its name, its MAC address and its Noise key with what is registered",
        ),
    };
    let condition = Condition::warning("device_offline", summary, advice);
    Some(Condition { about: Some(hostname), lasted: Some(*since), ..condition })
}

/// Another board answers in place of a device: told at once, as nothing is sent to it until somebody
/// decides.
pub(super) fn other_board(status: &venue_routing::DeviceStatus) -> Option<Condition> {
    let hostname = status.entry.hostname.to_string();
    let Presence::Misconfigured { since, cause } = &status.snapshot.presence else { return None };
    let (summary, advice) = match cause {
        Misconfigured::WrongDevice { found } => (
            format!("another board answers for {hostname}: {found}; nothing is sent to it"),
            "if the board was replaced: `venuectl device accept HOST MAC`; otherwise find out who \
             answers at its address",
        ),
        Misconfigured::NoIdentity => (
            format!("{hostname} tells no MAC address, or zeros: nothing is sent to it"),
            "update its firmware: a board is known by its MAC address",
        ),
        Misconfigured::WrongKey
        | Misconfigured::EncryptionRequired
        | Misconfigured::EncryptionNotOffered
        | Misconfigured::Flooding
        | Misconfigured::Incompatible { .. } => return None,
    };
    let condition = Condition::critical("other_board", summary, advice);
    Some(Condition { about: Some(hostname), lasted: Some(*since), ..condition })
}

pub(super) fn paused() -> Condition {
    Condition::warning(
        "queue_paused",
        "the queue is paused: commands of groups and schedules wait".to_owned(),
        "resume it with `venuectl queue resume`; commands that wait too long expire",
    )
}

/// Shorter gaps are none: a store that is back within this was never away.
const STORE_PATIENCE: Duration = Duration::from_secs(2);

pub(super) fn store_down() -> Condition {
    let summary = "the store cannot be used: direct commands only".to_owned();
    let advice = "the log says why: disk full, permissions, another process, damage";
    Condition { patience: STORE_PATIENCE, ..Condition::critical("store_down", summary, advice) }
}

/// So many due commands are too many; the document's figures.
pub(super) const TOO_DEEP: u64 = 1_000;
const TOO_DEEP_FOR: Duration = Duration::from_secs(60);

pub(super) fn overloaded(due: u64) -> Condition {
    let condition = Condition::critical(
        "queue_overloaded",
        format!("{due} commands are due"),
        "look for devices that are offline or slow; cancel commands that are no longer wanted",
    );
    Condition { count: Some(due), patience: TOO_DEEP_FOR, ..condition }
}

pub(super) fn deep(due: u64) -> Condition {
    let condition = Condition::warning(
        "queue_deep",
        format!("{due} commands are due, and they do not become fewer"),
        "see `venuectl queue stats` and `venuectl device list`: is it paused, are devices \
         offline or slow?",
    );
    Condition { count: Some(due), ..condition }
}

pub(super) fn stuck(stuck: u64) -> Condition {
    let condition = Condition::critical(
        "commands_stuck",
        format!("{stuck} commands are in flight for over five minutes"),
        "see `venuectl queue list` and `venuectl why`; report it: this should not happen",
    );
    Condition { count: Some(stuck), ..condition }
}
