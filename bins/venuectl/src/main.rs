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
mod colour;
mod commands;
mod complete;
mod contexts;
mod error;
mod exit;
mod format;
mod intent;
mod lines;
mod origin;
mod output;
mod parse;
mod place;
mod progress;
mod query;
mod redraw;
mod schema;
mod server_url;
mod spreadsheet;
mod suggest;
mod table;
mod token_file;
mod trust;
mod until;
mod view;

use std::process::ExitCode;

use clap_complete::CompleteEnv;

use crate::{
    cli::{Cli, Command, Global},
    client::Client,
    error::Failure,
    exit::Exit,
    place::Place,
    progress::Progress,
    token_file::Credential,
    view::View,
};

fn main() -> ExitCode {
    // Ends the process where a shell asks for completions.
    CompleteEnv::with_factory(|| complete::added_to(Cli::described())).complete();
    run(Cli::of_process()).into()
}

/// Does what the command line says, prints the result, and returns how it ended.
fn run(Cli { global, command }: Cli) -> Exit {
    let shown = (!global.quiet).then_some(global.output);
    let mut progress = Progress::to_stderr(global.quiet);
    colour::decide();
    // What changes the contexts of this machine.
    if let Command::Context(command) = &command {
        return output::print_result(&commands::context::run(command, &global), shown);
    }
    if let Command::Login(args) = &command {
        return output::print_result(&commands::login::login(args, &global), shown);
    }
    if matches!(command, Command::Logout) {
        return output::print_result(&commands::login::logout(&global), shown);
    }
    let client = match client(&global) {
        Ok(client) => client.showing(View::new(shown)),
        Err(failure) => return output::print_result(&Err(failure), shown),
    };
    if global.is_watched {
        return redraw::run(&client, &command, shown, &mut progress);
    }
    let result = commands::run_blocking(&client, &command, &mut progress);
    output::print_result(&result, shown)
}

/// The way to the daemon that is meant.
fn client(global: &Global) -> Result<Client, Failure> {
    let Place { server, token_file, ca, origin } = Place::find(global)?;
    let credential = token_file.as_deref().map(Credential::read).transpose()?;
    let tls = trust::of(&server, ca.as_deref())?;
    Ok(Client::new(server, global.timeout, credential, tls).found_by(origin))
}
