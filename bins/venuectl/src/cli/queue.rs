//! The command line of `venuectl queue`, `command`, `why` and `history`.

use clap::{Args, Subcommand};
use venue_domain::Hostname;

use crate::parse;

#[derive(Debug, Subcommand)]
pub(crate) enum QueueCommand {
    /// Show how many commands wait and how fast they are sent; exits with 1 if the queue is not healthy
    Stats,
    /// List the commands that wait or are in flight
    List(ListArgs),
    /// Stop sending from the queue; new commands are still accepted, and direct commands are sent
    Pause,
    /// Start sending from the queue again
    Resume,
}

#[derive(Debug, Subcommand)]
pub(crate) enum StoredCommand {
    /// Show a command with its attempts
    Get(CommandArg),
    /// Cancel a command that waits; exits with 5 if it is too late
    Cancel(CommandArg),
}

#[derive(Debug, Args)]
pub(crate) struct CommandArg {
    /// The command: its id, or its number in the queue
    #[arg(value_name = "ID", value_parser = parse::command)]
    pub(crate) id: String,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Only commands for this device
    #[arg(long, value_name = "HOST", value_parser = parse::device)]
    pub(crate) device: Option<Hostname>,
    #[command(flatten)]
    pub(crate) page: Page,
}

/// Which part of a long list of named things.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct NamedPage {
    /// Show at most this many, 1 to 1000 [default: 100]
    #[arg(long, value_name = "N", value_parser = parse::number::<u32>(1, 1_000))]
    pub(crate) limit: Option<u32>,
    /// Continue after this batch, as the end of the previous page says
    #[arg(long, value_name = "BATCH", value_parser = parse::batch)]
    pub(crate) cursor: Option<venue_domain::BatchId>,
}

/// Which part of a long list.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Page {
    /// Show at most this many, 1 to 1000 [default: 100]
    #[arg(long, value_name = "N", value_parser = parse::number::<u32>(1, 1_000))]
    pub(crate) limit: Option<u32>,
    /// Continue at this place, as the end of the previous page says
    #[arg(long, value_name = "CURSOR", value_parser = parse::cursor)]
    pub(crate) cursor: Option<String>,
}
