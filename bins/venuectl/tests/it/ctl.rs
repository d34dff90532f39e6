//! Runs `venuectl` as a person would.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// stdout as one JSON document on one line.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.stdout.lines().count(), 1, "{self:?}");
        assert!(self.stdout.ends_with('\n'), "{self:?}");
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// Asserts that all went well, and nothing was said beside the data.
    #[track_caller]
    pub(crate) fn good(self) -> Self {
        assert_eq!((self.code, self.stderr.as_str()), (Some(0), ""), "{self:?}");
        self
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

const PROGRAM: &str = env!("CARGO_BIN_EXE_venuectl");

/// `venuectl` with `words`, not yet running.
pub(crate) fn command(server: &str, words: &str) -> Command {
    prepared(Command::new(PROGRAM), server, words)
}

/// Runs `venuectl` with `words` for somebody with this home, who has said nothing of a server.
pub(crate) fn at_home(home: &Path, words: &str) -> Run {
    let mut command = Command::new(PROGRAM);
    command.env_clear().env("HOME", home).args(words.split_whitespace()).stdin(Stdio::null());
    command.output().unwrap().into()
}

/// The same, to be interrupted: also where the tests run in the background of a script, which lets all
/// that it starts ignore interrupts.
pub(crate) fn interruptible(server: &str, words: &str) -> Command {
    let mut command = Command::new("env");
    command.args(["--default-signal=INT", PROGRAM]);
    prepared(command, server, words)
}

/// What a terminal does on Ctrl-C.
pub(crate) fn interrupt(child: &Child) {
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(sent.unwrap().success());
}

fn prepared(mut command: Command, server: &str, words: &str) -> Command {
    command
        .env_clear()
        .env("VENUECTL_SERVER", server)
        .args(words.split_whitespace())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs `venuectl` with `words` to its end.
pub(crate) fn ctl(server: &str, words: &str) -> Run {
    command(server, words).output().unwrap().into()
}
