//! The keys of a remote control that carry out an action.

use std::borrow::Cow;

use venue_domain::Action;
use venue_infrared::ChannelEntry;

/// The name of the key that ends a channel, where one is needed.
pub(super) const ENTER: &str = "enter";

/// The name of the key between a channel and its sub-channel.
const DASH: &str = "dash";

/// The keys of `action`, in the order in which they are pressed.
pub(super) fn keys<'a>(action: &'a Action, entry: &ChannelEntry) -> Vec<Cow<'a, str>> {
    let digit = |digit: u32| Cow::Owned(format!("digit_{digit}"));
    if let Action::Channel(channel) = action {
        let entered = entry.entered(channel.as_str());
        let keys = entered.chars().map(|key| key.to_digit(10).map_or(Cow::Borrowed(DASH), digit));
        return keys.chain(entry.enter_key.then_some(Cow::Borrowed(ENTER))).collect();
    }
    let key = exact(action).unwrap_or_else(|| Cow::Borrowed(action.name()));
    vec![key; super::presses(action).into()]
}

/// The name of a key that stands for an action with this parameter: `digit_5`, `input_hdmi1`.
pub(super) fn exact(action: &Action) -> Option<Cow<'_, str>> {
    if let Action::Number(digit) = action {
        return Some(Cow::Owned(format!("digit_{}", digit.value())));
    }
    if let Action::Input(input) = action {
        return Some(Cow::Owned(format!("input_{}", input.as_str())));
    }
    None
}

#[cfg(test)]
mod tests {
    use venue_domain::testing::action;

    use super::*;

    #[test]
    fn a_channel_is_typed_and_everything_else_is_one_key() {
        let keys = |text: &str, enter_key| {
            let entry = ChannelEntry { enter_key, ..ChannelEntry::default() };
            keys(&action(text), &entry).into_iter().map(Cow::into_owned).collect::<Vec<_>>()
        };
        assert_eq!(keys("channel 055", false), ["digit_0", "digit_5", "digit_5"]);
        assert_eq!(keys("channel 5-1", true), ["digit_5", "dash", "digit_1", "enter"]);
        assert_eq!(keys("number 7", true), ["digit_7"]);
        assert_eq!(keys("input hdmi1", true), ["input_hdmi1"]);
        assert_eq!(keys("power_on", true), ["power_on"]);
        assert_eq!(keys("left", true), ["left"]);
        assert_eq!(keys("volume_up 3", true), ["volume_up"; 3]);
    }

    #[test]
    fn a_channel_is_padded_for_a_box_that_waits_for_three_digits() {
        let entry = ChannelEntry { enter_key: true, min_digits: Some(3), leading_zeros: true };
        let channel = action("channel 5");
        assert_eq!(keys(&channel, &entry), ["digit_0", "digit_0", "digit_5", "enter"]);
    }
}
