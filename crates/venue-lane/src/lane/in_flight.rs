//! What a lane has under way, and what may go beside it.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::Poll,
};

use venue_domain::{Command, CommandId, Transmitter};

use crate::{
    waiting::{Room, Waiting},
    wire::{SendReport, Session, Wire},
};

/// What is under way.
pub(super) enum InFlight {
    Attempt {
        waiting: Waiting,
        /// It was delivered before, and is sent once more.
        is_resend: bool,
        /// The session on which it is sent.
        epoch: u64,
        /// What it keeps busy; the whole device, if `None`.
        transmitter: Option<Transmitter>,
        report: Pin<Box<dyn Future<Output = SendReport> + Send>>,
    },
    Barrier {
        answer: Pin<Box<dyn Future<Output = bool> + Send>>,
    },
}

/// How it ended.
pub(super) enum Completion {
    Attempt { report: SendReport },
    Barrier { answered: bool },
}

impl InFlight {
    /// The command, if it is one.
    pub(super) fn command(&self) -> Option<CommandId> {
        match self {
            Self::Attempt { waiting, .. } => Some(waiting.command.id),
            Self::Barrier { .. } => None,
        }
    }

    /// Whether nothing else may go beside it.
    pub(super) const fn is_exclusive(&self) -> bool {
        match self {
            Self::Attempt { transmitter, .. } => transmitter.is_none(),
            Self::Barrier { .. } => true,
        }
    }
}

/// Whether `command` may go beside what is in flight: another port by another transmitter may.
pub(super) fn room_beside<W: Wire>(
    in_flight: &[InFlight],
    wire: &W,
    command: &Command,
    session: &Session<W::Peer>,
) -> Room {
    if in_flight.is_empty() {
        return Room::Now;
    }
    let port = command.target.port;
    let Some(own) = wire.transmitter(&command.action, port, session) else {
        return Room::AfterAll;
    };
    let in_its_way = |one: &InFlight| match one {
        InFlight::Attempt { waiting, transmitter, .. } => {
            *transmitter == Some(own) || waiting.command.target.port == port
        }
        InFlight::Barrier { .. } => true,
    };
    if in_flight.iter().any(in_its_way) { Room::Later } else { Room::Now }
}

/// Waits for the first end of what is in flight; pending for ever if nothing is.
pub(super) async fn completed(in_flight: &mut [InFlight]) -> (usize, Completion) {
    poll_fn(|context| {
        for (index, one) in in_flight.iter_mut().enumerate() {
            let ended = match one {
                InFlight::Attempt { report, .. } => {
                    report.as_mut().poll(context).map(|report| Completion::Attempt { report })
                }
                InFlight::Barrier { answer } => {
                    answer.as_mut().poll(context).map(|answered| Completion::Barrier { answered })
                }
            };
            if let Poll::Ready(completion) = ended {
                return Poll::Ready((index, completion));
            }
        }
        Poll::Pending
    })
    .await
}
