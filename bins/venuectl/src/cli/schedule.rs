//! The command line of `venuectl schedule`.

use clap::{ArgGroup, Args, Subcommand};
use venue_registry::{Day, Label, Selector};

use super::config::Fields;
use crate::parse;

#[derive(Debug, Subcommand)]
pub(crate) enum ScheduleCommand {
    /// List all schedules with their next run
    List,
    /// Show a schedule
    Get(ScheduleArg),
    /// Add a schedule
    Add(NewSchedule),
    /// Change fields of a schedule
    Set {
        #[command(flatten)]
        schedule: ScheduleArg,
        #[command(flatten)]
        fields: Fields,
    },
    /// Remove a schedule; its commands that wait in the queue are not cancelled
    Remove(ScheduleArg),
    /// Show the next runs of a schedule
    Next {
        #[command(flatten)]
        schedule: ScheduleArg,
        /// Number of runs
        #[arg(short, long, value_name = "N", default_value = "5", value_parser = parse::number::<u8>(1, 100))]
        number: u8,
    },
    /// Show how the last runs of a schedule ended
    Runs(ScheduleArg),
    /// Skip what comes next of a schedule: the put back of its last run if one is to come, otherwise its next run
    Skip(RunArgs),
    /// Do after all what was skipped
    Unskip(RunArgs),
    /// Let one run come at another time; the others stay
    Move(MoveArgs),
    /// Let a schedule not run on these dates
    Except {
        #[command(flatten)]
        schedule: ScheduleArg,
        /// Dates such as 2026-12-25
        #[arg(value_name = "DATE", required = true)]
        dates: Vec<Day>,
        /// Let it run on them again
        #[arg(long)]
        remove: bool,
    },
    /// Show what a run now would send to which TV; nothing is sent
    Preview(ScheduleArg),
    /// Run a schedule now
    Run {
        #[command(flatten)]
        schedule: ScheduleArg,
        /// Watch the batch until it ends, as `batch watch` does
        #[arg(long)]
        watch: bool,
    },
    /// Stop firing a schedule until it is resumed
    Pause(ScheduleArg),
    /// Fire a paused schedule again
    Resume(ScheduleArg),
}

#[derive(Debug, Args)]
pub(crate) struct ScheduleArg {
    /// The schedule's id
    #[arg(value_name = "ID", value_parser = parse::item)]
    pub(crate) id: String,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) schedule: ScheduleArg,
    /// The run that is meant: its date such as 2026-12-25, or its local date and time such as 2026-12-25T19:30
    #[arg(long, value_name = "DATE")]
    pub(crate) on: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct MoveArgs {
    #[command(flatten)]
    pub(crate) schedule: ScheduleArg,
    /// The run that is meant: its date such as 2026-12-25, or its local date and time such as 2026-12-25T19:30
    #[arg(long, value_name = "DATE")]
    pub(crate) on: String,
    /// When it comes instead: 20:00 on that day, or 2026-12-26T20:00
    #[arg(long, value_name = "TIME")]
    pub(crate) to: String,
    /// Time of day at which what it changes is put back, if it is another one
    #[arg(long, value_name = "TIME")]
    pub(crate) put_back: Option<String>,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("when").required(true).args(["cron", "at"])))]
pub(crate) struct NewSchedule {
    /// Id of the schedule: lower-case letters, digits, - and _
    #[arg(value_name = "ID")]
    pub(crate) id: Label,
    /// The TVs: zone=ZONE, tag=TAG, HOST, HOST/PORT, tv:NAME, all, or requirements such as 'zone in (bar,patio)'
    #[arg(value_name = "SELECTOR", required = true, value_parser = parse::selector)]
    pub(crate) selectors: Vec<Selector>,
    /// When to fire: minute, hour, day, month, weekday, such as '0 10 * * mon-fri'; this or --at
    #[arg(long, value_name = "PATTERN")]
    pub(crate) cron: Option<String>,
    /// When to fire once: 2026-03-01T15:00, or with an offset 2026-03-01T15:00:00+11:00; this or --cron
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// Put back what each run changed at this time of day, such as 22:00
    #[arg(long, value_name = "TIME")]
    pub(crate) put_back: Option<String>,
    /// A date on which it does not run, such as 2026-12-25; may be given several times
    #[arg(long, value_name = "DATE")]
    pub(crate) except: Vec<Day>,
    /// What it does on the holidays of the venue: skip them, or run on them only
    #[arg(long, value_name = "RULE", value_parser = ["skip", "only"])]
    pub(crate) holidays: Option<String>,
    /// Time zone, such as Australia/Sydney
    #[arg(long, value_name = "ZONE")]
    pub(crate) tz: Option<String>,
    /// A step: on, off, 'wait 10 s', 'channel 501', 'preset game-day'; may be given several times, in order
    #[arg(long = "do", value_name = "STEP", required = true)]
    pub(crate) steps: Vec<String>,
    /// Display name
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// What to do with a missed run: skip, or 'once within 10 min'
    #[arg(long, value_name = "POLICY")]
    pub(crate) missed: Option<String>,
    /// What to do if the previous run has not ended: skip or supersede
    #[arg(long, value_name = "POLICY")]
    pub(crate) overlap: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct AgendaArgs {
    /// Number of days from now on
    #[arg(short, long, value_name = "N", default_value = "7", value_parser = parse::number::<u8>(1, 31))]
    pub(crate) days: u8,
}
