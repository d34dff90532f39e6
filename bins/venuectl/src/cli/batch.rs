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
    /// Queue one command for many TVs; ends when it is stored, or with --watch when the batch has ended
    Create {
        #[command(flatten)]
        options: BatchOptions,
        #[command(subcommand)]
        command: TvCommand<TvsArg>,
    },
    /// List batches, newest first
    List {
        #[command(flatten)]
        page: super::NamedPage,
    },
    /// Show the progress of a batch, with its commands
    Get {
        #[command(flatten)]
        batch: BatchArg,
        #[command(flatten)]
        page: super::Page,
    },
    /// Watch a batch until it ends; exits with 0 if all was delivered, 7 if some, 1 if nothing, 8 if unknown
    Watch {
        #[command(flatten)]
        batch: BatchArg,
        #[command(flatten)]
        watching: Watching,
    },
    /// Cancel the commands of a batch that still wait; the others are not changed
    Cancel(BatchArg),
    /// Send again what failed, if it may be repeated: a toggle that may have been sent is never repeated
    Retry(BatchArg),
    /// Cancel what still waits, and restore the previous state of the TVs as far as it is known
    Undo {
        #[command(flatten)]
        batch: BatchArg,
        /// Only for these TVs of the batch: zone=ZONE, tag=TAG, HOST, HOST/PORT or tv:NAME
        #[arg(value_name = "SELECTOR", value_parser = parse::selector)]
        selectors: Vec<Selector>,
        #[command(flatten)]
        more: MoreTvs,
    },
}

/// How a batch is to be queued.
#[derive(Debug, Args)]
pub(crate) struct BatchOptions {
    /// Priority from -10 to 10; higher is sooner [default: 5]
    #[arg(
        long,
        global = true,
        value_name = "N",
        allow_negative_numbers = true,
        value_parser = parse::number::<i64>(-10, 10)
    )]
    pub(crate) priority: Option<i64>,
    /// Do not send before this time, such as 2026-03-01T15:00:00+11:00
    #[arg(long, global = true, value_name = "TIME", value_parser = parse::instant)]
    pub(crate) at: Option<UtcTime>,
    /// A note that is stored with the batch
    #[arg(long, global = true, value_name = "TEXT")]
    pub(crate) notes: Option<String>,
    /// Name of the batch; a second batch of the same name is not queued [default: a new name]
    #[arg(long, global = true, value_name = "BATCH", value_parser = parse::batch)]
    pub(crate) id: Option<BatchId>,
    /// Watch the batch until it ends, as `batch watch` does
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
    /// Stop watching after this time, such as 30s; the batch goes on
    #[arg(long, value_name = "TIME", value_parser = parse::time)]
    pub(crate) wait: Option<Duration>,
}

#[derive(Debug, Args)]
pub(crate) struct TvsArg {
    /// The TVs: HOST/PORT, HOST, tv:NAME, zone=ZONE, tag=TAG, all, or requirements such as
    /// 'zone in (bar,patio),tag!=vip'
    #[arg(value_name = "SELECTOR", required_unless_present = "more_tvs", value_parser = parse::selector)]
    pub(crate) targets: Vec<Selector>,
    #[command(flatten)]
    pub(crate) more: MoreTvs,
}

/// The TVs by an option, as other command lines have it.
#[derive(Debug, Args)]
pub(crate) struct MoreTvs {
    /// The same as SELECTOR; may be given several times
    #[arg(id = "more_tvs", short = 'l', long = "selector", value_name = "SELECTOR", value_parser = parse::selector)]
    pub(crate) selectors: Vec<Selector>,
}
