//! What the end of an attempt means for what comes next.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;
use venue_domain::{Command, CommandId, Evidence, Outcome};

use super::{
    BARRIER_COOLDOWN, Lane, Unconfirmed,
    in_flight::{Completion, InFlight},
};
use crate::{
    lane::Observer,
    pacing::Transmission,
    waiting::Waiting,
    wire::{SendReport, Wire},
};

impl<W: Wire> Lane<W> {
    pub(super) fn settle(&mut self, in_flight: InFlight, completion: Completion, now: Instant) {
        match (in_flight, completion) {
            (
                InFlight::Attempt { waiting, is_resend: false, epoch, .. },
                Completion::Attempt { report },
            ) => {
                let ended = self.settle_attempt(waiting, false, (report, epoch), now);
                if let Some((waiting, outcome)) = ended {
                    waiting.end(outcome, now);
                }
            }
            (
                InFlight::Attempt { waiting, is_resend: true, epoch, .. },
                Completion::Attempt { report },
            ) => {
                let command = Arc::clone(&waiting.command);
                let ended = self.settle_attempt(waiting, true, (report, epoch), now);
                self.settle_resend(&command, ended.as_ref().map(|(_, outcome)| outcome), now);
            }
            (InFlight::Barrier { .. }, Completion::Barrier { answered: true }) => {
                if let Some(session) = self.wire.connection().session() {
                    self.confirm(session.epoch, now);
                }
            }
            (InFlight::Barrier { .. }, Completion::Barrier { answered: false }) => {
                self.state.barrier_cooldown_until = now + BARRIER_COOLDOWN;
            }
            // `completed` answers with the kind that it was given.
            (InFlight::Attempt { .. }, Completion::Barrier { .. })
            | (InFlight::Barrier { .. }, Completion::Attempt { .. }) => {}
        }
    }

    /// What an attempt means for what comes next; `None` if it was withdrawn.
    fn settle_attempt(
        &mut self,
        waiting: Waiting,
        is_resend: bool,
        (report, epoch): (SendReport, u64),
        now: Instant,
    ) -> Option<(Waiting, Outcome)> {
        let command = Arc::clone(&waiting.command);
        let (action, port) = (&command.action, command.target.port);
        let profile = *self.timings.of(port);
        let SendReport::Ended { outcome, busy } = report else {
            if let Some(by) = self.fences.superseded_by(&command) {
                waiting.superseded(by);
            }
            return None;
        };
        if let Some(observer) = self.observer.get().filter(|_| is_resend && has_left(&outcome)) {
            let took = now.saturating_duration_since(waiting.since);
            observer.reasserted(&command, &outcome, took);
        }
        let underway = busy.map_or(Transmission::Underway, Transmission::Busy);
        let state = &mut self.state;
        match &outcome {
            Outcome::Delivered(evidence) => {
                let transmission = match evidence {
                    Evidence::InfraredComplete => Transmission::COMPLETE,
                    Evidence::Reply | Evidence::PingBarrier => underway,
                };
                state.pacing.note_sent(action, port, &profile, transmission, now);
                let cleared = state.late.note_delivered(&command, profile.quiet_gap, now);
                publish_cleared(&self.observer, cleared);
            }
            // The firmware may have run it before it said no.
            Outcome::Refused(_) => {
                state.pacing.note_sent(action, port, &profile, underway, now);
                self.note_refused(&command, is_resend);
            }
            Outcome::NotSent(_) => {}
            Outcome::Unknown(_) => {
                state.pacing.note_unknown(action, port, &profile, underway, now);
                state.unconfirmed.push(Unconfirmed { command, epoch: Some(epoch), ended: now });
            }
        }
        Some((waiting, outcome))
    }

    /// What was sent once more has ended: if not for good, when it is tried again.
    fn settle_resend(&mut self, command: &Command, ended: Option<&Outcome>, now: Instant) {
        let due = match ended {
            Some(Outcome::Delivered(_) | Outcome::Refused(_)) => return,
            Some(Outcome::Unknown(_)) => now + self.timings.of(command.target.port).quiet_gap,
            // It was held up before its first byte.
            Some(Outcome::NotSent(_)) | None => now + RESEND_DELAY,
        };
        self.state.late.postpone(command, due);
    }

    /// The device has answered since. If it ran what is unconfirmed, then at the latest now: all of that was
    /// sent before the ping.
    fn confirm(&mut self, epoch: u64, now: Instant) {
        let is_answered = |unconfirmed: &mut Unconfirmed| unconfirmed.epoch == Some(epoch);
        let state = &mut self.state;
        for unconfirmed in state.unconfirmed.extract_if(.., is_answered) {
            let Command { action, target, .. } = unconfirmed.command.as_ref();
            let profile = self.timings.of(target.port);
            state.pacing.note_unknown(action, target.port, profile, Transmission::Underway, now);
            if unconfirmed.command.nature().is_repeatable() {
                publish_cleared(&self.observer, vec![unconfirmed.command.id]);
            }
        }
    }

    pub(super) fn note_refused(&mut self, command: &Command, is_resend: bool) {
        self.fences.note_refused(command);
        if is_resend {
            publish_cleared(&self.observer, self.state.late.give_up(command));
        }
    }
}

/// Whether a byte of it has left.
const fn has_left(outcome: &Outcome) -> bool {
    !matches!(outcome, Outcome::NotSent(_))
}

/// Reports to whoever observes the lane which late commands cannot run any more.
pub(super) fn publish_cleared(observer: &Observer, cleared: Vec<CommandId>) {
    if let Some(observer) = observer.get().filter(|_| !cleared.is_empty()) {
        observer.cleared(cleared);
    }
}

/// How much later what was held up before its first byte is sent once more.
const RESEND_DELAY: Duration = Duration::from_secs(1);
