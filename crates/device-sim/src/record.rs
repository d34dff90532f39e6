//! What a board has seen: every frame and every action, with the time.

use std::collections::{BTreeMap, VecDeque};

use tokio::time::Instant;

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameRecord {
    /// When.
    pub at: Instant,
    /// In which session, counted from 1.
    pub session: u64,
    /// Which way.
    pub direction: Direction,
    /// The message id.
    pub id: u16,
    /// The name of the message.
    pub name: &'static str,
    /// The size of the payload in bytes.
    pub size: usize,
}

/// Which way a frame went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the client.
    Received,
    /// To the client.
    Sent,
}

/// One action that was run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionRecord {
    /// When it was dispatched.
    pub at: Instant,
    /// Its name.
    pub action: String,
    /// The arguments as the board understood them, by name.
    pub args: BTreeMap<String, String>,
}

impl ActionRecord {
    /// The argument named `port` or `box`, or the number in front of a channel like `2-501`.
    #[must_use]
    pub fn port(&self) -> Option<u8> {
        let named = self.args.get("port").or_else(|| self.args.get("box"));
        let in_channel = || self.args.get("channel")?.split_once('-').map(|(port, _)| port);
        named.map(String::as_str).or_else(in_channel)?.parse().ok()
    }
}

/// The newest records; a board that runs for days must not fill the memory.
#[derive(Debug)]
pub(crate) struct Log<T> {
    records: VecDeque<T>,
    total: usize,
}

impl<T> Default for Log<T> {
    fn default() -> Self {
        Self { records: VecDeque::new(), total: 0 }
    }
}

impl<T: Clone> Log<T> {
    pub(crate) fn push(&mut self, record: T) {
        if self.records.len() >= KEPT {
            self.records.pop_front();
        }
        self.records.push_back(record);
        self.total += 1;
    }

    pub(crate) fn to_vec(&self) -> Vec<T> {
        self.records.iter().cloned().collect()
    }

    /// The records behind the first `seen` ones, as far as they are kept.
    pub(crate) fn since(&self, seen: usize) -> Vec<T> {
        let new = self.total.saturating_sub(seen);
        self.records.iter().skip(self.records.len().saturating_sub(new)).cloned().collect()
    }

    pub(crate) const fn total(&self) -> usize {
        self.total
    }
}

/// How many records are kept.
const KEPT: usize = 20_000;
