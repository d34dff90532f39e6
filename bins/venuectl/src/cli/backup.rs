//! The command line of `venuectl backup`.

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum BackupCommand {
    /// Make a backup of the database now, and verify it; the daemon goes on meanwhile
    Create,
    /// List the backups that the daemon keeps, newest first
    List,
}
