//! What a lane needs of the way to its device.
//!
//! A lane knows order, pacing, unconfirmed commands and resends; a [`Wire`] knows how one device is
//! spoken to. Whoever implements it for a transport of their own gets all of the lane for it.
//! `crates/venue-lane/examples/http_tv.rs` is one for a TV that is controlled over HTTP.

use std::{error::Error, future::Future, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{sync::watch, time::Instant};
use venue_domain::{
    Action, Call, Capabilities, Command, Firmware, Misconfigured, NotSent, Outcome, PortIndex,
    Presence, Refused, TimingProfile, Transmitter, Transmitters,
};

use crate::start_permit::StartGuard;

/// The way to one device.
///
/// What a lane relies on:
///
/// * **Order.** The device handles what is sent on one session in the order in which it was sent, and
///   answers a ping only when it is through with everything before it.
/// * **Sessions.** Each session has an epoch that no other session of this wire has. What was sent on
///   a session that has ended may still be carried out later; so the lane sends the newest command
///   once more after an absolute one was lost with its session.
/// * **Honesty.** [`Outcome::NotSent`] means that no byte left and none will;
///   [`Outcome::Delivered`] needs something that came back from the device.
pub trait Wire: Send + Sync + 'static {
    /// What the wire knows of one session, such as what its device advertised.
    type Peer: Send + 'static;

    /// A command as it will be sent: it fits the device, and no byte of it has left.
    type Prepared: Send + 'static;

    /// What changes when the connection does.
    type State: Send + Sync + 'static;

    /// The connection now. Asked before every command, so it must be cheap.
    fn connection(&self) -> Connection<Self::Peer>;

    /// Changes whenever [`Wire::connection`] does.
    fn watch(&self) -> watch::Receiver<Self::State>;

    /// Makes of `command` what is sent on `session`. Nothing is sent yet, and perhaps never. The lane keeps
    /// the pauses between commands; those within one, such as between the digits of a channel, are the
    /// wire's, by `profile`.
    ///
    /// # Errors
    /// [`Refused`], if the device could not carry it out, or would misread it: it ends the command.
    fn prepare(
        &self,
        command: &Command,
        session: &Session<Self::Peer>,
        profile: &TimingProfile,
    ) -> Result<Self::Prepared, Refused>;

    /// Sends what was prepared, on the session for which it was prepared or not at all, and reports by
    /// `deadline` what became of it.
    ///
    /// Just before the first byte, [`StartGuard::begin`] is asked; if it says no, nothing is sent, and the
    /// report is [`SendReport::Withdrawn`].
    ///
    /// # Cancel safety
    /// A future that is dropped before the first byte sends nothing.
    fn send(
        &self,
        prepared: Self::Prepared,
        guard: StartGuard,
        deadline: Instant,
    ) -> impl Future<Output = SendReport> + Send;

    /// Asks the device for a sign of life on the current session, behind everything that was sent on it.
    /// `false` if no answer came by `deadline`.
    ///
    /// # Cancel safety
    /// Safe: a future that is dropped leaves at most one question behind.
    fn ping(&self, deadline: Instant) -> impl Future<Output = bool> + Send;

    /// The hardware behind `session`, where it can be told. What an earlier board may still carry out is
    /// none of the business of another one.
    fn board(&self, session: &Session<Self::Peer>) -> Option<BoardId> {
        let _ = session;
        None
    }

    /// When the last byte really came from the device.
    fn last_contact(&self) -> Option<Instant> {
        None
    }

    /// Where the latest session goes, or went.
    fn address(&self) -> Option<SocketAddr> {
        None
    }

    /// What the device runs, known from its latest session.
    fn firmware(&self) -> Option<Firmware> {
        None
    }

    /// What the device advertised on its latest session.
    fn capabilities(&self) -> Option<Capabilities> {
        None
    }

    /// What would be sent for `action`, for people; `None` while that cannot be told.
    ///
    /// # Errors
    /// As [`Wire::prepare`].
    fn preview(
        &self,
        action: &Action,
        port: PortIndex,
        profile: &TimingProfile,
    ) -> Option<Result<Call, Refused>> {
        let _ = (action, port, profile);
        None
    }

    /// The transmitter that `action` keeps busy. Commands for different ones are in flight at the same time;
    /// `None` is the device as a whole, which is shared with nothing.
    fn transmitter(
        &self,
        action: &Action,
        port: PortIndex,
        session: &Session<Self::Peer>,
    ) -> Option<Transmitter> {
        let _ = (action, port, session);
        None
    }

    /// The transmitters that work at the same time, with the ports that have one: what [`Wire::transmitter`] says of
    /// their actions, for whoever has several commands for the device.
    fn transmitters(&self, session: &Session<Self::Peer>) -> Transmitters {
        let _ = session;
        Transmitters::default()
    }

    /// How long sending `action` takes, before its evidence is due: a command is not begun without time
    /// for both.
    fn sending_time(&self, action: &Action, port: PortIndex, profile: &TimingProfile) -> Duration {
        let _ = (action, port, profile);
        Duration::ZERO
    }
}

