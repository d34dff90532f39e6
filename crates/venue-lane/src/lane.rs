//! The task of one lane: it alone decides what its device is sent, and when.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use esphome_pool::{
    Call, CallReport, CallRequest, DeviceState, EvidenceWanted,
    codec::{ActionCall, MacAddress, ReplyWanted},
};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{Instant, sleep_until},
};
use venue_domain::{Command, Fences, LaneSnapshot, NotSent, Outcome};

use self::{settle::tell, state::Doubt};

use crate::{
    call,
    lanes::{Observer, PortTimings},
    late_slots::LateSlots,
    link::Link,
    outcome::{absence, session},
    setting::{Past, Setting},
    ticket::{Hindrance, Ticket},
    waiting::Waiting,
};

mod settle;
mod state;

pub(crate) use self::state::LaneState;

/// The state of one lane.
pub(crate) struct Lane<L> {
    pub(crate) setting: watch::Receiver<Setting<L>>,
    pub(crate) link: Arc<L>,
    pub(crate) timings: PortTimings,
    /// The link is being replaced: what waits waits for the next one.
    pub(crate) switching: bool,
    /// The device is being dialled for the first time: nobody knows yet that it is away.
    pub(crate) is_first_dial: bool,
    pub(crate) fences: Arc<Fences>,
    pub(crate) observer: Observer,
    pub(crate) capacity: usize,
    /// Boxed: a mailbox keeps room for 32 messages, however few there are.
    pub(crate) mailbox: mpsc::Receiver<Box<Waiting>>,
    pub(crate) snapshot: watch::Sender<LaneSnapshot>,
    pub(crate) late: Arc<LateSlots>,
    /// The lane of this device that was closed before, until it has ended: never two at a time to
    /// one device. This one goes on from where it ends.
    pub(crate) predecessor: Option<oneshot::Receiver<LaneState>>,
    /// Whoever goes on from here.
    pub(crate) successor: oneshot::Sender<LaneState>,
    pub(crate) state: LaneState,
}

/// What is under way.
enum Flight {
    Attempt {
        waiting: Waiting,
        /// It was delivered before, and is sent once more.
        again: bool,
        report: Pin<Box<dyn Future<Output = CallReport> + Send>>,
    },
    Barrier {
        answer: Pin<Box<dyn Future<Output = bool> + Send>>,
    },
}

/// How it ended.
enum Landing {
    Attempt { report: CallReport },
    Barrier { answered: bool },
}

impl<L: Link> Lane<L> {
    /// Serves the lane until its mailbox closes; what waits then is told that it was not sent,
    /// what is in flight runs to its end. [`Lane::end`] is to follow.
    ///
    /// It borrows: should it crash, what the lane knows is there to go on from.
    pub(crate) async fn run(&mut self) {
        let mut states = self.link.watch();
        let mut watched = true;
        let mut flight: Option<Flight> = None;
        let mut open = true;
        // One that is closed before its predecessor has ended stays until then, for its successor.
        while open || flight.is_some() || self.predecessor.is_some() {
            if self.follow_setting() {
                (states, watched) = (self.link.watch(), true);
            }
            let now = Instant::now();
            self.sweep(now);
            let may_launch = open && self.predecessor.is_none();
            if may_launch && flight.is_none() {
                flight = self.launch(now);
            }
            self.publish(flight.as_ref());
            let wake = self.wake_at(now, may_launch && flight.is_none());
            tokio::select! {
                biased;
                landing = land(&mut flight), if flight.is_some() => {
                    if let Some(flight) = flight.take() {
                        self.settle(flight, landing, Instant::now());
                        self.state.launched = None;
                    }
                }
                received = self.mailbox.recv(), if open => match received {
                    Some(waiting) => self.receive(*waiting),
                    None => {
                        open = false;
                        self.close();
                        // Nobody waits for the answer to a ping any longer.
                        flight = flight.filter(|flight| matches!(flight, Flight::Attempt { .. }));
                    }
                },
                earlier = ended(&mut self.predecessor), if self.predecessor.is_some() => {
                    self.predecessor = None;
                    if let Some(earlier) = earlier {
                        self.state.inherit(earlier);
                    }
                }
                Ok(()) = self.setting.changed(), if open => self.setting.mark_changed(),
                changed = states.changed(), if watched => watched = changed.is_ok(),
                () = sleep_until(wake.unwrap_or(now)), if wake.is_some() => {}
            }
        }
    }

