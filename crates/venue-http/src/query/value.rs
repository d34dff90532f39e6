//! What parameters may be: each is read from its text, and says what would be right.

use serde::{Deserialize, Deserializer, de::Error};
use venue_api::UtcTime;
use venue_domain::{StatsBy, one_line};
use venue_registry::Selector;

/// A number from `MIN` to `MAX`; `DEFAULT` if it is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Number<const MIN: u32, const MAX: u32, const DEFAULT: u32>(u32);

impl<const MIN: u32, const MAX: u32, const DEFAULT: u32> Default for Number<MIN, MAX, DEFAULT> {
    fn default() -> Self {
        Self(DEFAULT)
    }
}

impl<const MIN: u32, const MAX: u32, const DEFAULT: u32> Number<MIN, MAX, DEFAULT> {
    pub(crate) const fn get(self) -> u32 {
        self.0
    }
}

impl<'de, const MIN: u32, const MAX: u32, const DEFAULT: u32> Deserialize<'de>
    for Number<MIN, MAX, DEFAULT>
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let number = text.parse().ok().filter(|number| (MIN..=MAX).contains(number));
        number.map(Self).ok_or_else(|| D::Error::custom(format_args!("is {MIN} to {MAX}")))
    }
}

/// Where the page before ended: a number from `MIN` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cursor<const MIN: i64>(i64);

impl<const MIN: i64> Cursor<MIN> {
    pub(crate) const fn get(self) -> i64 {
        self.0
    }
}

impl<'de, const MIN: i64> Deserialize<'de> for Cursor<MIN> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let cursor = text.parse().ok().filter(|cursor| *cursor >= MIN);
        let wrong = || D::Error::custom("is the next_cursor of the page before");
        cursor.map(Self).ok_or_else(wrong)
    }
}

/// A date, as days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Date(i64);

impl Date {
    pub(crate) const fn day(self) -> i64 {
        self.0
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let midnight = format!("{}T00:00:00Z", String::deserialize(deserializer)?);
        let midnight = serde::de::value::StrDeserializer::<serde::de::value::Error>::new(&midnight);
        let midnight = UtcTime::deserialize(midnight);
        let midnight = midnight.map_err(|_| D::Error::custom("a date such as 2026-11-25"))?;
        Ok(Self(midnight.0.unix_ms().div_euclid(24 * 60 * 60 * 1_000)))
    }
}

/// What figures are summed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StatsGroup(pub(crate) StatsBy);

impl<'de> Deserialize<'de> for StatsGroup {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let known = || StatsBy::ALL.map(StatsBy::name).join(", ");
        let by = String::deserialize(deserializer)?.parse();
        by.map(Self).map_err(|_| D::Error::custom(format_args!("known are {}", known())))
    }
}

/// A selector of ports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PortSelector(pub(crate) Selector);

impl<'de> Deserialize<'de> for PortSelector {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let selector = String::deserialize(deserializer)?.parse();
        selector.map(Self).map_err(|error| {
            let error: venue_registry::SelectorError = error;
            D::Error::custom(one_line(&error))
        })
    }
}

#[cfg(test)]
mod schema {
    use utoipa::{
        PartialSchema, ToSchema,
        openapi::{ObjectBuilder, RefOr, Schema, Type},
    };

    use super::*;

    impl<const MIN: u32, const MAX: u32, const DEFAULT: u32> PartialSchema
        for Number<MIN, MAX, DEFAULT>
    {
        fn schema() -> RefOr<Schema> {
            let number = ObjectBuilder::new().schema_type(Type::Integer);
            number.minimum(Some(MIN)).maximum(Some(MAX)).default(Some(DEFAULT.into())).into()
        }
    }

    impl<const MIN: u32, const MAX: u32, const DEFAULT: u32> ToSchema for Number<MIN, MAX, DEFAULT> {}

    impl PartialSchema for StatsGroup {
        fn schema() -> RefOr<Schema> {
            let names = StatsBy::ALL.map(StatsBy::name);
            ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).into()
        }
    }

    impl ToSchema for StatsGroup {}
}
