//! One device as the scheduler sees it: a state machine, pure and without I/O.
//!
//! [`Device::on`] is the only way to change it: it takes what happened and returns what to do. What arrives
//! while a call or an attempt is under way is kept in the [`Backlog`], and is looked at when the device is
//! idle again. An event that cannot happen in a state changes nothing.

use std::time::{Duration, Instant};

use venue_domain::{NotSent, Priority};

use crate::timing::LatencyWindow;

/// What is under way for a device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum State {
    /// Nothing.
    #[default]
    Idle,
    /// It waits in the ready queue for a permit.
    Queued,
    /// Its next command is being claimed.
    Claiming,
    /// A command is claimed, and is attempted or settled.
    InFlight,
    /// It has no session: what is due is counted as tried.
    PassingOver,
    /// It has a session again: the store makes due what waits for that.
    Waking,
    /// It may have a claim that nobody owns, which is rescued when its lease is over.
    Orphaned,
}

/// What waits for a device, as far as is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Backlog {
    /// Nothing.
    #[default]
    Empty,
    /// Something that is not due yet.
    Later,
    /// Something that can be claimed.
    Due,
}

/// Whether something can be sent to a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// It has a session.
    Online,
    /// The first try to reach it since it was registered, or since its session ended, is not over.
    Connecting,
    /// It has no session, for this reason.
    Away(NotSent),
}

impl Reach {
    /// Why nothing can be sent to it.
    pub(crate) const fn why_not(self) -> Option<NotSent> {
        match self {
            Self::Online => None,
            Self::Connecting => Some(NotSent::Offline),
            Self::Away(reason) => Some(reason),
        }
    }
}

/// What happened to a device.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    /// A command waits for it; with a priority, if it has just arrived.
    Waiting { backlog: Backlog, priority: Option<Priority> },
    /// It has a session again, of which the store does not know.
    SessionStarted,
    /// It is looked at: commands are handed out, and something has changed or a time has come.
    Evaluated { now: Instant, reach: Reach },
    /// It was first in the ready queue and has a permit.
    PermitGranted,
    /// A command was claimed, which keeps the device until it is settled.
    Claimed { priority: Priority },
    /// A command was claimed that keeps the device from nothing: more may be claimed.
    ClaimedUncapped { priority: Priority },
    /// There was nothing to claim; what waits is not due.
    NothingClaimed { backlog: Backlog },
    /// The claim failed and changed nothing.
    ClaimFailed { cooldown_until: Option<Instant> },
    /// The claim failed, and the store may have made it all the same.
    ClaimLost,
    /// An attempt ended; the transmitter is busy until then.
    AttemptEnded { cooldown_until: Option<Instant> },
    /// The store knows the end of what was claimed.
    Settled,
    /// The store will not take the end of what was claimed.
    SettleRefused,
    /// What was due is counted; this is left.
    PassedOver { backlog: Backlog },
    /// What was due is not counted.
    PassOverFailed { cooldown_until: Option<Instant> },
    /// The store has made due what waited for a session.
    Woken { backlog: Backlog },
    /// The store could not; it is asked again.
    WakeFailed,
    /// The store did not like to be asked.
    WakeRefused,
    /// The lease of a claim that nobody owned is over, and the store has rescued it.
    Rescued,
}

/// What to do after an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Nothing.
    Nothing,
    /// To be evaluated as soon as commands are handed out.
    MarkDirty,
    /// Join the ready queue.
    Enqueue { since: Instant },
    /// Move up in the ready queue.
    Reprioritise,
    /// To be evaluated then.
    EvaluateAt(Instant),
    /// Call the store. Each call ends in one event.
    Start(Job),
}

/// A call of the store for one device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Job {
    /// Claim its next command, under the permit that it was granted.
    Claim,
    /// Count as tried what is due, for this reason.
    PassOver(NotSent),
    /// Make due what waits for a session.
    Wake,
}

/// One device.
#[derive(Debug)]
pub(crate) struct Device {
    state: State,
    backlog: Backlog,
    /// It has a session again, of which the store does not know.
    session_is_new: bool,
    /// Nothing is claimed before: its transmitter is busy, or the store refused a call for it.
    cooldown_until: Option<Instant>,
    /// The priority of what it has to do, as far as it is known.
    priority: Priority,
    pub(crate) latencies: LatencyWindow,
}

impl Default for Device {
    fn default() -> Self {
        Self {
            state: State::Idle,
            backlog: Backlog::Empty,
            session_is_new: false,
            cooldown_until: None,
            priority: Priority::SCHEDULED,
            latencies: LatencyWindow::default(),
        }
    }
}

