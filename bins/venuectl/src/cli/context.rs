//! The command line of `venuectl context`.

use clap::{Args, Subcommand};

use crate::parse;

#[derive(Debug, Subcommand)]
pub(crate) enum ContextCommand {
    /// List the contexts; the one in use has a *
    List,
    /// Add a context, or change one: with --server, --token-file and --ca, of which those not given stay as they are
    ///
    /// The first one is in use from then on.
    Set(ContextArg),
    /// Use a context from now on, where neither --server nor --context says otherwise
    Use(ContextArg),
    /// Remove a context; its token file is left alone
    Remove(ContextArg),
}

#[derive(Debug, Args)]
pub(crate) struct ContextArg {
    /// Name of the context, such as the-oak
    #[arg(value_name = "NAME", value_parser = parse::item)]
    pub(crate) name: String,
}
