//! Points in time as they travel: RFC 3339, UTC.

use std::fmt;

use jiff::fmt::temporal::Pieces;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use venue_domain::WallTime;

/// A point in time that reads as RFC 3339 in UTC, such as `2026-11-23T21:03:33.25Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(value_type = String, format = "date-time"))]
pub struct UtcTime(pub WallTime);

impl fmt::Display for UtcTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.0.unix_ms();
        match jiff::Timestamp::from_millisecond(ms) {
            Ok(time) => time.fmt(f),
            // Beyond the year 9999 RFC 3339 has no words: the nearest that it has.
            Err(_) if ms < 0 => jiff::Timestamp::MIN.fmt(f),
            Err(_) => jiff::Timestamp::MAX.fmt(f),
        }
    }
}

impl Serialize for UtcTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for UtcTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = |_| {
            let is_time =
                |read: Pieces<'_>| read.time().is_some() && read.to_numeric_offset().is_some();
            if Pieces::parse(&text).is_ok_and(is_time) {
                let last = jiff::Timestamp::MAX.strftime("%Y-%m-%d");
                return de::Error::custom(format_args!(
                    "{text:?} is beyond the calendar, which ends with {last}"
                ));
            }
            de::Error::custom(format_args!(
                "{text:?} is no date and time with an offset, such as 2026-11-25T18:00:00+11:00"
            ))
        };
        let time: jiff::Timestamp = text.parse().map_err(wrong)?;
        Ok(Self(WallTime::from_unix_ms(time.as_millisecond())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_travels_as_rfc_3339_and_comes_back_the_same() {
        let time = UtcTime(WallTime::from_unix_ms(1_790_000_000_250));
        let text = serde_json::to_string(&time).unwrap();
        assert_eq!(text, "\"2026-09-21T14:13:20.25Z\"");
        assert_eq!(serde_json::from_str::<UtcTime>(&text).unwrap(), time);
    }

    #[test]
    fn a_time_beyond_the_calendar_is_refused_as_that_and_not_as_no_time() {
        let read = |text: &str| serde_json::from_str::<UtcTime>(&format!("{text:?}"));
        let beyond = read("9999-12-31T00:00:00Z").unwrap_err().to_string();
        assert!(beyond.contains("beyond the calendar, which ends with 9999-12-30"), "{beyond}");
        for text in ["noon", "2026-02-30T00:00:00Z", "9999-12-31", "9999-12-31T00:00:00"] {
            let wrong = read(text).unwrap_err().to_string();
            assert!(wrong.contains("is no date and time with an offset"), "{wrong}");
        }
    }

    #[test]
    fn a_time_beyond_the_calendar_is_shown_as_the_nearest_that_has_a_name() {
        for (ms, year) in [(i64::MAX, "9999-"), (i64::MIN, "-009999-")] {
            let text = UtcTime(WallTime::from_unix_ms(ms)).to_string();
            assert!(text.starts_with(year), "{text}");
        }
    }
}
