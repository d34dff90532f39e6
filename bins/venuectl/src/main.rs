//! `venuectl`: the admin's command line over venued's HTTP interface.
//!
//! stdout is data, stderr is talk: a table or the daemon's own JSON on the one, sentences on the
//! other. What is not known is never told as done, neither in words nor by the exit code:
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done: the device took the command, or the answer is good, or a batch is on disk |
//! | 1 | failed, or `status` found devices that are not online, or the queue is not healthy |
//! | 2 | wrong arguments, or a named file says what is wrong |
//! | 3 | not found: a name that does not exist |
//! | 4 | denied |
//! | 5 | conflict: a newer command replaced this one |
//! | 6 | the daemon cannot be reached |
//! | 7 | partial: done for some TVs, and not for the others |
//! | 8 | no answer in time, or it is not known what became of the command |
//! | 9 | it waits: accepted, safe on disk, and not ended yet |
//! | 130 | interrupted; a command that was sent, or a batch, is not withdrawn |

mod cli;
mod client;
mod commands;
mod error;
mod exit;
mod lines;
mod output;
mod progress;
mod server_url;
mod spreadsheet;
mod table;
mod target;
mod words;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    cli::Cli::parse().run().into()
}
