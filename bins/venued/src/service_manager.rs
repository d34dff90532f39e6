//! What systemd is told, and what it hands over. Without it (`NOTIFY_SOCKET` and `LISTEN_FDS` are not
//! set) nothing here does anything.

use std::{future::pending, io, net::TcpListener, time::Duration};

use listenfd::ListenFd;
use sd_notify::NotifyState;
use tokio::time::{MissedTickBehavior, interval};

/// The daemon serves.
pub fn ready() {
    tell(&[NotifyState::Ready]);
}

/// It stops in order: not to be waited for as if it were stuck.
pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// How it is, for `systemctl status`.
pub fn status(words: &str) {
    tell(&[NotifyState::Status(words)]);
}

/// Gives signs of life for as long as the runtime runs its tasks, twice in the time that the unit
/// allows (`WatchdogSec=`); for ever idle where it asks for none.
///
/// # Cancel safety
/// Safe: the signs of life end.
pub async fn watchdog() {
    let Some(allowed) = sd_notify::watchdog_enabled().filter(|allowed| *allowed > SHORTEST) else {
        return pending().await;
    };
    let mut ticks = interval(allowed / 2);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        tell(&[NotifyState::Watchdog]);
    }
}

/// The listener of a socket unit (`venued.socket`), if it started the daemon.
///
/// # Errors
/// What was handed over is no TCP listener.
pub fn listener() -> io::Result<Option<TcpListener>> {
    let mut handed_over = ListenFd::from_env();
    if handed_over.len() == 0 { Ok(None) } else { handed_over.take_tcp_listener(0) }
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "the service manager cannot be told");
    }
}

/// A unit that allows less asks for nothing that could be kept.
const SHORTEST: Duration = Duration::from_millis(10);
