//! What systemd is told, and what it hands over. Without it (`NOTIFY_SOCKET` and `LISTEN_FDS` are not
//! set) nothing here does anything.

use std::{future::pending, io, net::TcpListener, os::unix::net::UnixListener, time::Duration};

use listenfd::ListenFd;
use sd_notify::NotifyState;
use snafu::{ResultExt, Snafu};
use tokio::time::{MissedTickBehavior, interval};

/// The daemon serves.
pub fn ready() {
    notify(&[NotifyState::Ready]);
}

/// It stops in order: not to be waited for as if it were stuck.
pub fn stopping() {
    notify(&[NotifyState::Stopping]);
}

/// How it is, for `systemctl status`.
pub fn status(words: &str) {
    notify(&[NotifyState::Status(words)]);
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
        notify(&[NotifyState::Watchdog]);
    }
}

/// What a socket unit (`venued.socket`) has handed over, if it started the daemon.
#[derive(Debug, Default)]
pub struct HandedOver {
    /// Those of the network.
    pub network: Vec<TcpListener>,
    /// Those of this machine.
    pub local: Vec<UnixListener>,
}

/// All listeners of a socket unit, each of which is to be served.
///
/// # Errors
/// [`NoListener`]: one of them is something else.
pub fn listeners() -> Result<HandedOver, NoListener> {
    let mut handed_over = ListenFd::from_env();
    let mut found = HandedOver::default();
    for index in 0..handed_over.len() {
        if let Ok(Some(listener)) = handed_over.take_tcp_listener(index) {
            found.network.push(listener);
        } else {
            let number = index + 1;
            let listener =
                handed_over.take_unix_listener(index).context(NoListenerSnafu { number })?;
            found.local.extend(listener);
        }
    }
    Ok(found)
}

/// A socket unit hands over something that cannot be served.
#[derive(Debug, Snafu)]
#[snafu(display(
    "socket {number} of the socket unit cannot be served: let it have ListenStream= alone, with addresses \
     of TCP or paths of unix sockets"
))]
pub struct NoListener {
    /// Which, from 1, in the order of the unit.
    number: usize,
    source: io::Error,
}

fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "the service manager cannot be told");
    }
}

/// A unit that allows less asks for nothing that could be kept.
const SHORTEST: Duration = Duration::from_millis(10);
