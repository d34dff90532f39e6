//! One run of a task whose work is in the queue: which commands it waits for, and how they ended.

use std::{collections::BTreeSet, time::Duration};

use tokio::time::Instant;
use venue_domain::{CommandId, Ended, Reason};
use venue_routing::SystemCommand;

/// A command lives an hour from when it is due; a run that hears nothing for so much longer than that will
/// not hear of it any more, as after a backup was put in the place of the store.
const PATIENCE: Duration = Duration::from_secs(2 * 60 * 60);

/// The commands of one run.
#[derive(Debug)]
pub(super) struct RunningTask {
    /// How many were queued.
    pub(super) queued: usize,
    waiting: BTreeSet<CommandId>,
    /// How those ended that have ended.
    pub(super) ended: Vec<Ended>,
    /// When it is given up.
    pub(super) until: Instant,
}

impl RunningTask {
    /// Of `commands`, each so much later than the one before.
    pub(super) fn new(commands: &[SystemCommand], apart: Duration) -> Self {
        let queued = commands.len();
        let spread = apart * u32::try_from(queued).unwrap_or(u32::MAX);
        Self {
            queued,
            waiting: commands.iter().map(|one| one.command).collect(),
            ended: Vec::new(),
            until: Instant::now() + PATIENCE + spread,
        }
    }

    /// A command has ended, perhaps one of these.
    pub(super) fn note(&mut self, ended: &Ended) {
        if self.waiting.remove(&ended.command) {
            self.ended.push(ended.clone());
        }
    }

    /// Whether nothing is waited for.
    pub(super) fn is_over(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Those that the device has taken.
    pub(super) fn completed(&self) -> impl Iterator<Item = &Ended> {
        self.ended.iter().filter(|ended| ended.reason == Reason::Delivered)
    }

    /// Those of which that is not known, or known not to be so.
    pub(super) fn not_completed(&self) -> impl Iterator<Item = &Ended> {
        self.ended.iter().filter(|ended| ended.reason != Reason::Delivered)
    }
}
