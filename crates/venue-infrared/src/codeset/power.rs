//! Whether a key or a code switches power: nothing that is only tried may do that by accident.

use crate::{Code, CodeSet, KeyName, same_signal};

/// Whether the name of a key says that it switches power, as far as a name can tell: `power`, `power_on`,
/// `other:Standby`, `other:On/Off`.
#[must_use]
pub fn is_power_key(key: &str) -> bool {
    let name = key.strip_prefix("other:").unwrap_or(key).trim().to_lowercase();
    let words = ["power", "pwr", "standby", "stand-by"];
    words.iter().any(|word| name.contains(word))
        || ["on", "off", "on/off", "on_off"].contains(&&*name)
}

/// The first of `sets` that sends `code` for a key of power, and that key.
#[must_use]
pub fn power_of<'s>(
    code: &Code,
    sets: impl IntoIterator<Item = &'s CodeSet>,
) -> Option<(&'s CodeSet, &'s KeyName)> {
    sets.into_iter().find_map(|set| {
        let mut power = set.keys.iter().filter(|(key, _)| is_power_key(key.as_str()));
        let (key, _) = power.find(|(_, other)| same_signal(code, other))?;
        Some((set, key))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{HARMLESS_KEYS, starter_sets};

    #[test]
    fn power_is_told_by_its_name_and_by_its_code() {
        for key in ["power", "power_off", "other:POWER TOGGLE", "other:Standby", "other:On/Off"] {
            assert!(is_power_key(key), "{key}");
        }
        for key in ["volume_up", "captions", "other:Option", "input_hdmi1", "sleep"] {
            assert!(!is_power_key(key), "{key}");
        }
        let lg = "nec1:4,8".parse().unwrap();
        let (set, key) = power_of(&lg, starter_sets()).unwrap();
        assert_eq!((set.id.as_str(), key.as_str()), ("lg-tv", "power"));
        assert_eq!(power_of(&"nec1:4,2".parse().unwrap(), starter_sets()), None);
    }

    #[test]
    fn no_harmless_key_of_a_starter_set_is_power_elsewhere() {
        for set in starter_sets() {
            for key in HARMLESS_KEYS {
                let power = set.code(key).and_then(|code| power_of(code, starter_sets()));
                assert_eq!(power, None, "{} {key}", set.id);
            }
        }
    }
}
