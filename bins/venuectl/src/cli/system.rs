//! The command line of `venuectl system` and `stats`.

use clap::{Args, Subcommand};
use venue_domain::{Hostname, StatsBy};

use crate::parse;

#[derive(Debug, Subcommand)]
pub(crate) enum SystemCommand {
    /// List the system tasks, with their last and next runs
    Tasks,
    /// Show the result of the last run of a task
    Get(TaskArg),
    /// Run a task now, after those that already run
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
    /// Number of days, including today
    #[arg(long, value_name = "N", default_value = "7", value_parser = parse::number::<u16>(1, 366))]
    pub(crate) days: u16,

    /// First day (UTC), such as 2026-11-25
    #[arg(long, value_name = "DATE", value_parser = parse::date, conflicts_with = "days")]
    pub(crate) from: Option<String>,

    /// Last day (UTC), such as 2026-11-30
    #[arg(long, value_name = "DATE", value_parser = parse::date, conflicts_with = "days")]
    pub(crate) to: Option<String>,

    /// Only this device
    #[arg(long, value_name = "HOSTNAME")]
    pub(crate) device: Option<Hostname>,

    /// Sum up by day, device, command or class; `everything` keeps all of them apart
    #[arg(long, value_name = "GROUP", default_value = "everything")]
    pub(crate) group: StatsBy,
}