/// Whether there is a session with a device.
#[derive(Clone, Debug)]
pub enum Connection<P> {
    /// The first session is being opened.
    Connecting {
        /// Since when there is none.
        since: Instant,
    },
    /// A session is up.
    Online(Session<P>),
    /// There is none; it is tried again without anybody's help.
    Offline {
        /// Since when there is none.
        since: Instant,
        /// Why the last try failed, for people.
        cause: Arc<dyn Error + Send + Sync>,
        /// When it is tried next.
        next_try: Instant,
    },
    /// There is none, and an admin is needed.
    Misconfigured {
        /// Since when there is none.
        since: Instant,
        /// What is wrong.
        cause: Misconfigured,
    },
    /// The wire is closed for good.
    Stopped,
}

/// One session with a device.
#[derive(Clone, Debug)]
pub struct Session<P> {
    /// No other session of the wire has the same.
    pub epoch: u64,
    /// Since when it is up.
    pub since: Instant,
    /// What the wire knows of it.
    pub peer: P,
}

/// Tells one piece of hardware from another: its MAC address as a number, or what else identifies it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BoardId(pub u64);

/// What became of what was to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendReport {
    /// This.
    Ended {
        /// How it ended.
        outcome: Outcome,
        /// How long the transmitter stays busy with it from now on; `None` if only the timing profile of
        /// the port says. Nothing, where the evidence is that infrared is complete.
        busy: Option<Duration>,
    },
    /// The guard said no. No byte left.
    Withdrawn,
}

impl From<Outcome> for SendReport {
    fn from(outcome: Outcome) -> Self {
        Self::Ended { outcome, busy: None }
    }
}

impl<P> Connection<P> {
    /// Whether there is a session.
    #[must_use]
    pub const fn is_online(&self) -> bool {
        matches!(self, Self::Online(_))
    }

    /// The session, if there is one.
    pub(crate) fn session(self) -> Option<Session<P>> {
        match self {
            Self::Online(session) => Some(session),
            Self::Connecting { .. }
            | Self::Offline { .. }
            | Self::Misconfigured { .. }
            | Self::Stopped => None,
        }
    }

    /// Why nothing can be sent at all.
    pub(crate) const fn absence(&self) -> Option<NotSent> {
        match self {
            Self::Online(_) => None,
            Self::Connecting { .. } | Self::Offline { .. } => Some(NotSent::Offline),
            Self::Misconfigured { .. } => Some(NotSent::Misconfigured),
            Self::Stopped => Some(NotSent::Stopping),
        }
    }

    /// The same for people, with ages.
    pub(crate) fn presence(&self, now: Instant) -> Presence {
        let age = |since: &Instant| now.saturating_duration_since(*since);
        match self {
            Self::Online(session) => Presence::Online { since: age(&session.since) },
            Self::Connecting { since } => Presence::Connecting { since: age(since) },
            Self::Offline { since, cause, next_try } => Presence::Offline {
                since: age(since),
                cause: cause.to_string(),
                next_try: next_try.saturating_duration_since(now),
            },
            Self::Misconfigured { since, cause } => {
                Presence::Misconfigured { since: age(since), cause: cause.clone() }
            }
            Self::Stopped => Presence::Offline {
                since: Duration::ZERO,
                cause: "the service is stopping".to_owned(),
                next_try: Duration::ZERO,
            },
        }
    }
}
