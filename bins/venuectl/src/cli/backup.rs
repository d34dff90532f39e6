//! The command line of `venuectl backup`.

use std::path::PathBuf;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum BackupCommand {
    /// Make a backup of the database now, and verify it; the daemon goes on meanwhile
    Create,
    /// List the backups that the daemon keeps, newest first
    List,
    /// Fetch a backup; it holds keys, so the file is for you alone
    Download {
        /// The backup, as the list names it
        name: String,
        /// Where to; it must not exist yet [default: NAME in this folder]
        file: Option<PathBuf>,
    },
    /// Bring a backup to the daemon, which opens and checks it before it is kept
    Upload {
        /// The file
        file: PathBuf,
        /// Under which name: uploaded-NAME.db [default: after the file]
        #[arg(long)]
        name: Option<String>,
    },
    /// Put a backup in the place of the database, while that cannot be used (direct-only mode)
    Restore {
        /// The backup, as the list names it
        name: String,
        /// Confirm: the database is set aside, and nothing that waited in the backup is sent
        #[arg(long)]
        yes: bool,
    },
}
