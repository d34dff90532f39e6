//! What the end of an attempt means for what comes next.

use std::{sync::Arc, time::Duration};

use esphome_pool::CallReport;
use tokio::time::Instant;
use venue_domain::{Command, CommandId, Evidence, Outcome};

use super::{BARRIER_REST, Doubt, Flight, Landing, Lane};
use crate::{
    lanes::Observer,
    link::Link,
    outcome::{outcome_of, session},
    pacing::Transmission,
    waiting::Waiting,
};

impl<L: Link> Lane<L> {
    pub(super) fn settle(&mut self, flight: Flight, landing: Landing, now: Instant) {
        match (flight, landing) {
            (Flight::Attempt { waiting, again: false, .. }, Landing::Attempt { report }) => {
                if let Some((waiting, outcome)) = self.settle_attempt(waiting, false, report, now) {
                    waiting.end(outcome, now);
                }
            }
            (Flight::Attempt { waiting, again: true, .. }, Landing::Attempt { report }) => {
                let command = Arc::clone(&waiting.command);
                let ended = self.settle_attempt(waiting, true, report, now);
                self.settle_again(&command, ended.as_ref().map(|(_, outcome)| outcome), now);
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

    /// What an attempt means for what comes next; `None` if it was withdrawn.
    fn settle_attempt(
        &mut self,
        waiting: Waiting,
        again: bool,
        report: CallReport,
        now: Instant,
    ) -> Option<(Waiting, Outcome)> {
        let command = Arc::clone(&waiting.command);
        let (action, port) = (&command.action, command.target.port);
        let profile = *self.timings.of(port);
        let Some(outcome) = outcome_of(report.end) else {
            if let Some(by) = self.fences.superseded_by(&command) {
                waiting.superseded(by);
            }
            return None;
        };
        if let Some(observer) = self.observer.get().filter(|_| again && has_left(&outcome)) {
            let took = now.saturating_duration_since(waiting.since);
            observer.reasserted(&command, &outcome, took);
        }
        let state = &mut self.state;
        match &outcome {
            Outcome::Delivered(evidence) => {
                let transmission = match evidence {
                    Evidence::InfraredComplete => Transmission::Complete,
                    Evidence::Reply | Evidence::PingBarrier => Transmission::Underway,
                };
                state.pacing.note_sent(action, port, &profile, transmission, now);
                let cleared = state.late.note_delivered(&command, profile.quiet_gap, now);
                tell(&self.observer, cleared);
            }
            // The firmware may have run it before it said no.
            Outcome::Refused(_) => {
                state.pacing.note_sent(action, port, &profile, Transmission::Underway, now);
                self.note_refused(&command, again);
            }
            Outcome::NotSent(_) => {}
            Outcome::Unknown(_) => {
                state.pacing.note_unknown(action, port, &profile, now);
                state.doubt = Some(Doubt { command, epoch: report.epoch, ended: now });
            }
        }
        Some((waiting, outcome))
    }

    /// What was sent once more has ended: if not for good, when it is tried again.
    fn settle_again(&mut self, command: &Command, ended: Option<&Outcome>, now: Instant) {
        let due = match ended {
            Some(Outcome::Delivered(_) | Outcome::Refused(_)) => return,
            Some(Outcome::Unknown(_)) => now + self.timings.of(command.target.port).quiet_gap,
            // It was held up before its first byte.
            Some(Outcome::NotSent(_)) | None => now + PUT_OFF,
        };
        self.state.late.put_off(command, due);
    }

    /// The device has answered since. If it ran the command that is in doubt, then at the latest now.
    fn lift_doubt(&mut self, epoch: u64, now: Instant) {
        let answered = self.state.doubt.take_if(|doubt| doubt.epoch == Some(epoch));
        let Some(doubt) = answered else { return };
        let (action, port) = (&doubt.command.action, doubt.command.target.port);
        self.state.pacing.note_unknown(action, port, self.timings.of(port), now);
        if doubt.command.nature().is_repeatable() {
            tell(&self.observer, vec![doubt.command.id]);
        }
    }

    pub(super) fn note_refused(&mut self, command: &Command, again: bool) {
        self.fences.note_refused(command);
        if again {
            tell(&self.observer, self.state.late.give_up(command));
        }
    }
}

/// Whether a byte of it has left.
const fn has_left(outcome: &Outcome) -> bool {
    !matches!(outcome, Outcome::NotSent(_))
}

/// Tells whoever observes the lane what cannot come to life any more.
pub(super) fn tell(observer: &Observer, cleared: Vec<CommandId>) {
    if let Some(observer) = observer.get().filter(|_| !cleared.is_empty()) {
        observer.cleared(cleared);
    }
}

/// So much later what was held up before its first byte is sent once more.
const PUT_OFF: Duration = Duration::from_secs(1);
