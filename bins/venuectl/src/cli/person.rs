//! The command line of `venuectl person`.

use clap::{ArgGroup, Args, Subcommand};
use venue_registry::Label;

#[derive(Debug, Subcommand)]
pub(crate) enum PersonCommand {
    /// List the people who sign in with a PIN
    List,
    /// Add a person; prints the invitation by which they set their PIN, this once
    Add(NewPerson),
    /// Change the role or the zones of a person, who stays signed in
    Set(ChangedPerson),
    /// Invite a person anew, who has lost the invitation or forgotten the PIN
    Invite(InvitedPerson),
    /// Sign a person out of every browser
    SignOut(PersonArg),
    /// Remove a person, with all sessions
    Remove(PersonArg),
}

#[derive(Debug, Args)]
pub(crate) struct PersonArg {
    /// The person, by name or id
    #[arg(value_name = "NAME")]
    pub(crate) person: String,
}

#[derive(Debug, Args)]
pub(crate) struct PageAddress {
    /// Where the page is opened, for the link, such as http://192.168.1.10:8080 [default: --server, unless that is a
    /// unix socket]
    #[arg(long, value_name = "URL")]
    pub(crate) address: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct InvitedPerson {
    #[command(flatten)]
    pub(crate) person: PersonArg,
    #[command(flatten)]
    pub(crate) page: PageAddress,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("change").required(true).multiple(true))]
pub(crate) struct ChangedPerson {
    #[command(flatten)]
    pub(crate) person: PersonArg,
    /// Role: viewer, operator, manager or admin [default: as it is]
    #[arg(long, group = "change")]
    pub(crate) role: Option<String>,
    /// Only in this zone; may be given several times [default: as it is]
    #[arg(long = "zone", value_name = "ZONE", group = "change", conflicts_with = "all_zones")]
    pub(crate) zones: Vec<Label>,
    /// In all zones
    #[arg(long, group = "change")]
    pub(crate) all_zones: bool,
}

#[derive(Debug, Args)]
pub(crate) struct NewPerson {
    /// What the person signs in with, and the name in history and audit log
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) rights: super::token::Rights,
    #[command(flatten)]
    pub(crate) page: PageAddress,
}