    /// Hands over what the lane knows, once it has ended.
    pub(crate) fn end(self: Box<Self>) {
        self.publish(None);
        // Nobody may go on from here.
        let _ = self.successor.send(self.state);
    }

    /// Gets the lane ready to be served anew after a crash.
    pub(crate) fn recover(&mut self, again: bool, ended: Instant) {
        if let Some((command, epoch)) = self.state.launched.take() {
            let port = command.target.port;
            let profile = self.timings.of(port);
            self.state.pacing.note_unknown(&command.action, port, profile, ended);
            self.state.doubt = Some(Doubt { command, epoch: Some(epoch), ended });
        }
        if again {
            self.close();
        }
    }

    /// Takes over how its device is reached and paced now. Tells whether the link is another one.
    fn follow_setting(&mut self) -> bool {
        if !self.setting.has_changed().unwrap_or(false) {
            return false;
        }
        let Setting { link, timings, switching, past } = self.setting.borrow_and_update().clone();
        self.timings = timings;
        self.switching = switching;
        if let (Some(_), Past::Known(known)) = (self.state.unsure_since, &past) {
            self.state.recall(known, &self.timings, Instant::now());
        }
        let another = !Arc::ptr_eq(&link, &self.link);
        if another {
            self.link = link;
            // Its sessions are counted anew, and each of them is a new one.
            self.state.met = None;
            if let Some(doubt) = &mut self.state.doubt {
                doubt.epoch = None;
            }
        }
        another
    }

    /// Tells all that wait that nothing more is sent.
    fn close(&mut self) {
        let now = Instant::now();
        for waiting in self.state.waiting.extract(|_| true) {
            waiting.not_sent(NotSent::Stopping, now);
        }
    }

    fn receive(&mut self, waiting: Waiting) {
        let list = &mut self.state.waiting;
        if list.len() >= self.capacity {
            // A withdrawal wakes nobody; but it makes room.
            drop(list.extract(|waiting| waiting.ticket.is_withdrawn()));
        }
        if list.len() >= self.capacity {
            waiting.not_sent(NotSent::LaneFull, Instant::now());
        } else {
            list.push(waiting);
        }
    }

    /// Ends what need not wait any longer: withdrawn, superseded, out of time, or certain to be.
    fn sweep(&mut self, now: Instant) {
        let absent = self.absence();
        let state = &mut self.state;
        tell(&self.observer, state.late.expire(now));
        drop(state.waiting.extract(|waiting| waiting.ticket.is_withdrawn()));
        let fences = &self.fences;
        let overtaken = state.waiting.extract(|w| fences.superseded_by(&w.command).is_some());
        for waiting in overtaken {
            if let Some(by) = fences.superseded_by(&waiting.command) {
                waiting.superseded(by);
            }
        }
        for waiting in state.waiting.extract(|waiting| waiting.latest_start() <= now) {
            let reason = waiting.ticket.reason();
            waiting.not_sent(reason, now);
        }
        if let Some(reason) = absent {
            for waiting in state.waiting.extract(|_| true) {
                waiting.not_sent(reason, now);
            }
        }
        let pacing = state.pacing();
        // What is only assumed may be known in a moment.
        let unsure = state.unsure_since.is_some_and(|since| now < since + SOON_KNOWN);
        let rest = |waiting: &Waiting| {
            let command = &waiting.command;
            let ready = pacing.readiness(&command.action, command.target.port, now);
            if unsure { now } else { ready.rest_until }
        };
        for waiting in state.waiting.extract(|waiting| rest(waiting) >= waiting.latest_start()) {
            let wait = rest(&waiting).saturating_duration_since(now);
            waiting.not_sent(NotSent::NotBefore { wait }, now);
        }
        let hindrance = if state.doubt.is_some() { Hindrance::Doubt } else { Hindrance::Lane };
        state.waiting.iter().for_each(|waiting| waiting.ticket.hinder(hindrance));
    }

