//! The command line of `venuectl setup`.

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum SetupCommand {
    /// Show whether the venue can still be set up
    Status,
    /// Show the code for the set-up of a new venue; for root and other admins of the daemon's machine
    Code,
}
