//! Log lines, written in batches by a thread of their own.
//!
//! Whoever reads standard error may stop reading (a pager, a collector that hangs), and then a
//! write waits for as long as that lasts. No command and no stop may wait with it: lines wait in a
//! bounded buffer, and what finds no place there is counted and told later.
//!
//! Waking a thread costs more than the line does. So the first line after a silence is written at once,
//! and those that follow it within a moment are gathered and written together.

use std::{
    fmt, io,
    io::Write,
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use tracing_subscriber::fmt::MakeWriter;

mod gathered;

use gathered::{Batch, Gathered, Placed};

/// Takes lines without ever waiting for whoever reads them.
#[derive(Clone, Debug)]
pub(super) struct Sink(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    gathered: Mutex<Gathered>,
    /// There is something to write.
    work: Condvar,
    /// Something was written.
    written: Condvar,
}

/// Writes out what still waits when it is dropped, as far as somebody reads it.
pub struct LogGuard(Option<Sink>);

impl LogGuard {
    /// For logs that are written at once.
    pub(super) const fn none() -> Self {
        Self(None)
    }
}

impl fmt::Debug for LogGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogGuard").finish_non_exhaustive()
    }
}

impl Drop for LogGuard {
    fn drop(&mut self) {
        let Some(Sink(shared)) = &self.0 else { return };
        let mut gathered = shared.lock();
        let asked = gathered.ask_for_all();
        shared.work.notify_one();
        let unwritten = |gathered: &mut Gathered| !gathered.has_written(asked);
        // Too late or never: then nobody reads.
        let _in_time = shared.written.wait_timeout_while(gathered, FLUSH_PATIENCE, unwritten);
    }
}

impl Sink {
    /// Starts the thread that writes to `output`; `report` is told how many lines were lost, once
    /// there is room again.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub(super) fn start(
        output: impl Write + Send + 'static,
        report: impl Fn(u64) + Send + 'static,
    ) -> io::Result<(Self, LogGuard)> {
        let shared = Arc::<Shared>::default();
        let sink = Self(Arc::clone(&shared));
        // Ends with the process: it may be waiting for a reader who never comes back.
        thread::Builder::new().name("venued-log".to_owned()).spawn(move || {
            let mut output = output;
            let mut write = || write_out(&shared, &mut output, &report);
            // A batch that cannot be written must not silence all that come after it.
            while catch_unwind(AssertUnwindSafe(&mut write)).is_err() {}
        })?;
        let guard = LogGuard(Some(sink.clone()));
        Ok((sink, guard))
    }
}

impl<'a> MakeWriter<'a> for Sink {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> Self::Writer {
        self
    }
}

