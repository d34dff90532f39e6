//! `venuectl` as a process.

use std::{
    net::SocketAddr,
    path::PathBuf,
    process::{Command, Output},
    sync::OnceLock,
};

use serde_json::Value;

use super::soon;

/// What `venuectl` said.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Said {
    /// The data, where `-o json` was given.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }
}

/// Runs `venuectl` against a daemon.
pub(crate) async fn venuectl(address: SocketAddr, args: &[&str]) -> Said {
    venuectl_at(&format!("http://{address}"), args).await
}

/// Runs `venuectl` against a daemon, wherever it is.
pub(crate) async fn venuectl_at(server: &str, args: &[&str]) -> Said {
    let mut command = tokio::process::Command::new(ctl_program());
    command.arg("--server").arg(server).args(args).kill_on_drop(true);
    soon("the end of venuectl", command.output()).await.unwrap().into()
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// Cargo tells a test only the programs of its own package; the other one is built here, which
/// takes no time if it is there.
pub(crate) fn ctl_program() -> &'static PathBuf {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let venued = PathBuf::from(env!("CARGO_BIN_EXE_venued"));
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--package", "venuectl"]);
        if venued.parent().is_some_and(|folder| folder.ends_with("release")) {
            build.arg("--release");
        }
        assert!(build.status().unwrap().success(), "venuectl cannot be built");
        venued.with_file_name("venuectl")
    })
}
