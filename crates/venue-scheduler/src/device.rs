//! One device as the scheduler sees it: a state machine, pure and without I/O.
//!
//! [`Device::on`] is the only way to change it: it takes what happened and returns what to do. What arrives
//! while a call is under way is kept in the [`Backlog`], and is looked at when the device is idle again, and has
//! room beside what it has in flight. An event that cannot happen in a state changes nothing.

use std::time::{Duration, Instant};

use venue_domain::{NotSent, PortIndex, PortSet, Priority, Transmitters};

use crate::timing::LatencyWindow;

use self::in_flight::InFlight;

mod in_flight;

/// Which call is under way for a device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum State {
    /// Nothing.
    #[default]
    Idle,
    /// It waits in the ready queue for a permit.
    Queued,
    /// Its next command is being claimed.
    Claiming,
    /// It has no session: what is due is counted as tried.
    PassingOver,
    /// It has a session again: the store makes due what waits for that.
    Waking,
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
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// A command waits for it; with a priority, if it has just arrived.
    Waiting { backlog: Backlog, priority: Option<Priority> },
    /// It has a session again, of which the store does not know.
    SessionStarted,
    /// It is looked at: commands are handed out, and something has changed or a time has come.
    Evaluated { now: Instant, reach: Reach, transmitters: Transmitters },
    /// It was first in the ready queue and has a permit.
    PermitGranted,
    /// A command was claimed, which keeps its port and transmitter until it is settled.
    Claimed { priority: Priority, port: PortIndex },
    /// A command was claimed that keeps the device from nothing: more may be claimed.
    ClaimedUncapped { priority: Priority },
    /// There was nothing to claim; what waits is not due, or is for a port that is busy.
    NothingClaimed { backlog: Backlog },
    /// The claim failed and changed nothing.
    ClaimFailed { cooldown_until: Option<Instant> },
    /// The claim failed, and the store may have made it all the same.
    ClaimLost,
    /// The attempt for this port ended; the transmitter is busy until then.
    AttemptEnded { port: PortIndex, cooldown_until: Option<Instant> },
    /// The store knows the end of what was claimed for this port.
    Settled { port: PortIndex },
    /// The store will not take the end of what was claimed for this port.
    SettleRefused { port: PortIndex },
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
    /// The lease of a claim that nobody owned is over, and the store has rescued what had none.
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
    /// Claim its next command, for none of these ports, under the permit that it was granted.
    Claim(PortSet),
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
    /// What is claimed for it and not settled.
    in_flight: InFlight,
    /// It has a session again, of which the store does not know.
    session_is_new: bool,
    /// Nothing is claimed before: its only transmitter is busy, or the store refused a call for it.
    cooldown_until: Option<Instant>,
    /// Something may wait for a port that was cooling when there was nothing else to claim.
    is_held_back: bool,
    /// The priority of what it has to do, as far as it is known.
    priority: Priority,
    pub(crate) latencies: LatencyWindow,
}

impl Default for Device {
    fn default() -> Self {
        Self {
            state: State::Idle,
            backlog: Backlog::Empty,
            in_flight: InFlight::default(),
            session_is_new: false,
            cooldown_until: None,
            is_held_back: false,
            priority: Priority::SCHEDULED,
            latencies: LatencyWindow::default(),
        }
    }
}

impl Event {
    /// The state in which it can happen; `None` if that is any.
    const fn only_in(&self) -> Option<State> {
        match self {
            Self::Waiting { .. }
            | Self::SessionStarted
            | Self::AttemptEnded { .. }
            | Self::Settled { .. }
            | Self::SettleRefused { .. }
            | Self::Rescued => None,
            Self::Evaluated { .. } => Some(State::Idle),
            Self::PermitGranted => Some(State::Queued),
            Self::Claimed { .. }
            | Self::ClaimedUncapped { .. }
            | Self::NothingClaimed { .. }
            | Self::ClaimFailed { .. }
            | Self::ClaimLost => Some(State::Claiming),
            Self::PassedOver { .. } | Self::PassOverFailed { .. } => Some(State::PassingOver),
            Self::Woken { .. } | Self::WakeFailed | Self::WakeRefused => Some(State::Waking),
        }
    }

    /// The port of the command in flight that it ends, as far as it does.
    const fn ends_flight_of(&self) -> Option<PortIndex> {
        match self {
            Self::AttemptEnded { port, .. }
            | Self::Settled { port }
            | Self::SettleRefused { port } => Some(*port),
            Self::Waiting { .. }
            | Self::SessionStarted
            | Self::Evaluated { .. }
            | Self::PermitGranted
            | Self::Claimed { .. }
            | Self::ClaimedUncapped { .. }
            | Self::NothingClaimed { .. }
            | Self::ClaimFailed { .. }
            | Self::ClaimLost
            | Self::PassedOver { .. }
            | Self::PassOverFailed { .. }
            | Self::Woken { .. }
            | Self::WakeFailed
            | Self::WakeRefused
            | Self::Rescued => None,
        }
    }
}

