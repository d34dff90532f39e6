//! `device-sim`: simulated boards on loopback, for trying things out and for foreign clients.
//!
//! Data goes to stdout, one JSON object a line; talk goes to stderr.

mod cli;
mod events;
mod infrared_args;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match cli::Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            report(&failure);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "the last word of a process that cannot go on")]
fn report(failure: &cli::Failure) {
    eprint!("device-sim: {}", snafu::Report::from_error(failure));
}
