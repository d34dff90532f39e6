//! The command line of `venuectl login`.

use std::path::PathBuf;

use clap::Args;

use crate::parse;

#[derive(Debug, Args)]
pub(crate) struct LoginArgs {
    /// The name that you sign in with
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// File with your PIN or password; - for a line of stdin. Without it you are asked
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
    /// The context that keeps the session. Default: the one in use; with --server `default`
    #[arg(long, value_name = "CONTEXT", value_parser = parse::item)]
    pub(crate) save_as: Option<String>,
}