impl Device {
    /// Takes note of `event`, and returns what to do.
    pub(crate) fn on(&mut self, event: Event) -> Action {
        let elsewhere = event.only_in().is_some_and(|state| state != self.state);
        if elsewhere || event.ends_flight_of().is_some_and(|port| !self.in_flight.has(port)) {
            return Action::Nothing;
        }
        let was = self.priority;
        match event {
            Event::Evaluated { now, reach, transmitters } => {
                self.in_flight.transmitters = transmitters;
                return self.evaluate(now, reach);
            }
            Event::PermitGranted => return self.start(Job::Claim(self.in_flight.busy())),
            Event::Waiting { backlog, priority } => self.note_waiting(backlog, priority),
            Event::SessionStarted => self.session_is_new = true,
            Event::Claimed { priority, port } => self.note_claimed(priority, port),
            Event::ClaimedUncapped { priority } => {
                self.priority = priority;
                self.idle_with(Backlog::Due);
            }
            Event::NothingClaimed { backlog } => {
                self.is_held_back = self.in_flight.next_cooled().is_some();
                self.idle_with(backlog);
            }
            Event::PassedOver { backlog } | Event::Woken { backlog } => self.idle_with(backlog),
            Event::ClaimFailed { cooldown_until } | Event::PassOverFailed { cooldown_until } => {
                self.cooldown_until = cooldown_until.or(self.cooldown_until);
                self.idle_with(Backlog::Due);
            }
            Event::ClaimLost => {
                self.in_flight.lose();
                self.idle_with(Backlog::Due);
            }
            Event::AttemptEnded { port, cooldown_until } => {
                self.note_cooldown(port, cooldown_until);
                return Action::Nothing;
            }
            Event::Settled { port } => self.in_flight.end(port),
            Event::SettleRefused { port } => self.in_flight.orphan(port),
            Event::WakeFailed => (self.state, self.session_is_new) = (State::Idle, true),
            Event::WakeRefused => (self.state, self.session_is_new) = (State::Idle, false),
            Event::Rescued => {
                // What is in flight besides goes on to its own end.
                self.in_flight.rescue();
                self.backlog = Backlog::Due;
            }
        }
        match self.state {
            State::Idle if self.in_flight.may_have_room() => Action::MarkDirty,
            State::Queued if was < self.priority => Action::Reprioritise,
            State::Idle | State::Queued | State::Claiming | State::PassingOver | State::Waking => {
                Action::Nothing
            }
        }
    }

    /// What can be done for it now. It is idle.
    fn evaluate(&mut self, now: Instant, reach: Reach) -> Action {
        if self.in_flight.has_lost_one() {
            return Action::Nothing;
        }
        if self.in_flight.cool(now) && std::mem::take(&mut self.is_held_back) {
            self.backlog = Backlog::Due;
        }
        let is_flying = !self.in_flight.is_empty();
        if self.session_is_new {
            if is_flying {
                // What is in flight was begun on the session before, and ends with it.
                return Action::Nothing;
            }
            self.session_is_new = false;
            if self.backlog > Backlog::Empty {
                return self.start(Job::Wake);
            }
        }
        if self.backlog < Backlog::Due {
            let held_back = self.is_held_back.then(|| self.in_flight.next_cooled()).flatten();
            return held_back.map_or(Action::Nothing, Action::EvaluateAt);
        }
        if let Some(until) = self.cooldown_until.filter(|until| *until > now) {
            return Action::EvaluateAt(until);
        }
        match reach {
            // What is in flight ends by itself, and is known then.
            Reach::Connecting | Reach::Away(_) if is_flying => Action::Nothing,
            // Not known to be away: no attempt is counted before that is known, and nothing is stored.
            Reach::Connecting => Action::EvaluateAt(now + CONNECT_CHECK),
            // An attempt costs no permit, and nothing of it is in flight.
            Reach::Away(reason) => self.start(Job::PassOver(reason)),
            Reach::Online if self.in_flight.has_room() => {
                self.state = State::Queued;
                Action::Enqueue { since: now }
            }
            Reach::Online => {
                self.in_flight.next_cooled().map_or(Action::Nothing, Action::EvaluateAt)
            }
        }
    }

    fn start(&mut self, job: Job) -> Action {
        self.state = match job {
            Job::Claim(_) => State::Claiming,
            Job::PassOver(_) => State::PassingOver,
            Job::Wake => State::Waking,
        };
        match job {
            // The call meets all that waits; what arrives from now on is new.
            Job::Claim(_) | Job::PassOver(_) => self.backlog = Backlog::Empty,
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

    fn note_claimed(&mut self, priority: Priority, port: PortIndex) {
        self.priority = priority;
        self.in_flight.begin(port);
        // Whether there is more is known when it is asked for; with one transmitter, when this one has ended.
        let more = self.in_flight.transmitters.are_several();
        self.idle_with(if more { Backlog::Due } else { Backlog::Empty });
    }

    /// What was sent keeps its transmitter busy: that of its port, where it is known, or the device.
    fn note_cooldown(&mut self, port: PortIndex, until: Option<Instant>) {
        if self.in_flight.transmitters.of(port).is_none() {
            self.cooldown_until = until;
        } else if let Some(until) = until {
            self.in_flight.cool_until(port, until);
        }
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
        let is_idle = self.state == State::Idle && self.in_flight.is_empty();
        is_idle && self.backlog == Backlog::Empty
    }
}

/// How often a device that is being connected to is looked at, in memory, while something is due for it: its
/// session is an event, that it cannot be reached is not.
const CONNECT_CHECK: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests;
