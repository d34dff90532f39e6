//! What a queued command waits for. Pure.

use crate::{
    class::Class,
    queue::{Due, NewCommand},
    record::CommandRecord,
    status::Reason,
    time::Timestamp,
};

/// What a queued command waits for: told to whoever asks why it was not sent yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitsFor {
    /// The instant that it was wished for.
    Schedule(Timestamp),
    /// The end of the delay that what the venue asks for itself is put off by.
    Deferral(Timestamp),
    /// The end of its port's rest: its warm-up, or the quiet gap.
    Rest(Timestamp),
    /// Its next attempt.
    NextAttempt(Timestamp),
    /// Its turn among the commands of its device.
    Turn,
}

impl NewCommand {
    /// What it waits for.
    #[must_use]
    pub fn waits_for(&self) -> WaitsFor {
        match self.due {
            Due::Scheduled { at, .. } => WaitsFor::Schedule(at),
            Due::At(at) if self.direct_attempt.is_some() => WaitsFor::NextAttempt(at),
            Due::At(at) => untried(self.command.class, at),
            Due::Now => WaitsFor::Turn,
        }
    }
}

impl CommandRecord {
    /// What it waits for `now`, while it is pending.
    #[must_use]
    pub fn waits_for(&self, now: Timestamp) -> WaitsFor {
        let at = self.due_at;
        match self.reason {
            _ if self.key.is_none() => WaitsFor::Schedule(at),
            _ if at <= now => WaitsFor::Turn,
            None => untried(self.class, at),
            Some(Reason::NotBefore) => WaitsFor::Rest(at),
            Some(_) => WaitsFor::NextAttempt(at),
        }
    }
}

/// What something that was not tried yet waits for until `at`.
const fn untried(class: Class, at: Timestamp) -> WaitsFor {
    match class {
        Class::System => WaitsFor::Deferral(at),
        Class::Immediate | Class::Interactive | Class::Bulk => WaitsFor::Rest(at),
    }
}
