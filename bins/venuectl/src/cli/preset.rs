//! The command line of `venuectl preset`.

use clap::{Args, Subcommand};
use venue_registry::{Label, Selector};

use super::config::Fields;
use crate::parse;

#[derive(Debug, Subcommand)]
pub(crate) enum PresetCommand {
    /// List all presets
    List,
    /// Show what running a preset now would send
    #[command(visible_alias = "show")]
    Get(PresetArg),
    /// Make a preset of the assumed state of TVs: what is not known is left out, and printed
    Capture(PresetCapture),
    /// Change fields of a preset, such as name, color, order or entries
    #[command(visible_alias = "edit")]
    Set {
        #[command(flatten)]
        preset: PresetArg,
        #[command(flatten)]
        fields: Fields,
    },
    /// Run a preset, or the part of it for some TVs
    Run {
        #[command(flatten)]
        preset: PresetArg,
        /// Only for these TVs of the preset: zone=ZONE, tag=TAG, HOST, HOST/PORT or tv:NAME
        #[arg(value_name = "SELECTOR", value_parser = parse::selector)]
        selectors: Vec<Selector>,
        #[command(flatten)]
        more: super::MoreTvs,
        /// Only show what would be sent
        #[arg(long)]
        dry_run: bool,
        /// Watch the batch until it ends, as `batch watch` does
        #[arg(long, conflicts_with = "dry_run")]
        watch: bool,
    },
    /// Remove a preset
    #[command(visible_alias = "delete")]
    Remove(PresetArg),
}

#[derive(Debug, Args)]
pub(crate) struct PresetArg {
    /// The preset's id
    #[arg(value_name = "ID", value_parser = parse::item)]
    pub(crate) id: String,
}

#[derive(Debug, Args)]
pub(crate) struct PresetCapture {
    /// Id of the preset: lower-case letters, digits, - and _
    #[arg(value_name = "ID")]
    pub(crate) id: Label,
    /// The TVs: zone=ZONE, tag=TAG, HOST, HOST/PORT, tv:NAME or all
    #[arg(value_name = "SELECTOR", required = true, value_parser = parse::selector)]
    pub(crate) selectors: Vec<Selector>,
    /// Display name; the id unless given
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Colour of its button, as #rrggbb
    #[arg(long, value_name = "COLOUR")]
    pub(crate) color: Option<String>,
    /// Position among the presets; lower comes first
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(crate) order: Option<i32>,
    /// Replace the preset if there is one; it keeps its name, colour and position unless they are given
    #[arg(long)]
    pub(crate) replace: bool,
    /// Only show what the preset would be
    #[arg(long)]
    pub(crate) dry_run: bool,
}
