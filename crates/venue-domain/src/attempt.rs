//! One attempt at a command, and a direct command that ended with its only one.

use std::{sync::Arc, time::Duration};

use crate::{
    command::{Command, CommandId},
    outcome::Evidence,
    status::{Reason, RoutingMethod, Status},
    time::Timestamp,
};

/// One attempt at a command, as it is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// When it began.
    pub started_at: Timestamp,
    /// How long it took.
    pub took: Duration,
    /// How it ended.
    pub reason: Reason,
    /// What shows that it was delivered.
    pub evidence: Option<Evidence>,
    /// More, for people: the words of a refusal.
    pub detail: Option<String>,
}

impl Attempt {
    /// Whether it may have reached the appliance without evidence.
    #[must_use]
    pub const fn may_have_acted(&self) -> bool {
        self.reason.may_have_acted()
    }
}

/// A direct command that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectRecord {
    /// The command.
    pub command: Arc<Command>,
    /// How its attempt ended.
    pub attempt: Attempt,
    /// The newer command, if one replaced it: in its lane, or before the end of its attempt was known.
    pub superseded_by: Option<CommandId>,
}

impl DirectRecord {
    /// Why it ended.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self.superseded_by {
            Some(_) => Reason::Superseded,
            None => self.attempt.reason,
        }
    }

    /// How it ended.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.reason().ends_as(self.attempt.may_have_acted())
    }

    /// How it was routed, in the words of the document.
    #[must_use]
    pub const fn routing_method(&self) -> RoutingMethod {
        if matches!(self.attempt.reason, Reason::Delivered) {
            RoutingMethod::DirectSuccess
        } else {
            RoutingMethod::DirectFailed
        }
    }
}