    /// Why nothing can be sent at all. A link that is being replaced is waited for, and so is the first
    /// session.
    fn absence(&mut self) -> Option<NotSent> {
        let state = self.link.state();
        let between = matches!(state, DeviceState::Stopped | DeviceState::Connecting { .. });
        self.switching &= between;
        self.is_first_dial &= between;
        absence(&state).filter(|_| !self.switching && !self.is_first_dial)
    }

    /// Starts what comes next, if its time has come.
    fn launch(&mut self, now: Instant) -> Option<Flight> {
        let session = session(&self.link.state())?;
        let doubt = self.state.doubt.as_ref();
        if doubt.is_some_and(|doubt| doubt.epoch == Some(session.epoch)) {
            return self.launch_barrier(now);
        }
        if self.state.met != Some(session.epoch) {
            self.meet(session.epoch, session.peer.mac, now);
            self.sweep(now);
        }
        loop {
            let (waiting, again) = self.next(now)?;
            let command = &waiting.command;
            let listing = &session.peer.listing;
            match call::build(&command.action, command.target.port, listing) {
                Ok(call) => {
                    self.state.launched = Some((Arc::clone(command), session.epoch));
                    return Some(self.launch_attempt(waiting, again, call, session.epoch));
                }
                Err(refused) => {
                    self.note_refused(&waiting.command, again);
                    waiting.end(Outcome::Refused(refused), now);
                }
            }
        }
    }

    /// What goes next, and whether that was delivered already and is sent once more.
    fn next(&mut self, now: Instant) -> Option<(Waiting, bool)> {
        let pacing = self.state.pacing();
        let ready_at =
            |command: &Command| pacing.readiness(&command.action, command.target.port, now).at;
        let fences = &self.fences;
        let due = self.state.late.due(now, ready_at, |command| fences.is_outdated(command));
        if let Some(command) = due.filter(|_| !self.state.waiting.has_immediate()) {
            return Some((once_more(command, now), true));
        }
        let waiting = self.state.waiting.take_ready(now, ready_at)?;
        Some((waiting, false))
    }

    /// There is a new session: what was sent before may come to life now, if it ever does.
    fn meet(&mut self, epoch: u64, mac: Option<MacAddress>, now: Instant) {
        let state = &mut self.state;
        state.met = Some(epoch);
        if state.is_another(mac) {
            // What the board before may still do, it does to itself.
            state.doubt = None;
            tell(&self.observer, state.late.forget());
        }
        if let Some(doubt) = state.doubt.take() {
            let port = doubt.command.target.port;
            let profile = self.timings.of(port);
            state.pacing.note_unknown(&doubt.command.action, port, profile, now);
            state.late.note_lost(&doubt.command, profile.quiet_gap, doubt.ended);
        }
        for command in state.late.unanswered() {
            let port = command.target.port;
            state.pacing.note_unknown(&command.action, port, self.timings.of(port), now);
        }
        let timings = &self.timings;
        state.late.note_session(|port| timings.of(port).quiet_gap, now);
    }

    fn launch_attempt(
        &self,
        waiting: Waiting,
        again: bool,
        call: ActionCall,
        epoch: u64,
    ) -> Flight {
        let evidence = match call.reply {
            ReplyWanted::No => EvidenceWanted::Barrier,
            ReplyWanted::Status | ReplyWanted::Data => EvidenceWanted::Reply,
        };
        let fences = Arc::clone(&self.fences);
        let command = Arc::clone(&waiting.command);
        let ticket = waiting.ticket.clone();
        // The last look: asked when the first byte is about to leave, not when the call is queued.
        let guard = move || {
            let too_late = match again {
                true => fences.is_outdated(&command),
                false => fences.superseded_by(&command).is_some(),
            };
            let goes = !too_late && ticket.begin();
            if goes {
                fences.note_left(&command);
            }
            goes
        };
        let call = Call {
            request: CallRequest::Action(call),
            epoch: Some(epoch),
            evidence,
            guard: Some(Box::new(guard)),
        };
        let link = Arc::clone(&self.link);
        let deadline = waiting.deadline;
        let report = Box::pin(async move { link.call(call, deadline).await });
        Flight::Attempt { waiting, again, report }
    }

