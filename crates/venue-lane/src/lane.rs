//! The task of one lane: it alone decides what its device is sent, and when.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{Instant, sleep_until},
};
use venue_domain::{Command, Fences, LaneObserver, LaneSnapshot, NotSent, Outcome};

use self::{
    in_flight::{InFlight, completed, room_beside},
    settle::publish_cleared,
    state::Unconfirmed,
};

use crate::{
    late_slots::LateSlots,
    pacing::{Pacing, Readiness, Transmission},
    port_timings::PortTimings,
    setting::{Past, Setting},
    start_permit::{StartGuard, StartPermit, WaitReason},
    waiting::{Room, Waiting},
    wire::{Connection, Session, Wire},
};

mod in_flight;
mod settle;
mod state;

pub(crate) use self::state::LaneState;

/// Whoever is notified of what lanes do by themselves, once there is one.
pub(crate) type Observer = Arc<OnceLock<Arc<dyn LaneObserver>>>;

/// The state of one lane.
pub(crate) struct Lane<W> {
    pub(crate) setting: watch::Receiver<Setting<W>>,
    pub(crate) wire: Arc<W>,
    pub(crate) timings: PortTimings,
    /// The wire is being replaced: what waits waits for the next one.
    pub(crate) switching: bool,
    /// The device is being connected to for the first time: it is not known yet whether it is away.
    pub(crate) is_first_connect: bool,
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

impl<W: Wire> Lane<W> {
    /// Serves the lane until its mailbox closes; what waits then ends as not sent, what is in
    /// flight runs to its end. [`Lane::end`] is to follow.
    ///
    /// It borrows: should it crash, what the lane knows is there to go on from.
    pub(crate) async fn run(&mut self) {
        let mut states = self.wire.watch();
        let mut watched = true;
        let mut in_flight: Vec<InFlight> = Vec::new();
        let mut open = true;
        // One that is closed before its predecessor has ended stays until then, for its successor.
        while open || !in_flight.is_empty() || self.predecessor.is_some() {
            if self.follow_setting() {
                (states, watched) = (self.wire.watch(), true);
            }
            let now = Instant::now();
            self.drop_expired(now);
            let may_launch = open && self.predecessor.is_none();
            while may_launch && let Some(launched) = self.launch(now, &in_flight) {
                in_flight.push(launched);
            }
            self.publish(&in_flight);
            let has_room = !in_flight.iter().any(InFlight::is_exclusive);
            let wake = self.wake_at(now, may_launch && has_room);
            tokio::select! {
                biased;
                (index, completion) = completed(&mut in_flight), if !in_flight.is_empty() => {
                    let ended = in_flight.swap_remove(index);
                    let command = ended.command();
                    self.settle(ended, completion, Instant::now());
                    self.state.launched.retain(|(launched, _)| Some(launched.id) != command);
                }
                received = self.mailbox.recv(), if open => match received {
                    Some(waiting) => self.receive(*waiting),
                    None => {
                        open = false;
                        self.close();
                        // Nobody waits for the answer to a ping any longer.
                        in_flight.retain(|in_flight| matches!(in_flight, InFlight::Attempt { .. }));
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
        self.publish(&[]);
        // Nobody may go on from here.
        let _ = self.successor.send(self.state);
    }

    /// Gets the lane ready to be served anew after a crash.
    pub(crate) fn recover(&mut self, repeatedly: bool, ended: Instant) {
        for (command, epoch) in std::mem::take(&mut self.state.launched) {
            let port = command.target.port;
            let profile = self.timings.of(port);
            let pacing = &mut self.state.pacing;
            pacing.note_unknown(&command.action, port, profile, Transmission::Underway, ended);
            self.state.unconfirmed.push(Unconfirmed { command, epoch: Some(epoch), ended });
        }
        if repeatedly {
            self.close();
        }
    }

    /// Takes over how its device is reached and paced now. Returns whether the wire is another one.
    fn follow_setting(&mut self) -> bool {
        if !self.setting.has_changed().unwrap_or(false) {
            return false;
        }
        let Setting { wire, timings, switching, past } = self.setting.borrow_and_update().clone();
        self.timings = timings;
        self.switching = switching;
        if let (Some(_), Past::Known(known)) = (self.state.recall_awaited_since, &past) {
            self.state.recall(known, &self.timings, Instant::now());
        }
        let another = !Arc::ptr_eq(&wire, &self.wire);
        if another {
            self.wire = wire;
            // Its sessions are counted anew, and each of them is a new one.
            self.state.last_epoch = None;
            for unconfirmed in &mut self.state.unconfirmed {
                unconfirmed.epoch = None;
            }
        }
        another
    }

    /// Ends all that wait: nothing more is sent.
    fn close(&mut self) {
        let now = Instant::now();
        for waiting in self.state.waiting.extract(|_| true) {
            waiting.not_sent(NotSent::Stopping, now);
        }
    }

    fn receive(&mut self, mut waiting: Waiting) {
        let Command { action, target, .. } = waiting.command.as_ref();
        let profile = self.timings.of(target.port);
        waiting.sending = self.wire.sending_time(action, target.port, profile);
        let list = &mut self.state.waiting;
        if list.len() >= self.capacity {
            // A withdrawal wakes nobody; but it makes room.
            drop(list.extract(|waiting| waiting.permit.is_withdrawn()));
        }
        if list.len() >= self.capacity {
            waiting.not_sent(NotSent::LaneFull, Instant::now());
        } else {
            list.push(waiting);
        }
    }

    /// Ends what need not wait any longer: withdrawn, superseded, out of time, or certain to be.
    fn drop_expired(&mut self, now: Instant) {
        let absent = self.absence();
        let state = &mut self.state;
        publish_cleared(&self.observer, state.late.expire(now));
        drop(state.waiting.extract(|waiting| waiting.permit.is_withdrawn()));
        let fences = &self.fences;
        let superseded = state.waiting.extract(|w| fences.superseded_by(&w.command).is_some());
        for waiting in superseded {
            if let Some(by) = fences.superseded_by(&waiting.command) {
                waiting.superseded(by);
            }
        }
        for waiting in state.waiting.extract(|waiting| waiting.latest_start() <= now) {
            let reason = waiting.permit.reason();
            waiting.not_sent(reason, now);
        }
        if let Some(reason) = absent {
            for waiting in state.waiting.extract(|_| true) {
                waiting.not_sent(reason, now);
            }
        }
        let pacing = state.pacing.with(state.assumed.as_deref());
        // What is only assumed may be known in a moment.
        let unsure = state.recall_awaited_since.is_some_and(|since| now < since + RECALL_GRACE);
        let cooldown = |waiting: &Waiting| {
            let command = &waiting.command;
            let ready = readiness(&pacing, command, now);
            if unsure { now } else { ready.cooldown_until }
        };
        for waiting in state.waiting.extract(|waiting| waiting.is_early(cooldown(waiting), now)) {
            let wait = cooldown(&waiting).saturating_duration_since(now);
            waiting.not_sent(NotSent::NotBefore { wait }, now);
        }
        let reason =
            if state.unconfirmed.is_empty() { WaitReason::Lane } else { WaitReason::Unconfirmed };
        state.waiting.iter().for_each(|waiting| waiting.permit.note_wait(reason));
    }

    /// Why nothing can be sent at all. A wire that is being replaced is waited for, and so is the first
    /// session.
    fn absence(&mut self) -> Option<NotSent> {
        let connection = self.wire.connection();
        let between = matches!(connection, Connection::Stopped | Connection::Connecting { .. });
        self.switching &= between;
        self.is_first_connect &= between;
        connection.absence().filter(|_| !self.switching && !self.is_first_connect)
    }

    /// Starts what comes next, if its time has come and it may go beside what is `in_flight`.
    fn launch(&mut self, now: Instant, in_flight: &[InFlight]) -> Option<InFlight> {
        let is_pinging = in_flight.iter().any(|one| matches!(one, InFlight::Barrier { .. }));
        if is_pinging {
            return None;
        }
        let session = self.wire.connection().session()?;
        let owes = |unconfirmed: &Unconfirmed| unconfirmed.epoch == Some(session.epoch);
        if self.state.unconfirmed.iter().any(owes) {
            // What is in flight beside it was sent before the ping, and is settled by its own evidence.
            return self.launch_barrier(now);
        }
        if in_flight.iter().any(InFlight::is_exclusive) {
            return None;
        }
        if self.state.last_epoch != Some(session.epoch) {
            if !in_flight.is_empty() {
                // What was sent on the session before ends first: its end decides what may still come to life.
                return None;
            }
            self.start_session(&session, now);
            self.drop_expired(now);
        }
        loop {
            let (waiting, is_resend) = self.next(now, &session, in_flight)?;
            let profile = self.timings.of(waiting.command.target.port);
            match self.wire.prepare(&waiting.command, &session, profile) {
                Ok(prepared) => {
                    self.state.launched.push((Arc::clone(&waiting.command), session.epoch));
                    return Some(self.launch_attempt(waiting, is_resend, prepared, &session));
                }
                Err(refused) => {
                    self.note_refused(&waiting.command, is_resend);
                    waiting.end(Outcome::Refused(refused), now);
                }
            }
        }
    }

    /// What goes next, and whether that was delivered already and is sent once more.
    fn next(
        &mut self,
        now: Instant,
        session: &Session<W::Peer>,
        in_flight: &[InFlight],
    ) -> Option<(Waiting, bool)> {
        let pacing = self.state.pacing.with(self.state.assumed.as_deref());
        let ready_at = |command: &Command| readiness(&pacing, command, now).at;
        let wire = &self.wire;
        let room = |command: &Command| room_beside(in_flight, wire.as_ref(), command, session);
        let fences = &self.fences;
        let due = self.state.late.due(now, ready_at, |command| fences.is_outdated(command));
        let due = due.filter(|_| !self.state.waiting.has_immediate());
        if due.as_ref().is_some_and(|command| room(command) == Room::AfterAll) {
            return None;
        }
        if let Some(command) = due.filter(|command| room(command) == Room::Now) {
            return Some((resend(command, now), true));
        }
        let waiting = self.state.waiting.take_ready(now, ready_at, room)?;
        Some((waiting, false))
    }

    /// There is a new session: what was sent before may come to life now, if it ever does.
    fn start_session(&mut self, session: &Session<W::Peer>, now: Instant) {
        let state = &mut self.state;
        state.last_epoch = Some(session.epoch);
        if state.is_another(self.wire.board(session)) {
            // What the board before may still do, it does to itself.
            state.unconfirmed.clear();
            publish_cleared(&self.observer, state.late.clear());
        }
        for unconfirmed in std::mem::take(&mut state.unconfirmed) {
            let port = unconfirmed.command.target.port;
            let profile = self.timings.of(port);
            let action = &unconfirmed.command.action;
            state.pacing.note_unknown(action, port, profile, Transmission::Underway, now);
            state.late.note_lost(&unconfirmed.command, profile.quiet_gap, unconfirmed.ended);
        }
        for command in state.late.unanswered() {
            let port = command.target.port;
            let profile = self.timings.of(port);
            state.pacing.note_unknown(&command.action, port, profile, Transmission::Underway, now);
        }
        let timings = &self.timings;
        state.pacing.start_session(timings, now);
        state.late.note_session(|port| timings.of(port).quiet_gap, now);
    }

    fn launch_attempt(
        &self,
        waiting: Waiting,
        is_resend: bool,
        prepared: W::Prepared,
        session: &Session<W::Peer>,
    ) -> InFlight {
        let Command { action, target, .. } = waiting.command.as_ref();
        let transmitter = self.wire.transmitter(action, target.port, session);
        let guard = StartGuard {
            fences: Arc::clone(&self.fences),
            command: Arc::clone(&waiting.command),
            permit: waiting.permit.clone(),
            is_resend,
        };
        let (wire, deadline) = (Arc::clone(&self.wire), waiting.deadline);
        let report = Box::pin(async move { wire.send(prepared, guard, deadline).await });
        InFlight::Attempt { waiting, is_resend, epoch: session.epoch, transmitter, report }
    }

    /// Asks the device that owes an answer, although nobody may wait: the sooner it has answered,
    /// the sooner its port's cooldown is over.
    fn launch_barrier(&self, now: Instant) -> Option<InFlight> {
        if now < self.state.barrier_cooldown_until {
            return None;
        }
        let deadline = self.state.waiting.latest_deadline();
        let deadline = deadline.unwrap_or(now + BARRIER_PATIENCE);
        let wire = Arc::clone(&self.wire);
        let answer = Box::pin(async move { wire.ping(deadline).await });
        Some(InFlight::Barrier { answer })
    }

    /// When there is something to do without anything happening; `idle` if it may be launched.
    fn wake_at(&self, now: Instant, idle: bool) -> Option<Instant> {
        let state = &self.state;
        let pacing = state.pacing.with(state.assumed.as_deref());
        let deadlines = state.waiting.iter().map(Waiting::latest_start);
        let ready_at = |command: &Command| readiness(&pacing, command, now).at;
        let ready = state.waiting.iter().map(|waiting| ready_at(&waiting.command));
        let barrier = state.unconfirmed.first().map(|_| state.barrier_cooldown_until);
        let launches = ready.chain(barrier).chain(state.late.next_due(ready_at));
        let known = state.recall_awaited_since.map(|since| since + RECALL_GRACE);
        // What is due but not launched is held up by what wakes the lane when it ends: an unconfirmed
        // command, a session that is away, or a command that must go first.
        deadlines.chain(known).chain(launches.filter(|_| idle)).filter(|at| *at > now).min()
    }

    /// Before the first byte of what is launched leaves, and after whatever changed.
    fn publish(&self, in_flight: &[InFlight]) {
        let knows_all = self.state.recall_awaited_since.is_none() && self.predecessor.is_none();
        let unconfirmed = self.state.unconfirmed.iter();
        let unconfirmed =
            unconfirmed.map(|unconfirmed| (unconfirmed.command.as_ref(), unconfirmed.ended));
        self.late.publish(&self.state.late, unconfirmed, knows_all, Instant::now());
        let snapshot = LaneSnapshot {
            waiting: self.state.waiting.len(),
            in_flight: in_flight.iter().find_map(InFlight::command),
            unconfirmed: !self.state.unconfirmed.is_empty(),
            resting: self.state.pacing.resting(Instant::now()),
        };
        self.snapshot.send_if_modified(|current| {
            let modified = *current != snapshot;
            *current = snapshot;
            modified
        });
    }
}

/// Waits for the end of another lane, and what it leaves.
async fn ended(lane: &mut Option<oneshot::Receiver<LaneState>>) -> Option<LaneState> {
    match lane {
        Some(lane) => lane.await.ok(),
        None => std::future::pending().await,
    }
}

/// When `command` may be sent.
fn readiness(pacing: &Pacing, command: &Command, now: Instant) -> Readiness {
    pacing.readiness(&command.action, command.class, command.target.port, now)
}

/// A command that is sent once more; nobody waits for its end.
fn resend(command: Arc<Command>, now: Instant) -> Waiting {
    let deadline = now + RESEND_TIMEOUT;
    Waiting {
        command,
        deadline,
        since: now,
        permit: StartPermit::new(),
        reply: None,
        sending: Duration::ZERO,
        is_queued: false,
    }
}

/// A queued attempt's timeout: nobody waits for what is sent once more.
const RESEND_TIMEOUT: Duration = Duration::from_secs(5);

/// How long after its start a lane may expect what was stored of the time before: until then nobody is
/// sent away for what is only assumed.
const RECALL_GRACE: Duration = Duration::from_secs(1);

/// How long one barrier waits for its answer if no command does.
const BARRIER_PATIENCE: Duration = Duration::from_secs(5);

/// After a barrier that failed at once, so that a lane never spins.
const BARRIER_COOLDOWN: Duration = Duration::from_millis(250);
