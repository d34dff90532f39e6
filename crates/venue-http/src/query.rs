//! Reading what follows the question mark: pages of lists.

use std::borrow::Cow;

use serde::{Deserialize, de::IntoDeserializer};
use venue_api::UtcTime;
use venue_domain::{AuditQuery, FiguresBy, FiguresQuery, Hostname, WallOffset, WallTime, one_line};
use venue_registry::Selector;

use crate::{api_error::ApiError, percent};

/// Which page of a list is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    /// How many items at most.
    pub(crate) limit: u32,
    /// Where the page before ended.
    pub(crate) cursor: Option<i64>,
    /// Of this device only.
    pub(crate) device: Option<Hostname>,
}

/// Reads `limit` and `cursor`; a misspelt parameter would show another page than was asked for, so
/// others are refused.
pub(crate) fn page(query: Option<&str>) -> Result<Page, ApiError> {
    let page = of_device(query)?;
    match page.device {
        Some(_) => Err(unknown("hostname", "limit and cursor")),
        None => Ok(page),
    }
}

/// Reads `limit`, `cursor` and `hostname`.
pub(crate) fn of_device(query: Option<&str>) -> Result<Page, ApiError> {
    let mut page = Page { limit: USUAL, cursor: None, device: None };
    for (name, value) in pairs(query) {
        let (name, value) = (&*name, &*value);
        match name {
            "limit" => page.limit = limit(value)?,
            "cursor" => {
                let cursor = value.parse().ok().filter(|cursor| *cursor >= 0);
                let reason = "cursor is the next_cursor of the page before";
                page.cursor = Some(cursor.ok_or_else(|| wrong(name, reason.to_owned()))?);
            }
            "hostname" => {
                let device: Result<Hostname, _> = value.parse();
                page.device = Some(device.map_err(|error| wrong(name, error.to_string()))?);
            }
            other => return Err(unknown(other, "limit, cursor and hostname")),
        }
    }
    Ok(page)
}

/// A page of a list that is ordered by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedPage {
    /// How many items at most.
    pub(crate) limit: usize,
    /// The name with which the page before ended.
    pub(crate) after: Option<String>,
}

/// Reads `limit` and a `cursor` that is a name.
pub(crate) fn named_page(query: Option<&str>) -> Result<NamedPage, ApiError> {
    let mut page = NamedPage { limit: USUAL as usize, after: None };
    for (name, value) in pairs(query) {
        let (name, value) = (&*name, &*value);
        match name {
            "limit" => page.limit = limit(value)? as usize,
            "cursor" => page.after = Some(value.to_owned()),
            other => return Err(unknown(other, "limit and cursor")),
        }
    }
    Ok(page)
}

/// Reads `selector`, which may be there several times.
pub(crate) fn selectors(query: Option<&str>) -> Result<Vec<Selector>, ApiError> {
    let selector = |(name, value): (Cow<'_, str>, Cow<'_, str>)| match &*name {
        "selector" => value.parse::<Selector>().map_err(|error| wrong(&name, one_line(&error))),
        other => Err(unknown(other, "selector")),
    };
    pairs(query).map(selector).collect()
}

/// Reads one number, if it is given.
pub(crate) fn number(
    query: Option<&str>,
    known: &str,
    range: std::ops::RangeInclusive<usize>,
) -> Result<Option<usize>, ApiError> {
    let mut found = None;
    for (name, value) in pairs(query) {
        if name != known {
            return Err(unknown(&name, known));
        }
        let number = value.parse().ok().filter(|number| range.contains(number));
        let reason = || format!("{name} is {} to {}", range.start(), range.end());
        found = Some(number.ok_or_else(|| wrong(&name, reason()))?);
    }
    Ok(found)
}

/// Reads which part of the audit trail is asked for.
pub(crate) fn audit(query: Option<&str>, wall: WallOffset) -> Result<AuditQuery, ApiError> {
    let mut context = AuditQuery { limit: USUAL, ..AuditQuery::default() };
    for (name, value) in pairs(query) {
        let (name, value) = (&*name, &*value);
        match name {
            "actor" => context.actor = Some(value.to_owned()),
            "since" => context.since = Some(wall.wished(instant(name, value)?)),
            "until" => context.until = Some(wall.wished(instant(name, value)?)),
            "limit" => context.limit = limit(value)?,
            "cursor" => {
                let cursor = value.parse().ok().filter(|cursor| *cursor > 0);
                let reason = "cursor is the next_cursor of the page before".to_owned();
                context.cursor = Some(cursor.ok_or_else(|| wrong(name, reason))?);
            }
            other => return Err(unknown(other, "actor, since, until, limit and cursor")),
        }
    }
    Ok(context)
}

