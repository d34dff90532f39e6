//! What makes a schedule fire: one instant, or a recurrence.

use snafu::{OptionExt, ResultExt, Snafu, ensure};
use venue_domain::Timestamp;

use crate::{
    LocalTime, LocalTimeError, Occurrence, Recurrence, RecurrenceError, UnknownZone, Zone,
    zone::{instant, timestamp},
};

/// When a schedule fires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// Once.
    Once {
        /// The instant.
        at: Timestamp,
        /// The zone in which it was given and is shown; UTC if it was given with an offset.
        zone: Option<Zone>,
    },
    /// Again and again.
    Cron(Recurrence),
}

/// Why this is no trigger.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[non_exhaustive]
pub enum TriggerError {
    /// Neither `at` nor `cron`.
    #[snafu(display("give cron, or at for a schedule that fires once"))]
    Neither,
    /// Both `at` and `cron`.
    #[snafu(display("a schedule has cron or at, not both: remove one of them"))]
    Both,
    /// A pattern without its zone.
    #[snafu(display("a cron pattern needs a time zone such as Australia/Sydney"))]
    NoZone,
    /// The pattern or its zone is wrong.
    #[snafu(transparent)]
    Recurrence {
        /// What is wrong.
        source: RecurrenceError,
    },
    /// The zone of `at` is wrong.
    #[snafu(transparent)]
    Zone {
        /// The name that was given.
        source: UnknownZone,
    },
    /// `at` is neither an instant nor a local time.
    #[snafu(display("with an offset it would be 2027-03-28T02:30+11:00"))]
    At {
        /// Why it is no local time either.
        source: LocalTimeError,
    },
    /// A local time without the zone that would make it an instant.
    #[snafu(display("{local} has no offset: add one such as +11:00, or name a time zone"))]
    Offset {
        /// The local time.
        local: LocalTime,
    },
    /// An instant with an offset, and a zone that would say it twice.
    #[snafu(display("the time already has an offset: leave out the time zone"))]
    Twice,
    /// Beyond the calendar.
    #[snafu(display("{local} is beyond the calendar"))]
    Beyond {
        /// The local time.
        local: LocalTime,
    },
}

impl TriggerError {
    /// The field of a configuration or request that the error is about.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Neither | Self::Both => "cron",
            Self::Recurrence { source } => source.field(),
            Self::NoZone | Self::Zone { .. } | Self::Twice => "zone",
            Self::At { .. } | Self::Offset { .. } | Self::Beyond { .. } => "at",
        }
    }
}

impl Trigger {
    /// Reads the trigger from what is given of its three fields.
    ///
    /// # Errors
    /// [`TriggerError`] names the field and what would be right.
    pub fn parse(
        at: Option<&str>,
        cron: Option<&str>,
        zone: Option<&str>,
    ) -> Result<Self, TriggerError> {
        match (at, cron) {
            (Some(at), None) => parse_at(at, zone),
            (None, Some(cron)) => {
                let zone = zone.context(NoZoneSnafu)?;
                Ok(Self::Cron(Recurrence::parse(cron, zone)?))
            }
            (None, None) => NeitherSnafu.fail(),
            (Some(_), Some(_)) => BothSnafu.fail(),
        }
    }

    /// The first occurrence after an instant. `None` for [`Trigger::Once`] says that it is over: a
    /// service refuses to create a schedule that is.
    #[must_use]
    pub fn next_after(&self, after: Timestamp) -> Option<Occurrence> {
        match self {
            Self::Once { at, zone } => only(*at, zone.as_ref()).filter(|only| only.at > after),
            Self::Cron(recurrence) => recurrence.next_after(after),
        }
    }

    /// The last occurrence before an instant.
    #[must_use]
    pub fn previous_before(&self, before: Timestamp) -> Option<Occurrence> {
        match self {
            Self::Once { at, zone } => only(*at, zone.as_ref()).filter(|only| only.at < before),
            Self::Cron(recurrence) => recurrence.previous_before(before),
        }
    }

    /// The zone in which its times are given and shown; `None` for one instant that was given with an offset.
    #[must_use]
    pub const fn zone(&self) -> Option<&Zone> {
        match self {
            Self::Once { zone, .. } => zone.as_ref(),
            Self::Cron(recurrence) => Some(recurrence.zone()),
        }
    }

