//! The command line of `venuectl queue`, `command`, `why` and `history`.

use clap::{Args, Subcommand};
use venue_domain::Hostname;

use crate::parse;

#[derive(Debug, Subcommand)]
pub(crate) enum QueueCommand {
    /// Show how much waits and how fast it goes; exits with 1 if the queue is not healthy
    Stats,
    /// List the commands that wait or are in flight
    List(ListArgs),
    /// Begin no further command of the queue; commands still come in, and direct ones are sent
    Pause,
    /// Go on
    Resume,
}

#[derive(Debug, Subcommand)]
pub(crate) enum StoredCommand {
    /// Show a command and its attempts
    Get(CommandArg),
    /// Withdraw a command that waits; exits with 5 if it is too late
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
    /// Of this device only
    #[arg(long, value_name = "HOST", value_parser = parse::device)]
    pub(crate) device: Option<Hostname>,
    #[command(flatten)]
    pub(crate) page: Page,
}

/// Which part of a long list of what has names.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct NamedPage {
    /// How many at most, 1 to 1000; 100 if nothing is said
    #[arg(long, value_name = "N", value_parser = parse::number::<u32>(1, 1_000))]
    pub(crate) limit: Option<u32>,
    /// The name behind which to go on, as the page before said
    #[arg(long, value_name = "BATCH", value_parser = parse::batch)]
    pub(crate) cursor: Option<venue_domain::BatchId>,
}

/// Which part of a long list.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Page {
    /// How many at most, 1 to 1000; 100 if nothing is said
    #[arg(long, value_name = "N", value_parser = parse::number::<u32>(1, 1_000))]
    pub(crate) limit: Option<u32>,
    /// Where to go on, as the page before said
    #[arg(long, value_name = "CURSOR", value_parser = parse::cursor)]
    pub(crate) cursor: Option<String>,
}
