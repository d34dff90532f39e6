//! `venuectl backup`: backups that the daemon makes and keeps.

use std::time::Duration;

use venue_api::{Backup, BackupList};

use super::venue;
use crate::{
    cli::BackupCommand,
    client::{Answer, Client},
    clock::Clock,
    error::Failure,
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
    }
}

fn shown(backups: impl IntoIterator<Item = Backup>, clock: &Clock) -> String {
    let row = |backup: Backup| {
        let size = format!("{} KiB", backup.bytes.div_ceil(1024));
        [backup.name, clock.seconds(backup.made_at), size]
    };
    table::rows(["NAME", "MADE", "SIZE"], backups.into_iter().map(row))
}
