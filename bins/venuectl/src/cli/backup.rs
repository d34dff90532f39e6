//! The command line of `venuectl backup`.

use std::path::PathBuf;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum BackupCommand {
    /// Have the daemon copy its database now, verified; while it is in use
    Create,
    /// List the copies that the daemon keeps, the newest first
    List,
    /// Check a copy, here and without the daemon
    Verify {
        /// The copy
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Go back to a copy, here and while venued does not run; the database is set aside, not lost
    ///
    /// What waits in the copy is not sent: it is older than what was done since. Schedules for later
    /// stay.
    Restore {
        /// The copy
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The database, as store.path in venued.toml names it
        #[arg(long, value_name = "FILE", default_value = "/var/lib/venued/venue.db")]
        database: PathBuf,
    },
}