impl Event {
    /// The state in which it can happen; `None` if that is any.
    const fn only_in(&self) -> Option<State> {
        match self {
            Self::Waiting { .. } | Self::SessionStarted | Self::Rescued => None,
            Self::Evaluated { .. } => Some(State::Idle),
            Self::PermitGranted => Some(State::Queued),
            Self::Claimed { .. }
            | Self::ClaimedUncapped { .. }
            | Self::NothingClaimed { .. }
            | Self::ClaimFailed { .. }
            | Self::ClaimLost => Some(State::Claiming),
            Self::AttemptEnded { .. } | Self::Settled | Self::SettleRefused => {
                Some(State::InFlight)
            }
            Self::PassedOver { .. } | Self::PassOverFailed { .. } => Some(State::PassingOver),
            Self::Woken { .. } | Self::WakeFailed | Self::WakeRefused => Some(State::Waking),
        }
    }
}

impl Device {
    /// Takes note of `event`, and returns what to do.
    pub(crate) fn on(&mut self, event: Event) -> Action {
        if event.only_in().is_some_and(|state| state != self.state) {
            return Action::Nothing;
        }
        let was = self.priority;
        match event {
            Event::Evaluated { now, reach } => return self.evaluate(now, reach),
            Event::PermitGranted => return self.start(Job::Claim),
            Event::Waiting { backlog, priority } => self.note_waiting(backlog, priority),
            Event::SessionStarted => self.session_is_new = true,
            Event::Claimed { priority } => {
                (self.state, self.priority) = (State::InFlight, priority);
            }
            Event::ClaimedUncapped { priority } => {
                self.priority = priority;
                self.idle_with(Backlog::Due);
            }
            Event::NothingClaimed { backlog }
            | Event::PassedOver { backlog }
            | Event::Woken { backlog } => self.idle_with(backlog),
            Event::ClaimFailed { cooldown_until } | Event::PassOverFailed { cooldown_until } => {
                self.cooldown_until = cooldown_until.or(self.cooldown_until);
                self.idle_with(Backlog::Due);
            }
            Event::ClaimLost => (self.state, self.backlog) = (State::Orphaned, Backlog::Due),
            Event::AttemptEnded { cooldown_until } => self.cooldown_until = cooldown_until,
            Event::Settled => self.state = State::Idle,
            Event::SettleRefused => self.state = State::Orphaned,
            Event::WakeFailed => (self.state, self.session_is_new) = (State::Idle, true),
            Event::WakeRefused => (self.state, self.session_is_new) = (State::Idle, false),
            Event::Rescued if self.state == State::Orphaned => self.idle_with(Backlog::Due),
            // It is busy with another claim than the one that was rescued.
            Event::Rescued => self.backlog = Backlog::Due,
        }
        match self.state {
            State::Idle => Action::MarkDirty,
            State::Queued if was < self.priority => Action::Reprioritise,
            State::Queued
            | State::Claiming
            | State::InFlight
            | State::PassingOver
            | State::Waking
            | State::Orphaned => Action::Nothing,
        }
    }

    /// What can be done for it now. It is idle.
    fn evaluate(&mut self, now: Instant, reach: Reach) -> Action {
        if std::mem::take(&mut self.session_is_new) && self.backlog > Backlog::Empty {
            return self.start(Job::Wake);
        }
        if self.backlog < Backlog::Due {
            return Action::Nothing;
        }
        if let Some(until) = self.cooldown_until.filter(|until| *until > now) {
            return Action::EvaluateAt(until);
        }
        match reach {
            // Not known to be away: no attempt is counted before that is known, and nothing is stored.
            Reach::Connecting => Action::EvaluateAt(now + CONNECT_CHECK),
            // An attempt costs no permit, and nothing of it is in flight.
            Reach::Away(reason) => self.start(Job::PassOver(reason)),
            Reach::Online => {
                self.state = State::Queued;
                Action::Enqueue { since: now }
            }
        }
    }

    const fn start(&mut self, job: Job) -> Action {
        self.state = match job {
            Job::Claim => State::Claiming,
            Job::PassOver(_) => State::PassingOver,
            Job::Wake => State::Waking,
        };
        match job {
            // The call meets all that waits; what arrives from now on is new.
            Job::Claim | Job::PassOver(_) => self.backlog = Backlog::Empty,
            Job::Wake => {}
        }
        Action::Start(job)
    }

    fn note_waiting(&mut self, backlog: Backlog, priority: Option<Priority>) {
        let nothing_to_do = self.state == State::Idle && self.backlog < Backlog::Due;
        if let Some(priority) = priority
            && (nothing_to_do || self.priority < priority)
        {
            self.priority = priority;
        }
        self.backlog = self.backlog.max(backlog);
    }

    fn idle_with(&mut self, backlog: Backlog) {
        self.state = State::Idle;
        self.backlog = self.backlog.max(backlog);
    }

    pub(crate) const fn priority(&self) -> Priority {
        self.priority
    }

    /// Whether nothing waits for it, and nothing is under way.
    pub(crate) fn is_quiet(&self) -> bool {
        self.state == State::Idle && self.backlog == Backlog::Empty
    }
}

/// How often a device that is being connected to is looked at, in memory, while something is due for it: its
/// session is an event, that it cannot be reached is not.
const CONNECT_CHECK: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests;
