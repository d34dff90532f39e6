//! `venuectl maintenance`: boards and zones that somebody works on.

use jiff::Timestamp;
use snafu::OptionExt;
use venue_api::{Maintenance, MaintenanceBody, MaintenanceEnded, MaintenanceList, MaintenanceSet};
use venue_registry::MaintenanceTarget;

use super::venue::{self, VenueClock};
use crate::{
    cli::{MaintenanceCommand, NewMaintenance},
    client::Client,
    clock::Clock,
    error::{Failure, LateSnafu},
    format::or_none,
    output::Report,
    table,
};

pub(super) async fn run(client: &Client, command: &MaintenanceCommand) -> Result<Report, Failure> {
    match command {
        MaintenanceCommand::List => {
            let answer = client.get::<MaintenanceList>("/api/v1/maintenance").await?;
            let clock = venue::shown_clock(client).await;
            let rows = answer.value.items.iter().map(|one| row(one, clock));
            let table = table::rows(["MAINTENANCE", "BY", "UNTIL", "REASON"], rows);
            Ok(Report { document: answer.document, table, warning: None })
        }
        MaintenanceCommand::Begin(new) => begin(client, new).await,
        MaintenanceCommand::End(arg) => {
            let answer = client.remove::<MaintenanceEnded>(&path(&arg.target), None).await?;
            let row = [answer.value.id.clone(), "ended".to_owned()];
            let table = table::rows(["MAINTENANCE", "RESULT"], [row]);
            Ok(Report { document: answer.document, table, warning: None })
        }
    }
}

async fn begin(client: &Client, new: &NewMaintenance) -> Result<Report, Failure> {
    let VenueClock { zone, now } = venue::clock(client).await?;
    let now = Timestamp::from_millisecond(now.0.unix_ms()).unwrap_or(Timestamp::MAX);
    let until = new.until.as_ref().map(|until| until.instant(now, &zone).context(LateSnafu));
    let body = MaintenanceBody { until: until.transpose()?, reason: new.reason.clone() };
    let target = &new.maintained.target;
    let answer = client.put::<_, MaintenanceSet>(&path(target), &body).await?;
    let MaintenanceSet { maintenance, boards, .. } = &answer.value;
    let [id, by, until, reason] = row(maintenance, venue::shown_clock(client).await);
    // A zone may have none that serves nothing else.
    let boards = if boards.is_empty() { "none".to_owned() } else { boards.join(", ") };
    let table = table::rows(
        ["MAINTENANCE", "BY", "UNTIL", "REASON", "BOARDS WITHOUT ALERTS"],
        [[id, by, until, reason, boards]],
    );
    Ok(Report { document: answer.document, table, warning: None })
}

fn path(target: &MaintenanceTarget) -> String {
    format!("/api/v1/maintenance/{target}")
}

fn row(one: &Maintenance, clock: &Clock) -> [String; 4] {
    [
        one.id.clone(),
        or_none(one.by.as_deref()),
        one.until.map_or_else(|| "it is ended".to_owned(), |until| clock.seconds(until)),
        or_none(one.reason.as_deref()),
    ]
}
