//! What the end of an attempt leaves on its port, and what is remembered for the lanes, in memory.

use std::collections::BTreeMap;

use venue_domain::{
    Command, CommandId, Hostname, LaneMemory, LaneNote, LaneStore, PortStatus, Reason,
    RememberedCommand, StoreError, Timestamp,
};

use super::{MemoryStore, state::State};
use crate::record::{self, JUST_BEFORE};

impl State {
    /// An attempt at `command` ended at `at`.
    pub(super) fn attempt_ended(&mut self, command: &Command, reason: Reason, at: Timestamp) {
        if !command.action.is_infrared() || !reason.may_have_left() {
            return;
        }
        let (port, action) = (&command.target, &command.action);
        let before = self.ports.get(port).cloned();
        let after = PortStatus::attempt_ended(before, port, action, reason, at);
        if let Some(after) = after {
            self.ports.insert(port.clone(), after);
        }
        if reason == Reason::Refused {
            self.fences.note_refused(command);
        }
        self.lanes.attempt_ended(command, reason, at);
    }

    /// Nothing is assumed of a slot whose newest command nobody accounts for.
    pub(super) fn forget_unaccounted(&mut self) {
        let entries = self.fences.entries();
        let newest =
            entries.iter().filter_map(|entry| entry.fence.any).map(|any| any.key.instant).max();
        for entry in &entries {
            let Some((any, newest)) = entry.fence.any.zip(newest) else { continue };
            let newest = newest.venue_time();
            let under_way = any.key.instant.venue_time() > newest.minus(JUST_BEFORE);
            let known = self.find(|record| record.id == any.command).is_some();
            let port = &entry.slot.port;
            let before = self.ports.get(port).cloned().filter(|_| under_way && !known);
            if let Some(after) = PortStatus::unaccounted(before, entry.slot.group) {
                self.ports.insert(port.clone(), after);
            }
        }
    }

    fn command(&self, id: CommandId) -> Option<Command> {
        self.find(|record| record.id == id).map(record::command)
    }
}

impl LaneStore for MemoryStore {
    async fn lane_memory(&self, now: Timestamp) -> Result<Vec<(Hostname, LaneMemory)>, StoreError> {
        let state = self.lock();
        let mut lanes = BTreeMap::<Hostname, LaneMemory>::new();
        for pacing in state.lanes.pacing.values() {
            lanes.entry(pacing.port.device.clone()).or_default().ports.push(pacing.clone());
        }
        let mut late: Vec<_> =
            state.lanes.late.values().filter(|late| !late.is_over(now)).collect();
        late.sort_by_key(|late| (late.ended_at, late.id));
        for late in late {
            let Some(command) = state.command(late.id) else { continue };
            let desired = late.desired.and_then(|id| state.command(id)).map(Into::into);
            let (late, command) = (late.clone(), command.into());
            let lane = lanes.entry(late.slot.port.device.clone()).or_default();
            lane.late.push(RememberedCommand { late, command, desired });
        }
        Ok(lanes.into_iter().collect())
    }

    async fn note_lanes(&self, notes: Vec<LaneNote>) -> Result<(), StoreError> {
        let mut state = self.lock();
        for note in notes {
            match note {
                LaneNote::Cleared { commands, at } => {
                    commands.into_iter().for_each(|command| state.lanes.clear(command, at));
                }
                LaneNote::Reasserted { command, attempt } => {
                    let Some(known) = state.command(command) else { continue };
                    let attempts = state.attempts.entry(command).or_default();
                    let number = attempts.last_key_value().map_or(0, |(number, _)| *number) + 1;
                    let (reason, ended_at) =
                        (attempt.reason, attempt.started_at.plus(attempt.took));
                    attempts.insert(number, attempt);
                    state.attempt_ended(&known, reason, ended_at);
                }
            }
        }
        Ok(())
    }
}
