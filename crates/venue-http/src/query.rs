//! What may follow the question mark: the parameters of each endpoint that takes some.

mod value;

use std::borrow::Cow;

use serde::Deserialize;
use venue_api::UtcTime;
use venue_domain::{AuditQuery, Hostname, StatsBy, StatsQuery, WallOffset};

use crate::{
    api_error::ApiError,
    parameters::{self, ParameterError, Parameters},
    percent,
};

pub(crate) use self::value::{Cursor, Date, Number, PortSelector, StatsGroup};

/// How many items a page has, 100 if nothing is said.
type PageSize = Number<1, MAX_ITEMS, 100>;
/// How many past runs of a schedule are shown.
type PastRuns = Number<1, MAX_ITEMS, 20>;
/// How many coming runs are shown.
type NextRuns = Number<1, 100, 5>;
/// How many lines of a log are shown.
type LogLines = Number<1, 500, 100>;
/// How many days the agenda goes ahead.
type DaysAhead = Number<1, 31, 7>;
/// Of how many days figures are.
type Days = Number<1, 366, 7>;
/// How many figures are shown.
type StatsRows = Number<1, MAX_ITEMS, MAX_ITEMS>;

/// A page of a list that is ordered by name or by age.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams))]
pub(crate) struct ItemPage {
    /// Maximum number of items; default 100.
    #[serde(default)]
    #[cfg_attr(test, param(inline))]
    pub(crate) limit: PageSize,
    /// The `next_cursor` of the previous page.
    #[serde(rename = "cursor")]
    pub(crate) after: Option<String>,
}

/// A page of the commands of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams))]
pub(crate) struct BatchCommandPage {
    /// Maximum number of commands; default 100.
    #[serde(default)]
    #[cfg_attr(test, param(inline))]
    pub(crate) limit: PageSize,
    /// The `next_cursor` of the previous page.
    #[cfg_attr(test, param(value_type = Option<String>))]
    pub(crate) cursor: Option<Cursor<0>>,
}

/// A page of commands, of all devices or of one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams))]
pub(crate) struct CommandListPage {
    /// Maximum number of commands; default 100.
    #[serde(default)]
    #[cfg_attr(test, param(inline))]
    pub(crate) limit: PageSize,
    /// The `next_cursor` of the previous page.
    #[cfg_attr(test, param(value_type = Option<String>))]
    pub(crate) cursor: Option<Cursor<0>>,
    /// Commands for this device only.
    #[cfg_attr(test, param(value_type = Option<String>))]
    pub(crate) hostname: Option<Hostname>,
}

/// Which code sets of the library are shown, and a page of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams))]
pub(crate) struct LibraryQuery {
    /// A part of the make; the case does not count.
    pub(crate) make: Option<String>,
    /// A part of the model or of the path; the case does not count.
    pub(crate) model: Option<String>,
    /// `tv`, `box`, `projector` or `audio`.
    pub(crate) kind: Option<String>,
    /// How many files at most.
    #[serde(default)]
    #[cfg_attr(test, param(inline))]
    pub(crate) limit: PageSize,
    /// The `next_cursor` of the previous page.
    #[serde(rename = "cursor")]
    pub(crate) after: Option<String>,
}

/// Which ports are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams))]
pub(crate) struct PortFilter {
    /// Only the ports that this selector names, such as `zone=bar`; may be given several times.
    #[serde(default)]
    #[cfg_attr(test, param(value_type = Vec<String>, style = Form, explode))]
    pub(crate) selector: Vec<PortSelector>,
}

/// How many coming runs of a schedule are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams))]
pub(crate) struct NextCount {
    /// Number of runs; default 5.
    #[serde(default)]
    #[cfg_attr(test, param(inline))]
    pub(crate) n: NextRuns,
}

/// How far the agenda goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams))]
pub(crate) struct AgendaDays {
    /// Number of days from now on; default 7.
    #[serde(default)]
    #[cfg_attr(test, param(inline))]
    pub(crate) days: DaysAhead,
}

/// How many past runs of a schedule are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams))]
pub(crate) struct RunCount {
    /// Number of runs; default 20.
    #[serde(default)]
    #[cfg_attr(test, param(inline))]
    pub(crate) limit: PastRuns,
}

/// How many lines of a log are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams))]
pub(crate) struct LineCount {
    /// Number of lines; default 100.
    #[serde(default)]
    #[cfg_attr(test, param(inline))]
    pub(crate) limit: LogLines,
}

/// Which events are sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams))]
pub(crate) struct EventFilter {
    /// Names of events, separated by commas, such as `batch.*,device.state`; default all.
    #[serde(rename = "type")]
    pub(crate) types: Option<String>,
    /// Continue after this event; the header `Last-Event-ID` takes precedence.
    pub(crate) last_event_id: Option<String>,
}

