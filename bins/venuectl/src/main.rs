//! `venuectl`: the admin's command line over venued's HTTP interface.
//!
//! stdout is data, stderr is talk: a table or the daemon's own JSON on the one, sentences on the
//! other. What is not known is never told as done, neither in words nor by the exit code:
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done: the device took the command, or the answer is good |
//! | 1 | failed, or `status` found devices that are not online |
//! | 2 | wrong arguments |
//! | 3 | not found |
//! | 4 | denied |
//! | 5 | conflict: a newer command replaced this one |
//! | 6 | the daemon cannot be reached |
//! | 8 | no answer in time, or it is not known what became of the command |
//! | 130 | interrupted; a command that was sent is not withdrawn |
//!
//! 7 is kept for commands to several TVs of which some failed.

mod cli;
mod client;
mod commands;
mod error;
mod exit;
mod output;
mod server_url;
mod table;
mod target;
mod words;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    cli::Cli::parse().run().into()
}
