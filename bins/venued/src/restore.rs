//! `venued verify` and `venued restore`: backups handled as files, without a running daemon.

use std::{
    env,
    fs::File,
    io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use snafu::{OptionExt, ResultExt, Snafu, ensure};
use tempfile::NamedTempFile;
use venue_domain::{StoreError, Timestamp, one_line};
use venue_queue::{LockError, StoreLock};

use crate::sealed::{self, Passphrase, SealError};

/// What `venued verify` is given.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The backup.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    opening: Opening,
    #[command(flatten)]
    output: Output,
}

/// How an encrypted backup is opened.
#[derive(Debug, Args)]
struct Opening {
    /// File with the passphrase, for a backup that left the machine (.age).
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

/// What `venued restore` is given.
#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    /// The backup.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The database to replace, as store.path in venued.toml names it.
    #[arg(long, value_name = "FILE", default_value = "/var/lib/venued/venue.db")]
    database: PathBuf,
    #[command(flatten)]
    opening: Opening,
    #[command(flatten)]
    output: Output,
}

#[derive(Clone, Copy, Debug, Args)]
struct Output {
    /// How to print the result.
    #[arg(short = 'o', long = "output", value_name = "FORMAT", default_value = "table")]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// One fact per line.
    Table,
    /// One JSON object.
    Json,
}

/// Why a backup was not verified or restored. Nothing was changed.
#[derive(Debug, Snafu)]
#[snafu(visibility(pub(crate)))]
#[non_exhaustive]
pub enum RestoreError {
    /// The backup cannot be read.
    #[snafu(display("cannot read {}", file.display()))]
    Read {
        /// The backup.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The backup is a folder or a device.
    #[snafu(display("{} is no file", file.display()))]
    NoFile {
        /// What was named.
        file: PathBuf,
    },
    /// The backup is encrypted.
    #[snafu(display(
        "{} is encrypted: give --passphrase-file with the passphrase that it was made with",
        file.display()
    ))]
    Sealed {
        /// The backup.
        file: PathBuf,
    },
    /// The backup cannot be decrypted.
    #[snafu(transparent)]
    Seal {
        /// Why.
        source: SealError,
    },
    /// There is no place for what is decrypted.
    #[snafu(display("cannot make a file in {}", folder.display()))]
    Temporary {
        /// Where.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is something else.
    #[snafu(display("{} is no database of venued", file.display()))]
    NoDatabase {
        /// What was named.
        file: PathBuf,
    },
    /// The backup is damaged.
    #[snafu(display("{} is no sound backup of a database", file.display()))]
    Unsound {
        /// The backup.
        file: PathBuf,
        /// Why.
        source: StoreError,
    },
    /// The folder of the database does not exist.
    #[snafu(display(
        "there is no folder {}: give --database as store.path in venued.toml names it; on a new installation start \
         venued once, which makes the folder",
        folder.display()
    ))]
    NoFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// The database is in use, or its lock cannot be taken.
    #[snafu(display("{}; stop venued first, and start it again afterwards", one_line(lock)))]
    Lock {
        /// Why.
        lock: LockError,
    },
    /// The backup cannot take the place of the database, which is as it was.
    #[snafu(display("cannot restore {} to {}", from.display(), database.display()))]
    Restore {
        /// The backup.
        from: PathBuf,
        /// The database.
        database: PathBuf,
        /// Why.
        source: StoreError,
    },
}

impl RestoreError {
    /// The codes of `venuectl`: 2 for a wrong argument, 3 for a file or folder that does not exist, 5 while venued
    /// uses the database, 1 otherwise.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Read { source, .. } if source.kind() == io::ErrorKind::NotFound => 3.into(),
            Self::NoFolder { .. } => 3.into(),
            Self::NoFile { .. } | Self::Sealed { .. } => 2.into(),
            Self::Seal { source: SealError::ReadPassphrase { source, .. } }
                if source.kind() == io::ErrorKind::NotFound =>
            {
                3.into()
            }
            Self::Seal { source: SealError::Short { .. } } => 2.into(),
            Self::Lock { lock: LockError::InUse { .. } } => 5.into(),
            Self::Read { .. }
            | Self::Seal { .. }
            | Self::Temporary { .. }
            | Self::NoDatabase { .. }
            | Self::Unsound { .. }
            | Self::Lock { .. }
            | Self::Restore { .. } => ExitCode::FAILURE,
        }
    }
}

