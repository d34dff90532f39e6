//! The task of one lane: it alone decides what its device is sent, and when.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use esphome_pool::{
    Call, CallReport, CallRequest, EvidenceWanted,
    codec::{ActionCall, ReplyWanted},
};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep_until},
};
use venue_domain::{Command, Evidence, Fences, LaneSnapshot, NotSent, Outcome};

use crate::{
    call,
    lanes::PortTimings,
    link::Link,
    outcome::{absence, outcome_of, session},
    pacing::{Pacing, Transmission},
    restate::Restatement,
    ticket::{Hindrance, Ticket},
    waiting::{Waiting, WaitingList},
};

/// The state of one lane.
pub(crate) struct Lane<L> {
    pub(crate) link: Arc<L>,
    pub(crate) fences: Arc<Fences>,
    pub(crate) timings: PortTimings,
    pub(crate) capacity: usize,
    /// Boxed: a mailbox keeps room for 32 messages, however few there are.
    pub(crate) mailbox: mpsc::Receiver<Box<Waiting>>,
    pub(crate) snapshot: watch::Sender<LaneSnapshot>,
    /// The lane that this one replaces, until it has ended: never two at a time to one device.
    pub(crate) predecessor: Option<watch::Receiver<LaneSnapshot>>,
    pub(crate) state: LaneState,
}

/// What a lane remembers between commands.
pub(crate) struct LaneState {
    waiting: WaitingList,
    pacing: Pacing,
    restatement: Restatement,
    doubt: Option<Doubt>,
    /// A barrier that failed is not asked again at once.
    barrier_rests_until: Instant,
}

/// A command whose bytes left without evidence: nothing is sent before the device has answered on
/// the same session or has a new one.
struct Doubt {
    command: Arc<Command>,
    epoch: Option<u64>,
}

/// What is under way.
enum Flight {
    Attempt { waiting: Waiting, report: Pin<Box<dyn Future<Output = CallReport> + Send>> },
    Barrier { answer: Pin<Box<dyn Future<Output = bool> + Send>> },
}

/// How it ended.
enum Landing {
    Attempt { report: CallReport },
    Barrier { answered: bool },
}

impl LaneState {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            waiting: WaitingList::default(),
            pacing: Pacing::new(now),
            restatement: Restatement::default(),
            doubt: None,
            barrier_rests_until: now,
        }
    }
}