    /// When the clock of its zone first shows `local`, or a later time.
    pub(crate) fn first_instant(&self, local: LocalTime) -> Option<Timestamp> {
        match self.zone() {
            Some(zone) => zone.first_instant(local.civil()).map(timestamp),
            None => jiff::tz::TimeZone::UTC.to_timestamp(local.civil()).ok().map(timestamp),
        }
    }

    /// When the occurrence with this key happens.
    #[must_use]
    pub fn instant_of(&self, local: LocalTime) -> Option<Timestamp> {
        match self {
            Self::Once { at, zone } => {
                // Shown twice in the hour that is repeated, it is still this one.
                let own = only(*at, zone.as_ref()).filter(|only| only.local == local);
                own.map(|own| own.at).or_else(|| self.first_instant(local))
            }
            Self::Cron(recurrence) => recurrence.instant_of(local),
        }
    }
}

fn only(at: Timestamp, zone: Option<&Zone>) -> Option<Occurrence> {
    let instant = instant(at)?;
    let utc = || jiff::tz::TimeZone::UTC.to_datetime(instant);
    let local = zone.map_or_else(utc, |zone| zone.local(instant));
    Some(Occurrence { local: LocalTime::new(local), at })
}

fn parse_at(text: &str, zone: Option<&str>) -> Result<Trigger, TriggerError> {
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        ensure!(zone.is_none(), TwiceSnafu);
        return Ok(Trigger::Once { at: timestamp(at), zone: None });
    }
    let local: LocalTime = text.parse().context(AtSnafu)?;
    let zone = Zone::named(zone.context(OffsetSnafu { local })?)?;
    let at = zone.first_instant(local.civil()).map(timestamp).context(BeyondSnafu { local })?;
    Ok(Trigger::Once { at, zone: Some(zone) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_with_an_offset_and_a_local_time_with_a_zone_are_the_same_instant() {
        let offset = Trigger::parse(Some("2027-01-28T02:30+11:00"), None, None).unwrap();
        let local = Trigger::parse(Some("2027-01-28T02:30"), None, Some("Australia/Sydney"));
        let local = local.unwrap();
        // Each is shown as it was given: nobody who wrote half past two is to look for 15:30 of the day before.
        for (trigger, shown) in [(&offset, "2027-01-27T15:30"), (&local, "2027-01-28T02:30")] {
            let only = trigger.next_after(Timestamp::default()).unwrap();
            assert_eq!(only.at, offset.next_after(Timestamp::default()).unwrap().at);
            assert_eq!(only.local.to_string(), shown);
            assert_eq!(trigger.instant_of(only.local), Some(only.at));
            assert_eq!(trigger.next_after(only.at), None);
            assert_eq!(trigger.previous_before(only.at), None);
        }
        assert_eq!(offset.zone(), None);
        assert_eq!(local.zone().map(Zone::name), Some("Australia/Sydney"));
    }

    #[test]
    fn a_skipped_local_time_of_a_single_run_is_the_end_of_the_gap() {
        let skipped = Trigger::parse(Some("2027-03-28T02:30"), None, Some("Europe/Berlin"));
        let only = skipped.unwrap().next_after(Timestamp::default()).unwrap();
        let end = Trigger::parse(Some("2027-03-28T01:00Z"), None, None).unwrap();
        assert_eq!(only.at, end.next_after(Timestamp::default()).unwrap().at);
        assert_eq!(only.local.to_string(), "2027-03-28T03:00");
    }

    #[test]
    fn errors_say_which_field_they_are_about() {
        let cases = [
            ((None, None, Some("UTC")), "cron"),
            ((Some("2027-01-28T02:30Z"), Some("0 2 * * *"), None), "cron"),
            ((None, Some("0 2 * * *"), None), "zone"),
            ((None, Some("0 24 * * *"), Some("UTC")), "cron"),
            ((None, Some("0 2 * * *"), Some("Mars")), "zone"),
            ((Some("2027-01-28T02:30"), None, None), "at"),
            ((Some("2027-01-28T02:30"), None, Some("Mars")), "zone"),
            ((Some("2027-01-28T02:30Z"), None, Some("UTC")), "zone"),
            ((Some("tomorrow"), None, None), "at"),
        ];
        for ((at, cron, zone), field) in cases {
            assert_eq!(Trigger::parse(at, cron, zone).unwrap_err().field(), field);
        }
    }
}
