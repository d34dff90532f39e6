//! The command line of `venuectl venue`.

use clap::{Args, Subcommand};
use venue_registry::Day;

#[derive(Debug, Subcommand)]
pub(crate) enum VenueCommand {
    /// Show name and time zone of the venue, and what its clock shows
    Show,
    /// Change name or time zone of the venue
    Set(VenueSettings),
    /// Show and change the holidays, which schedules may skip or run on only
    #[command(subcommand)]
    Holidays(HolidayCommand),
}

#[derive(Debug, Subcommand)]
pub(crate) enum HolidayCommand {
    /// List the holidays
    List,
    /// Add holidays
    Add(HolidayDates),
    /// Remove holidays
    Remove(HolidayDates),
}

#[derive(Debug, Args)]
pub(crate) struct HolidayDates {
    /// Dates such as 2026-12-25
    #[arg(value_name = "DATE", required = true)]
    pub(crate) dates: Vec<Day>,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(crate) struct VenueSettings {
    /// Display name; empty for none
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// IANA time zone, such as Australia/Sydney; empty for that of the daemon's machine
    #[arg(long, value_name = "ZONE")]
    pub(crate) tz: Option<String>,
}
