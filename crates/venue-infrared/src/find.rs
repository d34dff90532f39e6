//! Finding the code set of an appliance whose remote control nobody knows: try keys that do no harm, and ask
//! a person whether the appliance reacted.
//!
//! [`next_step`] keeps nothing: it is given the candidates and all answers so far, and says what to try next.

use crate::{Code, CodeSet, same_signal};

/// The keys that are tried, in this order: each shows at once, and is over by itself or undone by the key
/// after it. Power is not among them: its code is the same for several makes, and switches off what others
/// watch.
pub const HARMLESS_KEYS: [&str; 5] = ["volume_up", "volume_down", "mute", "info", "menu"];

/// What a person saw when a key was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindAnswer {
    /// The key, one of [`HARMLESS_KEYS`].
    pub key: String,
    /// The code that was sent for it.
    pub code: Code,
    /// Whether the appliance did what the key says.
    pub reacted: bool,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FindStep<'s> {
    /// Send this, and ask whether the appliance reacted.
    Try {
        /// The key.
        key: &'static str,
        /// Its code.
        code: &'s Code,
        /// The sets that have this code for it, in the order in which they were given.
        sets: Vec<&'s CodeSet>,
        /// How many sets are left, these included.
        left: usize,
    },
    /// The appliance obeys these sets. If there are several, none of the keys that may be tried tells them
    /// apart.
    Found {
        /// They, in the order in which they were given.
        sets: Vec<&'s CodeSet>,
    },
    /// The appliance obeys none of them.
    NotFound,
}

/// What to try next among `candidates`, after `answers`.
///
/// The code that most sets have goes first. Sets without any of the keys that may be tried are never found.
#[must_use]
pub fn next_step<'s>(
    candidates: impl IntoIterator<Item = &'s CodeSet>,
    answers: &[FindAnswer],
) -> FindStep<'s> {
    let mut left: Vec<&CodeSet> = candidates.into_iter().collect();
    left.retain(|set| HARMLESS_KEYS.iter().any(|key| set.code(key).is_some()));
    for answer in answers {
        left.retain(|set| {
            let has_code =
                set.code(&answer.key).is_some_and(|code| same_signal(code, &answer.code));
            has_code == answer.reacted
        });
    }
    let has_reacted = answers.iter().any(|answer| answer.reacted);
    // Once it has reacted, only what tells sets apart is worth another try.
    let fewest = if has_reacted { 2 } else { 1 };
    for key in HARMLESS_KEYS {
        let groups = groups(&left, key);
        if groups.len() < fewest {
            continue;
        }
        let largest = groups.into_iter().rev().max_by_key(|group| group.sets.len());
        if let Some(Group { code, sets }) = largest {
            return FindStep::Try { key, code, sets, left: left.len() };
        }
    }
    if has_reacted && !left.is_empty() {
        FindStep::Found { sets: left }
    } else {
        FindStep::NotFound
    }
}

/// The sets that send the same for a key.
struct Group<'s> {
    code: &'s Code,
    sets: Vec<&'s CodeSet>,
}

fn groups<'s>(sets: &[&'s CodeSet], key: &str) -> Vec<Group<'s>> {
    let mut groups: Vec<Group<'s>> = Vec::new();
    for set in sets {
        let Some(code) = set.code(key) else { continue };
        match groups.iter_mut().find(|group| same_signal(group.code, code)) {
            Some(group) => group.sets.push(set),
            None => groups.push(Group { code, sets: vec![set] }),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ApplianceKind;

    fn set(id: &str, keys: &[(&str, &str)]) -> CodeSet {
        let keys = keys.iter().map(|(key, code)| (key.parse().unwrap(), code.parse().unwrap()));
        CodeSet {
            id: id.parse().unwrap(),
            make: "Acme".to_owned(),
            models: Vec::new(),
            kind: ApplianceKind::Tv,
            keys: keys.collect(),
            sends: None,
            overrides: std::collections::BTreeMap::new(),
            entry: Default::default(),
            source: None,
            verified: None,
            notes: Vec::new(),
        }
    }

    /// Asks a TV that obeys `tv` until nothing more is tried; gives the keys that were tried, and the names of
    /// the sets that were found.
    fn walk(sets: &[CodeSet], tv: &CodeSet) -> (Vec<&'static str>, Vec<String>) {
        let (mut answers, mut tried) = (Vec::new(), Vec::new());
        loop {
            match next_step(sets, &answers) {
                FindStep::Try { key, code, .. } => {
                    let obeys = |own: &Code| same_signal(own, code);
                    let reacted = tv.keys.values().any(obeys);
                    answers.push(FindAnswer { key: key.to_owned(), code: code.clone(), reacted });
                    tried.push(key);
                }
                FindStep::Found { sets } => {
                    return (tried, sets.iter().map(|set| set.id.to_string()).collect());
                }
                FindStep::NotFound => return (tried, Vec::new()),
            }
            assert!(tried.len() < 20, "it comes to an end");
        }
    }

    fn sets() -> Vec<CodeSet> {
        vec![
            set("one", &[("power", "nec1:4,8"), ("volume_up", "nec1:4,2"), ("mute", "nec1:4,9")]),
            set("two", &[("power", "nec1:4,8"), ("volume_up", "nec1:4,2"), ("mute", "nec1:4,10")]),
            set("three", &[("power", "rc5:0,12"), ("volume_up", "rc5:0,16")]),
            set("four", &[("power", "rc5:0,12"), ("info", "rc5:0,15")]),
            set("five", &[("power", "sony12:1,21")]),
        ]
    }

    #[test]
    fn sets_are_told_apart_by_keys_that_do_no_harm() {
        let sets = sets();
        let found = |at: usize| walk(&sets, &sets[at]);
        assert_eq!(found(0), (vec!["volume_up", "mute"], vec!["one".to_owned()]));
        assert_eq!(found(1), (vec!["volume_up", "mute"], vec!["two".to_owned()]));
        assert_eq!(found(2), (vec!["volume_up", "volume_up"], vec!["three".to_owned()]));
        assert_eq!(found(3), (vec!["volume_up", "volume_up", "info"], vec!["four".to_owned()]));
        let (tried, found) = found(4);
        assert_eq!((tried.len(), found.len()), (3, 0), "it has no key that may be tried");
    }

    #[test]
    fn the_code_that_most_sets_have_goes_first_and_its_sets_are_named() {
        let mut sets = sets();
        sets.rotate_left(2);
        let FindStep::Try { key, code, sets, left } = next_step(&sets, &[]) else { panic!("try") };
        assert_eq!((key, code.to_string().as_str(), left), ("volume_up", "nec1:4,2", 4));
        assert_eq!(sets.iter().map(|set| set.id.as_str()).collect::<Vec<_>>(), ["one", "two"]);
    }

    #[test]
    fn sets_that_nothing_tells_apart_are_found_together() {
        let same = |id| set(id, &[("volume_up", "nec1:4,2"), ("power_on", "nec1:4,196")]);
        let sets = [same("one"), same("two")];
        assert_eq!(walk(&sets, &sets[1]).1, ["one", "two"]);
    }

    #[test]
    fn power_is_never_tried() {
        let sets = sets();
        for tv in &sets {
            let (tried, _) = walk(&sets, tv);
            assert!(tried.iter().all(|key| !key.starts_with("power")), "{tried:?}");
        }
        assert_eq!(next_step(&[], &[]), FindStep::NotFound);
    }
}
