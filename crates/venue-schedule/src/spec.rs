//! A schedule as it is written in a configuration or a request.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use snafu::{ResultExt, Snafu};
use venue_domain::one_line;
use venue_registry::Day;

use crate::{
    Days, HolidayRule, LocalTime, MissedPolicy, OverlapPolicy, PolicyError, PutBackError, Steps,
    StepsError, TimeOfDay, Trigger, TriggerError, zone::instant,
};

/// A checked schedule: when, what, and what becomes of runs that are missed or overlap.
///
/// What it is aimed at is not its business: a firing is [`Steps::planned`] for every target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// When it fires.
    pub trigger: Trigger,
    /// The time of day at which what a run changed is put back.
    pub put_back: Option<TimeOfDay>,
    /// On which days it is left out, or runs alone.
    pub days: Days,
    /// What it does.
    pub steps: Steps,
    /// What becomes of missed runs.
    pub missed: MissedPolicy,
    /// What becomes of a run that meets the one before it.
    pub overlap: OverlapPolicy,
}

/// The fields of a schedule as they are written; to be copied from a larger form that has an id and
/// targets as well.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleSpec {
    /// One instant with an offset, or a local time in `zone`; instead of `cron`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Five fields; instead of `at`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cron: Option<String>,
    /// An IANA zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// `22:00`: what a run changed is put back then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub put_back: Option<String>,
    /// Dates on which it does not run.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub except: BTreeSet<Day>,
    /// `skip` or `only`: what it does on the holidays of the venue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holidays: Option<HolidayRule>,
    /// `on`, `wait 10 s`, `channel 501` ...
    #[serde(default)]
    pub steps: Vec<String>,
    /// `skip` (default) or `once within 10 min`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed: Option<String>,
    /// `skip` (default) or `supersede`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap: Option<String>,
}

/// Why a spec is no schedule.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[non_exhaustive]
pub enum SpecError {
    /// When it fires is wrong.
    #[snafu(display("{}", source.field()))]
    Trigger {
        /// What is wrong.
        source: TriggerError,
    },
    /// What it does is wrong.
    #[snafu(display("{source}"))]
    Steps {
        /// What is wrong.
        source: StepsError,
    },
    /// When its runs are put back is wrong.
    #[snafu(display("put_back"))]
    PutBack {
        /// What is wrong.
        source: PutBackError,
    },
    /// The policy for missed runs is wrong.
    #[snafu(display("missed"))]
    Missed {
        /// What is wrong.
        source: PolicyError,
    },
    /// The policy for overlapping runs is wrong.
    #[snafu(display("overlap"))]
    Overlap {
        /// What is wrong.
        source: PolicyError,
    },
}

impl SpecError {
    /// The field that the error is about.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Trigger { source } => source.field(),
            Self::Steps { .. } => "steps",
            Self::PutBack { .. } => "put_back",
            Self::Missed { .. } => "missed",
            Self::Overlap { .. } => "overlap",
        }
    }
}

impl TryFrom<&ScheduleSpec> for Schedule {
    type Error = SpecError;

    fn try_from(spec: &ScheduleSpec) -> Result<Self, SpecError> {
        let (at, cron, zone) = (spec.at.as_deref(), spec.cron.as_deref(), spec.zone.as_deref());
        let missed = spec.missed.as_deref().map(str::parse).transpose();
        let overlap = spec.overlap.as_deref().map(str::parse).transpose();
        let put_back = spec.put_back.as_deref().map(str::parse).transpose();
        Ok(Self {
            trigger: Trigger::parse(at, cron, zone).context(TriggerSnafu)?,
            put_back: put_back.context(PutBackSnafu)?,
            days: Days { except: spec.except.clone(), rule: spec.holidays, ..Days::default() },
            steps: Steps::parse(&spec.steps).context(StepsSnafu)?,
            missed: missed.context(MissedSnafu)?.unwrap_or_default(),
            overlap: overlap.context(OverlapSnafu)?.unwrap_or_default(),
        })
    }
}

