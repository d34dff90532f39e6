//! `venuectl backup`: backups that the daemon makes and keeps, to and from it.

use std::{io, path::Path, time::Duration};

use serde_json::json;
use snafu::{ResultExt, ensure};
use tempfile::NamedTempFile;
use venue_api::{Backup, BackupList, BackupRestored};

use super::venue;
use crate::{
    cli::BackupCommand,
    client::{Answer, Client},
    clock::Clock,
    error::{Failure, InputError, NamelessSnafu, UnconfirmedSnafu, WriteSnafu},
    output::Report,
    query::encoded,
    table,
};

/// A copy takes as long as the database is large; no disk takes so long.
const LONGEST_COPY: Duration = Duration::from_secs(60 * 60);

pub(super) async fn run(client: &Client, command: &BackupCommand) -> Result<Report, Failure> {
    let patient = client.patient(LONGEST_COPY);
    match command {
        BackupCommand::Create => {
            let Answer { document, value } =
                patient.post_empty::<Backup>("/api/v1/backups").await?;
            Ok(Report {
                document,
                table: shown([value], venue::shown_clock(client).await),
                warning: None,
            })
        }
        BackupCommand::List => {
            let Answer { document, value } = client.get::<BackupList>("/api/v1/backups").await?;
            Ok(Report {
                document,
                table: shown(value.items, venue::shown_clock(client).await),
                warning: None,
            })
        }
        BackupCommand::Download { name, file } => {
            download(&patient, name, file.as_deref().unwrap_or_else(|| Path::new(name))).await
        }
        BackupCommand::Upload { file, name } => {
            let name = match name {
                Some(name) => name.clone(),
                None => name_of(file)?,
            };
            let path = format!("/api/v1/backups/{}", encoded(&name));
            let Answer { document, value } = patient.upload::<Backup>(&path, file).await?;
            Ok(Report {
                document,
                table: shown([value], venue::shown_clock(client).await),
                warning: None,
            })
        }
        BackupCommand::Restore { name, yes } => restore(&patient, name, *yes).await,
    }
}

async fn restore(client: &Client, name: &str, yes: bool) -> Result<Report, Failure> {
    if !yes {
        let what =
            "the backup takes the place of the database, and nothing that waited in it is sent";
        return Ok(UnconfirmedSnafu { what }.fail()?);
    }
    let path = format!("/api/v1/backups/{}/restore", encoded(name));
    let Answer { document, value } = client.post_empty::<BackupRestored>(&path).await?;
    let aside = value.set_aside.unwrap_or_else(|| "-".to_owned());
    let table = table::rows(["RESTORED", "SET ASIDE"], [[value.name, aside]]);
    Ok(Report { document, table, warning: None })
}

/// The file appears whole or not at all, takes the place of none, and nobody else can read it.
async fn download(client: &Client, name: &str, to: &Path) -> Result<Report, Failure> {
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    if to.exists() {
        let exists = io::Error::from(io::ErrorKind::AlreadyExists);
        return Err(exists).context(WriteSnafu { path: to })?;
    }
    let temporary = NamedTempFile::with_prefix_in(".venuectl-", folder);
    let mut temporary = temporary.context(WriteSnafu { path: to })?;
    let path = format!("/api/v1/backups/{}", encoded(name));
    let bytes = client.download(&path, temporary.as_file_mut(), to).await?;
    temporary.as_file().sync_all().context(WriteSnafu { path: to })?;
    let kept = temporary.persist_noclobber(to).map_err(|error| error.error);
    kept.context(WriteSnafu { path: to })?;
    let document = json!({"name": name, "file": to.display().to_string(), "bytes": bytes});
    let size = format!("{} KiB", bytes.div_ceil(1024));
    let row = [name.to_owned(), to.display().to_string(), size];
    let table = table::rows(["NAME", "FILE", "SIZE"], [row]);
    Ok(Report { document: document.to_string().into(), table, warning: None })
}

/// `uploaded-` and the name of the file, in the letters that a backup may have. A name with none of them would be
/// the same for every such file: then the person has to give one.
fn name_of(file: &Path) -> Result<String, InputError> {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let stem = stem.strip_prefix("uploaded-").unwrap_or(&stem);
    ensure!(stem.chars().any(|c| c.is_ascii_alphanumeric()), NamelessSnafu { file });
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
    let stem: String = stem.chars().take(64).map(plain).collect();
    Ok(format!("uploaded-{stem}.db"))
}

fn shown(backups: impl IntoIterator<Item = Backup>, clock: &Clock) -> String {
    let row = |backup: Backup| {
        let size = format!("{} KiB", backup.bytes.div_ceil(1024));
        let uploaded = backup.uploaded_at.map_or_else(|| "-".to_owned(), |at| clock.seconds(at));
        [backup.name, clock.seconds(backup.made_at), size, backup.place.to_string(), uploaded]
    };
    let head = ["NAME", "MADE", "SIZE", "PLACE", "UPLOADED"];
    table::rows(head, backups.into_iter().map(row))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upload_is_named_after_its_file() {
        for (file, name) in [
            ("copies/venue-001790000000250.db", "uploaded-venue-001790000000250.db"),
            ("Oak, of May.sqlite", "uploaded-Oak--of-May.db"),
            ("uploaded-a.db", "uploaded-a.db"),
        ] {
            assert_eq!(name_of(Path::new(file)).unwrap(), name);
        }
        // Each of these would be called uploaded--.db.
        for file in ["..db", "ü.db", "/backups/-.db", ".."] {
            let told = name_of(Path::new(file)).unwrap_err().to_string();
            assert!(told.contains("--name uploaded-NAME.db"), "{file}: {told}");
        }
    }
}
