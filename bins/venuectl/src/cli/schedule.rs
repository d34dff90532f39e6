//! The command line of `venuectl schedule`.

use clap::{ArgGroup, Args, Subcommand};
use venue_registry::{Label, Selector};

use super::config::Fields;
use crate::parse;

#[derive(Debug, Subcommand)]
pub(crate) enum ScheduleCommand {
    /// List all schedules with their next runs
    List,
    /// Show a schedule
    Get(ScheduleArg),
    /// Make a schedule
    Add(NewSchedule),
    /// Change fields of a schedule
    Set {
        #[command(flatten)]
        schedule: ScheduleArg,
        #[command(flatten)]
        fields: Fields,
    },
    /// Remove a schedule; what of it waits in the queue is not withdrawn
    Remove(ScheduleArg),
    /// Show when a schedule fires next
    Next {
        #[command(flatten)]
        schedule: ScheduleArg,
        /// How many runs
        #[arg(short, long, value_name = "N", default_value = "5", value_parser = parse::number::<u8>(1, 100))]
        number: u8,
    },
    /// Show what became of the last runs
    Runs(ScheduleArg),
    /// Leave out the next run
    Skip(ScheduleArg),
    /// Do at once what the schedule does
    Run {
        #[command(flatten)]
        schedule: ScheduleArg,
        /// Watch the batch to its end, as `batch watch` does
        #[arg(long)]
        watch: bool,
    },
    /// Fire nothing of a schedule until it is resumed
    Pause(ScheduleArg),
    /// Fire it again
    Resume(ScheduleArg),
}

#[derive(Debug, Args)]
pub(crate) struct ScheduleArg {
    /// The schedule
    #[arg(value_name = "ID", value_parser = parse::item)]
    pub(crate) id: String,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("when").required(true).args(["cron", "at"])))]
pub(crate) struct NewSchedule {
    /// Its name in paths and batches: lower-case letters, digits, - and _
    #[arg(value_name = "ID")]
    pub(crate) id: Label,
    /// For which TVs: zone=ZONE, tag=TAG, HOST, HOST/PORT, tv:NAME, all or requirements
    #[arg(value_name = "SELECTOR", required = true, value_parser = parse::selector)]
    pub(crate) selectors: Vec<Selector>,
    /// Minute, hour, day, month, weekday: '0 10 * * mon-fri'; this or --at
    #[arg(long, value_name = "PATTERN")]
    pub(crate) cron: Option<String>,
    /// Once: 2026-03-01T15:00 in --tz, or with an offset and without --tz; this or --cron
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// The zone of these times, such as Australia/Sydney
    #[arg(long, value_name = "ZONE")]
    pub(crate) tz: Option<String>,
    /// What to do, in this order; may be given several times: on, off, 'wait 10 s', 'channel 501'
    #[arg(long = "do", value_name = "STEP", required = true)]
    pub(crate) steps: Vec<String>,
    /// What people call it
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// What becomes of runs that were missed: skip, or 'once within 10 min'
    #[arg(long, value_name = "POLICY")]
    pub(crate) missed: Option<String>,
    /// What becomes of a run while the one before is not finished: skip or supersede
    #[arg(long, value_name = "POLICY")]
    pub(crate) overlap: Option<String>,
}
