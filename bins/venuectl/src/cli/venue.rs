//! The command line of `venuectl venue`.

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum VenueCommand {
    /// Show name and time zone of the venue, and what its clock shows
    Show,
    /// Change name or time zone of the venue
    Set(VenueSettings),
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
