//! Which of the options that every command has are meant, where several are given.

use clap::{ArgMatches, CommandFactory, Error, error::ErrorKind, parser::ValueSource};

use super::{Cli, Global, groups::REDRAW};

impl Global {
    /// Leaves out what something nearer overrules: of server and context the one on the command line counts. For
    /// `context` itself only the command line says what is set.
    ///
    /// # Errors
    /// Both are given in the same way.
    pub(super) fn settle(&mut self, matches: &ArgMatches, is_set: bool) -> Result<(), Error> {
        let mut leaf = matches;
        while let Some((_, inner)) = leaf.subcommand() {
            leaf = inner;
        }
        self.is_watched = matches!(leaf.try_get_one::<bool>(REDRAW), Ok(Some(true)));
        let typed = |name: &str| matches.value_source(name) == Some(ValueSource::CommandLine);
        if is_set {
            self.server = self.server.take().filter(|_| typed("server"));
            self.token_file = self.token_file.take().filter(|_| typed("token_file"));
            self.ca = self.ca.take().filter(|_| typed("ca"));
            return Ok(());
        }
        if self.server.is_none() || self.context.is_none() {
            return Ok(());
        }
        match (typed("server"), typed("context")) {
            (true, false) => self.context = None,
            (false, true) => {
                // What goes with the other server in the environment is not for this one.
                self.server = None;
                self.token_file = self.token_file.take().filter(|_| typed("token_file"));
                self.ca = self.ca.take().filter(|_| typed("ca"));
            }
            (true, true) | (false, false) => {
                let told =
                    "give --server or --context (or VENUECTL_SERVER or VENUECTL_CONTEXT), not both";
                return Err(Cli::command().error(ErrorKind::ArgumentConflict, told));
            }
        }
        Ok(())
    }
}
