//! Exit codes: one for each thing that a script would do differently.

use std::process::ExitCode;

use venue_api::{CommandStatus, Problem};

use crate::intent::Intent;

/// How a run ends. An interrupt ends with 130, by the shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done,
    /// It failed, and no other code says how.
    Failed,
    /// An argument is wrong, or a file that it names; what clap sees itself ends with the same.
    Wrong,
    /// What was named does not exist.
    NotFound,
    /// The daemon does not let this caller do it.
    Denied,
    /// Something is in the way: a newer command, or the state of what was to be changed.
    Conflict,
    /// The daemon cannot be reached.
    Unreachable,
    /// Some of several were done, and some not.
    Partial,
    /// No answer in time, or the outcome of the command is unknown.
    Unknown,
    /// Accepted, and on disk; it waits, or is in flight, and has not ended yet.
    Waits,
}

impl Exit {
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Wrong => 2,
            Self::NotFound => 3,
            Self::Denied => 4,
            Self::Conflict => 5,
            Self::Unreachable => 6,
            Self::Partial => 7,
            Self::Unknown => 8,
            Self::Waits => 9,
        }
    }

    /// The code for an accepted command. Only what was delivered is done; of one that still waits
    /// the end can be asked for, of one that is unknown it cannot.
    pub(crate) const fn of_command(status: CommandStatus) -> Self {
        match status {
            CommandStatus::Completed => Self::Done,
            CommandStatus::Failed | CommandStatus::Expired | CommandStatus::Cancelled => {
                Self::Failed
            }
            CommandStatus::Superseded => Self::Conflict,
            CommandStatus::Pending | CommandStatus::Processing => Self::Waits,
            CommandStatus::Unknown => Self::Unknown,
        }
    }

    /// The code for a problem that the daemon reports.
    pub(crate) fn of_problem(problem: &Problem, intent: Intent) -> Self {
        match &problem.command {
            // A problem is not a success, whatever its command says.
            Some(command) if intent == Intent::Acts => {
                let exit = Self::of_command(command.command_status);
                if matches!(exit, Self::Done | Self::Waits) { Self::Unknown } else { exit }
            }
            // The request was understood, and what it says is wrong.
            _ if problem.status == 422 => {
                Self::of_wrong(problem.errors.iter().map(|error| error.code.as_deref()))
            }
            _ => Self::of_http(problem.status, intent),
        }
    }

    /// The code for what was refused for these reasons, in the daemon's words for them: a name that does
    /// not exist is not found, everything else is a wrong argument.
    pub(crate) fn of_wrong<'a>(reasons: impl IntoIterator<Item = Option<&'a str>>) -> Self {
        let mut reasons = reasons.into_iter().peekable();
        let is_missing = |reason: Option<&str>| reason.is_some_and(|one| MISSING.contains(&one));
        if reasons.peek().is_some() && reasons.all(is_missing) {
            Self::NotFound
        } else {
            Self::Wrong
        }
    }

    /// The code for an answer that is not a success and says nothing about a command.
    pub(crate) const fn of_http(status: u16, intent: Intent) -> Self {
        match status {
            404 => Self::NotFound,
            401 | 403 | 421 | 423 => Self::Denied,
            409 | 412 | 428 => Self::Conflict,
            504 => Self::Unknown,
            // Turned away, before anything was done.
            400..=499 | 503 => Self::Failed,
            // The daemon, or something between, failed on the way: perhaps after the command left.
            _ => match intent {
                Intent::Acts | Intent::Manages => Self::Unknown,
                Intent::Reads => Self::Failed,
            },
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

/// Codes of the daemon for a name that does not exist.
const MISSING: [&str; 5] =
    ["unknown_name", "no_tv", "unknown_device", "unknown_batch", "no_default_channel"];

/// The end of `--help`.
pub(crate) const HELP: &str = "\
Exit codes:
  0    done: the device took the command, or the answer is good; for `batch create`,
       `retry` and `undo`: all commands are stored in the queue
  1    failed: nothing was done; or `status`, `queue stats`, `doctor`, `alerts` or `diff`
       found something that needs attention
  2    wrong arguments, or a file with wrong content
  3    not found: a name that does not exist
  4    denied
  5    conflict: a newer command replaced this one; or what you wanted to change is
       in use, fixed by the configuration file, or has changed or ended meanwhile
  6    the daemon cannot be reached
  7    partial: done for some TVs, and not for the others
  8    unknown: no answer in time, or the outcome of the command is unknown
  9    waiting: accepted and stored, and not ended yet; `command get` or `batch watch`
       shows how it ends
  130  interrupted; commands and batches that were sent are not cancelled

\"Delivered\" means that the device took the command, never that the TV changed.";

#[cfg(test)]
mod tests {
    use super::*;
    use venue_api::{CommandFailure, RoutingMethod};

    fn problem(status: u16, command: Option<CommandStatus>) -> Problem {
        Problem {
            r#type: Problem::type_of("x"),
            title: "X".into(),
            status,
            detail: "x".into(),
            instance: "/".into(),
            code: "x".into(),
            request_id: "r".into(),
            errors: Vec::new(),
            locked: None,
            command: command.map(|command_status| CommandFailure {
                command_id: "c".into(),
                command_status,
                delivered: false,
                routing_method: RoutingMethod::DirectFailed,
                durable: false,
                order: None,
                execution_time_ms: 1,
                superseded_by: None,
                sent_to: None,
                also_changes: Vec::new(),
            }),
            document: None,
        }
    }

    #[test]
    fn only_a_completed_command_is_done() {
        let table = [
            (CommandStatus::Completed, 0),
            (CommandStatus::Pending, 9),
            (CommandStatus::Processing, 9),
            (CommandStatus::Unknown, 8),
            (CommandStatus::Failed, 1),
            (CommandStatus::Expired, 1),
            (CommandStatus::Cancelled, 1),
            (CommandStatus::Superseded, 5),
        ];
        for (status, code) in table {
            assert_eq!(Exit::of_command(status).code(), code, "{status}");
        }
    }

    #[test]
    fn a_problem_ends_by_its_command_and_otherwise_by_its_status() {
        let command = |status| Some(status);
        let table = [
            (404, None, 3),
            (401, None, 4),
            (403, None, 4),
            (421, None, 4),
            (409, None, 5),
            (412, None, 5),
            (422, None, 2),
            (503, None, 1),
            (504, None, 8),
            (500, None, 8),
            (503, command(CommandStatus::Failed), 1),
            (409, command(CommandStatus::Superseded), 5),
            (504, command(CommandStatus::Unknown), 8),
            (500, command(CommandStatus::Completed), 8),
            (500, command(CommandStatus::Pending), 8),
        ];
        for (status, command, code) in table {
            let exit = Exit::of_problem(&problem(status, command), Intent::Acts);
            assert_eq!(exit.code(), code, "{status} {command:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_not_found_only_if_all_of_it_is_a_name_that_does_not_exist() {
        let table: [(&[Option<&str>], Exit); 6] = [
            (&[Some("unknown_name")], Exit::NotFound),
            (&[Some("unknown_device"), Some("no_tv")], Exit::NotFound),
            (&[Some("unknown_name"), Some("several_tvs")], Exit::Wrong),
            (&[Some("unknown_name"), None], Exit::Wrong),
            (&[Some("unknown_command")], Exit::Wrong),
            (&[], Exit::Wrong),
        ];
        for (reasons, exit) in table {
            assert_eq!(Exit::of_wrong(reasons.iter().copied()), exit, "{reasons:?}");
        }
    }

    #[test]
    fn a_refusal_to_manage_is_not_the_outcome_of_the_command_that_was_managed() {
        let exit = Exit::of_problem(&problem(409, Some(CommandStatus::Completed)), Intent::Manages);
        assert_eq!(exit, Exit::Conflict);
    }

    #[test]
    fn a_failed_question_leaves_nothing_unknown() {
        assert_eq!(Exit::of_http(500, Intent::Reads), Exit::Failed);
        assert_eq!(Exit::of_http(200, Intent::Reads), Exit::Failed);
        assert_eq!(Exit::of_http(200, Intent::Acts), Exit::Unknown);
    }

    #[test]
    fn every_code_is_in_the_help() {
        let every = [
            Exit::Done,
            Exit::Failed,
            Exit::Wrong,
            Exit::NotFound,
            Exit::Denied,
            Exit::Conflict,
            Exit::Unreachable,
            Exit::Partial,
            Exit::Unknown,
            Exit::Waits,
        ];
        for exit in every {
            let line = format!("\n  {}    ", exit.code());
            assert!(HELP.contains(&line), "{exit:?}");
        }
    }
}