/// Checks a backup, and answers with what to print.
pub(crate) fn verify(args: &VerifyArgs) -> Result<String, RestoreError> {
    let file = args.file.as_path();
    let opened = opened(file, &args.opening, &env::temp_dir())?;
    ensure_sound(opened.as_ref().map_or(file, NamedTempFile::path), file)?;
    let file = file.display().to_string();
    let document = json!({"file": file, "sound": true});
    Ok(printed(args.output, &document, &[("sound", &file)]))
}

/// Puts a backup in the place of the database, which is moved aside under a name with the time `now`, and answers with
/// what to print.
pub(crate) fn restore(args: &RestoreArgs, now: Timestamp) -> Result<String, RestoreError> {
    let (from, database) = (args.file.as_path(), args.database.as_path());
    ensure_file(from)?;
    let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    ensure!(folder.is_dir(), NoFolderSnafu { folder });
    // Beside the database: what is decrypted is as secret, and as large.
    let opened = opened(from, &args.opening, folder)?;
    let source = opened.as_ref().map_or(from, NamedTempFile::path);
    ensure_sound(source, from)?;
    // Held until the end, so that no daemon starts on half a database.
    let _lock = StoreLock::take(database).map_err(|lock| RestoreError::Lock { lock })?;
    let set_aside = venue_queue::restore_backup(source, database, now)
        .context(RestoreSnafu { from, database })?;
    let (database, from) = (database.display().to_string(), from.display().to_string());
    let set_aside = set_aside.map(|path| path.display().to_string());
    let document = json!({"database": database, "from": from, "set_aside": set_aside});
    let aside = set_aside.as_deref().unwrap_or("-");
    let facts = [("database", &*database), ("as of", &*from), ("set aside", aside)];
    Ok(printed(args.output, &document, &facts))
}

/// What an encrypted backup holds, in a file in `folder` that goes when it is dropped; `None` for one that is not
/// encrypted.
fn opened(
    file: &Path,
    opening: &Opening,
    folder: &Path,
) -> Result<Option<NamedTempFile>, RestoreError> {
    ensure_file(file)?;
    if !sealed::is_sealed(file) {
        return Ok(None);
    }
    let passphrase = opening.passphrase_file.as_deref().context(SealedSnafu { file })?;
    let passphrase = Passphrase::read(passphrase)?;
    let temporary = NamedTempFile::with_prefix_in(".venued-restore-", folder);
    let temporary = temporary.context(TemporarySnafu { folder })?;
    sealed::open(file, temporary.as_file(), temporary.path(), &passphrase)?;
    Ok(Some(temporary))
}

/// A mistyped name is told apart from a damaged backup.
fn ensure_file(file: &Path) -> Result<(), RestoreError> {
    let found = File::open(file).and_then(|open| open.metadata());
    let found = found.context(ReadSnafu { file })?;
    ensure!(found.is_file(), NoFileSnafu { file });
    Ok(())
}

/// Checks what is in `content`, which is the file itself or what was decrypted of it.
fn ensure_sound(content: &Path, file: &Path) -> Result<(), RestoreError> {
    let is_store = venue_queue::is_store(content).context(ReadSnafu { file })?;
    ensure!(is_store, NoDatabaseSnafu { file });
    venue_queue::verify(content).context(UnsoundSnafu { file })
}

fn printed(output: Output, document: &Value, facts: &[(&str, &str)]) -> String {
    match output.format {
        Format::Json => format!("{document}\n"),
        Format::Table => {
            let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
            facts.iter().map(|(name, value)| format!("{name:width$}  {value}\n")).collect()
        }
    }
}
