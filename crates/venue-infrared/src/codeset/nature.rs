//! What repeating a key would do, by its code and not by its name.

use serde::{Deserialize, Serialize};

use crate::{Code, CodeSet, same_signal};

/// What repeating a key would do to the appliance.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
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

impl KeyNature {
    /// What the name of a key says of it, before its code is looked at.
    #[must_use]
    pub fn of_name(key: &str) -> Self {
        if let Some((_, nature)) = FIXED.iter().find(|(name, _)| *name == key) {
            return *nature;
        }
        let is_absolute =
            key.starts_with("input_") || DISCRETE.iter().any(|(name, ..)| *name == key);
        if is_absolute { Self::Absolute } else { Self::Sequence }
    }

    /// Whether the name of a key says its nature, so that nobody may say another one.
    #[must_use]
    pub fn is_fixed_by(key: &str) -> bool {
        Self::of_name(key) != Self::Sequence || key.starts_with("digit_")
    }
}

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
        if key.starts_with("input_") && self.is_cycled(key) {
            return KeyNature::Relative;
        }
        if KeyNature::is_fixed_by(key) {
            return KeyNature::of_name(key);
        }
        let own = self.overrides.get(key).and_then(|own| own.nature);
        own.unwrap_or(KeyNature::Sequence)
    }

    /// The keys that can be sent, with their codes: those that are assigned to an action, and `power` or `mute`
    /// where only `power_on` or `power_off` (`mute_on`, `mute_off`) has the code of the toggle.
    pub fn sent_keys(&self) -> impl Iterator<Item = (&str, &Code)> {
        let assigned = self.keys.iter().filter(|(key, _)| !key.is_other());
        let toggles = ["power", "mute"].into_iter().filter_map(|toggle| {
            let discrete = DISCRETE.iter().filter(move |(_, _, of)| *of == toggle);
            let mut discrete = discrete.map(|(name, ..)| *name);
            let is_toggle = |name: &&str| self.nature_of(name) == KeyNature::Toggle;
            let name = discrete.find(|name| self.code(name).is_some() && is_toggle(name))?;
            self.code(toggle).is_none().then_some((toggle, self.code(name)?))
        });
        assigned.map(|(key, code)| (key.as_str(), code)).chain(toggles)
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
}
