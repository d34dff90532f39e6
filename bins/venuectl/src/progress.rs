//! How far a batch is, shown while it is watched: a bar on a terminal, a line per change elsewhere.

use std::{
    fmt,
    io::{self, IsTerminal, Write},
};

use venue_api::BatchStatus;

use crate::format::{counts, harmless};

/// Tells, on stderr, how far a batch is.
pub(crate) struct Progress {
    talk: Option<Box<dyn Write>>,
    is_terminal: bool,
    /// What was shown last.
    shown: String,
    /// Whether the line on the terminal is not ended yet.
    is_open: bool,
}

impl Progress {
    /// Tells nothing if `quiet`.
    pub(crate) fn to_stderr(quiet: bool) -> Self {
        let stderr = io::stderr();
        let is_terminal = stderr.is_terminal();
        Self::new((!quiet).then(|| Box::new(stderr) as Box<dyn Write>), is_terminal)
    }

    const fn new(talk: Option<Box<dyn Write>>, is_terminal: bool) -> Self {
        Self { talk, is_terminal, shown: String::new(), is_open: false }
    }

    /// Tells how far `batch` is, if that is new.
    pub(crate) fn show(&mut self, batch: &BatchStatus) {
        let line = if self.is_terminal { bar(batch) } else { line(batch) };
        if line == self.shown {
            return;
        }
        if self.is_terminal {
            // A shorter line does not cover the rest of a longer one.
            let width = self.shown.chars().count();
            self.write(format_args!("\r{line:width$}"));
            self.is_open = true;
        } else {
            self.write(format_args!("venuectl: {line}\n"));
        }
        self.shown = line;
    }

    /// Prints `message` on a line of its own, if it differs from what was shown last.
    pub(crate) fn note(&mut self, message: &str) {
        let line: Vec<_> = message.lines().map(harmless).collect();
        let line = line.join("; ");
        if line != self.shown {
            self.end();
            self.write(format_args!("venuectl: {line}\n"));
            self.shown = line;
        }
    }

    /// Ends the line of a terminal, so that what follows stands on its own.
    pub(crate) fn end(&mut self) {
        if self.is_open {
            self.write(format_args!("\n"));
            self.is_open = false;
            self.shown.clear();
        }
    }

    /// Whether there is somebody to ask: both ends of the talk are a terminal.
    pub(crate) fn can_ask(&self) -> bool {
        self.talk.is_some() && self.is_terminal && io::stdin().is_terminal()
    }

    /// Asks on a line of its own and reads the answer; `None` if the input has ended.
    pub(crate) fn ask(&mut self, question: &str) -> Option<String> {
        self.end();
        self.write(format_args!("{question}"));
        self.shown.clear();
        let mut answer = String::new();
        let read = io::stdin().read_line(&mut answer).ok()?;
        (read > 0).then(|| answer.trim().to_lowercase())
    }

    fn write(&mut self, message: fmt::Arguments<'_>) {
        if let Some(talk) = &mut self.talk {
            // Without stderr there is nobody to inform; the exit code remains.
            let _told: io::Result<()> = talk.write_fmt(message).and_then(|()| talk.flush());
        }
    }
}

/// Such as `batch_1 [#####---------------]  1/4 ended: 1 delivered, 3 pending`.
fn bar(batch: &BatchStatus) -> String {
    let (ended, total) = (ended(batch), batch.total);
    let filled = ended.saturating_mul(BAR).checked_div(total).unwrap_or(BAR).min(BAR);
    let (done, open) = ("#".repeat(filled as usize), "-".repeat((BAR - filled) as usize));
    let id = harmless(&batch.batch_id);
    format!("{id} [{done}{open}]  {ended}/{total} ended: {}", counts(&batch.statuses))
}

/// Such as `batch_1: 1 of 4 ended: 1 delivered, 3 pending`.
fn line(batch: &BatchStatus) -> String {
    let id = harmless(&batch.batch_id);
    format!("{id}: {} of {} ended: {}", ended(batch), batch.total, counts(&batch.statuses))
}

const fn ended(batch: &BatchStatus) -> u64 {
    let open = batch.statuses.pending.saturating_add(batch.statuses.processing);
    batch.total.saturating_sub(open)
}

/// How many characters the whole bar has.
const BAR: u64 = 20;

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, rc::Rc};

    use super::*;
    use crate::format::tests::batch;
    use venue_api::StatusCounts;

    /// Keeps what is written.
    #[derive(Clone, Default)]
    struct Kept(Rc<RefCell<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn shown(is_terminal: bool, deeds: impl FnOnce(&mut Progress)) -> String {
        let kept = Kept::default();
        deeds(&mut Progress::new(Some(Box::new(kept.clone())), is_terminal));
        String::from_utf8(kept.0.take()).unwrap()
    }

    fn waiting() -> BatchStatus {
        batch(StatusCounts { pending: 3, completed: 1, ..StatusCounts::default() })
    }

    fn finished() -> BatchStatus {
        batch(StatusCounts { completed: 4, ..StatusCounts::default() })
    }

    #[test]
    fn a_terminal_gets_one_bar_that_is_written_over() {
        let shown = shown(true, |progress| {
            for batch in [waiting(), waiting(), finished()] {
                progress.show(&batch);
            }
            progress.end();
            progress.end();
        });
        let waiting = "batch_1 [#####---------------]  1/4 ended: 1 delivered, 3 pending";
        let finished = "batch_1 [####################]  4/4 ended: 4 delivered           ";
        assert_eq!(shown, format!("\r{waiting}\r{finished}\n"));
    }

    #[test]
    fn a_file_gets_a_line_for_each_change() {
        let shown = shown(false, |progress| {
            for batch in [waiting(), waiting(), finished()] {
                progress.show(&batch);
            }
            progress.end();
        });
        let lines = "venuectl: batch_1: 1 of 4 ended: 1 delivered, 3 pending\n\
                     venuectl: batch_1: 4 of 4 ended: 4 delivered\n";
        assert_eq!(shown, lines);
    }

    #[test]
    fn what_is_said_does_not_stand_in_the_bar_and_is_not_repeated() {
        let shown = shown(true, |progress| {
            progress.show(&waiting());
            progress.note("gone\ncheck \u{1b}[2J");
            progress.note("gone\ncheck \u{1b}[2J");
            progress.show(&finished());
        });
        let lines: Vec<_> = shown.lines().collect();
        assert_eq!(lines[1], "venuectl: gone; check �[2J");
        assert_eq!(lines.len(), 3, "{shown}");
    }

    #[test]
    fn a_quiet_watch_says_nothing_and_an_empty_batch_has_a_whole_bar() {
        let mut quiet = Progress::new(None, true);
        quiet.show(&finished());
        quiet.end();
        assert!(bar(&batch(StatusCounts::default())).starts_with("batch_1 [####################]"));
    }
}
