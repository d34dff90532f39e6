//! The command line of `venuectl batch`.

use std::time::Duration;

use clap::{Args, Subcommand};
use venue_api::UtcTime;
use venue_domain::BatchId;
use venue_registry::Selector;

use super::TvCommand;
use crate::parse;

#[derive(Debug, Subcommand)]
pub(crate) enum BatchCommand {
    /// Queue one command for many TVs; nothing is delivered when this ends, unless --watch is given
    Create {
        #[command(flatten)]
        options: BatchOptions,
        #[command(subcommand)]
        command: TvCommand<TvsArg>,
    },
    /// List batches, the newest first
    List {
        #[command(flatten)]
        page: super::NamedPage,
    },
    /// Show how far a batch is, with its commands
    Get {
        #[command(flatten)]
        batch: BatchArg,
        #[command(flatten)]
        page: super::Page,
    },
    /// Watch a batch to its end: 0 all delivered, 7 some of it, 1 nothing, 8 not known
    Watch {
        #[command(flatten)]
        batch: BatchArg,
        #[command(flatten)]
        watching: Watching,
    },
    /// Withdraw what still waits; what is in flight or delivered is not undone
    Cancel(BatchArg),
    /// Queue anew what was not delivered and may be repeated: never a toggle that may have been sent
    Retry(BatchArg),
    /// Withdraw what still waits, and queue what restores the TVs as far as their state was known
    Undo(BatchArg),
}

/// How a batch is to be queued.
#[derive(Debug, Args)]
pub(crate) struct BatchOptions {
    /// From -10 to 10, greater is sooner; 5 if nothing is said
    #[arg(
        long,
        global = true,
        value_name = "N",
        allow_negative_numbers = true,
        value_parser = parse::number::<i64>(-10, 10)
    )]
    pub(crate) priority: Option<i64>,
    /// Not before this instant, such as 2026-03-01T15:00:00+11:00
    #[arg(long, global = true, value_name = "TIME", value_parser = parse::instant)]
    pub(crate) at: Option<UtcTime>,
    /// Kept with the batch and its commands
    #[arg(long, global = true, value_name = "TEXT")]
    pub(crate) notes: Option<String>,
    /// The batch's name, so that it is not queued twice; one is made up otherwise
    #[arg(long, global = true, value_name = "BATCH", value_parser = parse::batch)]
    pub(crate) id: Option<BatchId>,
    /// Watch the batch to its end, as `batch watch` does
    #[arg(long, global = true)]
    pub(crate) watch: bool,
    /// Show what would be sent, and queue nothing
    #[arg(long, global = true, conflicts_with = "watch")]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BatchArg {
    /// The batch, such as batch_1f2e3d4c
    #[arg(value_name = "BATCH", value_parser = parse::batch)]
    pub(crate) id: BatchId,
}

#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct Watching {
    /// Stop watching after so long, with 8; the batch goes on
    #[arg(long, value_name = "TIME", value_parser = parse::time)]
    pub(crate) wait: Option<Duration>,
}

#[derive(Debug, Args)]
pub(crate) struct TvsArg {
    /// The TVs: HOST/PORT, HOST, tv:NAME, zone=ZONE, tag=TAG, all, or requirements such as
    /// 'zone in (bar,patio),tag!=vip'
    #[arg(value_name = "SELECTOR", required = true, value_parser = parse::selector)]
    pub(crate) targets: Vec<Selector>,
}
