//! Fair turns: who shares a device's time with whom.
//!
//! Start-time fair queuing, per device and priority: a command's turn is one after the later of
//! the turn being served and the last turn of its flow. The flow is the caller; commands of
//! callers that nobody can tell apart share one flow per batch. However many large batches one
//! caller has waiting, another caller's small one is served every second time.

use std::collections::HashMap;

use venue_domain::{Actor, BatchId, Hostname, Priority};

/// The turns of all devices.
#[derive(Debug, Default)]
pub(crate) struct FairQueue(HashMap<(Hostname, Priority), Turns>);

/// The turns of one device at one priority.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    /// The turn being served.
    served: i64,
    /// The last turn of each flow that is ahead of it.
    last: HashMap<String, i64>,
}

/// Whose share a command is taken from.
pub(crate) fn flow(actor: &Actor, batch: Option<&BatchId>) -> String {
    match (actor.name.as_deref(), actor.address, batch) {
        (Some(name), _, _) => format!("name {name}"),
        (None, Some(address), _) => format!("address {address}"),
        (None, None, Some(batch)) => format!("batch {batch}"),
        (None, None, None) => String::new(),
    }
}

impl Turns {
    /// Turns that go on where an earlier run stopped: with what is claimable of each flow, its
    /// first and its last turn.
    pub(crate) fn resume(flows: impl Iterator<Item = (String, i64, i64)>) -> Self {
        let mut served: Option<i64> = None;
        let mut last: HashMap<String, i64> = HashMap::new();
        for (flow, first, highest) in flows {
            served = Some(served.map_or(first - 1, |served| served.min(first - 1)));
            let known = last.entry(flow).or_insert(highest);
            *known = highest.max(*known);
        }
        Self { served: served.unwrap_or(0), last }
    }

    fn next(&mut self, flow: &str) -> i64 {
        let turn = self.last.get(flow).copied().unwrap_or(0).max(self.served) + 1;
        match self.last.get_mut(flow) {
            Some(last) => *last = turn,
            None => {
                self.last.insert(flow.to_owned(), turn);
            }
        }
        turn
    }

    fn serve(&mut self, turn: i64) {
        self.served = self.served.max(turn);
        // A flow whose last turn is served begins afresh: forget it, so that memory stays flat.
        if self.last.len() > FLOWS_KEPT {
            let served = self.served;
            self.last.retain(|_, last| *last > served);
        }
    }
}

impl FairQueue {
    /// Whether the turns of `device` at `priority` are known.
    pub(crate) fn knows(&self, device: &Hostname, priority: Priority) -> bool {
        self.0.contains_key(&(device.clone(), priority))
    }

    /// Begins the turns of `device` at `priority`.
    pub(crate) fn begin(&mut self, device: Hostname, priority: Priority, turns: Turns) {
        self.0.insert((device, priority), turns);
    }

    /// The next turn of `flow`.
    pub(crate) fn next(&mut self, device: &Hostname, priority: Priority, flow: &str) -> i64 {
        self.0.entry((device.clone(), priority)).or_default().next(flow)
    }

    /// `turn` is served.
    pub(crate) fn serve(&mut self, device: &Hostname, priority: Priority, turn: i64) {
        self.0.entry((device.clone(), priority)).or_default().serve(turn);
    }
}

/// So many flows of a device are remembered before the served ones are forgotten.
const FLOWS_KEPT: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_one_caller_takes_every_second_turn_at_most() {
        let mut turns = Turns::default();
        let mut queue: Vec<(i64, &str)> =
            (0..500).map(|_| (turns.next("flood"), "flood")).collect();
        for (turn, _) in &queue[..100] {
            turns.serve(*turn);
        }
        queue.extend((0..10).map(|_| (turns.next("small"), "small")));
        let mut waiting = queue.split_off(100);
        waiting.sort_by_key(|(turn, _)| *turn);
        let last = waiting.iter().rposition(|(_, flow)| *flow == "small").unwrap();
        assert!(last < 20, "the small one ends after {last} turns");
    }

    #[test]
    fn a_flow_that_was_idle_earns_no_credit() {
        let mut turns = Turns::default();
        assert_eq!(turns.next("a"), 1);
        turns.serve(50);
        assert_eq!(turns.next("a"), 51);
        assert_eq!(turns.next("b"), 51);
        assert_eq!(turns.next("a"), 52);
    }

    #[test]
    fn a_run_goes_on_with_the_turns_of_what_is_waiting() {
        let waiting =
            [("a".to_owned(), 40, 45), ("b".to_owned(), 42, 42), ("a".to_owned(), 50, 51)];
        let mut turns = Turns::resume(waiting.into_iter());
        assert_eq!(["a", "b", "new"].map(|flow| turns.next(flow)), [52, 43, 40]);
    }

    #[test]
    fn served_flows_are_forgotten() {
        let mut turns = Turns::default();
        for caller in 0..1000 {
            let turn = turns.next(&caller.to_string());
            turns.serve(turn);
        }
        assert!(turns.last.len() <= FLOWS_KEPT + 1, "{}", turns.last.len());
    }
}
