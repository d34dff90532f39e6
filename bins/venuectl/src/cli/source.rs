//! The command line of `venuectl source`.

use clap::{Args, Subcommand};
use venue_registry::Label;

use crate::parse::{self, OneTv};

#[derive(Debug, Subcommand)]
pub(crate) enum SourceCommand {
    /// List all sources, with what each is assumed to show and on which screens
    List,
    /// Add a source, or change one
    Set(SourceSettings),
    /// Remove a source; one that screens show cannot be removed
    #[command(visible_alias = "delete")]
    Remove(SourceArg),
}

#[derive(Debug, Args)]
pub(crate) struct SourceArg {
    /// The source's id
    #[arg(value_name = "ID", value_parser = parse::item)]
    pub(crate) id: String,
}

#[derive(Debug, Args)]
pub(crate) struct SourceSettings {
    /// Id of the source: lower-case letters, digits, - and _
    #[arg(value_name = "ID")]
    pub(crate) id: Label,
    /// The port to which its box listens, by HOST/PORT or name; a new source needs it
    #[arg(long, value_name = "HOST/PORT", value_parser = parse::one_tv)]
    pub(crate) port: Option<OneTv>,
    /// Display name
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// How its picture gets to the screens, such as 'matrix output 3'
    #[arg(long, value_name = "TEXT")]
    pub(crate) via: Option<String>,
    /// Position among the sources; lower comes first
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(crate) order: Option<i32>,
}
