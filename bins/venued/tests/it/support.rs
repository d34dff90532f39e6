//! What system tests share: the daemon as a process, its HTTP, `venuectl`, and lines of output.

mod ctl;
mod daemon;
mod http;
mod lines;

use std::{future::Future, process::Command, time::Duration};

pub(crate) use ctl::venuectl;
pub(crate) use daemon::{Daemon, device_toml, keen_toml, sim_toml, venued};
pub(crate) use http::{Response, get, post, post_keyed};
pub(crate) use lines::Lines;

/// Far longer than anything takes; only what never happens ends here.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for something that must happen.
pub(crate) async fn soon<F: Future>(what: &str, future: F) -> F::Output {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(output) => output,
        Err(_) => panic!("never happened: {what}"),
    }
}

/// Sends a signal such as `STOP` to a process.
pub(crate) fn signal(pid: u32, name: &str) {
    // The shell's own `kill`, which every system has.
    let sent = Command::new("sh").arg("-c").arg(format!("kill -{name} {pid}")).status().unwrap();
    assert!(sent.success(), "cannot send SIG{name} to {pid}");
}
