//! The command line of `venuectl lock`.

use clap::{Args, Subcommand};
use venue_registry::Selector;

use crate::{
    parse,
    until::{self, Until},
};

#[derive(Debug, Subcommand)]
pub(crate) enum LockCommand {
    /// List the locks that hold now
    List,
    /// Lock a zone or TVs: only managers command them then, and presets and schedules leave them alone
    Add(NewLock),
    /// Remove the lock of a zone or of TVs
    Remove(LockArg),
}

#[derive(Debug, Args)]
pub(crate) struct LockArg {
    /// What is locked: zone=ZONE, or TVs: HOST/PORT, tv:NAME, tag=TAG or HOST
    #[arg(value_name = "SELECTOR", value_parser = parse::selector)]
    pub(crate) selector: Selector,
}

#[derive(Debug, Args)]
pub(crate) struct NewLock {
    #[command(flatten)]
    pub(crate) locked: LockArg,
    /// When the lock ends by itself: 23:00 (by the clock of the venue), 2h, 90m, or a date and time [default: when it
    /// is removed]
    #[arg(long, value_name = "TIME", value_parser = until::until)]
    pub(crate) until: Option<Until>,
    /// Why; whoever is refused reads it
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Cancel the commands that wait for these TVs and are due before the lock ends
    #[arg(long)]
    pub(crate) cancel_waiting: bool,
    /// Replace a lock that holds; without this it is left as it is, and told
    #[arg(long)]
    pub(crate) replace: bool,
}
