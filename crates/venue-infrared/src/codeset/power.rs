//! Whether a key or a code switches power: nothing that is only tried may do that by accident.

use crate::{Code, CodeSet, KeyName, RawCode, same_signal};

/// Whether the name of a key says that it switches power, as far as a name can tell: `power`, `power_on`,
/// `other:Standby`, `other:On/Off`.
#[must_use]
pub fn is_power_key(key: &str) -> bool {
    let name = key.strip_prefix("other:").unwrap_or(key).trim().to_lowercase();
    let words = ["power", "pwr", "standby", "stand-by"];
    words.iter().any(|word| name.contains(word))
        || ["on", "off", "on/off", "on_off"].contains(&&*name)
}

/// The first of `sets` that sends `code`, or a part of it that an appliance takes for a press of its own, for a key
/// of power; and that key.
#[must_use]
pub fn power_of<'s>(
    code: &Code,
    sets: impl IntoIterator<Item = &'s CodeSet>,
) -> Option<(&'s CodeSet, &'s KeyName)> {
    let parts = parts(code);
    sets.into_iter().find_map(|set| {
        let mut power = set.keys.iter().filter(|(key, _)| is_power_key(key.as_str()));
        let (key, _) =
            power.find(|(_, other)| parts.iter().any(|part| same_signal(part, other)))?;
        Some((set, key))
    })
}

/// A code, and what of recorded timings is left behind each silence: they may be several keys in a row.
fn parts(code: &Code) -> Vec<Code> {
    /// No space inside of a frame is longer, but for a few protocols, whose parts are no key then.
    const SILENCE_US: i32 = -5_000;
    /// More presses than anybody records at once.
    const MAX_PARTS: usize = 32;
    let (carrier, timings) = match code {
        Code::Parsed(_) => return vec![code.clone()],
        Code::Raw(raw) => (raw.carrier(), raw.timings()),
        Code::Pronto(pronto) => match pronto.learned() {
            Some(learned) => (learned.carrier(), learned.all()),
            None => return vec![code.clone()],
        },
    };
    let silences = timings.iter().enumerate().filter(|(_, us)| **us <= SILENCE_US);
    let behind = silences.filter_map(|(at, _)| timings.get(at + 1..));
    let part = |timings: &[i32]| RawCode::new(carrier, timings.to_vec()).ok().map(Code::Raw);
    std::iter::once(code.clone()).chain(behind.filter_map(part).take(MAX_PARTS)).collect()
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

    /// What a code sends, in the notation of timings.
    fn raw(codes: &[&str]) -> Code {
        let sent = codes.iter().flat_map(|code| {
            let code: Code = code.parse().unwrap();
            crate::encode(&code, crate::Press::default()).unwrap().into_timings()
        });
        let texts: Vec<String> = sent.map(|us| (us * 101 / 100).to_string()).collect();
        format!("raw:38000:{}", texts.join(" ")).parse().unwrap()
    }

    #[test]
    fn timings_are_power_wherever_a_press_of_it_is_in_them() {
        let power_in = |codes: &[&str]| {
            let found = power_of(&raw(codes), starter_sets().iter());
            found.map(|(set, key)| format!("{} {key}", set.id))
        };
        assert_eq!(power_in(&["nec1:4,8"]).as_deref(), Some("lg-tv power"));
        assert_eq!(power_in(&["nec1:4,8", "nec1:4,2"]).as_deref(), Some("lg-tv power"));
        assert_eq!(power_in(&["nec1:4,2", "nec1:4,8"]).as_deref(), Some("lg-tv power"));
        assert_eq!(
            power_in(&["sony12:1,18", "nec1:4,2", "sony12:1,21"]).as_deref(),
            Some("sony-tv power")
        );
        assert_eq!(power_in(&["nec1:4,2", "nec1:4,3"]), None);
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
