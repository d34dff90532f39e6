//! What a lane knows, and what it goes on from.

use std::sync::Arc;

use tokio::time::Instant;
use venue_domain::Command;

use crate::{
    pacing::Pacing,
    port_timings::PortTimings,
    reassert::LateCommands,
    setting::{Past, Recollection},
    waiting::WaitingList,
    wire::BoardId,
};

/// What a lane remembers between commands.
pub(crate) struct LaneState {
    pub(super) waiting: WaitingList,
    pub(super) pacing: Pacing,
    /// What is assumed of the time before, as long as it is not known.
    pub(super) assumed: Option<Box<Pacing>>,
    pub(super) late: LateCommands,
    pub(super) unconfirmed: Vec<Unconfirmed>,
    /// What is in flight, and on which session: should the lane crash, its bytes may have left.
    pub(super) launched: Vec<(Arc<Command>, u64)>,
    /// The session on which the lane was last at work.
    pub(super) last_epoch: Option<u64>,
    /// The board that was met last.
    pub(super) board: Option<BoardId>,
    /// A barrier that failed is not tried again at once.
    pub(super) barrier_cooldown_until: Instant,
    /// Since when nothing is known of the time before, if it is to be recalled.
    pub(super) recall_awaited_since: Option<Instant>,
}

/// A command whose bytes left without evidence: nothing is sent before the device has answered on
/// the same session or has a new one.
pub(super) struct Unconfirmed {
    pub(super) command: Arc<Command>,
    pub(super) epoch: Option<u64>,
    pub(super) ended: Instant,
}

impl LaneState {
    /// Nothing was sent before; or if `past` is to be recalled, all may have been sent just now.
    pub(crate) fn new(past: &Past, timings: &PortTimings, now: Instant) -> Self {
        let mut state = Self {
            waiting: WaitingList::default(),
            pacing: Pacing::new(now),
            assumed: None,
            late: LateCommands::default(),
            unconfirmed: Vec::new(),
            launched: Vec::new(),
            last_epoch: None,
            board: None,
            barrier_cooldown_until: now,
            recall_awaited_since: None,
        };
        match past {
            Past::Nothing => {}
            Past::Awaited => {
                state.recall_awaited_since = Some(now);
                state.assumed = Some(Box::new(Pacing::assumed(timings, now)));
            }
            Past::Known(known) => state.recall(known, timings, now),
        }
        state
    }

    pub(super) fn recall(&mut self, known: &Recollection, timings: &PortTimings, now: Instant) {
        self.recall_awaited_since = None;
        let clocks = known.clocks(now);
        let mut pacing = Pacing::new(now);
        for port in &known.memory.ports {
            pacing.recall(port, timings.of(port.port.port), clocks);
        }
        self.assumed = None;
        self.pacing = self.pacing.and(&pacing);
        self.late.recall(&known.memory.late, |port| timings.of(port).quiet_gap, clocks);
        self.last_epoch = None;
    }

    /// Takes note of the board that has a session now. Returns whether the one before was another.
    pub(super) fn is_another(&mut self, board: Option<BoardId>) -> bool {
        let before = self.board;
        self.board = board.or(before);
        before.is_some_and(|before| self.board != Some(before))
    }

    /// Goes on from where an earlier lane ended. What waits here goes on waiting.
    pub(super) fn inherit(&mut self, earlier: Self) {
        let waiting = std::mem::take(&mut self.waiting);
        let unconfirmed = earlier.unconfirmed.into_iter();
        let unconfirmed =
            unconfirmed.map(|unconfirmed| Unconfirmed { epoch: None, ..unconfirmed }).collect();
        *self = Self { waiting, unconfirmed, last_epoch: None, ..earlier };
    }
}
