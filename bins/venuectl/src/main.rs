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
mod format;
mod intent;
mod lines;
mod output;
mod parse;
mod progress;
mod server_url;
mod spreadsheet;
mod table;
mod token_file;

use std::process::ExitCode;

use crate::{
    cli::{Cli, Global},
    client::Client,
    exit::Exit,
    progress::Progress,
    server_url::ServerUrl,
};

fn main() -> ExitCode {
    run(Cli::of_process()).into()
}

/// Does what the command line says, prints the result, and tells how it ended.
fn run(Cli { global, command }: Cli) -> Exit {
    let Global { server, token_file, output, timeout, quiet } = global;
    let server = server.unwrap_or_else(ServerUrl::usual);
    let mut progress = Progress::to_stderr(quiet);
    let token = token_file.as_deref().map(token_file::authorization).transpose();
    let result = token.and_then(|token| {
        let client = Client::new(server, timeout, token);
        commands::run_blocking(&client, &command, &mut progress)
    });
    output::tell(&result, (!quiet).then_some(output))
}
