//! What would be sent: the answer to a dry run.

use std::time::Duration;

use crate::outcome::Refused;

/// What would be sent for one command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlannedCall {
    /// The ESPHome action and its arguments, in the order of the device's listing; `None` while it is
    /// not known what the device advertises.
    pub call: Option<Call>,
    /// Why the device would refuse it; known only while it has a session.
    pub refused: Option<Refused>,
    /// Whether the device has a session now.
    pub online: bool,
    /// How many commands wait in its lane now.
    pub waiting: usize,
    /// When it would be sent, counted from now: the commands before it in this plan, and the pauses
    /// between them. What waits in the lane already comes on top.
    pub starts_in: Duration,
    /// When its last frame would be on air, counted from now.
    pub ends_in: Duration,
}

/// An ESPHome action with its arguments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// The name that the device advertises.
    pub action: String,
    /// The arguments, by the names that the device gives them.
    pub arguments: Vec<(String, String)>,
}
