//! `venuectl`: the admin's command line over venued's HTTP interface.
//!
//! Data goes to stdout, as a table or as the daemon's JSON; messages go to stderr. A command is reported as done only
//! if that is known, in messages and in the exit code:
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done: the device took the command, or the answer is good, or a batch is stored |
//! | 1 | failed; or `status`, `queue stats`, `doctor`, `alerts` or `diff` found something that needs attention |
//! | 2 | wrong arguments, or a file with wrong content |
//! | 3 | not found: a name that does not exist |
//! | 4 | denied |
//! | 5 | conflict: a newer command replaced this one |
//! | 6 | the daemon cannot be reached |
//! | 7 | partial: done for some TVs, and not for the others |
//! | 8 | unknown: no answer in time, or the outcome of the command is unknown |
//! | 9 | waiting: accepted and stored, and not ended yet |
//! | 130 | interrupted; commands and batches that were sent are not cancelled |

mod cli;
mod client;
mod clock;
mod commands;
mod error;
mod exit;
mod format;
mod intent;
mod lines;
mod output;
mod parse;
mod progress;
mod query;
mod server_url;
mod spreadsheet;
mod suggest;
mod table;
mod token_file;
mod trust;
mod until;
mod view;

use std::process::ExitCode;

use crate::{
    cli::{Cli, Global},
    client::Client,
    exit::Exit,
    progress::Progress,
    server_url::ServerUrl,
    view::View,
};

fn main() -> ExitCode {
    run(Cli::of_process()).into()
}

/// Does what the command line says, prints the result, and returns how it ended.
fn run(Cli { global, command }: Cli) -> Exit {
    let Global { server, token_file, ca, output, timeout, quiet } = global;
    let server = server.unwrap_or_else(ServerUrl::usual);
    let shown = (!quiet).then_some(output);
    let mut progress = Progress::to_stderr(quiet);
    let token = token_file.as_deref().map(token_file::authorization).transpose();
    let result = token.and_then(|token| {
        let tls = trust::of(&server, ca.as_deref())?;
        let client = Client::new(server, timeout, token, tls).showing(View::new(shown));
        commands::run_blocking(&client, &command, &mut progress)
    });
    output::print_result(&result, shown)
}
