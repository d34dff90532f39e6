//! Questions in a terminal, and the answers that flags give.

use std::{
    fs,
    io::{self, BufRead, IsTerminal, Write},
    path::Path,
};

use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use snafu::{OptionExt, ResultExt, ensure};

use super::error::{EndedSnafu, MissingSnafu, ReadingSnafu, SetupError};

/// Where answers come from, and where the questions go.
pub(super) struct Input<'a> {
    lines: Box<dyn BufRead + 'a>,
    shown: Box<dyn Write + 'a>,
    /// Whether somebody can be asked.
    asks: bool,
}

impl<'a> Input<'a> {
    /// Of the terminal; with `is_quiet` nothing is asked there.
    pub(super) fn terminal(is_quiet: bool) -> Input<'static> {
        let asks = !is_quiet && io::stdin().is_terminal();
        Input { lines: Box::new(io::stdin().lock()), shown: Box::new(io::stderr()), asks }
    }

    /// Of a test.
    #[cfg(test)]
    pub(super) fn of(answers: &'a str, shown: &'a mut Vec<u8>, asks: bool) -> Self {
        Self { lines: Box::new(answers.as_bytes()), shown: Box::new(shown), asks }
    }

    fn line(&mut self) -> Result<String, SetupError> {
        let mut line = String::new();
        let read = self.lines.read_line(&mut line);
        let count = read.context(ReadingSnafu { what: "the answer" })?;
        ensure!(count > 0, EndedSnafu);
        Ok(line.trim_end_matches(['\n', '\r']).to_owned())
    }

    fn show(&mut self, text: &str) {
        // Whoever cannot see the question does not answer it.
        let _shown = self.shown.write_all(text.as_bytes()).and_then(|()| self.shown.flush());
    }
}

/// Asks one thing after the other.
pub(super) struct Questions<'q, 'a> {
    pub(super) input: &'q mut Input<'a>,
}

impl Questions<'_, '_> {
    /// What was given with `flag`, what is answered, or what is usual.
    pub(super) fn text(
        &mut self,
        given: Option<&str>,
        flag: &'static str,
        asked: &str,
        usual: Option<&str>,
    ) -> Result<String, SetupError> {
        if let Some(given) = given {
            return Ok(given.trim().to_owned());
        }
        if !self.input.asks {
            return usual.map(str::to_owned).context(MissingSnafu { flag });
        }
        loop {
            let hint = usual.filter(|usual| !usual.is_empty());
            let hint = hint.map(|usual| format!(" [{usual}]")).unwrap_or_default();
            self.input.show(&format!("{asked}{hint}: "));
            let line = self.input.line()?;
            match (line.trim(), usual) {
                ("", Some(usual)) => return Ok(usual.to_owned()),
                ("", None) => {}
                (text, _) => return Ok(text.to_owned()),
            }
        }
    }

    /// A secret: of a file, of a line of stdin, or typed twice where nobody sees it; again until `read` takes it.
    pub(super) fn secret<T>(
        &mut self,
        file: Option<&Path>,
        flag: &'static str,
        asked: &str,
        read: impl Fn(&str) -> Result<T, SetupError>,
    ) -> Result<T, SetupError> {
        if let Some(file) = file {
            let text = match file == Path::new("-") {
                true => self.input.line()?,
                false => {
                    let text = fs::read_to_string(file);
                    text.context(ReadingSnafu { what: file.display().to_string() })?
                }
            };
            return read(text.trim_end_matches(['\n', '\r']));
        }
        ensure!(self.input.asks, MissingSnafu { flag });
        loop {
            let first = self.hidden(&format!("{asked}: "))?;
            let value = match read(&first) {
                Ok(value) => value,
                Err(error) => {
                    self.input.show(&format!("{error}\n"));
                    continue;
                }
            };
            if self.hidden("The same again: ")? == first {
                return Ok(value);
            }
            self.input.show("They are not the same.\n");
        }
    }

    fn hidden(&mut self, asked: &str) -> Result<String, SetupError> {
        self.input.show(asked);
        let hidden = Hidden::begin();
        let line = self.input.line();
        if hidden.is_some() {
            self.input.show("\n");
        }
        line
    }
}

/// The terminal while it does not show what is typed; shows it again when it is dropped.
struct Hidden(rustix::termios::Termios);

impl Hidden {
    /// Nothing where stdin is no terminal.
    fn begin() -> Option<Self> {
        let before = tcgetattr(io::stdin()).ok()?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Flush, &quiet).ok()?;
        Some(Self(before))
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        let _shown = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}