impl From<&Schedule> for ScheduleSpec {
    /// The canonical form: equal schedules have equal specs.
    fn from(schedule: &Schedule) -> Self {
        let (at, cron, zone) = match &schedule.trigger {
            // An instant beyond the calendar never fires; its number at least is shown.
            Trigger::Once { at, zone: None } => {
                let shown =
                    instant(*at).map_or_else(|| at.unix_ms().to_string(), |at| at.to_string());
                (Some(shown), None, None)
            }
            Trigger::Once { at, zone: Some(zone) } => {
                let number = || at.unix_ms().to_string();
                let shown = instant(*at)
                    .map_or_else(number, |at| LocalTime::new(zone.local(at)).to_string());
                (Some(shown), None, Some(zone.name().to_owned()))
            }
            Trigger::Cron(recurrence) => {
                let zone = recurrence.zone().name().to_owned();
                (None, Some(recurrence.cron().to_owned()), Some(zone))
            }
        };
        let steps = schedule.steps.as_slice().iter().map(ToString::to_string).collect();
        let (missed, overlap) = (schedule.missed.to_string(), schedule.overlap.to_string());
        let put_back = schedule.put_back.map(|time| time.to_string());
        let (missed, overlap) = (Some(missed), Some(overlap));
        let (except, holidays) = (schedule.days.except.clone(), schedule.days.rule);
        Self { at, cron, zone, put_back, except, holidays, steps, missed, overlap }
    }
}

impl Serialize for Schedule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ScheduleSpec::from(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Schedule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spec = ScheduleSpec::deserialize(deserializer)?;
        // Serde shows only the text of an error, so the causes have to be in it.
        Self::try_from(&spec).map_err(|error| D::Error::custom(one_line(&error)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPENING: &str = r#"
        cron = "30 10 * * mon-fri"
        zone = "Australia/Sydney"
        steps = ["on", "wait 10 s", "channel 501"]
        missed = "once within 10 min"
    "#;

    #[test]
    fn a_schedule_is_read_from_toml_and_json_and_written_in_canonical_form() {
        let schedule: Schedule = toml::from_str(OPENING).unwrap();
        let json = serde_json::to_value(&schedule).unwrap();
        let expected = serde_json::json!({
            "cron": "30 10 * * 1-5",
            "zone": "Australia/Sydney",
            "steps": ["on", "wait 10 s", "channel 501"],
            "missed": "once within 10 min",
            "overlap": "skip",
        });
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_value::<Schedule>(json).unwrap(), schedule);
        let once = r#"{"at": "2027-01-28T02:30+11:00", "steps": ["off"]}"#;
        let once: Schedule = serde_json::from_str(once).unwrap();
        assert_eq!(ScheduleSpec::from(&once).at.as_deref(), Some("2027-01-27T15:30:00Z"));
    }

    #[test]
    fn an_error_names_the_field_and_the_cause() {
        let cases = [
            ("cron = \"61 10 * * *\"\nzone = \"UTC\"\nsteps = [\"on\"]", "minute"),
            ("cron = \"1 10 * * *\"\nzone = \"Mars\"\nsteps = [\"on\"]", "zone"),
            ("cron = \"1 10 * * *\"\nzone = \"UTC\"\nsteps = [\"on\", \"hop hop\"]", "steps[1]"),
            ("cron = \"1 10 * * *\"\nzone = \"UTC\"", "steps"),
            ("at = \"2027-01-28T02:30Z\"\nsteps = [\"on\"]\nmissed = \"all\"", "missed"),
            ("at = \"2027-01-28T02:30Z\"\nsteps = [\"on\"]\noverlap = \"all\"", "overlap"),
            ("at = \"2027-01-28T02:30Z\"\nsteps = [\"on\"]\nretries = 3", "retries"),
        ];
        for (text, named) in cases {
            let error = toml::from_str::<Schedule>(text).unwrap_err().to_string();
            assert!(error.contains(named), "{text}: {error}");
        }
    }
}
