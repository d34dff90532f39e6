//! Runs `venuectl` as a person would.

use std::process::{Command, Output, Stdio};

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

/// `venuectl` with `words`, not yet running.
pub(crate) fn command(server: &str, words: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_venuectl"));
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
