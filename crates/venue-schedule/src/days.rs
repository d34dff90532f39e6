//! Days on which a schedule does not run, or on which alone it does.

use std::{collections::BTreeSet, sync::Arc};

use serde::{Deserialize, Serialize};
use venue_registry::Day;

use crate::LocalTime;

/// What a schedule does on the holidays of the venue.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HolidayRule {
    /// It does not run on them.
    Skip,
    /// It runs on them alone.
    Only,
}

/// The days on which a schedule is left out, or on which alone it runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Days {
    /// Its exceptions.
    pub except: BTreeSet<Day>,
    /// What it does on holidays; `None` for the same as on other days.
    pub rule: Option<HolidayRule>,
    /// The holidays of the venue.
    pub holidays: Arc<BTreeSet<Day>>,
}

/// Why an occurrence is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftOut {
    /// Somebody skipped it.
    Skipped,
    /// Its day is one of the schedule's exceptions.
    Exception,
    /// Its day is a holiday of the venue.
    Holiday,
}

impl Days {
    /// Why what is due at `local` is left out, as far as its day is why.
    #[must_use]
    pub fn left_out(&self, local: LocalTime) -> Option<LeftOut> {
        let day = local.day();
        if self.except.contains(&day) {
            return Some(LeftOut::Exception);
        }
        let is_off = self.rule == Some(HolidayRule::Skip) && self.holidays.contains(&day);
        is_off.then_some(LeftOut::Holiday)
    }

    /// The first day from `day` on that it may run on.
    pub(crate) fn first_from(&self, day: Day) -> Option<Day> {
        match self.rule {
            Some(HolidayRule::Only) => self.holidays.range(day..).next().copied(),
            Some(HolidayRule::Skip) | None => Some(day),
        }
    }

    /// The last day up to `day` that it may run on.
    pub(crate) fn last_until(&self, day: Day) -> Option<Day> {
        match self.rule {
            Some(HolidayRule::Only) => self.holidays.range(..=day).next_back().copied(),
            Some(HolidayRule::Skip) | None => Some(day),
        }
    }
}
