//! Arguments about infrared codes.

use clap::{Args, Subcommand};

use super::DeviceArg;

#[derive(Debug, Subcommand)]
pub(crate) enum CodesCommand {
    /// Learn one key: press it three times in front of the infrared receiver of a board
    ///
    /// Prints the code of the key, and saves nothing. Each press is commented on while it is learned; it takes 20 s at
    /// most.
    Learn(LearnArgs),
}

#[derive(Debug, Args)]
pub(crate) struct LearnArgs {
    #[command(flatten)]
    pub(crate) device: DeviceArg,
    /// Name of the receiver, if the board has several
    #[arg(long, value_name = "NAME")]
    pub(crate) receiver: Option<String>,
    /// Name of the key that you press, such as volume_up
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
}
