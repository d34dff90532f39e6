//! What the handle and the tasks of a board share.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize},
    },
};

use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;

use crate::{
    BlasterConfig, Direction, Fault, FrameRecord, board::Board, infrared::Air, record::Log,
};

/// What the handle and the tasks of a board share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: BlasterConfig,
    pub(crate) address: SocketAddr,
    pub(crate) board: Arc<Board>,
    pub(crate) air: Arc<Air>,
    pub(crate) fault: watch::Sender<Fault>,
    pub(crate) kick: watch::Sender<Kick>,
    pub(crate) stop: CancellationToken,
    /// Sessions up to this number have felt [`Fault::HalfOpen`], however short it was.
    pub(crate) half_open_up_to: AtomicU64,
    pub(crate) frames: Mutex<Log<FrameRecord>>,
    pub(crate) frames_live: broadcast::Sender<FrameRecord>,
    pub(crate) open: AtomicUsize,
    pub(crate) most_open: AtomicUsize,
    pub(crate) sessions: AtomicU64,
    /// Calls that came while it was lossy.
    pub(crate) calls: AtomicU64,
    /// The newest calls that it has had, with their sessions.
    pub(crate) had: Mutex<VecDeque<(u64, u32)>>,
}

/// What happens to all open sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kick {
    pub(crate) count: u64,
    pub(crate) how: Farewell,
}

/// How a board goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Farewell {
    /// Without a word: its power is cut.
    #[default]
    Cut,
    /// It says that it will disconnect.
    Announced,
}

impl Shared {
    pub(crate) fn record(&self, record: FrameRecord) {
        tracing::trace!(
            device = self.config.name,
            session = record.session,
            received = record.direction == Direction::Received,
            message = record.name,
            size = record.size,
            "frame"
        );
        // That nobody watches is no error.
        let _watchers = self.frames_live.send(record.clone());
        self.frames.lock().unwrap_or_else(PoisonError::into_inner).push(record);
    }

    /// A transmission was taken: with [`Fault::HungAfter`] the last one hangs the board.
    pub(crate) fn count_down(&self) {
        self.fault.send_if_modified(|fault| {
            let Fault::HungAfter(left) = fault else { return false };
            *left = left.saturating_sub(1);
            let hangs = *left == 0;
            if hangs {
                *fault = Fault::Hung;
            }
            hangs
        });
    }

    /// Notes a call, and tells which came before it, the newest last.
    pub(crate) fn had_before(&self, session: u64, call_id: u32) -> Vec<u32> {
        let mut had = self.had.lock().unwrap_or_else(PoisonError::into_inner);
        let before =
            had.iter().filter(|one| **one != (session, call_id)).map(|one| one.1).collect();
        had.push_back((session, call_id));
        if had.len() > OLD_CALLS {
            had.pop_front();
        }
        before
    }
}

/// So many calls are remembered.
const OLD_CALLS: usize = 8;
