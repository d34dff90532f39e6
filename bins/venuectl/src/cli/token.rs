//! The command line of `venuectl token` and `audit`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use venue_api::UtcTime;
use venue_registry::Label;

use crate::parse;

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Create a token; its text is printed this once, and stored nowhere
    Create(NewToken),
    /// List all tokens, without their texts
    List,
    /// Revoke a token: from now on it is refused
    Revoke {
        /// The token, such as tok_0123456789abcdef
        #[arg(value_name = "ID", value_parser = parse::item)]
        id: String,
    },
}

/// What somebody may do, and where.
#[derive(Debug, Args)]
pub(crate) struct Rights {
    /// Role: viewer, operator, manager (also plans: presets, schedules, channels) or admin
    #[arg(long)]
    pub(crate) role: String,
    /// Only in this zone; may be given several times [default: everywhere]
    #[arg(long = "zone", value_name = "ZONE")]
    pub(crate) zones: Vec<Label>,
}

impl Rights {
    /// The zones as a request names them; `None` for everywhere.
    pub(crate) fn zones(&self) -> Option<Vec<String>> {
        let zones: Vec<String> = self.zones.iter().map(ToString::to_string).collect();
        (!zones.is_empty()).then_some(zones)
    }
}

#[derive(Debug, Args)]
pub(crate) struct NewToken {
    /// Name of the holder, as history and audit log show it
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) rights: Rights,
    /// When the token expires, such as 2027-01-01T00:00:00Z [default: never]
    #[arg(long, value_name = "TIME", value_parser = parse::instant)]
    pub(crate) expires: Option<UtcTime>,
    /// Write the token into this new file, which only its owner reads (mode 0600), and do not print it
    #[arg(long, value_name = "FILE")]
    pub(crate) to: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    /// Only what this actor did
    #[arg(long, value_name = "NAME", value_parser = parse::actor)]
    pub(crate) actor: Option<String>,
    /// Only entries from this time on, such as 2026-11-25T00:00:00Z
    #[arg(long, value_name = "TIME", value_parser = parse::instant)]
    pub(crate) since: Option<UtcTime>,
    /// Only entries before this time
    #[arg(long, value_name = "TIME", value_parser = parse::instant)]
    pub(crate) until: Option<UtcTime>,
    #[command(flatten)]
    pub(crate) page: super::Page,
}
