//! `venuectl agenda`: what the schedules do next.

use venue_api::{Agenda, AgendaItem, OccurrenceKind};

use super::{schedule::skip_word, venue};
use crate::{
    cli::AgendaArgs,
    client::{Answer, Client},
    error::Failure,
    format::or_none,
    output::Report,
    table,
};

pub(super) async fn run(client: &Client, args: &AgendaArgs) -> Result<Report, Failure> {
    let path = format!("/api/v1/agenda?days={}", args.days);
    let Answer { document, value } = client.get::<Agenda>(&path).await?;
    let header = ["LOCAL", "ZONE", "SCHEDULE", "TVS", "DOES", "PUT BACK", "BY", ""];
    let mut table = table::rows(header, value.items.iter().map(row));
    if value.items.is_empty() {
        let clock = venue::shown_clock(client).await;
        table = format!("nothing is planned up to {}\n", clock.seconds(value.until));
    }
    Ok(Report { document, table, warning: None })
}

fn row(item: &AgendaItem) -> [String; 8] {
    let does = match item.kind {
        OccurrenceKind::Run => item.steps.join(", "),
        OccurrenceKind::PutBack => "put back".to_owned(),
    };
    let until = item.put_back.as_ref().filter(|_| item.kind == OccurrenceKind::Run);
    let mark = match (item.paused, item.skip_reason) {
        (true, _) => "paused",
        (false, Some(why)) => skip_word(why),
        (false, None) => "",
    };
    [
        item.local.clone(),
        item.zone.clone(),
        item.schedule.clone(),
        item.selectors.join(", "),
        does,
        or_none(until.map(|until| until.local.as_str())),
        or_none(item.made_by.as_deref()),
        mark.to_owned(),
    ]
}
