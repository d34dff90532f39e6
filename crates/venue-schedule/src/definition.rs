//! A schedule as it is written: when, what, and for which TVs.

use std::collections::BTreeSet;

use crate::{HolidayRule, LocalTime, ScheduleSpec};
use serde::{Deserialize, Serialize};
use venue_registry::{Day, Label, Selector, TimeZoneName};

/// A schedule as it is written and stored.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = ScheduleItem))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleDefinition {
    /// Id, used in paths and in the names of its batches; 1 to 24 characters.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub id: Label,
    /// Display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The TVs; selectors are resolved at each run.
    #[cfg_attr(feature = "schema", schema(value_type = Vec<String>))]
    pub selectors: Vec<Selector>,
    /// One instant with an offset, or a local time in `zone`; instead of `cron`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Cron pattern: minute, hour, day, month, weekday; instead of `at`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cron: Option<String>,
    /// The IANA zone of the local times; that of the venue, unless it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// A time of day such as `22:00`: what each run changed is put back the next time that it is so late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub put_back: Option<String>,
    /// Dates such as `2026-12-25` on which it does not run.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    #[cfg_attr(feature = "schema", schema(value_type = Vec<String>))]
    pub except: BTreeSet<Day>,
    /// What it does on the holidays of the venue: `skip` them, or run on them `only`; without it they are days like others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holidays: Option<HolidayRule>,
    /// The steps, such as `on`, `wait 10 s`, `channel 501`.
    pub steps: Vec<String>,
    /// What to do with runs that were missed while the daemon was down: `skip` (default) or `once
    /// within 10 min`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed: Option<String>,
    /// What to do if the previous run has not ended: `skip` (default) or `supersede`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap: Option<String>,
}

impl ScheduleDefinition {
    /// The part that says when and what.
    #[must_use]
    pub fn spec(&self) -> ScheduleSpec {
        ScheduleSpec {
            at: self.at.clone(),
            cron: self.cron.clone(),
            zone: self.zone.clone(),
            put_back: self.put_back.clone(),
            except: self.except.clone(),
            holidays: self.holidays,
            steps: self.steps.clone(),
            missed: self.missed.clone(),
            overlap: self.overlap.clone(),
        }
    }

    /// With its zone said: local times that name none are in `venue`'s.
    pub(crate) fn zoned(self, venue: &TimeZoneName) -> Self {
        let is_local = |at: &String| at.parse::<LocalTime>().is_ok();
        let needs_one = self.cron.is_some() || self.at.as_ref().is_some_and(is_local);
        let own = || needs_one.then(|| venue.to_string());
        Self { zone: self.zone.clone().or_else(own), ..self }
    }

    /// With that part in its canonical form: equal schedules are written the same.
    pub(crate) fn canonical(self, spec: ScheduleSpec) -> Self {
        let ScheduleSpec { at, cron, zone, put_back, except, holidays, steps, missed, overlap } =
            spec;
        Self { at, cron, zone, put_back, except, holidays, steps, missed, overlap, ..self }
    }
}