fn instant(name: &str, value: &str) -> Result<WallTime, ApiError> {
    let time = UtcTime::deserialize(IntoDeserializer::into_deserializer(value));
    let time = time.map_err(|error: serde::de::value::Error| wrong(name, error.to_string()))?;
    Ok(time.0)
}

/// Reads which figures are asked for: the last `days`, or from one date to another.
pub(crate) fn figures(query: Option<&str>, today: i64) -> Result<FiguresQuery, ApiError> {
    let (mut days, mut first, mut last) = (None, None, None);
    let mut context = FiguresQuery {
        first: today,
        last: today,
        device: None,
        by: FiguresBy::Everything,
        limit: MOST,
    };
    for (name, value) in pairs(query) {
        let (name, value) = (&*name, &*value);
        match name {
            "days" => {
                let number = value.parse().ok().filter(|days| (1..=MOST_DAYS).contains(days));
                days = Some(number.ok_or_else(|| wrong(name, format!("1 to {MOST_DAYS}")))?);
            }
            "from" => first = Some(day(name, value)?),
            "to" => last = Some(day(name, value)?),
            "hostname" => {
                let device: Result<Hostname, _> = value.parse();
                context.device = Some(device.map_err(|error| wrong(name, error.to_string()))?);
            }
            "group" => {
                let known = || FiguresBy::ALL.map(FiguresBy::name).join(", ");
                let by = value.parse();
                context.by = by.map_err(|_| wrong(name, format!("known are {}", known())))?;
            }
            "limit" => context.limit = limit(value)?,
            other => {
                return Err(unknown(other, "days, from, to, hostname, group and limit"));
            }
        }
    }
    if days.is_some() && (first.is_some() || last.is_some()) {
        return Err(wrong("days", "either days, or from and to".to_owned()));
    }
    context.last = last.unwrap_or(today);
    context.first = first.unwrap_or_else(|| context.last - days.unwrap_or(USUAL_DAYS) + 1);
    if context.first > context.last {
        return Err(wrong("from", "from is not after to".to_owned()));
    }
    Ok(context)
}

/// Days since 1970-01-01 of a date.
fn day(name: &str, value: &str) -> Result<i64, ApiError> {
    let midnight = instant(name, &format!("{value}T00:00:00Z"));
    let midnight = midnight.map_err(|_| wrong(name, "a date such as 2026-11-25".to_owned()))?;
    Ok(midnight.unix_ms().div_euclid(24 * 60 * 60 * 1_000))
}

/// Which events are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Events {
    pub(crate) types: Option<String>,
    pub(crate) last_event_id: Option<String>,
}

/// Reads `type` and `last_event_id`.
pub(crate) fn events(query: Option<&str>) -> Result<Events, ApiError> {
    let mut context = Events::default();
    for (name, value) in pairs(query) {
        let (name, value) = (&*name, &*value);
        match name {
            "type" => context.types = Some(value.to_owned()),
            "last_event_id" => context.last_event_id = Some(value.to_owned()),
            other => return Err(unknown(other, "type and last_event_id")),
        }
    }
    Ok(context)
}

/// Refuses every parameter but those that are `known`, and each of them that is given twice: one that is not
/// heeded asks for something else than what is answered.
pub(crate) fn only(query: Option<&str>, known: &[&str]) -> Result<(), ApiError> {
    let mut seen: Vec<Cow<'_, str>> = Vec::new();
    for (name, _) in pairs(query) {
        if !known.contains(&&*name) {
            return Err(unknown(&name, &known.join(", ")));
        }
        if seen.contains(&name) && !REPEATED.contains(&&*name) {
            return Err(wrong(&name, "it is given twice: give it once".to_owned()));
        }
        seen.push(name);
    }
    Ok(())
}

/// Parameters of which there may be several.
const REPEATED: [&str; 1] = ["selector"];

/// Every name with its value, both as they were meant: here alone is decoded, so that no parameter is
/// forgotten.
fn pairs(query: Option<&str>) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    let pairs = query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (percent::decoded(name), percent::decoded(value))
    })
}

fn limit(value: &str) -> Result<u32, ApiError> {
    let limit = value.parse().ok().filter(|limit| (1..=MOST).contains(limit));
    limit.ok_or_else(|| wrong("limit", format!("limit is 1 to {MOST}")))
}

fn unknown(name: &str, known: &str) -> ApiError {
    let known = match known {
        "" => "none is taken here".to_owned(),
        known => format!("known are {known}"),
    };
    wrong(name, format!("{name} is an unknown parameter: {known}"))
}

