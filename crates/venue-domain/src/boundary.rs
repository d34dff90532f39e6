//! The traits through which siblings meet without knowing each other.

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    attempt::DirectRecord,
    command::Command,
    ended::EndedCommands,
    entry::DeviceEntry,
    hostname::Hostname,
    lock::PortLock,
    outcome::Delivery,
    port::PortId,
    snapshot::{Capabilities, DeviceSnapshot},
    time::{Timestamp, WallOffset, WallTime},
    timing::TimingProfile,
    transmitters::Transmitters,
};

/// Tells the time. Decisions ask it instead of the system, so that tests can set it.
pub trait Clock: Send + Sync {
    /// Venue time, for what is stored and compared: it goes on with elapsed time, and never back
    /// ([`Timestamp`]).
    fn now(&self) -> Timestamp;

    /// What lies between venue time and the wall clock now, for what is shown and what people wish
    /// for. Nothing, where venue time is the wall clock's.
    fn offset(&self) -> WallOffset {
        WallOffset::default()
    }

    /// The monotonic clock, for deadlines.
    fn instant(&self) -> Instant;
}

/// Knows which devices there are.
pub trait Directory: Send + Sync {
    /// What is registered for `device`, or `None` if it is not known.
    fn device(&self, device: &Hostname) -> Option<Arc<DeviceEntry>>;

    /// All registered devices, ordered by hostname.
    fn devices(&self) -> Vec<Arc<DeviceEntry>>;

    /// The lock that holds for the TV of `port` when the wall clock shows `at`; of several the one that ends last.
    /// `None`, unless whoever embeds the router locks TVs.
    fn lock(&self, _port: &PortId, _at: WallTime) -> Option<PortLock> {
        None
    }
}

/// Delivers one command through the lane of its device.
pub trait DirectTransport: Send + Sync {
    /// Sends `command` when its turn comes, giving up at `deadline`.
    ///
    /// The transport keeps the deadline, checks the fences just before the first byte, and reports
    /// [`crate::outcome::Outcome::NotSent`] only where no byte left. A device that is not in the directory
    /// is reported as offline.
    ///
    /// # Cancel safety
    /// Dropping the future withdraws the command if no byte of it has left; otherwise the attempt
    /// runs to its end and its outcome is lost.
    fn deliver(
        &self,
        command: Arc<Command>,
        deadline: Instant,
    ) -> impl Future<Output = Delivery> + Send;

    /// As [`DirectTransport::deliver`], for a command of the queue; tells as well how long it took from the first byte to
    /// the end, where a byte left and the transport knows.
    ///
    /// A pause of its port that is known is told at once ([`crate::outcome::NotSent::NotBefore`]) instead of being waited
    /// for: the queue keeps the place of the command, and other ports of the device go on meanwhile.
    ///
    /// # Cancel safety
    /// That of [`DirectTransport::deliver`].
    fn deliver_timed(
        &self,
        command: Arc<Command>,
        deadline: Instant,
    ) -> impl Future<Output = (Delivery, Option<Duration>)> + Send {
        async move { (self.deliver(command, deadline).await, None) }
    }

    /// What commands for `port` have to respect.
    fn timing(&self, _port: &PortId) -> TimingProfile {
        TimingProfile::default()
    }

    /// The transmitters of `device` that work at the same time now: whoever has several commands for it may hand
    /// over one for each of them. None, unless there is a session; then one command of the device follows the other.
    ///
    /// It only says what is worth while: the transport itself keeps apart what must not go at the same time.
    fn transmitters(&self, _device: &Hostname) -> Transmitters {
        Transmitters::default()
    }

    /// Whether the transport may by itself send something older once more in a slot that `command` sets,
    /// also after a restart: it remembers a late command there, or does not know yet whether it does.
    ///
    /// Asked after the fences of `command` are raised: what is begun later meets them.
    fn may_repeat_older(&self, _command: &Command) -> bool {
        false
    }
}

/// Asks devices about themselves, beside their lanes.
pub trait Probe: Send + Sync {
    /// Waits for a sign of life of `device` until `deadline`. Opens no session.
    ///
    /// # Cancel safety
    /// Safe: a dropped future leaves at most one unanswered ping behind.
    fn ping(
        &self,
        device: &Hostname,
        deadline: Instant,
    ) -> impl Future<Output = ProbeOutcome> + Send;

    /// What is known of `device`, or `None` if it is not registered. Asks nothing of the device.
    fn snapshot(&self, device: &Hostname) -> Option<DeviceSnapshot>;

    /// What `device` advertised on its latest session, or `None` if it never had one.
    fn capabilities(&self, device: &Hostname) -> Option<Capabilities>;
}

/// What came of asking for a sign of life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeOutcome {
    /// The device answered.
    Answered {
        /// How long the answer took.
        round_trip: Duration,
    },
    /// There is a session, but no answer came before the deadline.
    Silent,
    /// There is no session to ask through.
    NoSession,
}

/// Takes down what has ended, behind the answer.
pub trait Recorder: Send + Sync {
    /// Takes a direct command for the history. A recorder whose store is down keeps a bounded
    /// number of them.
    fn record(&self, record: DirectRecord);

    /// Takes what ended in the queue with a change that was asked for; each is told exactly once.
    fn ended(&self, ended_commands: EndedCommands);
}
