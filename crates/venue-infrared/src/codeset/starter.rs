//! The starter library: a few sets of our own, typed from published facts.
//!
//! The sets are in `starter.json`, each with the source of its facts. None is marked verified: nobody has
//! reported yet that an appliance reacts to it. They are single codes (facts), not a copy of a database.

use std::sync::OnceLock;

use crate::CodeSet;

/// The sets, as they are written.
const TEXT: &str = include_str!("starter.json");

/// The sets that come with the program, ordered by id.
///
/// They are read at the first call.
#[must_use]
pub fn starter_sets() -> &'static [CodeSet] {
    static SETS: OnceLock<Vec<CodeSet>> = OnceLock::new();
    SETS.get_or_init(|| {
        // A test reads the same text: it can be read.
        let mut sets: Vec<CodeSet> = serde_json::from_str(TEXT).unwrap_or_default();
        sets.sort_by(|one, other| one.id.cmp(&other.id));
        sets
    })
}

/// One set that comes with the program.
#[must_use]
pub fn starter_set(id: &str) -> Option<&'static CodeSet> {
    starter_sets().iter().find(|set| set.id.as_str() == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::KeyNature;

    #[test]
    fn every_set_can_be_kept_names_its_source_and_claims_no_verification() {
        let read: Result<Vec<CodeSet>, _> = serde_json::from_str(TEXT);
        let read = read.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(read.len(), starter_sets().len());
        for set in starter_sets() {
            assert_eq!(set.problems(), [], "{}", set.id);
            assert_eq!(set.warnings(), [], "{}: its discrete codes are their own", set.id);
            let source = set.source.as_ref().expect("it has a source");
            assert!(source.file.is_some() && source.licence.is_some(), "{}", set.id);
            assert_eq!(set.verified, None, "{}", set.id);
        }
        let ids: Vec<&str> = starter_sets().iter().map(|set| set.id.as_str()).collect();
        let mut unique = ids.clone();
        unique.dedup();
        assert_eq!(ids, unique, "no id is there twice");
    }

    #[test]
    fn the_ten_makes_have_discrete_power() {
        for id in [
            "samsung-tv",
            "lg-tv",
            "sony-tv",
            "vizio-tv",
            "panasonic-tv",
            "toshiba-tv",
            "rca-tv",
            "sharp-tv",
            "mitsubishi-tv",
            "roku-tv",
        ] {
            let set = starter_set(id).expect(id);
            for key in ["power_on", "power_off"] {
                assert_eq!(set.nature_of(key), KeyNature::Absolute, "{id} {key}");
            }
        }
    }

    #[test]
    fn known_signals_have_the_codes_of_the_golden_table() {
        let code = |id: &str, key: &str| starter_set(id).unwrap().code(key).unwrap().to_string();
        assert_eq!(code("lg-tv", "power"), "nec1:4,8");
        assert_eq!(code("samsung-tv", "power"), "samsung32:7,7,2");
        assert_eq!(code("sony-tv", "power"), "sony12:1,21");
        assert_eq!(code("panasonic-tv", "power"), "panasonic:128,0,61");
        assert_eq!(code("rca-tv", "power"), "rca:15,42");
        assert_eq!(code("motorola-cable-box", "power"), "gicable:0,10");
        assert_eq!(code("directv-box", "power"), "directv:12,16");
        assert_eq!(code("philips-tv", "power"), "rc6:0,12");
        assert_eq!(code("foxtel-iq-box", "digit_5"), "rcmm32:33,160,5,38");
    }
}