impl<L: Link> Lane<L> {
    /// Serves the lane until its mailbox closes; what waits then is told that it was not sent,
    /// what is in flight runs to its end.
    ///
    /// Boxed: the future of a function has room for its arguments twice.
    pub(crate) async fn run(mut self: Box<Self>) {
        let mut states = self.link.watch();
        let mut watched = true;
        let mut flight: Option<Flight> = None;
        let mut open = true;
        // One that is replaced before its predecessor has ended stays until then, for its successor.
        while open || flight.is_some() || self.predecessor.is_some() {
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
                () = ended(&mut self.predecessor), if self.predecessor.is_some() => {
                    self.predecessor = None;
                }
                changed = states.changed(), if watched => watched = changed.is_ok(),
                () = sleep_until(wake.unwrap_or(now)), if wake.is_some() => {}
            }
        }
        self.publish(None);
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
        let state = &mut self.state;
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
        if let Some(reason) = absence(&self.link.state()) {
            for waiting in state.waiting.extract(|_| true) {
                waiting.not_sent(reason, now);
            }
        }
        let pacing = &state.pacing;
        let rest = |waiting: &Waiting| {
            let command = &waiting.command;
            pacing.readiness(&command.action, command.target.port, now).rest_until
        };
        for waiting in state.waiting.extract(|waiting| rest(waiting) >= waiting.latest_start()) {
            let wait = rest(&waiting).saturating_duration_since(now);
            waiting.not_sent(NotSent::NotBefore { wait }, now);
        }
        let hindrance = if state.doubt.is_some() { Hindrance::Doubt } else { Hindrance::Lane };
        state.waiting.iter().for_each(|waiting| waiting.ticket.hinder(hindrance));
    }

    /// Starts what comes next, if its time has come.
    fn launch(&mut self, now: Instant) -> Option<Flight> {
        let session = session(&self.link.state())?;
        if let Some(epoch) = self.state.doubt.as_ref().map(|doubt| doubt.epoch) {
            if epoch == Some(session.epoch) {
                return self.launch_barrier(now);
            }
            self.lift_doubt(session.epoch, now);
            self.sweep(now);
        }
        for command in self.state.restatement.take_due(now) {
            self.state.waiting.push(restated(command, now));
        }
        loop {
            let pacing = self.state.pacing;
            let waiting = self.state.waiting.take_ready(now, |command| {
                pacing.readiness(&command.action, command.target.port, now).at
            })?;
            let command = &waiting.command;
            let listing = &session.peer.listing;
            match call::build(&command.action, command.target.port, listing) {
                Ok(call) => return Some(self.launch_attempt(waiting, call, session.epoch)),
                Err(refused) => waiting.end(Outcome::Refused(refused), now),
            }
        }
    }

    fn launch_attempt(&self, waiting: Waiting, call: ActionCall, epoch: u64) -> Flight {
        let evidence = match call.reply {
            ReplyWanted::No => EvidenceWanted::Barrier,
            ReplyWanted::Status | ReplyWanted::Data => EvidenceWanted::Reply,
        };
        let fences = Arc::clone(&self.fences);
        let command = Arc::clone(&waiting.command);
        let ticket = waiting.ticket.clone();
        // The last look: asked when the first byte is about to leave, not when the call is queued.
        let guard = move || {
            let goes = fences.superseded_by(&command).is_none() && ticket.begin();
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
        Flight::Attempt { waiting, report }
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

    fn settle(&mut self, flight: Flight, landing: Landing, now: Instant) {
        match (flight, landing) {
            (Flight::Attempt { waiting, .. }, Landing::Attempt { report }) => {
                self.settle_attempt(waiting, report, now);
            }
            (Flight::Barrier { .. }, Landing::Barrier { answered: true }) => {
                if let Some(session) = session(&self.link.state()) {
                    self.lift_doubt(session.epoch, now);
                }
            }
            (Flight::Barrier { .. }, Landing::Barrier { answered: false }) => {
                self.state.barrier_rests_until = now + BARRIER_REST;
            }
            // `land` answers with the kind of the flight that it was given.
            (Flight::Attempt { .. }, Landing::Barrier { .. })
            | (Flight::Barrier { .. }, Landing::Attempt { .. }) => {}
        }
    }

    fn settle_attempt(&mut self, waiting: Waiting, report: CallReport, now: Instant) {
        let command = Arc::clone(&waiting.command);
        let (action, port) = (&command.action, command.target.port);
        let profile = self.timings.of(port);
        let Some(outcome) = outcome_of(report.end) else {
            if let Some(by) = self.fences.superseded_by(&command) {
                waiting.superseded(by);
            }
            return;
        };
        let state = &mut self.state;
        match &outcome {
            Outcome::Delivered(evidence) => {
                let transmission = match evidence {
                    Evidence::InfraredComplete => Transmission::Complete,
                    Evidence::Reply | Evidence::PingBarrier => Transmission::Underway,
                };
                state.pacing.note_sent(action, port, profile, transmission, now);
                state.restatement.note_delivered(&command, profile, now);
            }
            // The firmware may have run it before it said no.
            Outcome::Refused(_) => {
                state.pacing.note_sent(action, port, profile, Transmission::Underway, now);
            }
            Outcome::NotSent(_) => {}
            Outcome::Unknown(_) => {
                state.pacing.note_unknown(action, port, profile, now);
                state.doubt = Some(Doubt { command, epoch: report.epoch });
            }
        }
        waiting.end(outcome, now);
    }

    /// The device has answered since, or has a new session. If it ran the command that is in
    /// doubt, then at the latest now.
    fn lift_doubt(&mut self, epoch: u64, now: Instant) {
        let Some(doubt) = self.state.doubt.take() else { return };
        let (action, port) = (&doubt.command.action, doubt.command.target.port);
        self.state.pacing.note_unknown(action, port, self.timings.of(port), now);
        if doubt.epoch != Some(epoch) {
            self.state.restatement.note_lost(&doubt.command);
        }
    }

    /// When there is something to do without anything happening; `idle` if it may be launched.
    fn wake_at(&self, now: Instant, idle: bool) -> Option<Instant> {
        let state = &self.state;
        let deadlines = state.waiting.iter().map(Waiting::latest_start);
        let ready = state.waiting.iter().map(|waiting| {
            let command = &waiting.command;
            state.pacing.readiness(&command.action, command.target.port, now).at
        });
        let barrier = state.doubt.as_ref().map(|_| state.barrier_rests_until);
        let launches = ready.chain(barrier).chain(state.restatement.next_due());
        // What is due but not launched is held up by what wakes the lane when it ends: the doubt,
        // a session that is away, or a command that must go first.
        deadlines.chain(launches.filter(|_| idle)).filter(|at| *at > now).min()
    }

    fn publish(&self, flight: Option<&Flight>) {
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

/// Waits for the end of another lane.
async fn ended(lane: &mut Option<watch::Receiver<LaneSnapshot>>) {
    if let Some(lane) = lane {
        while lane.changed().await.is_ok() {}
    }
}

/// A wish that is stated once more; nobody waits for its end.
fn restated(command: Arc<Command>, now: Instant) -> Waiting {
    let deadline = now + RESTATE_TIMEOUT;
    Waiting { command, deadline, since: now, ticket: Ticket::new(), reply: None }
}

/// A queued attempt's timeout: nobody waits for the restated wish.
const RESTATE_TIMEOUT: Duration = Duration::from_secs(5);

/// How long one barrier waits for its answer if no command does.
const BARRIER_PATIENCE: Duration = Duration::from_secs(5);

/// After a barrier that failed at once, so that a lane never spins.
const BARRIER_REST: Duration = Duration::from_millis(250);