fn wrong(name: &str, reason: String) -> ApiError {
    ApiError::InvalidQuery { field: name.to_owned(), reason }
}

/// So many days figures are of if nothing is said, and at most.
const USUAL_DAYS: i64 = 7;
const MOST_DAYS: i64 = 366;

/// So many items a page has if nothing is said.
const USUAL: u32 = 100;

/// So many it may have.
const MOST: u32 = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_of_the_last_days_or_of_those_that_are_named() {
        let days = |query| {
            let context = figures(Some(query), 20_512);
            context.map(|context| (context.first, context.last)).map_err(|error| error.to_string())
        };
        assert_eq!(days(""), Ok((20_506, 20_512)));
        assert_eq!(days("days=1"), Ok((20_512, 20_512)));
        assert_eq!(days("from=2026-02-01"), Ok((20_485, 20_512)));
        assert_eq!(days("from=2026-02-01&to=2026-02-02"), Ok((20_485, 20_486)));
        assert_eq!(days("to=2026-02-02"), Ok((20_480, 20_486)));
        let wrong = [
            "days=0",
            "days=367",
            "days=3&from=2026-02-01",
            "from=2026-02-30",
            "from=2026-02-02&to=2026-02-01",
            "group=zone",
            "hostname=-",
            "limit=0",
            "day=1",
        ];
        for query in wrong {
            assert!(days(query).is_err(), "{query}");
        }
        let context = figures(Some("group=device&hostname=ir-1&limit=5"), 0).unwrap();
        assert_eq!((context.by, context.limit), (FiguresBy::Device, 5));
    }

    #[test]
    fn a_page_is_read_whole() {
        let expected = Page { limit: 5, cursor: Some(41), device: "ir-1".parse().ok() };
        assert_eq!(of_device(Some("limit=5&cursor=41&hostname=ir-1")), Ok(expected));
        let usual = Page { limit: 100, cursor: None, device: None };
        for query in [None, Some(""), Some("&")] {
            assert_eq!(page(query), Ok(usual.clone()), "{query:?}");
        }
    }

    #[test]
    fn the_audit_trail_is_asked_for_by_actor_and_time() {
        let context = audit(
            Some("actor=bar%20tablet&since=2026-09-21T00%3A00:00%2B10:00&limit=7"),
            WallOffset::default(),
        );
        let context = context.unwrap();
        assert_eq!((context.actor.as_deref(), context.limit), (Some("bar tablet"), 7));
        assert_eq!(context.since.unwrap().unix_ms() % 86_400_000, 14 * 3_600_000);
        for wrong in ["since=noon", "cursor=0", "who=ann", "limit=0"] {
            assert!(audit(Some(wrong), WallOffset::default()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_parameter_is_decoded_whatever_it_is_called() {
        let cursor = Some("sched_x_2026-03-01T10:00".to_owned());
        let page = named_page(Some("limit=%33&cursor=sched_x_2026-03-01T10%3A00"));
        assert_eq!(page, Ok(NamedPage { limit: 3, after: cursor }));
        let page = of_device(Some("%63ursor=%34&hostname=ir%2D1")).unwrap();
        assert_eq!((page.cursor, page.device), (Some(4), "ir-1".parse().ok()));
        assert_eq!(number(Some("n=%37"), "n", 1..=9), Ok(Some(7)));
        let context = figures(Some("group=d%65vice&from=2026%2D02%2D01"), 20_512).unwrap();
        assert_eq!((context.by, context.first), (FiguresBy::Device, 20_485));
        let context = events(Some("type=batch.%2A&last_event_id=1f%2D2")).unwrap();
        assert_eq!(context.types.as_deref(), Some("batch.*"));
        assert_eq!(context.last_event_id.as_deref(), Some("1f-2"));
    }

    #[test]
    fn what_is_wrong_names_its_parameter() {
        let table = [
            ("limit=0", "limit"),
            ("limit=1001", "limit"),
            ("limit", "limit"),
            ("cursor=-1", "cursor"),
            ("cursor=next", "cursor"),
            ("hostname=-ir", "hostname"),
            ("lmit=5", "lmit"),
            ("limit=5&x=1", "x"),
        ];
        for (query, name) in table {
            let error = of_device(Some(query)).unwrap_err();
            assert!(
                matches!(&error, ApiError::InvalidQuery { field, .. } if field == name),
                "{query}: {error:?}"
            );
        }
        assert!(page(Some("hostname=ir-1")).is_err(), "a batch is of no one device");
    }
}
