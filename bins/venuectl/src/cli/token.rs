//! The command line of `venuectl token` and `audit`.

use clap::{Args, Subcommand};
use venue_api::UtcTime;
use venue_registry::Label;

use crate::parse;

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a token; its text is printed once, and kept nowhere
    Create(NewToken),
    /// List all tokens, not their texts
    List,
    /// Take a token back: from now on it is worth nothing
    Revoke {
        /// The token, such as tok_0123456789abcdef
        #[arg(value_name = "ID", value_parser = parse::item)]
        id: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct NewToken {
    /// What people call it: the name in history and audit
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// viewer, operator or admin
    #[arg(long)]
    pub(crate) role: String,
    /// A zone that it is limited to; may be given several times
    #[arg(long = "zone", value_name = "ZONE")]
    pub(crate) zones: Vec<Label>,
    /// From when on it is no longer valid, such as 2027-01-01T00:00:00Z
    #[arg(long, value_name = "TIME", value_parser = parse::instant)]
    pub(crate) expires: Option<UtcTime>,
}

#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    /// What this actor did
    #[arg(long, value_name = "NAME", value_parser = parse::actor)]
    pub(crate) actor: Option<String>,
    /// Not before this instant
    #[arg(long, value_name = "TIME", value_parser = parse::instant)]
    pub(crate) since: Option<UtcTime>,
    /// Before this instant
    #[arg(long, value_name = "TIME", value_parser = parse::instant)]
    pub(crate) until: Option<UtcTime>,
    #[command(flatten)]
    pub(crate) page: super::Page,
}