    /// Asks the device that owes an answer, although nobody may wait: the sooner it has answered,
    /// the sooner its port has rested.
    fn launch_barrier(&self, now: Instant) -> Option<Flight> {
        if now < self.state.barrier_rests_until {
            return None;
        }
        let deadline = self.state.waiting.latest_deadline();
        let deadline = deadline.unwrap_or(now + BARRIER_PATIENCE);
        let link = Arc::clone(&self.link);
        let answer = Box::pin(async move { link.barrier(deadline).await });
        Some(Flight::Barrier { answer })
    }

    /// When there is something to do without anything happening; `idle` if it may be launched.
    fn wake_at(&self, now: Instant, idle: bool) -> Option<Instant> {
        let (state, pacing) = (&self.state, self.state.pacing());
        let deadlines = state.waiting.iter().map(Waiting::latest_start);
        let ready_at =
            |command: &Command| pacing.readiness(&command.action, command.target.port, now).at;
        let ready = state.waiting.iter().map(|waiting| ready_at(&waiting.command));
        let barrier = state.doubt.as_ref().map(|_| state.barrier_rests_until);
        let launches = ready.chain(barrier).chain(state.late.next_due(ready_at));
        let known = state.unsure_since.map(|since| since + SOON_KNOWN);
        // What is due but not launched is held up by what wakes the lane when it ends: the doubt,
        // a session that is away, or a command that must go first.
        deadlines.chain(known).chain(launches.filter(|_| idle)).filter(|at| *at > now).min()
    }

    /// Before the first byte of what is launched leaves, and after whatever changed.
    fn publish(&self, flight: Option<&Flight>) {
        let knows_all = self.state.unsure_since.is_none() && self.predecessor.is_none();
        let doubt = self.state.doubt.as_ref();
        let unconfirmed = doubt.map(|doubt| (doubt.command.as_ref(), doubt.ended));
        self.late.publish(&self.state.late, unconfirmed, knows_all, Instant::now());
        let in_flight = match flight {
            Some(Flight::Attempt { waiting, .. }) => Some(waiting.command.id),
            Some(Flight::Barrier { .. }) | None => None,
        };
        let snapshot = LaneSnapshot {
            waiting: self.state.waiting.len(),
            in_flight,
            in_doubt: self.state.doubt.is_some(),
        };
        self.snapshot.send_if_modified(|current| {
            let modified = *current != snapshot;
            *current = snapshot;
            modified
        });
    }
}

/// Waits for what is in flight; pending for ever if nothing is.
async fn land(flight: &mut Option<Flight>) -> Landing {
    match flight {
        Some(Flight::Attempt { report, .. }) => Landing::Attempt { report: report.await },
        Some(Flight::Barrier { answer }) => Landing::Barrier { answered: answer.await },
        None => std::future::pending().await,
    }
}

/// Waits for the end of another lane, and what it leaves.
async fn ended(lane: &mut Option<oneshot::Receiver<LaneState>>) -> Option<LaneState> {
    match lane {
        Some(lane) => lane.await.ok(),
        None => std::future::pending().await,
    }
}

/// A command that is sent once more; nobody waits for its end.
fn once_more(command: Arc<Command>, now: Instant) -> Waiting {
    let deadline = now + AGAIN_TIMEOUT;
    Waiting { command, deadline, since: now, ticket: Ticket::new(), reply: None }
}

/// A queued attempt's timeout: nobody waits for what is sent once more.
const AGAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// So long after its start a lane may expect to be told of the time before: until then nobody is
/// sent away for what is only assumed.
const SOON_KNOWN: Duration = Duration::from_secs(1);

/// How long one barrier waits for its answer if no command does.
const BARRIER_PATIENCE: Duration = Duration::from_secs(5);

/// After a barrier that failed at once, so that a lane never spins.
const BARRIER_REST: Duration = Duration::from_millis(250);
