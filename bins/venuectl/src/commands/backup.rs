//! `venuectl backup`: copies of the daemon's database, with the daemon and without it.

use std::{
    fs::File,
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use hyper::body::Bytes;
use serde::Serialize;
use snafu::{ResultExt, ensure};
use venue_api::{Backup, BackupList};
use venue_domain::Timestamp;
use venue_queue::StoreLock;

use crate::{
    cli::BackupCommand,
    client::{Answer, Client},
    error::{
        Failure, FileSnafu, LockSnafu, NoFileSnafu, NoFolderSnafu, RequestBodySnafu, RestoreSnafu,
        VerifySnafu,
    },
    format::seconds,
    output::Report,
    table,
};

/// A copy takes as long as the database is large; no disk takes so long.
const LONGEST_COPY: Duration = Duration::from_secs(60 * 60);

pub(super) async fn run(client: &Client, command: &BackupCommand) -> Result<Report, Failure> {
    match command {
        BackupCommand::Create => {
            let patient = client.patient(LONGEST_COPY);
            let Answer { document, value } =
                patient.post_empty::<Backup>("/api/v1/backups").await?;
            Ok(Report { document, table: shown([value]), warning: None })
        }
        BackupCommand::List => {
            let Answer { document, value } = client.get::<BackupList>("/api/v1/backups").await?;
            Ok(Report { document, table: shown(value.items), warning: None })
        }
        BackupCommand::Verify { file } => verify(file),
        BackupCommand::Restore { file, database } => restore(file, database),
    }
}

fn shown(backups: impl IntoIterator<Item = Backup>) -> String {
    let row = |backup: Backup| {
        let size = format!("{} KiB", backup.bytes.div_ceil(1024));
        [backup.name, seconds(backup.made_at).to_string(), size]
    };
    table::rows(["NAME", "MADE", "SIZE"], backups.into_iter().map(row))
}

/// What was done here, as a document.
#[derive(Debug, Serialize)]
struct Verified<'a> {
    file: &'a Path,
    sound: bool,
}

/// A name that is mistyped is no copy that is damaged.
fn ensure_readable(file: &Path) -> Result<(), Failure> {
    let found = File::open(file).and_then(|open| open.metadata());
    let found = found.context(FileSnafu { path: file })?;
    ensure!(found.is_file(), NoFileSnafu { file });
    Ok(())
}

fn verify(file: &Path) -> Result<Report, Failure> {
    ensure_readable(file)?;
    venue_queue::verify(file).context(VerifySnafu { file })?;
    report(&Verified { file, sound: true }, [("sound", file.display().to_string())])
}

#[derive(Debug, Serialize)]
struct Restored<'a> {
    database: &'a Path,
    from: &'a Path,
    set_aside: Option<PathBuf>,
}

fn restore(from: &Path, database: &Path) -> Result<Report, Failure> {
    ensure_readable(from)?;
    venue_queue::verify(from).context(VerifySnafu { file: from })?;
    let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    ensure!(folder.is_dir(), NoFolderSnafu { folder });
    // Held until it is done: a daemon that starts meanwhile waits.
    let _lock = StoreLock::take(database).context(LockSnafu)?;
    let set_aside = venue_queue::restore_backup(from, database, now())
        .context(RestoreSnafu { from, database })?;
    let told = set_aside.as_ref().map_or_else(|| "-".to_owned(), |path| path.display().to_string());
    let facts = [
        ("database", database.display().to_string()),
        ("as of", from.display().to_string()),
        ("set aside", told),
    ];
    report(&Restored { database, from, set_aside }, facts)
}

fn report<const N: usize>(
    document: &impl Serialize,
    facts: [(&str, String); N],
) -> Result<Report, Failure> {
    let document = serde_json::to_vec(document).context(RequestBodySnafu)?;
    Ok(Report { document: Bytes::from(document), table: table::facts(facts), warning: None })
}

fn now() -> Timestamp {
    let ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    Timestamp::from_unix_ms(i64::try_from(ms).unwrap_or(i64::MAX))
}
