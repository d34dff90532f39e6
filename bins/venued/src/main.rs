//! `venued`: the venue daemon.

use std::process::ExitCode;

use clap::Parser;
use venued::cli::Cli;

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            report(&failure);
            failure.exit_code()
        }
    }
}

/// The failure and its causes in one line, for a person at a terminal.
#[expect(clippy::print_stderr, reason = "logs may not be set up, and this is the last word")]
fn report(failure: &venued::Failure) {
    eprintln!("venued: {}", venue_domain::one_line(failure));
}
