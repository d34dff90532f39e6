//! Time zones from the data that is compiled in.

use std::{fmt, sync::LazyLock};

use jiff::{
    Span, Timestamp as Instant,
    civil::DateTime,
    tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase},
};
use snafu::{OptionExt, Snafu};
use venue_domain::Timestamp;

use crate::LocalTime;

/// Never the machine's own data: the same schedule fires at the same instants everywhere, also where
/// no tzdata is installed.
static BUNDLED: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// No clock was ever set by more than a day.
const LARGEST_SHIFT_HOURS: i64 = 25;

/// An IANA time zone, such as `Australia/Sydney`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    name: String,
    rules: TimeZone,
}

/// A name that is no zone.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(display("{name:?} is not an IANA time zone such as Australia/Sydney or UTC"))]
pub struct UnknownZone {
    name: String,
}

impl Zone {
    /// The zone with this name; upper and lower case do not matter.
    ///
    /// # Errors
    /// [`UnknownZone`] if the zone data knows no such name.
    pub fn named(name: &str) -> Result<Self, UnknownZone> {
        let rules = BUNDLED.get(name).ok().context(UnknownZoneSnafu { name })?;
        let name = rules.iana_name().unwrap_or(name).to_owned();
        Ok(Self { name, rules })
    }

    /// The name as the zone data spells it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the clock on the wall shows at `at`, to the minute; `None` beyond the calendar.
    #[must_use]
    pub fn shown(&self, at: Timestamp) -> Option<LocalTime> {
        let local = self.local(instant(at)?);
        let time = local.time().with().second(0).subsec_nanosecond(0).build().ok()?;
        Some(LocalTime::new(local.date().to_datetime(time)))
    }

    /// What the clock on the wall shows at an instant.
    pub(crate) fn local(&self, at: Instant) -> DateTime {
        self.rules.to_datetime(at)
    }

    /// The first instant at which the clock shows `local` or later; `None` at the end of time.
    pub(crate) fn first_instant(&self, local: DateTime) -> Option<Instant> {
        let ambiguous = self.rules.to_ambiguous_timestamp(local);
        match ambiguous.offset() {
            AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => {
                ambiguous.earlier().ok()
            }
            // Read with the offset of before the gap, a skipped time lies behind the gap.
            AmbiguousOffset::Gap { .. } => self.last_change(ambiguous.later().ok()?),
        }
    }

    /// Whether the clock never shows `local`.
    pub(crate) fn skips(&self, local: DateTime) -> bool {
        let ambiguous = self.rules.to_ambiguous_timestamp(local);
        matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. })
    }

    /// The latest that the clock has shown up to and including `at`: more than it shows now, if it
    /// was set back a short while ago.
    pub(crate) fn latest_shown(&self, at: Instant) -> DateTime {
        let now = self.local(at);
        let Ok(oldest) = at.checked_sub(Span::new().hours(LARGEST_SHIFT_HOURS)) else { return now };
        let recent = self.rules.preceding(at).take_while(|change| change.timestamp() >= oldest);
        recent
            .filter_map(|change| Some(self.local(just_before(change.timestamp())?)))
            .fold(now, Ord::max)
    }

    /// The last instant up to and including `at` at which the offset changed.
    fn last_change(&self, at: Instant) -> Option<Instant> {
        let after = at.checked_add(Span::new().nanoseconds(1)).ok()?;
        let mut changes = self.rules.preceding(after).map(|change| change.timestamp());
        // Some entries of the zone data change only the abbreviation.
        changes.find(|change| {
            let before = just_before(*change).map(|before| self.rules.to_offset(before));
            before != Some(self.rules.to_offset(*change))
        })
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

fn just_before(at: Instant) -> Option<Instant> {
    at.checked_sub(Span::new().nanoseconds(1)).ok()
}

/// The instant for the calendar; `None` outside of the years that it knows.
pub(crate) fn instant(at: Timestamp) -> Option<Instant> {
    Instant::from_millisecond(at.unix_ms()).ok()
}

/// The instant for everybody else.
pub(crate) fn timestamp(at: Instant) -> Timestamp {
    Timestamp::from_unix_ms(at.as_millisecond())
}
