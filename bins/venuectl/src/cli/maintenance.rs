//! The command line of `venuectl maintenance`.

use clap::{Args, Subcommand};
use venue_registry::MaintenanceTarget;

use crate::{
    parse,
    until::{self, Until},
};

#[derive(Debug, Subcommand)]
pub(crate) enum MaintenanceCommand {
    /// List what is under maintenance now
    List,
    /// Begin the maintenance of a board or a zone: that it does not answer is no alert then
    Begin(NewMaintenance),
    /// End the maintenance of a board or a zone
    End(MaintainedArg),
}

#[derive(Debug, Args)]
pub(crate) struct MaintainedArg {
    /// What is worked on: a board, HOST, or the boards of a zone, zone=ZONE
    #[arg(value_name = "HOST|zone=ZONE", value_parser = parse::maintained)]
    pub(crate) target: MaintenanceTarget,
}

#[derive(Debug, Args)]
pub(crate) struct NewMaintenance {
    #[command(flatten)]
    pub(crate) maintained: MaintainedArg,
    /// When it ends by itself: 23:00 (by the clock of the venue), 2h, 90m, or a date and time [default: when it is
    /// ended]
    #[arg(long, value_name = "TIME", value_parser = until::until)]
    pub(crate) until: Option<Until>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
}
