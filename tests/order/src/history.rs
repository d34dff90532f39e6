//! What a service has to write behind its answers.

use std::{sync::Mutex, time::Duration};

use venue_domain::{
    Attempt, Clock, Command, CommandId, DirectRecord, EndedCommands, LaneNote, LaneObserver,
    Outcome, Reason, Recorder,
};

use crate::clock::VirtualClock;

/// What ended directly, and what lanes did by themselves, and is not stored yet.
pub(crate) struct History {
    pub(crate) records: Mutex<Vec<DirectRecord>>,
    pub(crate) notes: Mutex<Vec<LaneNote>>,
    pub(crate) clock: VirtualClock,
}

impl Recorder for History {
    fn record(&self, record: DirectRecord) {
        self.records.lock().unwrap().push(record);
    }

    fn ended(&self, _ended_commands: EndedCommands) {}
}

impl LaneObserver for History {
    fn cleared(&self, commands: Vec<CommandId>) {
        let note = LaneNote::Cleared { commands, at: self.clock.now() };
        self.notes.lock().unwrap().push(note);
    }

    fn reasserted(&self, command: &Command, outcome: &Outcome, took: Duration) {
        let attempt = Attempt {
            started_at: self.clock.now().minus(took),
            took,
            reason: Reason::from(outcome),
            evidence: outcome.evidence(),
            detail: None,
        };
        let note = LaneNote::Reasserted { command: command.id, attempt };
        self.notes.lock().unwrap().push(note);
    }
}
