//! Channels by name: what each port receives under which number.

use std::{collections::BTreeMap, fmt, str::FromStr, sync::Arc};

use snafu::{Snafu, ensure};

use crate::parameter::ChannelNumber;

/// The id of a channel of the venue's line-up: 1 to 48 lower-case letters, digits, `-` and `_`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelId(Arc<str>);

/// A text that is no id of a channel.
#[derive(Clone, Debug, PartialEq, Eq, Snafu)]
#[snafu(display(
    "{text:?} is not the id of a channel: give 1 to 48 lower-case letters, digits, - and _"
))]
pub struct ChannelIdError {
    /// What was given.
    pub text: String,
}

impl ChannelId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ChannelId {
    type Err = ChannelIdError;

    fn from_str(text: &str) -> Result<Self, ChannelIdError> {
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b);
        ensure!((1..=48).contains(&text.len()) && text.bytes().all(fits), ChannelIdSnafu { text });
        Ok(Self(text.into()))
    }
}

impl fmt::Display for ChannelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The channels that a port receives, with the number that each has there. Ports of one platform share it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineUp(Arc<BTreeMap<ChannelId, ChannelNumber>>);

impl LineUp {
    /// The number of a channel, if the port receives it.
    #[must_use]
    pub fn number(&self, channel: &ChannelId) -> Option<&ChannelNumber> {
        self.0.get(channel)
    }
}

impl FromIterator<(ChannelId, ChannelNumber)> for LineUp {
    fn from_iter<I: IntoIterator<Item = (ChannelId, ChannelNumber)>>(channels: I) -> Self {
        Self(Arc::new(channels.into_iter().collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_has_the_number_of_the_line_up_and_its_id_needs_no_quotes() {
        let fox: ChannelId = "fox-sports-1".parse().unwrap();
        let line_up: LineUp = [(fox.clone(), "501".parse().unwrap())].into_iter().collect();
        assert_eq!(line_up.number(&fox).unwrap().as_str(), "501");
        assert_eq!(line_up.number(&"espn".parse().unwrap()), None);
        for text in ["", "Fox Sports 1", "fox,espn", &"x".repeat(49)] {
            assert!(text.parse::<ChannelId>().is_err(), "{text:?}");
        }
    }
}