/// One write is one whole line: that is how the subscriber writes.
impl Write for &Sink {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let placed = self.0.lock().place(line);
        if placed == Placed::WakesTheWriter {
            self.0.work.notify_one();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Shared {
    /// A std lock: held for one copy of a line, or for an exchange of two buffers.
    fn lock(&self) -> MutexGuard<'_, Gathered> {
        // Each change leaves whole lines behind, so a poisoned lock still guards them.
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a first line, after a moment in which more are gathered if it has just written some.
    fn next(&self, after_others: bool, spare: Vec<u8>) -> Batch {
        let mut gathered = self.lock();
        if after_others {
            gathered.rest();
            let rests = |gathered: &mut Gathered| !gathered.is_urgent();
            let rested = self.work.wait_timeout_while(gathered, MOMENT, rests);
            gathered = rested.unwrap_or_else(PoisonError::into_inner).0;
        }
        gathered.sleep();
        let sleeps = |gathered: &mut Gathered| gathered.is_empty();
        let woken = self.work.wait_while(gathered, sleeps);
        woken.unwrap_or_else(PoisonError::into_inner).take(spare)
    }

    fn has_written(&self, asked: u64) {
        self.lock().note_written(asked);
        self.written.notify_all();
    }
}

fn write_out(shared: &Shared, mut output: impl Write, report: impl Fn(u64)) {
    let (mut after_others, mut spare) = (false, Vec::new());
    loop {
        let Batch { lines, lost, asked } = shared.next(after_others, mem::take(&mut spare));
        if lost > 0 {
            // Told only now that its own line has a place.
            report(lost);
        }
        if !lines.is_empty() {
            // A closed standard error leaves nobody to report.
            drop(output.write_all(&lines));
        }
        shared.has_written(asked);
        after_others = true;
        spare = lines;
    }
}

/// So long lines are gathered behind those that were just written.
const MOMENT: Duration = Duration::from_millis(5);

/// How long the end of the process waits for a reader.
const FLUSH_PATIENCE: Duration = Duration::from_millis(250);

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    /// An output that takes a batch only when the test lets it.
    struct Gate {
        asked: Sender<()>,
        open: Receiver<()>,
        taken: Sender<String>,
    }

    impl Write for Gate {
        fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
            self.asked.send(()).map_err(io::Error::other)?;
            self.open.recv().map_err(io::Error::other)?;
            self.taken.send(String::from_utf8_lossy(lines).into_owned()).unwrap();
            Ok(lines.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What the test holds of a gate.
    struct Keeper {
        asks: Receiver<()>,
        let_one: Sender<()>,
        batches: Receiver<String>,
    }

    fn gate() -> (Gate, Keeper) {
        let ((asked, asks), (let_one, open), (taken, batches)) = (channel(), channel(), channel());
        (Gate { asked, open, taken }, Keeper { asks, let_one, batches })
    }

    #[test]
    fn what_comes_while_others_are_written_is_written_together() {
        let (gate, keeper) = gate();
        let (sink, guard) = Sink::start(gate, |_| ()).unwrap();
        (&sink).write_all(b"first\n").unwrap();
        keeper.asks.recv().unwrap();
        for number in 0..100 {
            (&sink).write_all(format!("{number}\n").as_bytes()).unwrap();
        }
        keeper.let_one.send(()).unwrap();
        keeper.let_one.send(()).unwrap();
        assert_eq!(keeper.batches.recv().unwrap(), "first\n", "at once, and alone");
        let together: String = (0..100).map(|number| format!("{number}\n")).collect();
        assert_eq!(keeper.batches.recv().unwrap(), together, "in order, in one write");
        drop(guard);
    }

    #[test]
    fn an_output_that_takes_nothing_holds_up_nobody_and_what_was_lost_is_told() {
        let (gate, keeper) = gate();
        let (report, told) = channel();
        let (sink, guard) = Sink::start(gate, move |lines| report.send(lines).unwrap()).unwrap();
        (&sink).write_all(b"held up\n").unwrap();
        keeper.asks.recv().unwrap();
        let line = [b'x'; 1_000];
        let many = gathered::CAPACITY / line.len() + 10;
        for _ in 0..many {
            (&sink).write_all(&line).unwrap();
        }
        keeper.let_one.send(()).unwrap();
        keeper.let_one.send(()).unwrap();
        assert_eq!(keeper.batches.recv().unwrap(), "held up\n");
        let kept = keeper.batches.recv().unwrap().len() / line.len();
        assert_eq!(kept, gathered::CAPACITY / line.len());
        assert_eq!(told.recv().unwrap(), 10, "all others");
        drop(guard);
    }

    #[test]
    fn what_waits_is_written_before_the_end() {
        let (gate, keeper) = gate();
        let (sink, guard) = Sink::start(gate, |_| ()).unwrap();
        (&sink).write_all(b"the last word\n").unwrap();
        keeper.let_one.send(()).unwrap();
        drop(guard);
        assert_eq!(keeper.batches.try_recv().unwrap(), "the last word\n");
    }

    #[test]
    fn an_output_that_panics_loses_its_batch_and_no_other() {
        struct Faulty(Sender<String>);

        impl Write for Faulty {
            fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
                let text = String::from_utf8_lossy(lines).into_owned();
                assert!(text != "fault\n", "an output with a bug");
                self.0.send(text).unwrap();
                Ok(lines.len())
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }

        let (taken, batches) = channel();
        let (sink, guard) = Sink::start(Faulty(taken), |_| ()).unwrap();
        (&sink).write_all(b"before\n").unwrap();
        assert_eq!(batches.recv().unwrap(), "before\n");
        (&sink).write_all(b"fault\n").unwrap();
        while !sink.0.lock().is_empty() {
            thread::yield_now();
        }
        (&sink).write_all(b"after\n").unwrap();
        assert_eq!(batches.recv().unwrap(), "after\n");
        drop(guard);
    }
}
