//! The command line of `venuectl system` and `stats`.

use clap::{Args, Subcommand};
use venue_domain::{Hostname, StatsBy};

use crate::parse;

#[derive(Debug, Subcommand)]
pub(crate) enum SystemCommand {
    /// List what the venue does for itself, with what it found last
    Tasks,
    /// Show what a task found last
    Get(TaskArg),
    /// Run a task, behind those that run already
    Run(TaskArg),
}

#[derive(Debug, Args)]
pub(crate) struct TaskArg {
    /// `capability_refresh`, `health_sweep`, `firmware_check`, `log_collection` or `retention`
    #[arg(value_name = "TASK", value_parser = parse::item)]
    pub(crate) task: String,
}

#[derive(Debug, Args)]
pub(crate) struct StatsArgs {
    /// How many days, today included
    #[arg(long, value_name = "N", default_value = "7", value_parser = parse::number::<u16>(1, 366))]
    pub(crate) days: u16,

    /// From this date on, such as 2026-11-25 (UTC), instead of the last days
    #[arg(long, value_name = "DATE", value_parser = parse::date, conflicts_with = "days")]
    pub(crate) from: Option<String>,

    /// Up to this date
    #[arg(long, value_name = "DATE", value_parser = parse::date, conflicts_with = "days")]
    pub(crate) to: Option<String>,

    /// Of this device only
    #[arg(long, value_name = "HOSTNAME")]
    pub(crate) device: Option<Hostname>,

    /// What is told apart: `everything`, or only `day`, `device`, `command` or `class`
    #[arg(long, value_name = "GROUP", default_value = "everything")]
    pub(crate) group: StatsBy,
}
