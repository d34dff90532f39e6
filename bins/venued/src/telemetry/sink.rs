//! Log lines, written by a thread of their own.
//!
//! Whoever reads standard error may stop reading (a pager, a collector that hangs), and then a
//! write waits for as long as that lasts. No command and no stop may wait with it: lines wait in a
//! bounded queue, and what finds no place there is counted and told later.

use std::{
    fmt, io,
    io::Write,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, TryRecvError, sync_channel},
    },
    thread,
    time::Duration,
};

use tracing_subscriber::fmt::MakeWriter;

/// Takes lines without ever waiting.
#[derive(Clone, Debug)]
pub(super) struct Sink {
    lines: SyncSender<Entry>,
    lost: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Entry {
    Line(Vec<u8>),
    /// Everything before this has been written.
    Flushed(SyncSender<()>),
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
        let Some(sink) = &self.0 else { return };
        let (flushed, done) = sync_channel(1);
        if sink.lines.try_send(Entry::Flushed(flushed)).is_ok() {
            // Too late or never: then nobody reads.
            let _in_time = done.recv_timeout(FLUSH_PATIENCE);
        }
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
        let (lines, queue) = sync_channel(CAPACITY);
        let sink = Self { lines, lost: Arc::default() };
        let lost = Arc::clone(&sink.lost);
        // Ends with the process: it may be waiting for a reader who never comes back.
        thread::Builder::new().name("venued-log".to_owned()).spawn(move || {
            let mut output = output;
            let mut write = || write_out(&queue, &lost, &mut output, &report);
            // A line that cannot be written must not silence all that come after it.
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
        if self.lines.try_send(Entry::Line(line.to_vec())).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write_out(
    queue: &Receiver<Entry>,
    lost: &AtomicU64,
    mut output: impl Write,
    report: impl Fn(u64),
) {
    loop {
        let entry = match queue.try_recv() {
            Ok(entry) => entry,
            Err(TryRecvError::Disconnected) => return,
            Err(TryRecvError::Empty) => {
                // Told only now that its own line has a place.
                let lines = lost.swap(0, Ordering::Relaxed);
                if lines > 0 {
                    report(lines);
                }
                match queue.recv() {
                    Ok(entry) => entry,
                    Err(_) => return,
                }
            }
        };
        match entry {
            // A closed standard error leaves nobody to report.
            Entry::Line(line) => drop(output.write_all(&line)),
            Entry::Flushed(done) => drop(done.send(())),
        }
    }
}

/// A line has some 300 bytes.
const CAPACITY: usize = 1024;

/// How long the end of the process waits for a reader.
const FLUSH_PATIENCE: Duration = Duration::from_millis(250);

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};

    use super::*;

    /// An output that takes a line only when the test lets it.
    struct Gate {
        open: Receiver<()>,
        taken: Sender<String>,
    }

    impl Write for Gate {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            self.open.recv().map_err(io::Error::other)?;
            self.taken.send(String::from_utf8_lossy(line).into_owned()).unwrap();
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_output_that_takes_nothing_holds_up_nobody_and_what_was_lost_is_told() {
        let ((let_one, open), (taken, lines), (report, told)) = (channel(), channel(), channel());
        let gate = Gate { open, taken };
        let (sink, guard) = Sink::start(gate, move |lines| report.send(lines).unwrap()).unwrap();
        let many = CAPACITY + 10;
        for number in 0..many {
            (&sink).write_all(format!("{number}\n").as_bytes()).unwrap();
        }
        // One line may have left the queue for the output already.
        let placed = many - usize::try_from(sink.lost.load(Ordering::Relaxed)).unwrap();
        assert!((CAPACITY..=CAPACITY + 1).contains(&placed), "{placed} lines have found a place");
        for number in 0..CAPACITY {
            let_one.send(()).unwrap();
            assert_eq!(lines.recv().unwrap(), format!("{number}\n"));
        }
        let_one.send(()).unwrap();
        let lost = told.recv().unwrap();
        assert!((9..=10).contains(&lost), "{lost} lines were lost");
        drop(guard);
    }

    #[test]
    fn what_waits_is_written_before_the_end() {
        let ((let_one, open), (taken, lines)) = (channel(), channel());
        let (sink, guard) = Sink::start(Gate { open, taken }, |_| ()).unwrap();
        (&sink).write_all(b"the last word\n").unwrap();
        let_one.send(()).unwrap();
        drop(guard);
        assert_eq!(lines.try_recv().unwrap(), "the last word\n");
    }
}
