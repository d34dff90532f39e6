//! What ended durably with one change of the store.

use std::{net::IpAddr, time::Duration};

use crate::{
    action::Action,
    batch::BatchId,
    class::Class,
    command::{CommandId, QueueId},
    port::PortId,
    status::{Reason, Status},
};

/// A command that has become terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Its name in the queue.
    pub queue_id: QueueId,
    /// Its name.
    pub command: CommandId,
    /// Where it was to go.
    pub target: PortId,
    /// The batch that it belongs to.
    pub batch: Option<BatchId>,
    /// How it ended.
    pub status: Status,
    /// Why.
    pub reason: Reason,
    /// Its action.
    pub action: Action,
    /// Its class.
    pub class: Class,
    /// How often it was tried out of the queue.
    pub attempts: u32,
    /// How long its last attempt took, if it was tried.
    pub took: Option<Duration>,
    /// From where it was asked for.
    pub user_ip: Option<IpAddr>,
}

/// What ended durably with one change, told exactly once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndedCommands {
    /// The commands.
    pub ended: Vec<Ended>,
    /// The batches that are finished with them.
    pub finished_batches: Vec<BatchId>,
}
