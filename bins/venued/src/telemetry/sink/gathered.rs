//! The lines that wait to be written, and who has to be woken for them. Pure: it waits for nothing.

use std::mem;

/// Lines between those who write them and the thread that writes them out.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    lines: Vec<u8>,
    /// Lines that found no place since it was told last.
    lost: u64,
    writer: Writer,
    /// How often all that waits was asked for, and up to which of these it is written.
    asked: u64,
    answered: u64,
}

/// What the thread that writes them out does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Writer {
    /// It writes, or it has been woken: it looks by itself.
    #[default]
    Busy,
    /// It gathers for a moment.
    Resting,
    /// It waits for a line.
    Asleep,
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Placed {
    /// It has its place, and is found there.
    Waits,
    /// It has its place, and somebody has to be woken.
    WakesTheWriter,
    /// It found no place.
    Lost,
}

/// What is written at once.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) lines: Vec<u8>,
    /// How many lines found no place before.
    pub(super) lost: u64,
    /// Which request for all that waits this fulfils.
    pub(super) asked: u64,
}

impl Gathered {
    /// Takes a whole line, if there is room.
    pub(super) fn place(&mut self, line: &[u8]) -> Placed {
        if !self.lines.is_empty() && self.lines.len() + line.len() > CAPACITY {
            self.lost += 1;
            return Placed::Lost;
        }
        self.lines.extend_from_slice(line);
        let wakes = match self.writer {
            Writer::Busy => false,
            Writer::Resting => self.is_urgent(),
            Writer::Asleep => true,
        };
        if wakes {
            self.writer = Writer::Busy;
            return Placed::WakesTheWriter;
        }
        Placed::Waits
    }

    /// Whether there is nothing to do for the thread that writes them out.
    pub(super) const fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.lost == 0 && self.asked == self.answered
    }

    /// Whether it is not to rest: there are many, or somebody waits until all are written.
    pub(super) const fn is_urgent(&self) -> bool {
        self.lines.len() >= BATCH || self.asked != self.answered
    }

    pub(super) const fn rest(&mut self) {
        self.writer = Writer::Resting;
    }

    pub(super) const fn sleep(&mut self) {
        self.writer = Writer::Asleep;
    }

    /// All that waits; `spare` is filled next.
    pub(super) fn take(&mut self, mut spare: Vec<u8>) -> Batch {
        self.writer = Writer::Busy;
        spare.clear();
        // After a flood its memory is given back.
        spare.shrink_to(BATCH);
        let lines = mem::replace(&mut self.lines, spare);
        Batch { lines, lost: mem::take(&mut self.lost), asked: self.asked }
    }

    /// Somebody waits until all is written that waits now.
    pub(super) const fn ask_for_all(&mut self) -> u64 {
        self.asked += 1;
        self.asked
    }

    /// What was taken for the request `asked` is written.
    pub(super) fn note_written(&mut self, asked: u64) {
        self.answered = self.answered.max(asked);
    }

    pub(super) const fn has_written(&self, asked: u64) -> bool {
        self.answered >= asked
    }
}

/// So many bytes wait at most: some 1,500 lines.
pub(super) const CAPACITY: usize = 512 * 1024;

/// So many are written without gathering more.
const BATCH: usize = 32 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_of_many_wakes_the_thread() {
        let mut gathered = Gathered::default();
        assert_eq!(gathered.place(b"while it is busy"), Placed::Waits);
        let batch = gathered.take(Vec::new());
        assert_eq!((batch.lines.as_slice(), batch.lost), (&b"while it is busy"[..], 0));
        gathered.sleep();
        assert_eq!(gathered.place(b"first"), Placed::WakesTheWriter);
        assert_eq!(gathered.place(b"second"), Placed::Waits, "it is woken already");
        gathered.take(Vec::new());
        gathered.rest();
        let line = [b'x'; 1_024];
        let woken = (0..100).filter(|_| gathered.place(&line) == Placed::WakesTheWriter);
        assert_eq!(woken.count(), 1, "where so many wait that they are written at once");
    }

    #[test]
    fn a_line_that_is_longer_than_all_that_may_wait_has_a_place_of_its_own() {
        let mut gathered = Gathered::default();
        assert_eq!(gathered.place(&vec![b'x'; CAPACITY + 1]), Placed::Waits);
        assert_eq!(gathered.place(b"y"), Placed::Lost);
        let batch = gathered.take(Vec::new());
        assert_eq!((batch.lines.len(), batch.lost), (CAPACITY + 1, 1));
        assert!(gathered.is_empty());
    }

    #[test]
    fn whoever_asks_for_all_waits_until_that_is_written() {
        let mut gathered = Gathered::default();
        gathered.place(b"last");
        let asked = gathered.ask_for_all();
        assert!(gathered.is_urgent() && !gathered.has_written(asked));
        let batch = gathered.take(Vec::new());
        assert!(!gathered.has_written(asked), "taken is not written");
        gathered.note_written(batch.asked);
        assert!(gathered.has_written(asked) && gathered.is_empty() && !gathered.is_urgent());
    }
}
