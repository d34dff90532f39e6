//! What system tests share: the daemon as a process, its HTTP, `venuectl`, and lines of output.

mod clock;
mod ctl;
mod daemon;
mod http;
mod lines;
mod stored;

use std::{future::Future, process::Command, time::Duration};

use tokio::time::{MissedTickBehavior, interval};

pub(crate) use clock::TestClock;
pub(crate) use ctl::{Said, ctl_program, venuectl, venuectl_at};
pub(crate) use daemon::{Daemon, device_toml, keen_toml, sim_toml, venued};
pub(crate) use http::{Response, get, post, post_keyed, send};
pub(crate) use lines::Lines;
pub(crate) use stored::{bulk, waits};

/// Far longer than anything takes; only what never happens ends here.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for something that must happen.
pub(crate) async fn soon<F: Future>(what: &str, future: F) -> F::Output {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(output) => output,
        Err(_) => panic!("never happened: {what}"),
    }
}

/// Asks a few times a second until there is an answer that will do.
pub(crate) async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let mut turns = interval(Duration::from_millis(25));
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let asking = async {
        loop {
            turns.tick().await;
            if let Some(answer) = ask().await {
                return answer;
            }
        }
    };
    soon(what, asking).await
}

/// Sends a signal such as `STOP` to a process.
pub(crate) fn signal(pid: u32, name: &str) {
    // The shell's own `kill`, which every system has.
    let sent = Command::new("sh").arg("-c").arg(format!("kill -{name} {pid}")).status().unwrap();
    assert!(sent.success(), "cannot send SIG{name} to {pid}");
}
