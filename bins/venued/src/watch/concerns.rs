//! What somebody should look at and only the one who met it can tell, unlike what can be looked up anew.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Something that somebody should look at, until whoever told it says that it is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Concern {
    /// The name of the alert.
    pub(crate) kind: &'static str,
    /// Which of several.
    pub(crate) about: Option<String>,
    pub(crate) critical: bool,
    /// What is the matter.
    pub(crate) summary: String,
    /// What to do.
    pub(crate) advice: &'static str,
}

impl Concern {
    /// A run of a schedule found a batch of its name that it did not make.
    pub(crate) const SCHEDULE_DISPLACED: &'static str = "schedule_displaced";

    /// What a run of a schedule changed was not put back at its time; about the batch of the run.
    pub(crate) const PUT_BACK_MISSED: &'static str = "put_back_missed";

    /// A run of a schedule could do nothing.
    pub(crate) const SCHEDULE_REFUSED: &'static str = "schedule_refused";
}

/// The name of an alert, and which of several.
type Name = (&'static str, Option<String>);

/// Those that are not over.
#[derive(Debug, Default)]
pub(super) struct Concerns(Mutex<BTreeMap<Name, Concern>>);

impl Concerns {
    /// Takes one, in the place of what was told of the same before; tells whether that is news.
    pub(super) fn take(&self, concern: Concern) -> bool {
        let name = (concern.kind, concern.about.clone());
        self.lock().insert(name, concern.clone()) != Some(concern)
    }

    /// All of a kind are over; tells whether there was any.
    pub(super) fn end(&self, kind: &'static str) -> bool {
        let mut all = self.lock();
        let before = all.len();
        all.retain(|(known, _), _| *known != kind);
        all.len() < before
    }

    /// One of a kind is over; tells whether it was there.
    pub(super) fn end_one(&self, kind: &'static str, about: &str) -> bool {
        self.lock().remove(&(kind, Some(about.to_owned()))).is_some()
    }

    pub(super) fn all(&self) -> Vec<Concern> {
        self.lock().values().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Name, Concern>> {
        // A std lock: held for a few moves, never across an await.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_twice_is_one_and_what_is_over_is_gone() {
        let concern = |kind, about: &str| Concern {
            kind,
            about: Some(about.to_owned()),
            critical: false,
            summary: String::new(),
            advice: "",
        };
        let concerns = Concerns::default();
        assert!(concerns.take(concern("one", "a")) && !concerns.take(concern("one", "a")));
        assert!(concerns.take(concern("one", "b")) && concerns.take(concern("two", "a")));
        assert_eq!(concerns.all().len(), 3);
        assert!(concerns.end("one") && !concerns.end("one"));
        assert_eq!(concerns.all(), [concern("two", "a")]);
    }
}
