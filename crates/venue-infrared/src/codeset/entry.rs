//! How a channel is entered with the keys of a remote control.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// How an appliance wants a channel to be entered.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ChannelEntry {
    /// Whether the key `enter` is pressed behind the digits; the appliance needs no such key, unless said so.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub enter_key: bool,
    /// With how many digits a channel is entered at least, 1 to 5: zeros are put in front of a shorter one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_digits: Option<u8>,
    /// Whether zeros in front of a channel are entered, as long as `min_digits` does not ask for them; they are,
    /// unless said so.
    #[serde(skip_serializing_if = "is_true")]
    pub leading_zeros: bool,
}

impl Default for ChannelEntry {
    fn default() -> Self {
        Self { enter_key: false, min_digits: None, leading_zeros: true }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_true(value: &bool) -> bool {
    *value
}

impl ChannelEntry {
    /// The most digits that a channel has.
    pub const MAX_DIGITS: u8 = 5;

    /// `channel` with as many zeros in front as are entered. What follows a `.` or `-` is left as it is.
    #[must_use]
    pub fn entered<'c>(&self, channel: &'c str) -> Cow<'c, str> {
        let whole = channel.find(['.', '-']).unwrap_or(channel.len());
        let mut zeros = channel.bytes().take_while(|byte| *byte == b'0').count();
        // Of a channel that is nothing but zeros the last one is its number.
        zeros = zeros.min(whole.saturating_sub(1));
        let kept =
            if self.leading_zeros { channel } else { channel.get(zeros..).unwrap_or(channel) };
        let digits = whole - (channel.len() - kept.len());
        let missing = usize::from(self.min_digits.unwrap_or(0)).saturating_sub(digits);
        if missing == 0 {
            return Cow::Borrowed(kept);
        }
        Cow::Owned("0".repeat(missing) + kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_entered_with_the_zeros_that_the_appliance_wants() {
        let entry = |min_digits, leading_zeros| ChannelEntry {
            enter_key: false,
            min_digits,
            leading_zeros,
        };
        let table = [
            (entry(None, true), [("055", "055"), ("5", "5"), ("0", "0"), ("05.1", "05.1")]),
            (entry(None, false), [("055", "55"), ("5", "5"), ("000", "0"), ("05-1", "5-1")]),
            (
                entry(Some(3), true),
                [("055", "055"), ("5", "005"), ("0501", "0501"), ("5.1", "005.1")],
            ),
            (
                entry(Some(2), false),
                [("0055", "55"), ("005", "05"), ("501", "501"), ("0-10", "00-10")],
            ),
        ];
        for (entry, channels) in table {
            for (channel, expected) in channels {
                assert_eq!(entry.entered(channel), expected, "{channel} {entry:?}");
            }
        }
    }

    #[test]
    fn what_is_usual_is_not_written() {
        let json = |entry: ChannelEntry| serde_json::to_string(&entry).unwrap();
        assert_eq!(json(ChannelEntry::default()), "{}");
        let read: ChannelEntry =
            serde_json::from_str(r#"{"enter_key":true,"min_digits":3,"leading_zeros":false}"#)
                .unwrap();
        assert_eq!(
            read,
            ChannelEntry { enter_key: true, min_digits: Some(3), leading_zeros: false }
        );
        assert_eq!(json(read), r#"{"enter_key":true,"min_digits":3,"leading_zeros":false}"#);
        assert_eq!(serde_json::from_str::<ChannelEntry>("{}").unwrap(), ChannelEntry::default());
    }
}
