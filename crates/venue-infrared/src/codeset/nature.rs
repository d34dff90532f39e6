//! What repeating a key would do, by its code and not by its name.

use serde::{Deserialize, Serialize};

use crate::{CodeSet, same_signal};

/// What repeating a key would do to the appliance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyNature {
    /// Nothing: it says what shall be, such as an input.
    Absolute,
    /// It would undo itself, such as power.
    Toggle,
    /// It would go one step further, such as volume.
    Relative,
    /// It would be typed twice, such as a digit.
    Sequence,
}

/// Keys whose nature their name fixes. All others are [`KeyNature::Sequence`]: sent once, and never again
/// while the outcome is unknown.
const FIXED: [(&str, KeyNature); 12] = [
    ("power", KeyNature::Toggle),
    ("mute", KeyNature::Toggle),
    ("previous_channel", KeyNature::Toggle),
    ("pause", KeyNature::Toggle),
    ("volume_up", KeyNature::Relative),
    ("volume_down", KeyNature::Relative),
    ("channel_up", KeyNature::Relative),
    ("channel_down", KeyNature::Relative),
    ("source", KeyNature::Relative),
    ("captions", KeyNature::Relative),
    ("sleep", KeyNature::Relative),
    ("record", KeyNature::Toggle),
];

/// Keys that say what shall be, if their codes are their own: the key, its opposite, and the toggle.
const DISCRETE: [(&str, &str, &str); 4] = [
    ("power_on", "power_off", "power"),
    ("power_off", "power_on", "power"),
    ("mute_on", "mute_off", "mute"),
    ("mute_off", "mute_on", "mute"),
];

impl CodeSet {
    /// What repeating `key` would do. Its code decides, not its name: `power_on` is absolute only if its
    /// code differs from that of `power` and of `power_off` and at least one of these is there to compare;
    /// otherwise it is taken for the toggle. Likewise mute, and an input whose code another input or
    /// `source` has.
    ///
    /// A key that the set does not have has the nature of its name.
    #[must_use]
    pub fn nature_of(&self, key: &str) -> KeyNature {
        if let Some((_, opposite, toggle)) = DISCRETE.iter().find(|(name, ..)| *name == key) {
            let others = [self.code(opposite), self.code(toggle)];
            let Some(code) = self.code(key) else { return KeyNature::Absolute };
            let is_compared = others.iter().any(Option::is_some);
            let is_same = others.into_iter().flatten().any(|other| same_signal(code, other));
            return if is_compared && !is_same { KeyNature::Absolute } else { KeyNature::Toggle };
        }
        if let Some((_, nature)) = FIXED.iter().find(|(name, _)| *name == key) {
            return *nature;
        }
        if key.starts_with("input_") {
            return if self.is_cycled(key) { KeyNature::Relative } else { KeyNature::Absolute };
        }
        let own = self.overrides.get(key).and_then(|own| own.nature);
        own.unwrap_or(KeyNature::Sequence)
    }

    /// Whether another input, or the key that goes through them, has the code of this one.
    fn is_cycled(&self, key: &str) -> bool {
        let Some(code) = self.code(key) else { return false };
        let others = self.keys.iter().filter(|(name, _)| {
            let name = name.as_str();
            name != key && (name.starts_with("input_") || name == "source")
        });
        others.into_iter().any(|(_, other)| same_signal(code, other))
    }

    /// Whether the nature of a key follows from its name, so that nobody may say another one.
    pub(super) fn has_fixed_nature(key: &str) -> bool {
        DISCRETE.iter().any(|(name, ..)| *name == key)
            || FIXED.iter().any(|(name, _)| *name == key)
            || key.starts_with("input_")
            || key.starts_with("digit_")
    }
}
