//! `venuectl venue`: its name, its time zone, and what its clock shows.

use std::{collections::BTreeSet, time::Duration};

use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};
use venue_api::{UtcTime, Venue};

use crate::{
    cli::{HolidayCommand, HolidayDates, VenueCommand, VenueSettings},
    client::{Answer, Client},
    clock::Clock,
    error::Failure,
    format::or_none,
    output::Report,
    table,
};

const PATH: &str = "/api/v1/venue";

pub(super) async fn run(client: &Client, command: &VenueCommand) -> Result<Report, Failure> {
    let answer = match command {
        VenueCommand::Show => client.get(PATH).await?,
        VenueCommand::Set(settings) => client.patch(PATH, None, &patch(settings)).await?,
        VenueCommand::Holidays(command) => return holidays(client, command).await,
    };
    Ok(shown(answer))
}

async fn holidays(client: &Client, command: &HolidayCommand) -> Result<Report, Failure> {
    let found = client.get::<Venue>(PATH).await?;
    let mut all: BTreeSet<String> = found.value.holidays.iter().cloned().collect();
    let answer = match command {
        HolidayCommand::List => found,
        HolidayCommand::Add(HolidayDates { dates }) => {
            all.extend(dates.iter().map(ToString::to_string));
            client.patch(PATH, None, &json!({"holidays": all})).await?
        }
        HolidayCommand::Remove(HolidayDates { dates }) => {
            all.retain(|day| !dates.iter().any(|gone| gone.to_string() == *day));
            client.patch(PATH, None, &json!({"holidays": all})).await?
        }
    };
    let Answer { document, value } = answer;
    let table = table::rows(["DATE"], value.holidays.into_iter().map(|day| [day]));
    Ok(Report { document, table, warning: None })
}

fn patch(VenueSettings { name, tz }: &VenueSettings) -> Map<String, Value> {
    // A merge patch takes a field away with null.
    let value = |text: &String| Some(text).filter(|text| !text.is_empty()).cloned().into();
    let fields = [("name", name), ("time_zone", tz)];
    let given = fields.iter().filter_map(|(field, text)| Some((*field, text.as_ref()?)));
    given.map(|(field, text)| (field.to_owned(), value(text))).collect()
}

fn shown(Answer { document, value }: Answer<Venue>) -> Report {
    let of_machine = if value.is_machine_time_zone { " (of the daemon's machine)" } else { "" };
    let table = table::facts([
        ("name", or_none(value.name.as_deref())),
        ("time zone", format!("{}{of_machine}", value.time_zone)),
        ("clock", value.local.replace('T', " ")),
    ]);
    Report { document, table, warning: None }
}

/// The clock of the venue: its zone, and the time that it shows.
#[derive(Debug)]
pub(super) struct VenueClock {
    pub(super) zone: TimeZone,
    pub(super) now: UtcTime,
}

/// Asks for the clock of the venue.
///
/// # Errors
/// [`Failure`]: the daemon's own, or that it cannot be asked.
///
/// # Cancel safety
/// Safe: it only reads.
pub(super) async fn clock(client: &Client) -> Result<VenueClock, Failure> {
    let venue = client.get::<Venue>(PATH).await?.value;
    // Names a zone of newer data than this machine's: then its own clock is the best there is.
    let zone = TimeZone::get(&venue.time_zone).unwrap_or_else(|_| TimeZone::system());
    Ok(VenueClock { zone, now: venue.now })
}

/// The clock by which times are shown: for people that of the venue, which is asked for once. Where it is not known, and
/// for programs, it is UTC.
///
/// # Cancel safety
/// Safe: it only reads.
pub(super) async fn shown_clock(client: &Client) -> &Clock {
    let view = client.view();
    if let Some(known) = view.known_clock() {
        return known;
    }
    let mut shown = Clock::default();
    if view.is_table() {
        // What was asked for is there; a daemon that is busy now does not hold it back.
        let venue = client.impatient(PATIENCE).get::<Venue>(PATH).await;
        let zone = venue.ok().and_then(|venue| TimeZone::get(&venue.value.time_zone).ok());
        shown = zone.map(Clock::of).unwrap_or_default();
    }
    view.keep_clock(shown)
}

const PATIENCE: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_empty_text_takes_a_field_away_and_what_is_not_given_stays() {
        let settings = |name: Option<&str>, tz: Option<&str>| VenueSettings {
            name: name.map(str::to_owned),
            tz: tz.map(str::to_owned),
        };
        let patch = |name, tz| Value::from(patch(&settings(name, tz)));
        assert_eq!(patch(Some("The Oak"), None), json!({"name": "The Oak"}));
        assert_eq!(patch(None, Some("")), json!({"time_zone": null}));
    }
}
