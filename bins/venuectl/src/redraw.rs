//! A list that is shown anew whenever it changes.

use std::{
    io::{self, IsTerminal, Write},
    thread,
    time::Duration,
};

use crate::{
    cli::Command,
    client::Client,
    commands,
    exit::Exit,
    output::{self, Format},
    progress::Progress,
};

/// How long a list may be older than the venue.
const INTERVAL: Duration = Duration::from_secs(2);

/// What a terminal clears itself by.
const CLEAR: &[u8] = b"\x1b[2J\x1b[H";

/// Shows what `command` prints until it fails for good, or somebody interrupts it. A daemon that starts anew is waited for.
pub(crate) fn run(
    client: &Client,
    command: &Command,
    shown: Option<Format>,
    progress: &mut Progress,
) -> Exit {
    let is_terminal = io::stdout().is_terminal();
    let mut last = None;
    loop {
        let result = commands::run_blocking(client, command, progress);
        match &result {
            Ok(report) => {
                let new = (report.document.clone(), report.table.clone());
                if last.as_ref() != Some(&new) {
                    // Whoever reads may have seen enough, as `head` does.
                    let cleared = if is_terminal { io::stdout().write_all(CLEAR) } else { Ok(()) };
                    let exit = output::print_result(&result, shown);
                    if cleared.and_then(|()| io::stdout().flush()).is_err() {
                        return exit;
                    }
                    last = Some(new);
                }
            }
            Err(failure) if failure.may_pass() && last.is_some() => {
                progress.note(&format!("{failure}; trying again"));
            }
            Err(_) => return output::print_result(&result, shown),
        }
        thread::sleep(INTERVAL);
    }
}