/// Which part of the audit log is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams))]
pub(crate) struct AuditFilter {
    /// Only what this actor did.
    actor: Option<String>,
    /// Only entries from this time on.
    #[cfg_attr(test, param(inline))]
    since: Option<UtcTime>,
    /// Only entries before this time.
    #[cfg_attr(test, param(inline))]
    until: Option<UtcTime>,
    /// Maximum number of entries; default 100.
    #[serde(default)]
    #[cfg_attr(test, param(inline))]
    limit: PageSize,
    /// The `next_cursor` of the previous page.
    #[cfg_attr(test, param(value_type = Option<String>))]
    cursor: Option<Cursor<1>>,
}

impl AuditFilter {
    /// As the store is asked.
    pub(crate) fn into_query(self, wall: WallOffset) -> AuditQuery {
        AuditQuery {
            actor: self.actor,
            since: self.since.map(|time| wall.wished(time.0)),
            until: self.until.map(|time| wall.wished(time.0)),
            limit: self.limit.get(),
            cursor: self.cursor.map(Cursor::get),
        }
    }
}

/// Which daily figures are shown: of the last `days`, or from one date to another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams))]
pub(crate) struct FigureFilter {
    /// Number of days, including today; default 7, unless `from` is given.
    #[cfg_attr(test, param(inline))]
    days: Option<Days>,
    /// First day.
    #[cfg_attr(test, param(value_type = Option<String>, format = Date))]
    from: Option<Date>,
    /// Last day; default today.
    #[cfg_attr(test, param(value_type = Option<String>, format = Date))]
    to: Option<Date>,
    /// Only this device.
    #[cfg_attr(test, param(value_type = Option<String>))]
    hostname: Option<Hostname>,
    /// What the figures are summed by.
    #[cfg_attr(test, param(inline))]
    group: Option<StatsGroup>,
    /// Maximum number of figures; default 1000.
    #[serde(default)]
    #[cfg_attr(test, param(inline))]
    limit: StatsRows,
}

impl FigureFilter {
    /// As the store is asked; `today` is the day since 1970-01-01.
    pub(crate) fn into_query(self, today: i64) -> Result<StatsQuery, ApiError> {
        if self.days.is_some() && (self.from.is_some() || self.to.is_some()) {
            return Err(wrong("days", "either days, or from and to".to_owned()));
        }
        let days = i64::from(self.days.unwrap_or_default().get());
        let last = self.to.map_or(today, Date::day);
        let first = self.from.map_or_else(|| last - days + 1, Date::day);
        if first > last {
            return Err(wrong("from", "from is not after to".to_owned()));
        }
        Ok(StatsQuery {
            first,
            last,
            device: self.hostname,
            by: self.group.map_or(StatsBy::Everything, |group| group.0),
            limit: self.limit.get(),
        })
    }
}

impl Parameters for ItemPage {}
impl Parameters for LibraryQuery {}
impl Parameters for BatchCommandPage {}
impl Parameters for CommandListPage {}
impl Parameters for PortFilter {}
impl Parameters for NextCount {}
impl Parameters for AgendaDays {}
impl Parameters for RunCount {}
impl Parameters for LineCount {}
impl Parameters for EventFilter {}
impl Parameters for AuditFilter {}
impl Parameters for FigureFilter {}

/// Reads a query as the parameters of its endpoint.
pub(crate) fn read<Q: Parameters>(query: Option<&str>) -> Result<Q, ApiError> {
    let read = parameters::read(pairs(query));
    read.map_err(|ParameterError { name, reason }| ApiError::InvalidQuery { field: name, reason })
}

/// Refuses every parameter but those that are `known`: one that is not heeded asks for something else than what
/// is answered.
pub(crate) fn only(query: Option<&str>, known: &[&str]) -> Result<(), ApiError> {
    match pairs(query).find(|(name, _)| !known.contains(&&**name)) {
        None => Ok(()),
        Some((name, _)) => {
            let known = match known {
                [] => "none is taken here".to_owned(),
                known => format!("known are {}", known.join(", ")),
            };
            Err(wrong(&name, format!("{name} is an unknown parameter: {known}")))
        }
    }
}

/// Every name with its value, both as they were meant: here alone is decoded, so that no parameter is
/// forgotten.
fn pairs(query: Option<&str>) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    let pairs = query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (percent::decoded(name), percent::decoded(value))
    })
}

fn wrong(name: &str, reason: String) -> ApiError {
    ApiError::InvalidQuery { field: name.to_owned(), reason }
}

/// The items that a page may have.
const MAX_ITEMS: u32 = 1_000;

#[cfg(test)]
mod tests;
